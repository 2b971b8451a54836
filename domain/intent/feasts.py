"""Holidays by the names that callers use, with their dates in a year.

Only feasts that people in German-speaking countries fix appointments by; whether one closes a
branch is a question of its Bundesland and answered where slots are computed.
"""

import datetime as dt
from collections.abc import Callable


def easter(year: int) -> dt.date:
    """Western Easter Sunday, by the anonymous Gregorian computus."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return dt.date(year, month, day + 1)


def _nth_weekday(year: int, month: int, weekday: int, n: int) -> dt.date:
    first = dt.date(year, month, 1)
    return first + dt.timedelta((weekday - first.weekday()) % 7 + 7 * (n - 1))


def _advent(year: int) -> dt.date:
    """First Sunday of Advent: the fourth Sunday before Christmas Day."""
    christmas = dt.date(year, 12, 25)
    return christmas - dt.timedelta((christmas.weekday() + 1) % 7 or 7) - dt.timedelta(21)


_FIXED: dict[str, tuple[int, int]] = {
    "neujahr": (1, 1),
    "dreikonig": (1, 6),
    "valentin": (2, 14),
    "frauentag": (3, 8),
    "patrick": (3, 17),
    "aprilscherz": (4, 1),
    "maifeiertag": (5, 1),
    "groundhog": (2, 2),
    "earthday": (4, 22),
    "cincodemayo": (5, 5),
    "flagday": (6, 14),
    "juneteenth": (6, 19),
    "canadaday": (7, 1),
    "guyfawkes": (11, 5),
    "johannistag": (6, 24),
    "peterpaul": (6, 29),
    "unabhangigkeit_us": (7, 4),
    "bundesfeier": (8, 1),
    "mariahimmelfahrt": (8, 15),
    "weltkindertag": (9, 20),
    "einheit": (10, 3),
    "nationalfeiertag": (10, 26),
    "reformation": (10, 31),
    "halloween": (10, 31),
    "allerheiligen": (11, 1),
    "allerseelen": (11, 2),
    "martinstag": (11, 11),
    "veterans": (11, 11),
    "nikolaus": (12, 6),
    "mariaempfangnis": (12, 8),
    "heiligabend": (12, 24),
    "weihnachten": (12, 25),
    "stephanstag": (12, 26),
    "silvester": (12, 31),
}

_FROM_EASTER: dict[str, int] = {
    "weiberfastnacht": -52,
    "rosenmontag": -48,
    "faschingsdienstag": -47,
    "aschermittwoch": -46,
    "palmsonntag": -7,
    "grundonnerstag": -3,
    "karfreitag": -2,
    "karsamstag": -1,
    "ostern": 0,
    "ostermontag": 1,
    "weissersonntag": 7,
    "himmelfahrt": 39,
    "pfingsten": 49,
    "pfingstmontag": 50,
    "dreifaltigkeit": 56,
    "fronleichnam": 60,
}


def _black_friday(year: int) -> dt.date:
    return _nth_weekday(year, 11, 3, 4) + dt.timedelta(1)


def _repentance(year: int) -> dt.date:
    """The Wednesday before 23 November."""
    last = dt.date(year, 11, 22)
    return last - dt.timedelta((last.weekday() - 2) % 7)


_REGULAR: dict[str, Callable[[int], dt.date]] = {
    "advent1": _advent,
    "advent2": lambda year: _advent(year) + dt.timedelta(7),
    "advent3": lambda year: _advent(year) + dt.timedelta(14),
    "advent4": lambda year: _advent(year) + dt.timedelta(21),
    "bussbettag": _repentance,
    "erntedank": lambda year: _nth_weekday(year, 10, 6, 1),
    "muttertag": lambda year: _nth_weekday(year, 5, 6, 2),
    "thanksgiving": lambda year: _nth_weekday(year, 11, 3, 4),
    "blackfriday": _black_friday,
    "cybermonday": lambda year: _black_friday(year) + dt.timedelta(3),
    "vatertag_us": lambda year: _nth_weekday(year, 6, 6, 3),
    "memorial": lambda year: _nth_weekday(year, 6, 0, 1) - dt.timedelta(7),
    "columbus": lambda year: _nth_weekday(year, 10, 0, 2),
    "presidents": lambda year: _nth_weekday(year, 2, 0, 3),
    "mlk": lambda year: _nth_weekday(year, 1, 0, 3),
    "labor": lambda year: _nth_weekday(year, 9, 0, 1),
}

_ALL_OVER = "neujahr ostermontag himmelfahrt pfingstmontag weihnachten stephanstag"
_ONLY_IN = {
    "DE": "karfreitag maifeiertag einheit",
    "AT": "dreikonig maifeiertag fronleichnam mariahimmelfahrt nationalfeiertag allerheiligen "
    "mariaempfangnis",
    "CH": "karfreitag bundesfeier",
}


def closes_land(day: dt.date, land: str) -> bool:
    """Whether a day is a holiday in (nearly) all of DE, AT or CH. Regions: see slots."""
    names = f"{_ALL_OVER} {_ONLY_IN.get(land, '')}".split()
    return any(date_of(name, day.year) == day for name in names)


NAMES = (*_FIXED, *_FROM_EASTER, *_REGULAR)


def date_of(feast: str, year: int) -> dt.date:
    """The date of one of `NAMES` in a year."""
    if feast in _FIXED:
        return dt.date(year, *_FIXED[feast])
    if feast in _FROM_EASTER:
        return easter(year) + dt.timedelta(_FROM_EASTER[feast])
    return _REGULAR[feast](year)
