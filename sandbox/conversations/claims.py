"""What a sentence claims: that something is booked, reserved, moved, cancelled, or that it is not.

Read from the words themselves, whoever says them, function, mail, SMS or agent; a `status` beside
them only decides where the words leave it open.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sandbox.caller.spoken import Language
from sandbox.conversations.clock_words import Moment, moments

Kind = Literal[
    "booked",  # it stands
    "has",  # it stands, or is kept until that is known
    "reserved",  # kept; what comes of it will be told
    "taken_down",  # a wish or a change was taken down; what comes of it will be told
    "moved",
    "cancelled",
    "stays",  # a change did not come about: it stands as before
    "sorry",  # what was promised did not come about
    "nothing",  # no claim about the calendar
]
Source = Literal["answer", "live", "mail", "sms", "agent"]

# In this order: what is denied comes before what it denies.
_WORDS: dict[Language, tuple[tuple[Kind, str], ...]] = {
    "de": (
        ("sorry", r"kam nicht zustande|(noch )?nicht gebucht|konnten? .{0,40}nicht (ge)?buch"),
        ("stays", r"\bes bleibt bei\b"),
        ("reserved", r"\b(ist|sind|habe\w*)\b[^.?]*\b(vorgemerkt|reserviert)\b"),
        ("taken_down", r"(wunsch|änderung) aufgenommen"),
        ("cancelled", r"\b(ist|sind|wurde\w*|habe\w*)\b[^.?]*\b(abgesagt|storniert)\b"),
        (
            "moved",
            r"\b(ist|sind|wurde\w*|habe\w*)\b[^.?]*\b(verschoben|verlegt)\b|termin ist jetzt ",
        ),
        ("booked", r"\b(ist|sind|habe\w*)\b[^.?]*\b(gebucht|bestätigt|eingetragen)\b"),
        ("has", r"\bhaben sie schon\b|\bsie haben (einen termin|\w+ termine)\b"),
    ),
    "en": (
        ("sorry", r"could not be booked|not booked( yet)?\b"),
        ("stays", r"\bstays as it was\b"),
        ("reserved", r"\b(is|are)\b[^.?]*\breserved\b"),
        ("taken_down", r"taken down (your wish|the change)"),
        ("cancelled", r"\b(is|has been|have been)\b[^.?]*\bcancell?ed\b"),
        ("moved", r"\bhas (been )?moved\b|appointment is now "),
        ("booked", r"\b(is|are|have)\b[^.?]*\b(booked|confirmed)\b"),
        ("has", r"\byou have (that|an) appointment\b|\byou have \w+ appointments\b"),
    ),
}
_BY_STATUS: dict[str, Kind] = {
    "booked": "booked",
    "reserved": "reserved",
    "rescheduled": "moved",
    "cancelled": "cancelled",
    "already_booked": "has",
}


@dataclass(frozen=True, kw_only=True)
class Claim:
    """`start`: local and aware, what it is about; None where nothing tells. `ids`: appointments.

    `said`: the time in its words; None where no time is said. `action`: of what was taken down.
    """

    at: datetime
    source: Source
    kind: Kind
    text: str
    start: datetime | None = None
    said: Moment | None = None
    ids: Sequence[str] = ()
    action: str | None = None
    line: int = 0

    @property
    def misspoken(self) -> bool:
        """The words and what is meant by them are two times."""
        return self.start is not None and self.said is not None and not self.said.fits(self.start)


def kind_of(text: str, language: Language, status: str | None = None) -> Kind:
    """The words count; of a status that claims more than its words, the status does."""
    folded = " ".join(text.lower().split())
    by_words: Kind = "nothing"
    for kind, pattern in _WORDS[language]:
        if re.search(pattern, folded):
            by_words = kind
            break
    by_status = _BY_STATUS.get(status or "", "nothing")
    return by_words if by_words != "nothing" else by_status


def in_sentence(
    text: str,
    language: Language,
    *,
    at: datetime,
    source: Source,
    zone: str,
    start: datetime | None = None,
    status: str | None = None,
    ids: Sequence[str] = (),
    action: str | None = None,
    line: int = 0,
) -> Claim:
    """`start`: what it is known to be about; else the first day and time in its words."""
    kind = kind_of(text, language, status)
    said = next(iter(moments(text, language)), None) if kind != "nothing" else None
    if start is None and said is not None:
        start = said.at(at, zone)
    return Claim(
        at=at,
        source=source,
        kind=kind,
        text=text,
        start=start,
        said=said,
        ids=tuple(ids),
        action=action,
        line=line,
    )
