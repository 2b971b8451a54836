"""Dates and times as people say and write them, in a branch's local time."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from domain.speech.numbers import Lang, cardinal, ordinal, year_words
from domain.speech.phrases import join_words

TimeStyle = Literal["clock", "colloquial"]
Case = Literal["accusative", "dative"]

_WEEKDAYS: dict[Lang, tuple[str, ...]] = {
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS: dict[Lang, tuple[str, ...]] = {
    "de": (
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ),
    "en": (
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ),
}
# From which full hour on. An hour of the half-day clock never has the same word twice, so that
# "viertel nach zehn abends" and "… vormittags" stay apart.
_DAY_PARTS: dict[Lang, tuple[tuple[int, str], ...]] = {
    "de": (
        (22, "nachts"),
        (18, "abends"),
        (14, "nachmittags"),
        (12, "mittags"),
        (10, "vormittags"),
        (5, "morgens"),
        (0, "nachts"),
    ),
    "en": (
        (21, "at night"),
        (17, "in the evening"),
        (12, "in the afternoon"),
        (1, "in the morning"),
        (0, "at night"),
    ),
}
_OFFERS_MAX = 3  # nobody keeps more in mind while listening


def spoken_date(at: datetime, zone: ZoneInfo, lang: Lang, *, with_year: bool = False) -> str:
    """Like "Donnerstag, den dritten Dezember", "Thursday, the third of December"."""
    return spoken_day(_local(at, zone).date(), lang, with_year=with_year)


def spoken_day(day: date, lang: Lang, *, case: Case = "accusative", with_year: bool = False) -> str:
    """Like "Donnerstag, den dritten Dezember"; after "am" the dative: "Donnerstag, dem dritten"."""
    weekday, month = _WEEKDAYS[lang][day.weekday()], _MONTHS[lang][day.month - 1]
    number = ordinal(day.day, lang)
    year = f" {year_words(day.year, lang)}" if with_year else ""
    if lang == "en":
        return f"{weekday}, the {number} of {month}{year}"
    article = {"accusative": "den", "dative": "dem"}[case]
    return f"{weekday}, {article} {number}n {month}{year}"


def spoken_on(at: datetime | date, zone: ZoneInfo, lang: Lang) -> str:
    """Like "am Donnerstag, dem dritten Dezember, um vierzehn Uhr"; of a date the day alone."""
    if not isinstance(at, datetime):
        return f"{_ON[lang]} {spoken_day(at, lang, case='dative')}"
    day = spoken_day(_local(at, zone).date(), lang, case="dative")
    return f"{_ON[lang]} {day}, {_AT[lang]} {spoken_time(at, zone, lang)}"


def weekday_word(day: date, lang: Lang) -> str:
    return _WEEKDAYS[lang][day.weekday()]


def spoken_time(
    at: datetime, zone: ZoneInfo, lang: Lang, *, style: TimeStyle = "clock", day_part: bool = True
) -> str:
    """Like "vierzehn Uhr fünfzehn", colloquial "viertel nach zwei nachmittags"; "two fifteen pm",
    "quarter past two in the afternoon". Only full and quarter hours have a colloquial form.

    `day_part=False` is for sentences that have said it already; alone it leaves twelve hours open.
    """
    local = _local(at, zone)
    words = None
    if style == "colloquial":
        words = _quarter_hour(local, lang, day_part=day_part)
    if words is None:
        words = _german_clock(local) if lang == "de" else _english_clock(local)
    return words + _season(local, lang)


def spoken_at(
    at: datetime,
    zone: ZoneInfo,
    lang: Lang,
    *,
    style: TimeStyle = "clock",
    with_year: bool = False,
) -> str:
    """Like "Donnerstag, den dritten Dezember, um vierzehn Uhr fünfzehn"."""
    time = spoken_time(at, zone, lang, style=style)
    return f"{spoken_date(at, zone, lang, with_year=with_year)}, {_AT[lang]} {time}"


def spoken_offers(
    starts: Sequence[datetime], zone: ZoneInfo, lang: Lang, *, style: TimeStyle = "clock"
) -> str:
    """The first three starts, each day named once: "Freitag, den vierten Dezember, um neun Uhr
    oder um zehn Uhr, oder Samstag, …". Empty without starts.
    """
    days: dict[str, list[str]] = {}
    for at in starts[:_OFFERS_MAX]:
        time = f"{_AT[lang]} {spoken_time(at, zone, lang, style=style)}"
        days.setdefault(spoken_date(at, zone, lang), []).append(time)
    told = [f"{day}, {join_words(times, lang)}" for day, times in days.items()]
    return f", {_OR[lang]} ".join(told)


def spoken_span(start_at: datetime, end_at: datetime, zone: ZoneInfo, lang: Lang) -> str:
    """Like "von neun Uhr bis achtzehn Uhr", "from nine am to six pm"."""
    start, end = (spoken_time(at, zone, lang) for at in (start_at, end_at))
    return f"von {start} bis {end}" if lang == "de" else f"from {start} to {end}"


def written_date(at: datetime, zone: ZoneInfo, lang: Lang) -> str:
    """Like "Donnerstag, 3. Dezember 2026", "Thursday, 3 December 2026"."""
    local = _local(at, zone)
    dot = "." if lang == "de" else ""
    month = _MONTHS[lang][local.month - 1]
    return f"{_WEEKDAYS[lang][local.weekday()]}, {local.day}{dot} {month} {local.year}"


def written_time(at: datetime, zone: ZoneInfo, lang: Lang) -> str:
    """Like "14:15 Uhr", "2:15 pm"."""
    local = _local(at, zone)
    if lang == "de":
        time = f"{local.hour}:{local.minute:02} Uhr"
    else:
        time = f"{_half_day_hour(local)}:{local.minute:02} {_am_pm(local)}"
    return time + _season(local, lang)


def written_at(at: datetime, zone: ZoneInfo, lang: Lang) -> str:
    """Like "Donnerstag, 3. Dezember 2026, 14:15 Uhr", "Thursday, 3 December 2026, 2:15 pm"."""
    return f"{written_date(at, zone, lang)}, {written_time(at, zone, lang)}"


_AT: dict[Lang, str] = {"de": "um", "en": "at"}
_ON: dict[Lang, str] = {"de": "am", "en": "on"}
_OR: dict[Lang, str] = {"de": "oder", "en": "or"}


def _local(at: datetime, zone: ZoneInfo) -> datetime:
    if at.tzinfo is None:
        raise ValueError("a time without a zone cannot be said")
    return at.astimezone(zone)


def _season(local: datetime, lang: Lang) -> str:
    """In the night when the clocks go back an hour comes twice; the word says which."""
    first, second = local.replace(fold=0).utcoffset(), local.replace(fold=1).utcoffset()
    if first == second:
        return ""
    if lang == "de":
        return " Winterzeit" if local.fold else " Sommerzeit"
    return " winter time" if local.fold else " summer time"


def _german_clock(local: datetime) -> str:
    # "ein Uhr", but "einundzwanzig Uhr eins".
    hour = "ein" if local.hour == 1 else cardinal(local.hour, "de")
    return f"{hour} Uhr" + (f" {cardinal(local.minute, 'de')}" if local.minute else "")


def _english_clock(local: datetime) -> str:
    if local.minute == 0 and local.hour in {0, 12}:
        return "noon" if local.hour else "midnight"
    words = [cardinal(_half_day_hour(local), "en")]
    if 0 < local.minute < 10:  # noqa: PLR2004 "two oh five"
        words.append("oh")
    if local.minute:
        words.append(cardinal(local.minute, "en"))
    return " ".join([*words, _am_pm(local)])


def _quarter_hour(local: datetime, lang: Lang, *, day_part: bool) -> str | None:
    # At 0:00 "zwölf Uhr nachts" could be the night before as well.
    if local.minute % 15 or (local.hour, local.minute) == (0, 0):
        return None
    this, following = _half_day_hour(local), local.hour % 12 + 1
    hour = this if local.minute <= _next_hour_from(lang) else following
    spoken_hour = cardinal(hour, lang)
    if lang == "de" and local.minute == 0 and hour == 1:
        spoken_hour = "ein"
    time = _QUARTERS[lang][local.minute // 15].format(spoken_hour)
    return f"{time} {_day_part(local, lang)}" if day_part else time


_QUARTERS: dict[Lang, tuple[str, str, str, str]] = {
    "de": ("{} Uhr", "viertel nach {}", "halb {}", "viertel vor {}"),
    "en": ("{} o'clock", "quarter past {}", "half past {}", "quarter to {}"),
}


def _next_hour_from(lang: Lang) -> int:
    """Last minute that is told from the hour before: "halb drei" is half past two."""
    return 15 if lang == "de" else 30


def _day_part(local: datetime, lang: Lang) -> str:
    return next(word for hour, word in _DAY_PARTS[lang] if local.hour >= hour)


def _half_day_hour(local: datetime) -> int:
    return local.hour % 12 or 12


def _am_pm(local: datetime) -> str:
    return "am" if local.hour < 12 else "pm"  # noqa: PLR2004
