"""What is asked for: arguments become a wish, an appointment meant, or a new time."""

from collections.abc import Iterable
from datetime import date, datetime

from domain.asking.model import Arguments, Context, When, Wish
from domain.intent.model import Language, Utterance


def read_wish(arguments: Arguments, context: Context) -> Wish:
    """Branch, services, staff, time and people, each with what is doubtful or unknown in it."""
    raise NotImplementedError


def read_reference(phrase: str | None, context: Context) -> When:
    """Which existing appointment is meant: `AnyTime` where the words say nothing about time.

    `Unclear` has every reading; the one that an appointment fits is meant.
    """
    raise NotImplementedError


def read_change_time(
    arguments: Arguments, context: Context, old_start_local: datetime | None = None
) -> When:
    """The new time of a move. What is not said anew stays as it was: the day where only a time is
    given; the time of day is liked best where only a day is given. "Eine Stunde später" counts from
    the old start.
    """
    raise NotImplementedError


def language_of_call(
    transcript: Iterable[Utterance], offered: Iterable[str] = ("de", "en"), *, words: str = ""
) -> Language:
    """The language the caller speaks, if it is offered; of nothing said, the first offered.

    `words`: of the arguments, which count while the transcript is empty.
    """
    raise NotImplementedError


def days_asked(when: When, context: Context) -> tuple[date, int]:
    """First day and number of days (1 to 7) that a question for opening hours is about; the week
    from today where nothing was said.
    """
    raise NotImplementedError
