"""Days and times read out of sentences that were told; by a reading of our own, for German and
English as they are spoken and written.

Not `domain/intent`: what is told must not be judged by the code that is judged.
"""

import json
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.caller.spoken import Language

_WORDS = Path(__file__).parents[1] / "data" / "words.json"
NOON = 12
HALF_A_YEAR = timedelta(days=183)


@dataclass(frozen=True, kw_only=True)
class Moment:
    """As it was said: no year. `day` and `month` 0: the time alone."""

    month: int = 0
    day: int = 0
    hour: int
    minute: int

    @property
    def dated(self) -> bool:
        return bool(self.month)

    def fits(self, local: datetime) -> bool:
        """Whether this can mean that local time."""
        if (self.hour, self.minute) != (local.hour, local.minute):
            return False
        return not self.dated or (self.month, self.day) == (local.month, local.day)

    def at(self, near: datetime, zone: str) -> datetime | None:
        """The aware instant nearest to `near`; None for a time without a day, or no such day."""
        if not self.dated:
            return None
        found = []
        for year in (near.year - 1, near.year, near.year + 1):
            try:
                local = datetime(
                    year, self.month, self.day, self.hour, self.minute, tzinfo=ZoneInfo(zone)
                )
            except ValueError:
                continue
            found.append(local)
        return min(found, key=lambda local: abs(local - near), default=None)


def moments(text: str, language: Language) -> list[Moment]:
    """All of a text, in its order."""
    patterns = _patterns(language)
    found: list[Moment] = []
    for match in patterns.either.finditer(text.lower()):
        parts = {name: value for name, value in match.groupdict().items() if value is not None}
        found.append(_moment(parts, patterns))
    return found


@dataclass(frozen=True)
class _Patterns:
    either: re.Pattern[str]
    months: dict[str, int]
    days: dict[str, int]
    numbers: dict[str, int]


@lru_cache(maxsize=2)
def _patterns(language: Language) -> _Patterns:
    words: dict[str, Any] = json.loads(_WORDS.read_text(encoding="utf-8"))[language]
    months = {name.lower(): number for number, name in enumerate(words["months"], 1)}
    days = {name.lower(): number for number, name in enumerate(words["ordinals"], 1)}
    numbers = {name.lower(): number for number, name in enumerate(words["numbers"])}
    numbers[words["bare_one"]] = 1
    if language == "de":
        days = {f"{name}n": number for name, number in days.items()} | days
        form = _german(_any(months), _any(days), _any(numbers))
    else:
        form = _english(_any(months), _any(days), _any(numbers))
    return _Patterns(re.compile(form), months, days, numbers)


def _any(names: dict[str, int]) -> str:
    """Longest first, so that no word ends the reading of a longer one; blank and hyphen alike."""
    longest = sorted(names, key=len, reverse=True)
    return "|".join(re.escape(name).replace(r"\-", "[- ]") for name in longest)


def _german(months: str, days: str, numbers: str) -> str:
    spoken_day = (
        rf"(?:de[nmr]\s+)?(?P<day>{days})\s+(?P<month>{months})(?:\s+\d{{4}})?,?\s+(?:um\s+)?"
    )
    spoken_time = rf"(?P<hour>{numbers})\s+uhr(?:\s+(?P<minute>{numbers})\b)?"
    written_day = rf"(?P<wday>\d{{1,2}})\.\s+(?P<wmonth>{months})\s+\d{{4}},?\s+"
    written_time = r"(?P<whour>\d{1,2}):(?P<wminute>\d{2})\s+uhr"
    return rf"(?:{spoken_day})?\b{spoken_time}|(?:{written_day})?\b{written_time}"


def _english(months: str, days: str, numbers: str) -> str:
    spoken_day = rf"(?:the\s+)?(?P<day>{days})\s+of\s+(?P<month>{months}),?\s+(?:at\s+)?"
    spoken_time = (
        rf"(?:(?P<hour>{numbers})(?:\s+(?:oh\s+)?(?P<minute>{numbers}))?\s+(?P<half>am|pm)\b"
        r"|(?P<twelve>noon|midnight)\b)"
    )
    written_day = rf"(?P<wday>\d{{1,2}})\s+(?P<wmonth>{months})\s+\d{{4}},?\s+"
    written_time = r"(?P<whour>\d{1,2}):(?P<wminute>\d{2})\s+(?P<whalf>am|pm)\b"
    return rf"(?:{spoken_day})?\b{spoken_time}|(?:{written_day})?\b{written_time}"


def _moment(parts: dict[str, str], patterns: _Patterns) -> Moment:
    month = parts.get("month") or parts.get("wmonth")
    if "wday" in parts:
        day = int(parts["wday"])
    else:
        day = patterns.days[parts["day"]] if "day" in parts else 0
    if "whour" in parts:
        hour, minute = int(parts["whour"]), int(parts["wminute"])
    elif "twelve" in parts:
        hour, minute = (NOON if parts["twelve"] == "noon" else 0), 0
    else:
        hour = _number(parts["hour"], patterns)
        minute = _number(parts["minute"], patterns) if "minute" in parts else 0
    half = parts.get("half") or parts.get("whalf")
    if half is not None:
        hour = hour % NOON + (NOON if half == "pm" else 0)
    return Moment(month=patterns.months[month] if month else 0, day=day, hour=hour, minute=minute)


def _number(word: str, patterns: _Patterns) -> int:
    return patterns.numbers.get(word, patterns.numbers.get(word.replace(" ", "-"), 0))
