"""Catalogues and conversations for tests of understanding; names and offers are made up."""

import datetime as dt
from typing import Any

from domain.intent import BookingIntent, Catalogue, Utterance, understand

_SALON: dict[str, Any] = {
    "name": "Salon Haarwerk",
    "spoken_names": ["Salon Haarwerk", "Haarwerk", "Haarstudio Seeblick"],
    "branches": ["Mitte", "Charlottenburg"],
    "services": {
        "Herrenhaarschnitt": ["Herrenschnitt", "Haare schneiden Herren", "men's haircut"],
        "Damenhaarschnitt": ["Damenschnitt", "women's haircut"],
        "Kinderhaarschnitt": ["Kinderschnitt"],
        "Haarschnitt und Bart": ["Haare und Bart"],
        "Bart trimmen": ["Bart", "beard trim"],
        "Spitzenschneiden": ["Spitzen schneiden", "Spitzen"],
        "Waschen, Schneiden, Föhnen": ["Schneiden und Föhnen"],
        "Färben und Schneiden": ["Färben"],
        "Ansatzfarbe": ["Ansatz färben", "Ansatz"],
        "Strähnchen": ["Strähnen", "highlights"],
        "Balayage": [],
    },
    "generic_terms": {
        "Haarschnitt": ["Herrenhaarschnitt", "Damenhaarschnitt"],
        "haircut": ["Herrenhaarschnitt", "Damenhaarschnitt"],
    },
    "staff": {
        "Jana": "Frau Petersen",
        "Mehmet": "Herr Aslan",
        "Sophie": "Frau Langer",
        "Kerstin": "Frau Vogt",
        "Luca": "Herr Brunner",
    },
}
_PRACTICE: dict[str, Any] = {
    "name": "Praxis Doktor Lindner",
    "spoken_names": [
        "Zahnarztpraxis Doktor Lindner",
        "Physio am Markt",
        "Kosmetik Rosengarten",
    ],
    "branches": ["Schwabing"],
    "services": {
        "Kontrolluntersuchung": ["Kontrolle"],
        "Professionelle Zahnreinigung": ["Zahnreinigung", "professional cleaning"],
        "Schmerzsprechstunde": ["Zahnschmerzen", "Notfall"],
        "Manuelle Therapie": ["MT"],
        "Massage": ["Rückenmassage"],
        "Maniküre": ["Handpflege"],
        "Pediküre": ["Fußpflege"],
        "Wimpernlifting": ["Wimpern"],
    },
    "generic_terms": {"cleaning": ["Professionelle Zahnreinigung"]},
    "staff": {"Dr. Lindner": "Frau Doktor Lindner", "Dr. Bauer": "Herr Bauer"},
}


def make_catalogue(kind: str = "salon") -> Catalogue:
    plan = _SALON if kind == "salon" else _PRACTICE
    branches = [
        {"id": f"br_{n}", "name": n, "spoken_names": [f"Filiale {n}", f"in {n}"], "address": {}}
        for n in plan["branches"]
    ]
    return Catalogue.from_demo(
        {
            "name": plan["name"],
            "spoken_names": plan["spoken_names"],
            "branches": branches,
            "services": [
                {"id": f"svc_{n}", "name": n, "aliases": a} for n, a in plan["services"].items()
            ],
            "staff": [
                {"id": f"st_{n}", "name": n, "aliases": [n, a]} for n, a in plan["staff"].items()
            ],
            "generic_terms": {
                word: [f"svc_{n}" for n in names] for word, names in plan["generic_terms"].items()
            },
        }
    )


def make_turns(talk: str) -> list[Utterance]:
    """Lines that begin with `A:` (agent) or `U:` (caller); others go on with the turn above."""
    turns: list[str] = []
    for line in (raw.strip() for raw in talk.strip().splitlines()):
        if line.startswith(("A:", "U:")):
            turns.append(line)
        elif line:
            turns[-1] += " " + line
    return [
        Utterance(role="agent" if turn.startswith("A:") else "user", text=turn[2:].strip())
        for turn in turns
    ]


# All conversations are held on Tuesday 24 November 2026 at 9:20 in Berlin.
NOW = dt.datetime(2026, 11, 24, 9, 20)  # noqa: DTZ001 - wall time is what is read


def heard(
    talk: str, catalogue: Catalogue, *, hotline: bool = False, now: dt.datetime = NOW
) -> BookingIntent:
    """What is understood of a conversation written as `A: …` and `U: …`."""
    return understand(
        make_turns(talk),
        now=now,
        zone="Europe/Berlin",
        catalogue=catalogue,
        dialled_branch_id=None if hotline else catalogue.branches[0].id,
        caller_id="+4917604069023",
    )


def wall(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
