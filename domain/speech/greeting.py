"""What an agent is told before it answers the phone, as words: the day, the salutation, names."""

from datetime import datetime
from zoneinfo import ZoneInfo

from domain.speech.numbers import Lang
from domain.speech.times import written_date
from domain.timespan import TimeSpan

# From which full hour on.
_SALUTATIONS: dict[Lang, tuple[tuple[int, str], ...]] = {
    "de": ((18, "Guten Abend"), (11, "Guten Tag"), (4, "Guten Morgen"), (0, "Guten Abend")),
    "en": ((18, "Good evening"), (12, "Good afternoon"), (4, "Good morning"), (0, "Good evening")),
}
_CLOSED: dict[Lang, str] = {"de": "geschlossen", "en": "closed"}
_TITLES = frozenset({"dr", "prof", "professor", "herr", "frau", "mr", "mrs", "ms", "dipl", "ing"})
# Parts of a last name that stand before it: "Jonas von der Heide".
_PARTICLES = frozenset({"von", "van", "der", "den", "dem", "de", "zu", "zur", "zum", "ten", "di"})


def salutation(at: datetime, zone: ZoneInfo, lang: Lang) -> str:
    """Like "Guten Morgen", by the hour at the branch."""
    hour = at.astimezone(zone).hour
    return next(words for first, words in _SALUTATIONS[lang] if hour >= first)


def today_words(at: datetime, zone: ZoneInfo, lang: Lang) -> str:
    """Like "Freitag, der 20. November 2026", "Friday, 20 November 2026"."""
    written = written_date(at, zone, lang)
    return written.replace(", ", ", der ", 1) if lang == "de" else written


def hours_in_figures(spans: tuple[TimeSpan, ...], zone: ZoneInfo, lang: Lang) -> str:
    """Like "09:00-12:00, 13:00-20:00", or "geschlossen"."""
    told = (
        f"{span.start_at.astimezone(zone):%H:%M}-{span.end_at.astimezone(zone):%H:%M}"
        for span in spans
    )
    return ", ".join(told) or _CLOSED[lang]


def name_parts(name: str | None) -> tuple[str, str]:
    """First and last name, each empty where unknown; a single word is a last name."""
    words = [word for word in (name or "").split() if word.casefold().rstrip(".") not in _TITLES]
    if len(words) < 2:  # noqa: PLR2004 one word or none
        return "", " ".join(words)
    last = len(words) - 1
    while last > 1 and words[last - 1].casefold() in _PARTICLES:
        last -= 1
    return words[0], " ".join(words[last:])
