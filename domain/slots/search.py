"""The questions about slots: why not this one, which are free, which are nearest to a wish."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from uuid import UUID

from domain.errors import NonexistentTime, Refusal, UnknownService
from domain.slots.board import Board, StaffWish, time_of_day
from domain.slots.model import Allocation, BranchPlan, Busy, Offer
from domain.timespan import TimeSpan, local_to_instant

MAX_OFFERS = 500
MAX_DAYS_AWAY = 28  # either side of the wish; who wants a farther day says so and is asked anew

# What makes another slot less like the wish, in minutes of distance in the time of day.
_A_DAY_AWAY = timedelta(minutes=60)
_ANOTHER_PERSON = timedelta(minutes=240)

_Key = tuple[bool, timedelta, datetime]


def why_not(
    plan: BranchPlan,
    service_id: UUID,
    start_at: datetime,
    now: datetime,
    busy: Busy,
    *,
    staff_id: UUID | None = None,
    staff_hard: bool = False,
    exclude_staff: Iterable[UUID] = (),
) -> Allocation | Refusal:
    """What to reserve for this start, or the first rule that forbids it, with its facts.

    Rules in the order they are asked: service, qualified staff, notice, horizon, holiday, closed
    day, opening hours, slot interval, then for each person in fair order: end of the opening,
    working hours, busy times, rooms and devices. Grid and duration are counted in elapsed time.
    """
    wish = StaffWish(staff_id=staff_id, hard=staff_hard, exclude=frozenset(exclude_staff))
    board = _board(plan, service_id, now, busy, wish)
    return board if isinstance(board, Refusal) else board.judge(start_at)


def why_not_local(
    plan: BranchPlan,
    service_id: UUID,
    start_local: datetime,
    now: datetime,
    busy: Busy,
    *,
    staff_id: UUID | None = None,
    staff_hard: bool = False,
) -> Allocation | Refusal:
    """`why_not` for naive wall time in the branch's zone; a skipped time is refused as such."""
    at = local_to_instant(start_local, plan.tz)
    if isinstance(at, NonexistentTime):
        return at
    return why_not(plan, service_id, at, now, busy, staff_id=staff_id, staff_hard=staff_hard)


def free_slots(
    plan: BranchPlan,
    service_id: UUID,
    window: TimeSpan,
    now: datetime,
    busy: Busy,
    *,
    staff_id: UUID | None = None,
    staff_hard: bool = False,
    exclude_staff: Iterable[UUID] = (),
    limit: int = 50,
) -> list[Offer]:
    """The first `limit` bookable starts in the window, in order, one offer a start."""
    wish = StaffWish(staff_id=staff_id, hard=staff_hard, exclude=frozenset(exclude_staff))
    board = _board(plan, service_id, now, busy, wish)
    if isinstance(board, Refusal) or board.earliest_at > board.latest_at:
        return []
    first_at = max(window.start_at, board.earliest_at)
    last_at = min(window.end_at, board.latest_at)
    offers: dict[datetime, Offer] = {}
    day = board.local_day(first_at) - timedelta(days=1)  # its hours may last past midnight
    while day <= board.local_day(last_at) and len(offers) < min(limit, MAX_OFFERS):
        _add_day(offers, board, day, window)
        day += timedelta(days=1)
    return sorted(offers.values(), key=lambda o: o.start_at)[: min(limit, MAX_OFFERS)]


def nearest_offers(
    plan: BranchPlan,
    service_id: UUID,
    wished_at: datetime,
    now: datetime,
    busy: Busy,
    *,
    staff_id: UUID | None = None,
    staff_hard: bool = False,
    exclude_staff: Iterable[UUID] = (),
    limit: int = 5,
) -> list[Offer]:
    """Up to `limit` bookable starts, the one most like the wish first.

    The rule: the wished day before all others. Then the least distance, which is the difference in
    the time of day, plus an hour for each day away, plus four hours if it is not the wished person.
    Of equals the earlier. A wish outside notice and horizon counts for the nearest day inside.
    Days farther than `MAX_DAYS_AWAY` are not looked at.
    """
    wish = StaffWish(staff_id=staff_id, hard=staff_hard, exclude=frozenset(exclude_staff))
    board = _board(plan, service_id, now, busy, wish)
    if isinstance(board, Refusal) or board.earliest_at > board.latest_at:
        return []
    wished_day = board.local_day(min(max(wished_at, board.earliest_at), board.latest_at))
    wished_time = time_of_day(wished_at, plan)
    bookable = TimeSpan(board.earliest_at, board.latest_at + timedelta(microseconds=1))
    limit = min(limit, MAX_OFFERS)
    found: dict[datetime, Offer] = {}
    ranked: list[tuple[_Key, Offer]] = []
    for away in range(MAX_DAYS_AWAY + 1):
        for day in {wished_day - timedelta(days=away), wished_day + timedelta(days=away)}:
            _add_day(found, board, day, bookable)
        ranked = sorted(
            ((_key(board, wished_day, wished_time, o), o) for o in found.values()),
            key=lambda pair: pair[0],
        )
        # Hours past midnight count for the next date: the next round is at least `away` days off.
        if len(ranked) >= limit and ranked[limit - 1][0][:2] <= (away > 0, away * _A_DAY_AWAY):
            break
    return [offer for _, offer in ranked[:limit]]


def _key(board: Board, wished_day: date, wished_time: timedelta, offer: Offer) -> _Key:
    days_away = abs((board.local_day(offer.start_at) - wished_day).days)
    distance = abs(time_of_day(offer.start_at, board.plan) - wished_time) + days_away * _A_DAY_AWAY
    if board.wish.staff_id not in (None, offer.staff_id):
        distance += _ANOTHER_PERSON
    return days_away > 0, distance, offer.start_at


def _add_day(offers: dict[datetime, Offer], board: Board, day: date, window: TimeSpan) -> None:
    for start_at in board.starts_on(day, window):
        answer = board.judge(start_at)
        if isinstance(answer, Allocation):
            offers[start_at] = Offer(
                start_at=start_at, end_at=answer.end_at, staff_id=answer.staff_id
            )


def _board(
    plan: BranchPlan, service_id: UUID, now: datetime, busy: Busy, wish: StaffWish
) -> Board | UnknownService:
    service = plan.services_by_id.get(service_id)
    if service is None:
        return UnknownService(service_id=service_id)
    return Board(plan, service, now, busy, wish)
