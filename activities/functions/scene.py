"""One branch's rules and what is taken there, in the light of Cal.com where that is known."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Protocol
from uuid import UUID

from activities.functions.desk import Desk
from activities.functions.holding import Choice
from activities.functions.wishes import Sought, day_in
from contracts.functions import CalendarWanted
from db.queries.connections import EventTypeRecord
from domain.errors import Refusal
from domain.slots import (
    BranchPlan,
    Busy,
    PartWish,
    Visit,
    first_visits,
    fit_visit,
    nearest_visits,
    opening_of,
)
from domain.slots.calendar_view import Unknown, View, on_own_data, taken_in, together
from domain.slots.spread import candidates_wanted
from domain.timespan import TimeSpan, subtract

# The days around a wish in which offers are looked for: what the search itself looks at, and one.
AROUND = timedelta(days=29)
# "The first that is free" is within two weeks nearly always: what is taken later is read if not.
SOON = timedelta(days=14)
# Cal.com is asked for so many days at once: one request a person, whatever their number.
DAYS_ASKED = 7
# There is nobody to ask about these people's times.
_NOBODY_TO_ASK = frozenset({"no_event_type", "length_not_offered", "refused"})


class CalendarKnowledge(Protocol):
    """Cal.com's free times as last heard, without asking anybody."""

    async def known(
        self,
        plan: BranchPlan,
        event_types: Sequence[EventTypeRecord],
        service_ids: Sequence[UUID],
        days: Iterable[date],
        staff_ids: Sequence[UUID] = (),
    ) -> View: ...


@dataclass(frozen=True, kw_only=True)
class Scene:
    """One branch's rules and what is taken there, in the light of Cal.com where that is known.

    `mine`: appointments that are in nobody's way. `freed`: what Cal.com has of those. `refused`:
    what it has just not given, so that nothing which overlaps it is offered.
    """

    desk: Desk
    sought: Sought
    plan: BranchPlan
    mine: tuple[UUID, ...]
    view: View | None = None
    freed: Busy = field(default_factory=dict)
    refused: Busy = field(default_factory=dict)
    busy: dict[TimeSpan, Busy] = field(default_factory=dict)

    async def taken(self, span: TimeSpan) -> Busy:
        for known, busy in self.busy.items():
            if known.contains(span):
                return busy
        found: Busy = together(await self.desk.busy(self.plan, span, self.mine), self.refused)
        if self.view is not None:
            found = together(found, self._taken_in(self.view))
        self.busy[span] = found
        return found

    def _taken_in(self, view: View) -> Busy:
        """Cal.com sees what is to be moved as taken, too."""
        taken = taken_in(view, self.plan, self.sought.service_ids)
        return {
            resource: [
                piece for span in spans for piece in subtract(span, self.freed.get(resource, ()))
            ]
            for resource, spans in taken.items()
        }

    async def fit(self, wishes: Sequence[PartWish], start_at: datetime) -> Visit | Refusal:
        busy = await self.taken(TimeSpan(start_at, start_at + timedelta(days=1)))
        return fit_visit(
            self.plan,
            wishes,
            start_at,
            self.desk.now,
            busy,
            side_by_side=self.sought.side_by_side,
            exclude_staff=self.sought.excluded,
        )

    async def nearest(
        self,
        wishes: Sequence[PartWish],
        wished_at: datetime,
        within: Sequence[TimeSpan] | None = None,
        *,
        limit: int | None = None,
    ) -> list[Visit]:
        """The likest first; without a limit enough of them to choose five from."""
        busy = await self.taken(TimeSpan(wished_at - AROUND, wished_at + AROUND))
        return nearest_visits(
            self.plan,
            wishes,
            wished_at,
            self.desk.now,
            busy,
            limit=limit or self._enough,
            within=within,
            side_by_side=self.sought.side_by_side,
            exclude_staff=self.sought.excluded,
        )

    async def first(self, wishes: Sequence[PartWish], within: Sequence[TimeSpan]) -> list[Visit]:
        if not within:
            return []
        until = within[0].start_at + SOON
        soon = [TimeSpan(w.start_at, min(w.end_at, until)) for w in within if w.start_at < until]
        found = await self._first(wishes, soon)
        return found or await self._first(wishes, within)

    async def _first(self, wishes: Sequence[PartWish], within: Sequence[TimeSpan]) -> list[Visit]:
        busy = await self.taken(TimeSpan(within[0].start_at, within[-1].end_at))
        return first_visits(
            self.plan,
            wishes,
            within,
            self.desk.now,
            busy,
            limit=self._enough,
            side_by_side=self.sought.side_by_side,
            exclude_staff=self.sought.excluded,
        )

    @property
    def _enough(self) -> int:
        return candidates_wanted(self.plan.rules.slot_interval_minutes)

    def choice(self, visit: Visit) -> Choice:
        spans = [(part.staff_id, part.span) for _, part in visit.parts]
        return Choice(
            branch_id=self.plan.branch_id,
            visit=visit,
            wishes=self.sought.parts,
            on_own_data=self.view is not None and on_own_data(self.view, spans),
        )


