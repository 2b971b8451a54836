"""How callers and agents say a day and a time; the words are in `data/words.json`.

Not `domain/speech`: what callers say must not be made by the code that is tested with it.
"""

import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

Language = Literal["de", "en"]
NOON = 12
WEEK_DAYS = 7
_DATA = Path(__file__).parents[1] / "data" / "words.json"


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True)

    weekdays: list[str]
    months: list[str]
    numbers: list[str]
    ordinals: list[str]
    relative: list[str]
    date: str
    date_after_preposition: str
    soon: str
    later: str
    time: str
    time_minutes: str
    clock: dict[int, str]
    half_of_day: list[str]
    bare_one: str


@lru_cache(maxsize=2)
def _words(language: Language) -> _Words:
    return _Words.model_validate(json.loads(_DATA.read_text(encoding="utf-8"))[language])


def placeholders(start: datetime, *, said_at: datetime, language: Language) -> dict[str, str]:
    """What a template may say about a start (both local): `day`, `date`, `time`, `clock` …

    `day` is what a caller says: a relative word, a weekday within the coming week, else the date.
    """
    words = _words(language)
    parts = _parts(start, words)
    ahead = (start.date() - said_at.date()).days
    if ahead < len(words.relative):
        day = words.relative[ahead]
    else:
        day = (words.soon if ahead < WEEK_DAYS else words.later).format(**parts)
    clock = words.clock.get(start.minute)
    said = {
        "day": day,
        "date": words.date.format(**parts),
        "date_dat": words.date_after_preposition.format(**parts),
        "weekday": parts["weekday"],
        "time": (words.time_minutes if start.minute else words.time).format(**parts),
        "half_of_day": words.half_of_day[start.hour >= NOON],
        "iso": start.replace(tzinfo=None).isoformat(),
    }
    if clock is not None:
        said["clock"] = clock.format(**parts)
    return said


def _parts(start: datetime, words: _Words) -> dict[str, str]:
    hour12 = start.hour % NOON or NOON
    return {
        "weekday": words.weekdays[start.weekday()],
        "ordinal": words.ordinals[start.day - 1],
        "month": words.months[start.month - 1],
        "hour24": words.numbers[start.hour],
        "minute": words.numbers[start.minute],
        "hour12": _bare(hour12, words),
        "next12": _bare(hour12 % NOON + 1, words),
    }


def _bare(hour: int, words: _Words) -> str:
    """An hour that no noun follows: German then says one more letter for one o'clock."""
    return words.bare_one if hour == 1 else words.numbers[hour]
