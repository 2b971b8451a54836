"""Free times, opening hours, people and places as parts of an answer."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.speech.numbers import Lang
from domain.speech.phrases import join_words
from domain.speech.times import spoken_on, spoken_span, spoken_time, weekday_word
from domain.timespan import TimeSpan

SPOKEN_MAX = 3  # nobody keeps more in mind while listening
_A_PAIR = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeTime:
    """`beside`: what has to be said with it, as "bei Sophie"."""

    start_at: datetime
    beside: str = ""


def with_people(names: Sequence[str], lang: Lang) -> str:
    """Like "bei Anna und Bernd", "with Anna"; empty for none."""
    if not names:
        return ""
    return f"{'bei' if lang == 'de' else 'with'} {join_words(names, lang, 'and')}"


def at_branch(name: str, lang: Lang) -> str:
    return f"in der Filiale {name}" if lang == "de" else f"at the {name} branch"


def join_dates(words: Sequence[str], lang: Lang) -> str:
    """Dates have commas of their own: "Samstag, den fünften, oder Sonntag, den sechsten"."""
    return f", {'oder' if lang == 'de' else 'or'} ".join(words)


def listed_appointments(appointments: Sequence[FreeTime], zone: ZoneInfo, lang: Lang) -> str:
    """Like "am Dienstag, dem …, um acht Uhr bei Anna und um zehn Uhr, und am Freitag, …"."""
    days: dict[date, list[str]] = {}
    for one in appointments[:SPOKEN_MAX]:
        time = f"{at_time(one.start_at, zone, lang)} {one.beside}".rstrip()
        days.setdefault(one.start_at.astimezone(zone).date(), []).append(time)
    told = [
        f"{spoken_on(day, zone, lang)}, {join_words(times, lang, 'and')}"
        for day, times in days.items()
    ]
    return f", {'und' if lang == 'de' else 'and'} ".join(told)


def which_of(starts: Sequence[datetime], zone: ZoneInfo, lang: Lang) -> str:
    """Like "den am Dienstag, dem …, um acht Uhr, oder den am Freitag, …"; of one day the times."""
    starts = starts[:SPOKEN_MAX]
    one_day = len({at.astimezone(zone).date() for at in starts}) == 1
    say = at_time if one_day and len(starts) > 1 else spoken_on
    the = "den" if lang == "de" else "the one"
    return join_dates([f"{the} {say(at, zone, lang)}" for at in starts], lang)


def at_time(at: datetime, zone: ZoneInfo, lang: Lang) -> str:
    return f"{'um' if lang == 'de' else 'at'} {spoken_time(at, zone, lang)}"


def day_word(day: date, today: date, lang: Lang) -> str:
    """To begin a sentence with: "heute", "morgen", "am Freitag, dem …," with its comma."""
    near = {"de": ("heute", "morgen"), "en": ("today", "tomorrow")}[lang]
    away = (day - today).days
    return near[away] if away in {0, 1} else f"{spoken_on(day, ZoneInfo('UTC'), lang)},"


def free_sentence(
    offers: Sequence[FreeTime], zone: ZoneInfo, lang: Lang, *, said_day: date | None = None
) -> str:
    """Like "Frei sind fünfzehn Uhr dreißig und achtzehn Uhr.": the first three, each day said once,
    and not at all where the sentence before has said it. Empty without offers.
    """
    days: dict[date, list[str]] = {}
    for offer in offers[:SPOKEN_MAX]:
        day = offer.start_at.astimezone(zone).date()
        time = f"{spoken_time(offer.start_at, zone, lang)} {offer.beside}".rstrip()
        times = days.setdefault(day, [])
        if time not in times:
            times.append(time)
    if not days:
        return ""
    told = [_on_day(day, times, zone, lang, said_day) for day, times in days.items()]
    count = sum(map(len, days.values()))
    if lang == "de":
        return f"Frei {'ist' if count == 1 else 'sind'} {', und '.join(told)}."
    return f"I could offer {', or '.join(told)}."


def _on_day(
    day: date, times: Sequence[str], zone: ZoneInfo, lang: Lang, said_day: date | None
) -> str:
    joined = join_words(times, lang, "and" if lang == "de" else "or")
    if day == said_day:
        return joined
    when = spoken_on(day, zone, lang)
    return f"{when}, {joined}" if lang == "de" else f"{joined} {when}"


def spoken_hours(spans: Iterable[TimeSpan], zone: ZoneInfo, lang: Lang) -> str:
    """Like "von acht Uhr bis zwölf Uhr und von dreizehn Uhr bis achtzehn Uhr"; empty for none."""
    told = [spoken_span(span.start_at, span.end_at, zone, lang) for span in spans]
    return join_words(told, lang, "and")


def spoken_week(
    days: Sequence[tuple[date, Sequence[TimeSpan]]], zone: ZoneInfo, lang: Lang
) -> tuple[str, str]:
    """Opening hours of up to seven days, days of the same hours together, and the days without."""
    groups: list[tuple[str, list[date]]] = []
    closed: list[date] = []
    for day, spans in days:
        hours = spoken_hours(spans, zone, lang)
        if not hours:
            closed.append(day)
        elif groups and groups[-1][0] == hours and (day - groups[-1][1][-1]).days == 1:
            groups[-1][1].append(day)
        else:
            groups.append((hours, [day]))
    told = [f"{_days(group, lang)} {hours}" for hours, group in groups]
    return join_words(told, lang, "and"), join_words(_weekdays(closed, lang), lang, "and")


def _days(days: Sequence[date], lang: Lang) -> str:
    words = _weekdays(days, lang)
    if len(words) <= _A_PAIR:
        return join_words(words, lang, "and")
    return f"{words[0]} {'bis' if lang == 'de' else 'to'} {words[-1]}"


def _weekdays(days: Iterable[date], lang: Lang) -> list[str]:
    return [weekday_word(day, lang) for day in days]