def without(scene: Scene, refused: Collection[tuple[UUID, TimeSpan]]) -> Scene:
    """The scene when Cal.com does not give these people these times, though here they are free."""
    gone: dict[int, list[TimeSpan]] = {}
    for person in scene.plan.staff:
        gone[person.resource_id] = [span for staff_id, span in refused if staff_id == person.id]
    return replace(scene, refused=gone, busy={})


# --- Cal.com ----------------------------------------------------------------------------------


async def scene_of(
    desk: Desk, sought: Sought, mine: Sequence[UUID], calendar: CalendarKnowledge | None
) -> Scene | CalendarWanted:
    """With Cal.com's free times, or the wish to hear them first where that was not tried yet."""
    scene = await glimpse(desk, sought, mine, calendar)
    if scene.view is None or desk.conversation.calendar_asked:
        return scene
    first, last = _days_needed(desk, sought, scene.plan)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    needed = [day for day in days if not isinstance(opening_of(scene.plan, day), Refusal)]
    if not _is_missing(scene.view, needed):
        return scene
    return CalendarWanted(
        branch_id=scene.plan.branch_id,
        service_ids=tuple(dict.fromkeys(sought.service_ids)),
        staff_ids=_staff_asked(sought),
        from_day=first,
        to_day=first + timedelta(days=DAYS_ASKED - 1),
    )


async def glimpse(
    desk: Desk, sought: Sought, mine: Sequence[UUID], calendar: CalendarKnowledge | None
) -> Scene:
    """What is known already; nobody is asked."""
    plan = await desk.plan(sought.branch_id)
    view: View | None = None
    if calendar is not None:
        first, _ = _days_needed(desk, sought, plan)
        view = await calendar.known(
            plan,
            await desk.kept.event_types(plan.branch_id),
            sought.service_ids,
            [first + timedelta(days=n) for n in range(DAYS_ASKED)],
            _staff_asked(sought),
        )
    return Scene(desk=desk, sought=sought, plan=plan, mine=tuple(mine), view=view)


def _staff_asked(sought: Sought) -> tuple[UUID, ...]:
    return (sought.staff_id,) if sought.hard and sought.staff_id is not None else ()


def _is_missing(view: View, needed: Sequence[date]) -> bool:
    """Something that could be asked for."""
    if isinstance(view, Unknown):
        return view.reason not in _NOBODY_TO_ASK and bool(needed)
    if any(reason not in _NOBODY_TO_ASK for reason in view.why_not.values()):
        return bool(needed)
    return any(day not in days for days in view.free.values() for day in needed)


def _days_needed(desk: Desk, sought: Sought, plan: BranchPlan) -> tuple[date, date]:
    search = sought.searches[0]
    if search.exact_at is not None:
        day = day_in(plan.zone, max(search.exact_at, desk.now))
        return day, day
    if not search.within:
        today = day_in(plan.zone, desk.now)
        return today, today
    near = search.wished_at or search.within[0].start_at
    first = day_in(plan.zone, max(near, search.within[0].start_at))
    last = day_in(plan.zone, search.within[-1].end_at - timedelta(microseconds=1))
    return first, min(last, first + timedelta(days=DAYS_ASKED - 1))
