"""What a function of a running call is asked with, and what that comes to: the shapes only."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from uuid import UUID

from domain.errors import UnknownBranch
from domain.intent.model import Catalogue, Language, Utterance
from domain.routing import BranchFound, BranchMissing


@dataclass(frozen=True, kw_only=True)
class Arguments:
    """The effective arguments: words as they were said, or structured values, under one name each
    whatever the agent's definition calls them. Templates that nobody filled, empty values and ids
    that the signed call object knows better are not among them.
    """

    services: tuple[str, ...] = ()
    date: str | None = None
    time: str | None = None
    appointment: str | None = None
    new_date: str | None = None
    new_time: str | None = None
    staff: str | None = None
    branch: str | None = None
    customer_name: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    people: int = 1
    confirmed: bool | None = None
    hold_id: str | None = None
    additional: bool = False
    code: str | None = field(default=None, repr=False)
    reason: str | None = field(default=None, repr=False)


@dataclass(frozen=True, kw_only=True)
class Context:
    """`said_at`: the call's own start, at which words about time are read. `now`: our clock, which
    judges what is past. Both aware. `branch_id`: the dialled one.
    """

    said_at: datetime
    now: datetime
    zone: str
    catalogue: Catalogue
    branch_id: UUID | None
    language: Language
    transcript: tuple[Utterance, ...] = field(default=(), repr=False)


# --- when: local wall-clock times of the branch, naive --------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Exact:
    start_local: datetime


@dataclass(frozen=True, kw_only=True)
class Daily:
    """Times of day, on whichever day: "nächste Woche nachmittags". [`opens`, `closes`), where
    `closes` midnight is the end of the day; `near` is liked best.
    """

    opens: time
    closes: time
    near: time | None = None


@dataclass(frozen=True, kw_only=True)
class Within:
    """`until_local` is exclusive. `near_local`: the time that is liked best ("nachmittags, am
    liebsten gegen fünf"). Either side may be open. `daily`: only then, on each of the days.
    """

    from_local: datetime | None
    until_local: datetime | None
    near_local: datetime | None = None
    daily: Daily | None = None


@dataclass(frozen=True, kw_only=True)
class Unclear:
    """Several fair readings: the caller is asked, nobody guesses. Days, or times.

    `either`: the caller named them all ("Montag oder Donnerstag") and each would do.
    """

    options: tuple[date | datetime, ...]
    either: bool = False


@dataclass(frozen=True, kw_only=True)
class Past:
    """Only readings that are over already; never moved to another year or day by itself."""

    start_local: datetime


@dataclass(frozen=True, kw_only=True)
class Skipped:
    """A wall time that the clocks jump over in that night."""

    start_local: datetime


@dataclass(frozen=True, kw_only=True)
class AnyTime:
    """Nothing was said, or "as soon as possible" (`soonest`). `daily`: only then, on any day."""

    soonest: bool = False
    daily: Daily | None = None


@dataclass(frozen=True, kw_only=True)
class NotUnderstood:
    """Something was said about time that gives no reading. `field`: `date` or `time`."""

    field: str


When = Exact | Within | Unclear | Past | Skipped | AnyTime | NotUnderstood


@dataclass(frozen=True, kw_only=True)
class ServicesMeant:
    """What is wanted, in the order it was said. `options`: several services fit the words, beside
    those that are clear. `unknown`: words that fit none. `elsewhere`: branches that offer what this
    one does not.
    """

    ids: tuple[UUID, ...] = ()
    options: tuple[UUID, ...] = ()
    unknown: str | None = None
    elsewhere: tuple[UUID, ...] = ()


@dataclass(frozen=True, kw_only=True)
class StaffMeant:
    """`hard`: this person and nobody else. `options`, `unknown`, `elsewhere` as for services.

    `excluded`: not this person ("nicht bei Mehmet").
    """

    staff_id: UUID | None = None
    hard: bool = False
    options: tuple[UUID, ...] = ()
    unknown: str | None = None
    elsewhere: tuple[UUID, ...] = ()
    excluded: tuple[UUID, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Wish:
    branch: BranchFound | BranchMissing | UnknownBranch
    services: ServicesMeant
    staff: StaffMeant
    when: When
    people: int = 1
