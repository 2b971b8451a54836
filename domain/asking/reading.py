"""What is asked for: arguments become a wish, an appointment meant, or a new time."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.asking.model import (
    Arguments,
    Context,
    Exact,
    Past,
    ServicesMeant,
    Skipped,
    StaffMeant,
    Unclear,
    When,
    Wish,
    Within,
)
from domain.asking.moving import read_appointment, read_move
from domain.asking.placing import Present
from domain.asking.things import at_branch, services_meant, staff_meant
from domain.asking.times import read_when
from domain.errors import UnknownBranch
from domain.intent import mentions
from domain.intent.contact import _digit_runs, spoken_people
from domain.intent.model import Branch, Language, Utterance
from domain.intent.text import fold
from domain.intent.understand import language_of
from domain.routing import BranchFound, BranchMissing, which_branch

_WEEK = 7


def read_wish(arguments: Arguments, context: Context) -> Wish:
    """Branch, services, staff, time and people, each with what is doubtful or unknown in it."""
    anywhere = services_meant(arguments.services, context, None)
    somebody = staff_meant(arguments.staff, context, None)
    branch = _branch(arguments.branch, anywhere, somebody, context)
    branch_id = branch.branch_id if isinstance(branch, BranchFound) else None
    return Wish(
        branch=branch,
        services=services_meant(arguments.services, context, branch_id),
        staff=staff_meant(arguments.staff, context, branch_id),
        when=read_when(arguments.date, arguments.time, context),
        people=_people(arguments),
    )


def read_reference(phrase: str | None, context: Context) -> When:
    """Which existing appointment is meant: `AnyTime` where the words say nothing about time.

    `Unclear` has every reading; the one that an appointment fits is meant.
    """
    return read_appointment(phrase, context)


def read_change_time(
    arguments: Arguments, context: Context, old_start_local: datetime | None = None
) -> When:
    """The new time of a move. What is not said anew stays as it was: the day where only a time is
    given; the time of day is liked best where only a day is given. "Eine Stunde später" counts from
    the old start.
    """
    return read_move(arguments.new_date, arguments.new_time, context, old_start_local)


def language_of_call(
    transcript: Iterable[Utterance], offered: Iterable[str] = ("de", "en"), *, words: str = ""
) -> Language:
    """The language the caller speaks, if it is offered; of nothing said, the first offered.

    `words`: of the arguments, which count while the transcript is empty.
    """
    known: list[Language] = ["de" if code.startswith("de") else "en" for code in offered]
    said = [turn for turn in transcript if turn.role == "user"]
    if not any(turn.text.strip() for turn in said):
        if not words.strip():
            return known[0] if known else "de"
        said = [Utterance(role="user", text=words)]
    heard = language_of(said)
    return heard if heard in known or not known else known[0]


def days_asked(when: When, context: Context) -> tuple[date, int]:
    """First day and number of days (1 to 7) that a question for opening hours is about; the week
    from today where nothing was said.
    """
    today = Present.of(context).now.date()
    match when:
        case Exact(start_local=start) | Past(start_local=start) | Skipped(start_local=start):
            return start.date(), 1
        case Within(from_local=datetime() as start, until_local=datetime() as end):
            last = (end - timedelta(microseconds=1)).date()
            return start.date(), min(max((last - start.date()).days + 1, 1), _WEEK)
        case Within(from_local=datetime() as start):
            return start.date(), _WEEK
        case Unclear(options=options):
            first = min(_day(at) for at in options)
            return first, min((max(_day(at) for at in options) - first).days + 1, _WEEK)
        case _:
            return today, _WEEK


def _day(at: date | datetime) -> date:
    return at.date() if isinstance(at, datetime) else at


def _people(arguments: Arguments) -> int:
    """`Herrenhaarschnitt für zwei Personen` says it as well."""
    told = (spoken_people(words) for words in arguments.services)
    return arguments.people if arguments.people > 1 else next((n for n in told if n), 1)


# --- the branch -----------------------------------------------------------------------------------

_HERE = re.compile(
    r"\b(hier|bei (ihnen|euch)|dies\w*|egal|beliebig\w*|irgendein\w*|nachste|nahegelegen\w*|"
    r"here|this|any|nearest|closest|doesn't matter)\b"
)


def _branch(
    words: str | None, services: ServicesMeant, staff: StaffMeant, context: Context
) -> BranchFound | BranchMissing | UnknownBranch:
    """Spoken beats dialled; a hotline asks, unless only one branch has that service or person."""
    branches = context.catalogue.branches
    spoken = _branches_in(words, branches, context) if words else []
    if words and not spoken and not _HERE.search(fold(words)):
        return UnknownBranch()
    of_company = [UUID(branch.id) for branch in branches]
    found = which_branch(of_company=of_company, spoken=spoken, dialled=context.branch_id)
    if isinstance(found, BranchFound):
        return found
    fitting = [b for b in found.candidates if _serves(b, services, staff, context)]
    if len(fitting) == 1:
        return BranchFound(branch_id=fitting[0], by="only_one")
    return BranchMissing(candidates=tuple(fitting) or found.candidates)


def _serves(branch_id: UUID, services: ServicesMeant, staff: StaffMeant, context: Context) -> bool:
    offered = {s.id for s in at_branch(context.catalogue.services, branch_id)}
    people = {p.id for p in at_branch(context.catalogue.staff, branch_id)}
    if staff.staff_id is not None and str(staff.staff_id) not in people:
        return False
    return all(str(service_id) in offered for service_id in services.ids)


def _branches_in(words: str, branches: Sequence[Branch], context: Context) -> list[UUID]:
    """By name or district, else by postcode, else by city; in the order of the words."""
    split, since = mentions.split(words), 0
    named: list[str] = []
    for mention in mentions.find(mentions.book(context.catalogue).branches, words):
        if not mentions.negated(split, mention.start, since):
            named += mention.ids
        since = mention.end
    if not named:
        codes = set(_digit_runs(words))
        named = [b.id for b in branches if b.postal_code and b.postal_code in codes]
    if not named:
        named = [b.id for b in branches if b.city and set(mentions.split(b.city)) <= set(split)]
    return [UUID(branch_id) for branch_id in dict.fromkeys(named)]
