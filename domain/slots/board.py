"""One question about one service: the judge of single starts, with what it learned kept."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from domain.errors import (
    Closed,
    LunchBreak,
    NoResourceFree,
    OffGrid,
    OutsideHours,
    Refusal,
    SlotTaken,
    StaffCannotDoService,
    StaffOff,
    TooFar,
    TooSoon,
    UnknownStaff,
)
from domain.slots.fairness import choose_staff
from domain.slots.hours import opening_of, working_of
from domain.slots.model import Allocation, BranchPlan, Busy, ServiceRules, StaffRules
from domain.slots.timeline import Stretch, Timeline
from domain.timespan import TimeSpan, as_utc, boundary_to_instant, instant_to_local

_DAY = timedelta(days=1)

# Of several people's refusals the one told is that of whoever came nearest to a yes.
_NEARNESS: tuple[type[Refusal], ...] = (
    OutsideHours,
    StaffOff,
    LunchBreak,
    SlotTaken,
    NoResourceFree,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffWish:
    """A soft wish (`hard` False) is tried first and then given up for anyone who can.

    `exclude`: people whom Cal.com has refused for this start already; they count as taken.
    """

    staff_id: UUID | None = None
    hard: bool = False
    exclude: frozenset[UUID] = frozenset()


class Board:
    """Answers for any start; hours, orders and busy times are computed once per day and person."""

    def __init__(
        self, plan: BranchPlan, service: ServiceRules, now: datetime, busy: Busy, wish: StaffWish
    ) -> None:
        self.plan, self.service, self.wish, self._busy = plan, service, wish, busy
        rules = plan.rules
        self.earliest_at = as_utc(now) + timedelta(minutes=rules.minimum_notice_minutes)
        self.latest_at = as_utc(now) + timedelta(days=rules.horizon_days)
        self.step = timedelta(minutes=rules.slot_interval_minutes)
        self._before = timedelta(minutes=service.buffer_before_minutes)
        self._after = timedelta(minutes=service.buffer_after_minutes)
        self._opening: dict[date, tuple[TimeSpan, ...] | Closed] = {}
        self._working: dict[tuple[UUID, date], tuple[TimeSpan, ...]] = {}
        self._order: dict[date, tuple[StaffRules, ...]] = {}
        self._timelines: dict[int, Timeline] = {}
        self.candidates, self.standing = self._candidates()

    def judge(self, start_at: datetime) -> Allocation | Refusal:
        start_at = as_utc(start_at)
        if self.standing is not None:
            return self.standing
        if start_at < self.earliest_at:
            return TooSoon(earliest_at=self.earliest_at)
        if start_at > self.latest_at:
            return TooFar(latest_at=self.latest_at)
        day = self.local_day(start_at)
        interval = self._interval_at(start_at, day)
        if isinstance(interval, Refusal):
            return interval
        refused: list[tuple[UUID, Refusal]] = []
        for person in self._in_order(day):
            answer = self._with(person, start_at, day, interval)
            if isinstance(answer, Allocation):
                return answer
            refused.append((person.id, answer))
        return self._most_telling(refused)

    def local_day(self, at: datetime) -> date:
        return at.astimezone(self.plan.tz).date()

    def starts_on(self, day: date, window: TimeSpan) -> Iterator[datetime]:
        """Starts in the window worth judging, in order, of the openings that begin on this date.

        On the grid, someone qualified works and is free: all that is bookable is among them, only
        rooms and devices may still be missing.
        """
        opening = self._opening_on(day)
        if isinstance(opening, Closed):
            return
        first_at = max(window.start_at, self.earliest_at)
        for interval in opening:
            after = interval.start_at
            for since, until in self._stretches(interval, day):
                steps = -((interval.start_at - max(since, first_at, after)) // self.step)
                start_at = interval.start_at + steps * self.step
                while start_at <= min(until, self.latest_at) and start_at < window.end_at:
                    yield start_at
                    start_at += self.step
                    after = start_at

    def _stretches(self, interval: TimeSpan, day: date) -> list[Stretch]:
        """[first start, last start] of each person's free time within the opening, by start."""
        found: list[Stretch] = []
        for person in self.candidates:
            if person.id in self.wish.exclude:
                continue
            duration = self.plan.duration_of(self.service, person.id)
            timeline = self._timeline(person.resource_id)
            for work in (*self._works(person, day), *self._works_on(person, day + _DAY)):
                first_at = max(work.start_at, interval.start_at)
                last_at = min(work.end_at, interval.end_at) - duration
                if first_at > last_at:
                    continue
                within = first_at - self._before, last_at + duration + self._after
                for since, until in timeline.gaps(*within):
                    stretch = since + self._before, until - self._after - duration
                    if stretch[0] <= stretch[1]:
                        found.append(stretch)
        return sorted(found)

    def _candidates(self) -> tuple[tuple[StaffRules, ...], Refusal | None]:
        qualified = self.plan.qualified(self.service)
        wished = self.wish.staff_id if self.wish.hard else None
        if wished is not None:
            if wished not in self.plan.staff_by_id:
                return (), UnknownStaff(staff_id=wished)
            qualified = tuple(person for person in qualified if person.id == wished)
        if not qualified:
            return (), StaffCannotDoService(service_id=self.service.id, staff_id=wished)
        return qualified, None

    def _interval_at(self, start_at: datetime, day: date) -> TimeSpan | Refusal:
        """The opening interval whose grid the start is on; yesterday's may last into today."""
        today, yesterday = self._opening_on(day), self._opening_on(day - _DAY)
        intervals = () if isinstance(today, Closed) else today
        overnight = () if isinstance(yesterday, Closed) else yesterday
        around = [span for span in (*overnight, *intervals) if span.contains(start_at)]
        fitting = [span for span in around if not (start_at - span.start_at) % self.step]
        if fitting:
            return max(fitting, key=lambda span: span.end_at)
        if around:
            before_at = start_at - (start_at - around[0].start_at) % self.step
            return OffGrid(before_at=before_at, after_at=before_at + self.step)
        if isinstance(today, Closed):
            return today
        near = min(intervals, key=lambda s: max(s.start_at - start_at, start_at - s.end_at))
        return OutsideHours(opens_at=near.start_at, closes_at=near.end_at)

    def _with(
        self, person: StaffRules, start_at: datetime, day: date, interval: TimeSpan
    ) -> Allocation | Refusal:
        span = TimeSpan(start_at, start_at + self.plan.duration_of(self.service, person.id))
        if span.end_at > interval.end_at:
            return OutsideHours(opens_at=interval.start_at, closes_at=interval.end_at)
        if not any(work.contains(span) for work in self._works(person, day)):
            return self._why_off(person, start_at, day)
        during = TimeSpan(span.start_at - self._before, span.end_at + self._after)
        if person.id in self.wish.exclude or not self._is_free(person.resource_id, during):
            return SlotTaken(resource_id=person.resource_id, staff_id=person.id)
        rooms = self._free_resources(during)
        if isinstance(rooms, Refusal):
            return rooms
        return Allocation(
            staff_id=person.id, resource_ids=(person.resource_id, *rooms), span=span, during=during
        )

    def _why_off(self, person: StaffRules, start_at: datetime, day: date) -> Refusal:
        works = self._works_on(person, day)
        before = [work for work in works if work.start_at <= start_at]
        later = [work for work in works if work.start_at > start_at]
        if before and later:
            from_at = max(work.end_at for work in before)
            until_at = min(work.start_at for work in later)
            return LunchBreak(staff_id=person.id, from_at=from_at, until_at=until_at)
        return StaffOff(staff_id=person.id)

    def _free_resources(self, during: TimeSpan) -> tuple[int, ...] | NoResourceFree:
        chosen: list[int] = []
        for need in self.service.needs:
            free = [
                resource.id
                for resource in self.plan.resources
                if resource.type == need.type
                and resource.id not in chosen
                and self._is_free(resource.id, during)
            ]
            if len(free) < need.count:
                return NoResourceFree(resource_type=need.type, needed=need.count, free=len(free))
            chosen += free[: need.count]
        return tuple(chosen)

    def _most_telling(self, refused: list[tuple[UUID, Refusal]]) -> Refusal:
        for staff_id, refusal in refused:
            if staff_id == self.wish.staff_id:
                return refusal
        _, told = max(refused, key=lambda pair: _NEARNESS.index(type(pair[1])))
        if isinstance(told, StaffOff | LunchBreak) and len(refused) > 1:
            return StaffOff(staff_id=None)
        return told

    def _opening_on(self, day: date) -> tuple[TimeSpan, ...] | Closed:
        if day not in self._opening:
            self._opening[day] = opening_of(self.plan, day)
        return self._opening[day]

    def _works(self, person: StaffRules, day: date) -> tuple[TimeSpan, ...]:
        """Working intervals of the day, and of the day before that may last into it."""
        return (*self._works_on(person, day - _DAY), *self._works_on(person, day))

    def _works_on(self, person: StaffRules, day: date) -> tuple[TimeSpan, ...]:
        key = person.id, day
        if key not in self._working:
            self._working[key] = working_of(self.plan, person, day)
        return self._working[key]

    def _in_order(self, day: date) -> tuple[StaffRules, ...]:
        if day not in self._order:
            load = {p.id: self._booked_on(p.resource_id, day) for p in self.candidates}
            ids = choose_staff(load, load, f"{self.service.id}:{day}")
            people = [self.plan.staff_by_id[staff_id] for staff_id in ids]
            people.sort(key=lambda person: person.id != self.wish.staff_id)
            self._order[day] = tuple(people)
        return self._order[day]

    def _booked_on(self, resource_id: int, day: date) -> timedelta:
        midnight = datetime.combine(day, time())
        first, last = (boundary_to_instant(m, self.plan.tz) for m in (midnight, midnight + _DAY))
        return self._timeline(resource_id).booked(first, last)

    def _is_free(self, resource_id: int, during: TimeSpan) -> bool:
        return self._timeline(resource_id).is_free(during.start_at, during.end_at)

    def _timeline(self, resource_id: int) -> Timeline:
        if resource_id not in self._timelines:
            self._timelines[resource_id] = Timeline(self._busy.get(resource_id, ()))
        return self._timelines[resource_id]


def time_of_day(at: datetime, plan: BranchPlan) -> timedelta:
    """Wall time since midnight in the branch's zone."""
    local = instant_to_local(at, plan.tz)
    return local - datetime.combine(local.date(), time())
