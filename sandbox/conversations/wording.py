"""The words that a scenario's sentences have places for: `{day}`, `{old_time}`, `{name}` …"""

import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from sandbox.caller.spoken import Language, placeholders
from sandbox.conversations.phones import digits_in_words, national

MAIN = "wish"
_WORDS = Path(__file__).parents[1] / "data" / "words.json"
_AT: dict[Language, tuple[str, str]] = {"de": ("punkt", "at"), "en": ("dot", "at")}


def words_of(
    language: Language,
    starts: dict[str, datetime],
    *,
    said_at: datetime,
    name: str,
    phone: str,
    email: str | None,
) -> dict[str, str]:
    """Of the wish called `wish` bare, of every other with its name and `_` before."""
    said: dict[str, str] = {}
    for wish, start in starts.items():
        prefix = "" if wish == MAIN else f"{wish}_"
        words = placeholders(start, said_at=said_at, language=language)
        words |= _figures(start) | _parts(start, language)
        said |= {f"{prefix}{place}": word for place, word in words.items()}
    first, _, last = name.partition(" ")
    said |= {"name": name, "first": first, "last": last or first}
    said |= {
        "phone": phone,
        "phone_figures": national(phone),
        "phone_words": digits_in_words(phone, _words(language)["numbers"]),
        "today": f"{said_at:%d.%m.%Y}",
    }
    if email is not None:
        number = "".join(figure for figure in email if figure.isdigit())
        said |= {"email": email, "email_spoken": _spelled(email, language), "email_number": number}
    return said


def _figures(start: datetime) -> dict[str, str]:
    """As models write them in arguments; `long_ago`: the same day, three years too early."""
    return {
        "datum": f"{start:%d.%m.%Y}",
        "uhrzeit": f"{start:%H:%M}",
        "date_iso": f"{start:%Y-%m-%d}",
        "long_ago": f"{start.year - 3}-{start:%m-%d}"
        if (start.month, start.day) != (2, 29)
        else f"{start.year - 3}-02-28",
        "short_date": f"{start.day}.{start.month}.",
        "hour": str(start.hour),
        "next_hour": str(start.hour + 1),
    }


def _parts(start: datetime, language: Language) -> dict[str, str]:
    """Of a date: "am fünfzehnten", "Januar"."""
    words = _words(language)
    ordinal = words["ordinals"][start.day - 1]
    return {
        "month": words["months"][start.month - 1],
        "ordinal": ordinal,
        "ordinal_dat": f"{ordinal}n" if language == "de" else ordinal,
        "hour_word": words["numbers"][start.hour],
        "next_hour_word": words["numbers"][start.hour + 1],
    }


@lru_cache(maxsize=2)
def _words(language: Language) -> dict[str, list[str]]:
    found: dict[str, list[str]] = json.loads(_WORDS.read_text(encoding="utf-8"))[language]
    return found


def _spelled(email: str, language: Language) -> str:
    dot, at = _AT[language]
    return email.replace(".", f" {dot} ").replace("@", f" {at} ")
