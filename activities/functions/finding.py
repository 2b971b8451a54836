"""Which times are offered: what was asked for, else the nearest to it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from activities.functions.desk import Desk
from activities.functions.holding import Choice
from activities.functions.nearby import alternatives, offered
from activities.functions.scene import DAYS_ASKED, CalendarKnowledge, Scene, scene_of
from activities.functions.wishes import Sought, day_in
from contracts.functions import CalendarWanted
from domain.errors import OffGrid, Refusal, SlotTaken, StaffOff, TooFar, TooSoon
from domain.slots import Busy, PartWish, Visit, opening_of, working_of
from domain.timespan import TimeSpan


@dataclass(frozen=True, kw_only=True)
class Found:
    """`choices`: the best first. `is_wish`: that one is what was asked for. `refusal`: why not.

    `instead_of`: the person wished for, where another one has the time that was asked for.
    """

    choices: tuple[Choice, ...]
    is_wish: bool = False
    refusal: Refusal | None = None
    instead_of: UUID | None = None


async def seek(
    desk: Desk,
    sought: Sought,
    mine: Sequence[UUID],
    calendar: CalendarKnowledge | None,
    *,
    freed: Busy | None = None,
) -> Found | CalendarWanted:
    """`mine`: appointments that are in nobody's way; `freed`: those of them that Cal.com has."""
    scene = await scene_of(desk, sought, mine, calendar)
    if isinstance(scene, CalendarWanted):
        return scene
    scene = replace(scene, freed=freed or {})
    if sought.exact_at is not None:
        return await _exact(scene, sought.exact_at)
    return await _open(scene)


# --- one start was asked for ------------------------------------------------------------------


async def _exact(scene: Scene, start_at: datetime) -> Found:
    sought = scene.sought
    wished = await scene.fit(sought.for_the_wished(), start_at)
    if isinstance(wished, Visit):
        return Found(choices=(scene.choice(wished),), is_wish=True)
    others = await alternatives(scene, start_at)
    if sought.staff_id is None or sought.hard or not others:
        return Found(choices=others, refusal=wished)
    first = others[0]
    if first.branch_id == sought.branch_id and first.visit.start_at == start_at:
        # The time counts more than the person: the tenant's order says so, or nothing else is near.
        return Found(choices=others, is_wish=True, instead_of=sought.staff_id)
    return Found(choices=others, refusal=wished)


# --- a window, or any time --------------------------------------------------------------------


async def _open(scene: Scene) -> Found:
    """What lies within; a soft wish for a person is kept where that is possible at all."""
    sought = scene.sought
    found = await _within(scene, sought.for_the_wished())
    if sought.staff_id is None or sought.hard:
        rest: list[Visit] = []
    else:
        rest = await _within(scene, sought.for_anyone())
    starts = {visit.start_at for visit in found}
    choices = [*found, *(visit for visit in rest if visit.start_at not in starts)]
    told = offered([scene.choice(visit) for visit in choices], scene.plan.tz)
    near = sought.searches[0].wished_at if sought.timed else None
    if found and (near is None or found[0].start_at == near):
        return Found(choices=told, is_wish=near is not None)
    if found and near is not None:
        liked = await scene.fit(sought.for_the_wished(), near)
        refusal = None if isinstance(liked, Visit | OffGrid) else liked
        return Found(choices=told, refusal=refusal)
    if told:
        return Found(choices=told, refusal=_why_nothing(scene, sought.staff_id))
    at = _middle(scene)
    beyond = await alternatives(scene, at) if at is not None else ()
    return Found(choices=beyond, refusal=_why_nothing(scene, sought.staff_id))


async def _within(scene: Scene, wishes: Sequence[PartWish]) -> list[Visit]:
    found: list[Visit] = []
    for search in scene.sought.searches:
        if search.exact_at is not None:
            visit = await scene.fit(wishes, search.exact_at)
            found += [visit] if isinstance(visit, Visit) else []
        elif search.wished_at is not None:
            found += await scene.nearest(wishes, search.wished_at, search.within)
        else:
            found += await scene.first(wishes, search.within)
    return found


def _middle(scene: Scene) -> datetime | None:
    """Where alternatives are measured from; None where all that is allowed was looked through."""
    search = scene.sought.searches[0]
    if not scene.sought.timed:
        return None
    if search.exact_at or search.wished_at:
        return search.exact_at or search.wished_at
    return search.within[0].start_at if search.within else scene.desk.now


def _why_nothing(scene: Scene, staff_id: UUID | None) -> Refusal:
    """Of a window: too soon or too far, closed, the person away, else all taken."""
    spans = [span for search in scene.sought.searches for span in search.within]
    if not spans and all(search.exact_at is None for search in scene.sought.searches):
        return _out_of_reach(scene)
    days = sorted({day for span in spans for day in _days_of(span, scene.plan.zone)})
    openings = [opening_of(scene.plan, day) for day in days[:DAYS_ASKED]]
    closed = [each for each in openings if isinstance(each, Refusal)]
    if openings and len(closed) == len(openings) == len(days):
        return closed[0]
    person = scene.plan.staff_by_id.get(staff_id) if staff_id else None
    if person is not None and days and len(days) <= DAYS_ASKED:
        works = [work for day in days for work in working_of(scene.plan, person, day)]
        if not any(work.overlaps(span) for work in works for span in spans):
            return StaffOff(staff_id=person.id)
    return SlotTaken(staff_id=staff_id)


def _out_of_reach(scene: Scene) -> Refusal:
    rules, now, from_at = scene.plan.rules, scene.desk.now, scene.sought.from_at
    latest_at = now + timedelta(days=rules.horizon_days)
    if from_at is not None and from_at > latest_at:
        return TooFar(latest_at=latest_at)
    return TooSoon(earliest_at=now + timedelta(minutes=rules.minimum_notice_minutes))


def _days_of(span: TimeSpan, zone: str) -> list[date]:
    first = day_in(zone, span.start_at)
    last = day_in(zone, span.end_at - timedelta(microseconds=1))
    return [first + timedelta(days=n) for n in range(min((last - first).days + 1, DAYS_ASKED + 1))]
