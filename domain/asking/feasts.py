"""Public holidays by name, as they fall where the branch is."""

import re
from collections.abc import Iterator
from datetime import date

from domain.asking.model import Context
from domain.errors import InvalidArgument
from domain.intent import mentions
from domain.intent.text import fold
from domain.slots import holidays_of

_ANY = re.compile(r"\W*(am |den |an dem |dem )?((nachste|kommende)[nrsm]? )?feiertag\W*")


def holiday_named(words: str, context: Context, since: date) -> date | None:
    """The next day of that name from `since`; "am nächsten Feiertag" is the next of any name."""
    said = mentions.split(words)
    whichever = _ANY.fullmatch(fold(words)) is not None
    for day, name in _holidays(context, since):
        if whichever or _contains(said, mentions.split(name)):
            return day
    return None


def _contains(said: list[str], name: list[str]) -> bool:
    """The name and nothing but a preposition: "am Tag nach Neujahr" is another day."""
    return bool(name) and len(said) - len(name) <= 1 and said[len(said) - len(name) :] == name


def _holidays(context: Context, since: date) -> Iterator[tuple[date, str]]:
    branches = context.catalogue.branches
    here = next((b for b in branches if b.id == str(context.branch_id)), None)
    branch = here or next(iter(branches), None)
    if branch is None:
        return
    for year in (since.year, since.year + 1):
        try:
            days = holidays_of(branch.country, branch.bundesland, year)
        except (InvalidArgument, ValueError):
            return
        yield from sorted((day, name) for day, name in days.items() if day >= since)
