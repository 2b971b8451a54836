"""Several services in one visit, or several people: all of it, or nothing.

Built on the board's answers to single services: each part is judged alone, then again with the
parts before it as busy where they would be in its way.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.errors import OffGrid, Refusal, SlotTaken, UnknownService
from domain.slots.board import Board, StaffWish, time_of_day
from domain.slots.model import Allocation, BranchPlan, Busy, ServiceRules
from domain.slots.search import _A_DAY_AWAY, _ANOTHER_PERSON, MAX_DAYS_AWAY, MAX_OFFERS
from domain.timespan import TimeSpan, merge

MAX_PARTS = 6
LONGEST_WAIT_MINUTES = 30
MAX_DAYS = 200  # that `first_visits` looks at: no horizon of ours is longer

# Where the first way to lay the parts does not work out others are tried; so many for one start,
# and so many for one question, are enough for everything that occurs in a day at a branch.
_MAX_TRIES, _MAX_TRIES_OF_ALL = 60, 3_000
_SAME_PERSON = timedelta(minutes=15)  # so long a wait between two parts is it worth
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartWish:
    """One service. A soft wish for a person (`staff_hard` False) is given up for anyone who can."""

    service_id: UUID
    staff_id: UUID | None = None
    staff_hard: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """(service id, what to reserve) of each part, in the order of the wishes."""

    parts: tuple[tuple[UUID, Allocation], ...]

    @property
    def start_at(self) -> datetime:
        return min(allocation.start_at for _, allocation in self.parts)

    @property
    def end_at(self) -> datetime:
        return max(allocation.end_at for _, allocation in self.parts)


def fit_visit(
    plan: BranchPlan,
    wishes: Sequence[PartWish],
    start_at: datetime,
    now: datetime,
    busy: Busy,
    *,
    side_by_side: bool = False,
    exclude_staff: Iterable[UUID] = (),
    longest_wait_minutes: int = LONGEST_WAIT_MINUTES,
) -> Visit | Refusal:
    """What to reserve for this start, or why the first part that cannot be had is not to be had.

    In a row: each part starts on the grid at the end of the one before or up to the longest wait
    after it. `side_by_side`: several people at once, each with someone else; in a row where that
    cannot be. Of rooms and devices the first free ones are taken, other ways to share them are not
    tried.
    """
    fitting = _fitting(
        plan, wishes, now, busy, exclude=exclude_staff, wait_minutes=longest_wait_minutes
    )
    if isinstance(fitting, Refusal):
        return fitting
    return fitting.at(start_at, side_by_side=side_by_side)


def nearest_visits(
    plan: BranchPlan,
    wishes: Sequence[PartWish],
    wished_at: datetime,
    now: datetime,
    busy: Busy,
    *,
    limit: int = 5,
    within: TimeSpan | Sequence[TimeSpan] | None = None,
    side_by_side: bool = False,
    exclude_staff: Iterable[UUID] = (),
    longest_wait_minutes: int = LONGEST_WAIT_MINUTES,
) -> list[Visit]:
    """Up to `limit` visits, the one most like the wish first, by the rule of `nearest_offers`.

    `within`: spans in which the visit must start; None: anywhere.
    """
    fitting = _fitting(
        plan, wishes, now, busy, exclude=exclude_staff, wait_minutes=longest_wait_minutes
    )
    if isinstance(fitting, Refusal) or fitting.lead.earliest_at > fitting.lead.latest_at:
        return []
    limit, lead = min(limit, MAX_OFFERS), fitting.lead
    wished_day = lead.local_day(min(max(wished_at, lead.earliest_at), lead.latest_at))
    likeness = _Likeness(plan, wishes, wished_day, time_of_day(wished_at, plan))
    windows = (fitting.bookable,) if within is None else _cut(within, fitting.bookable)
    found: dict[datetime, Visit] = {}
    ranked: list[tuple[_Key, Visit]] = []
    for away in range(MAX_DAYS_AWAY + 1):
        for day in {wished_day - away * _DAY, wished_day + away * _DAY}:
            fitting.add_day(found, day, windows, side_by_side=side_by_side)
        ranked = sorted(
            ((likeness.of(visit), visit) for visit in found.values()), key=lambda pair: pair[0]
        )
        # Hours past midnight count for the next date: the next round is at least `away` days off.
        if len(ranked) >= limit and ranked[limit - 1][0][:2] <= (away > 0, away * _A_DAY_AWAY):
            break
    return [visit for _, visit in ranked[:limit]]


def first_visits(
    plan: BranchPlan,
    wishes: Sequence[PartWish],
    within: TimeSpan | Sequence[TimeSpan],
    now: datetime,
    busy: Busy,
    *,
    limit: int = 5,
    side_by_side: bool = False,
    exclude_staff: Iterable[UUID] = (),
    longest_wait_minutes: int = LONGEST_WAIT_MINUTES,
) -> list[Visit]:
    """The first `limit` visits that start within, in order of time."""
    fitting = _fitting(
        plan, wishes, now, busy, exclude=exclude_staff, wait_minutes=longest_wait_minutes
    )
    if isinstance(fitting, Refusal) or fitting.lead.earliest_at > fitting.lead.latest_at:
        return []
    limit = min(limit, MAX_OFFERS)
    found: dict[datetime, Visit] = {}
    for window in _cut(within, fitting.bookable):
        day = fitting.lead.local_day(window.start_at) - _DAY  # its hours may last past midnight
        last = min(fitting.lead.local_day(window.end_at), day + MAX_DAYS * _DAY)
        while day <= last and len(found) < limit:
            fitting.add_day(found, day, (window,), side_by_side=side_by_side)
            day += _DAY
    return sorted(found.values(), key=lambda visit: visit.start_at)[:limit]


def _cut(within: TimeSpan | Sequence[TimeSpan], bookable: TimeSpan) -> tuple[TimeSpan, ...]:
    spans = (within,) if isinstance(within, TimeSpan) else within
    return tuple(cut for span in merge(spans) if (cut := span.intersect(bookable)) is not None)


# --- likeness -------------------------------------------------------------------------------------

_Key = tuple[bool, timedelta, datetime]


@dataclass(frozen=True, slots=True)
class _Likeness:
    """The rule of `nearest_offers`; with several parts one other person is as bad as two."""

    plan: BranchPlan
    wishes: Sequence[PartWish]
    wished_day: date
    wished_time: timedelta

    def of(self, visit: Visit) -> _Key:
        day = visit.start_at.astimezone(self.plan.tz).date()
        days_away = abs((day - self.wished_day).days)
        distance = abs(time_of_day(visit.start_at, self.plan) - self.wished_time)
        distance += days_away * _A_DAY_AWAY
        pairs = zip(self.wishes, visit.parts, strict=True)
        if any(wish.staff_id not in (None, part.staff_id) for wish, (_, part) in pairs):
            distance += _ANOTHER_PERSON
        return days_away > 0, distance, visit.start_at


# --- laying the parts -----------------------------------------------------------------------------


def _fitting(
    plan: BranchPlan,
    wishes: Sequence[PartWish],
    now: datetime,
    busy: Busy,
    *,
    exclude: Iterable[UUID],
    wait_minutes: int,
) -> "_Fitting | Refusal":
    if not 1 <= len(wishes) <= MAX_PARTS:
        raise ValueError(f"a visit has 1 to {MAX_PARTS} parts")
    services: list[ServiceRules] = []
    for wish in wishes:
        service = plan.services_by_id.get(wish.service_id)
        if service is None:
            return UnknownService(service_id=wish.service_id)
        services.append(service)
    return _Fitting(
        plan=plan,
        wishes=tuple(wishes),
        services=tuple(services),
        now=now,
        busy=busy,
        exclude=frozenset(exclude),
        longest_wait=timedelta(minutes=wait_minutes),
    )


@dataclass(kw_only=True)
class _Fitting:
    """One question: boards are kept, and tries are counted."""

    plan: BranchPlan
    wishes: tuple[PartWish, ...]
    services: tuple[ServiceRules, ...]
    now: datetime
    busy: Busy
    exclude: frozenset[UUID]
    longest_wait: timedelta
    _boards: dict[tuple[UUID, UUID | None, bool], Board] = field(default_factory=dict)
    _tries: int = 0
    _tries_of_all: int = 0
    _why: Refusal | None = None

    @property
    def lead(self) -> Board:
        wish = self.wishes[0]
        return self._board(0, wish.staff_id, hard=wish.staff_hard)

    @property
    def bookable(self) -> TimeSpan:
        return TimeSpan(self.lead.earliest_at, self.lead.latest_at + timedelta(microseconds=1))

    def add_day(
        self,
        found: dict[datetime, Visit],
        day: date,
        windows: Iterable[TimeSpan],
        *,
        side_by_side: bool,
    ) -> None:
        """Every visit that starts within, in an opening that begins on this date."""
        for window in windows:
            for start_at in self.lead.starts_on(day, window):
                if start_at in found or self._tries_of_all > _MAX_TRIES_OF_ALL:
                    continue
                visit = self.at(start_at, side_by_side=side_by_side)
                if isinstance(visit, Visit):
                    found[start_at] = visit

    def at(self, start_at: datetime, *, side_by_side: bool) -> Visit | Refusal:
        ways = (True, False) if side_by_side and len(self.wishes) > 1 else (False,)
        why: Refusal = SlotTaken()
        for beside in ways:
            self._tries, self._why = 0, None
            parts = self._laid((), start_at, beside=beside)
            if parts is not None:
                pairs = zip(self.wishes, parts, strict=True)
                return Visit(parts=tuple((wish.service_id, part) for wish, part in pairs))
            why = self._why or why
        return why

    def _laid(
        self, parts: tuple[Allocation, ...], start_at: datetime, *, beside: bool
    ) -> tuple[Allocation, ...] | None:
        """The first way that works out, the likest to the wishes first; None: there is none."""
        if len(parts) == len(self.wishes):
            return parts
        any_way = False
        for part in self._ways(parts, start_at, beside=beside):
            any_way = True
            whole = self._laid((*parts, part), start_at, beside=beside)
            if whole is not None or self._tries > _MAX_TRIES:
                return whole
        if not any_way and self._why is None:
            self._why = self._reason(parts, start_at, beside=beside)
        return None

    def _ways(
        self, parts: tuple[Allocation, ...], start_at: datetime, *, beside: bool
    ) -> Iterator[Allocation]:
        """The next part: at each start that is early enough the likest person, then the others."""
        number = len(parts)
        liked = self._liked(parts, beside=beside)
        first: list[tuple[timedelta, bool, Allocation]] = []
        for at in self._starts(parts, start_at, beside=beside):
            answer = self._judge(number, at, liked, hard=self._is_hard(number), parts=parts)
            if isinstance(answer, Allocation):
                other = liked not in (None, answer.staff_id)
                cost = at - start_at + (_SAME_PERSON if other else timedelta())
                first.append((cost, other, answer))
        ways = [answer for _, _, answer in sorted(first, key=lambda way: way[:2])]
        if len(self.wishes) > 1 and not parts and not beside and liked is None:
            ways = [self._for_all(answer) for answer in ways]
        yield from ways
        for tried in ways:
            yield from self._others(number, tried, parts)

    def _for_all(self, answer: Allocation) -> Allocation:
        """Rather someone who can do every part of the visit."""
        able = frozenset.intersection(*(frozenset(s.staff_ids) for s in self.services))
        if answer.staff_id in able:
            return answer
        others = self._others(0, answer, ())
        return next((other for other in others if other.staff_id in able), answer)

    def _others(
        self, number: int, tried: Allocation, parts: tuple[Allocation, ...]
    ) -> Iterator[Allocation]:
        """The same start with other people."""
        if self._is_hard(number):
            return
        for person in self.plan.qualified(self.services[number]):
            if person.id == tried.staff_id or person.id in self.exclude:
                continue
            if self._tries > _MAX_TRIES:
                return
            answer = self._judge(number, tried.start_at, person.id, hard=True, parts=parts)
            if isinstance(answer, Allocation):
                yield answer

    def _is_hard(self, number: int) -> bool:
        wish = self.wishes[number]
        return wish.staff_hard and wish.staff_id is not None

    def _liked(self, parts: tuple[Allocation, ...], *, beside: bool) -> UUID | None:
        """The person wished for, else the one of the part before."""
        wish = self.wishes[len(parts)]
        if wish.staff_id is not None or not parts or beside:
            return wish.staff_id
        before = parts[-1].staff_id
        return before if before in self.services[len(parts)].staff_ids else None

    def _starts(
        self, parts: tuple[Allocation, ...], start_at: datetime, *, beside: bool
    ) -> Iterator[datetime]:
        if beside or not parts:
            yield start_at
            return
        end_at = parts[-1].end_at
        window = TimeSpan(end_at, end_at + self.longest_wait + timedelta(microseconds=1))
        wish = self.wishes[len(parts)]
        board = self._board(len(parts), wish.staff_id, hard=wish.staff_hard)
        today = board.local_day(end_at)
        yield from board.starts_on(today - _DAY, window)
        yield from board.starts_on(today, window)

    def _reason(
        self, parts: tuple[Allocation, ...], start_at: datetime, *, beside: bool
    ) -> Refusal:
        at = start_at if beside or not parts else parts[-1].end_at
        number = len(parts)
        staff_id, hard = self.wishes[number].staff_id, self._is_hard(number)
        answer = self._judge(number, at, staff_id, hard=hard, parts=parts)
        if isinstance(answer, OffGrid):
            answer = self._judge(number, answer.after_at, staff_id, hard=hard, parts=parts)
        return answer if isinstance(answer, Refusal) else SlotTaken()

    def _judge(
        self,
        number: int,
        at: datetime,
        staff_id: UUID | None,
        *,
        hard: bool,
        parts: tuple[Allocation, ...],
    ) -> Allocation | Refusal:
        """What is refused without the other parts is refused with them, so they are asked last."""
        if parts:
            self._tries += 1
            self._tries_of_all += 1
        answer = self._board(number, staff_id, hard=hard).judge(at)
        if isinstance(answer, Refusal) or not any(_in_the_way(part, answer) for part in parts):
            return answer
        busy = dict(self.busy)
        for part in parts:
            for resource_id in part.resource_ids:
                busy[resource_id] = [*busy.get(resource_id, ()), part.during]
        wish = StaffWish(staff_id=staff_id, hard=hard, exclude=self.exclude)
        return Board(self.plan, self.services[number], self.now, busy, wish).judge(at)

    def _board(self, number: int, staff_id: UUID | None, *, hard: bool) -> Board:
        service = self.services[number]
        key = service.id, staff_id, hard
        if key not in self._boards:
            wish = StaffWish(staff_id=staff_id, hard=hard, exclude=self.exclude)
            self._boards[key] = Board(self.plan, service, self.now, self.busy, wish)
        return self._boards[key]


def _in_the_way(one: Allocation, other: Allocation) -> bool:
    return one.during.overlaps(other.during) and not set(one.resource_ids).isdisjoint(
        other.resource_ids
    )
