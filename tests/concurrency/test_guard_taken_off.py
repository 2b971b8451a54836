"""Control twin of the fifty callers: the same step that reserves, with the constraint and without.

Without it two or more hold the slot, so the constraint is what decides, and the proof can tell.
"""

import asyncio
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from typing_extensions import override

from activities.slots import PostgresSlots
from contracts.appointments import ReserveSlot, SlotHeld, SlotRefused
from db.session import tenant_session
from db.verify import verify
from domain.slots import Allocation, BranchPlan
from sandbox.caller.diary import public_holidays
from tests.builders.rows import Salon, make_customer, make_salon

pytestmark = pytest.mark.proof

CALLERS = 50
BERLIN = ZoneInfo("Europe/Berlin")


class AllLookedFirst(PostgresSlots):
    """The real step, in its worst moment: nobody writes before everybody has seen the slot free."""

    def __init__(self, engine: AsyncEngine, callers: int) -> None:
        super().__init__(engine)
        self._everybody_looked = asyncio.Barrier(callers)
        self._came: set[UUID] = set()

    @override
    async def _hold(
        self,
        session: AsyncSession,
        plan: BranchPlan,
        request: ReserveSlot,
        allocation: Allocation,
    ) -> SlotHeld | None:
        if request.appointment_id not in self._came:
            self._came.add(request.appointment_id)
            await self._everybody_looked.wait()
        return await super()._hold(session, plan, request, allocation)


def ten_on_a_working_day() -> datetime:
    day = (datetime.now(UTC) + timedelta(days=3)).date()
    while day.weekday() >= 5 or day in public_holidays("BE", day.year) or day.month == 12:
        day += timedelta(days=1)
    return datetime.combine(day, time(10), BERLIN)


async def reserve_at_once(engine: AsyncEngine) -> tuple[int, list[SlotRefused]]:
    """How many hold the slot, and what the others were told."""
    salon = await make_salon(engine)
    slots, start_at = AllLookedFirst(engine, CALLERS), ten_on_a_working_day()
    async with tenant_session(engine, salon.company_id) as session:
        customer_id = await make_customer(session)

    async def want() -> SlotHeld | SlotRefused:
        reserved = await slots.reserve(_wish(salon, customer_id, start_at))
        return reserved.answer

    answers = await asyncio.gather(*(want() for _ in range(CALLERS)))
    refused = [answer for answer in answers if isinstance(answer, SlotRefused)]
    return CALLERS - len(refused), refused


def _wish(salon: Salon, customer_id: UUID, start_at: datetime) -> ReserveSlot:
    """Of a service that one person in one room can do."""
    return ReserveSlot(
        appointment_id=uuid4(),
        company_id=salon.company_id,
        branch_id=salon.branch_id,
        service_id=salon.services[1],
        staff_id=None,
        staff_hard=False,
        customer_id=customer_id,
        start_at=start_at,
    )


async def test_with_the_constraint_one_holds_the_slot_and_all_others_get_offers(
    engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    held, refused = await reserve_at_once(engine)
    assert held == 1
    assert {answer.reason for answer in refused} == {"slot_taken"}
    assert all(answer.offers for answer in refused)
    assert await verify(owner_engine) == []


async def test_without_the_constraint_many_hold_the_slot(
    engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    async with owner_engine.begin() as connection:
        await connection.execute(
            text("ALTER TABLE reservations DROP CONSTRAINT reservations_no_overlap")
        )
    held, _ = await reserve_at_once(engine)
    assert held > 1
    assert {violation.invariant for violation in await verify(owner_engine)} == {1}
