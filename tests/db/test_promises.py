"""What was called `reserved` ends as what became of it, in whichever order the two are written."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.calls import PostgresCalls
from activities.slots import PostgresSlots
from contracts.appointments import ReleaseSlot
from contracts.calls import SettleCall
from db.queries.callbacks import callback_of_call
from db.queries.calls import get_call, open_call
from db.session import tenant_session
from tests.builders.rows import Salon, make_appointment, make_salon

CALL = "call_promised"
START = datetime(2031, 3, 4, 10, 0, tzinfo=UTC)


@pytest.fixture
async def salon(engine: AsyncEngine) -> Salon:
    return await make_salon(engine)


async def hold(engine: AsyncEngine, salon: Salon) -> UUID:
    """A call with an appointment that is held."""
    async with tenant_session(engine, salon.company_id) as session:
        await open_call(session, retell_call_id=CALL, seen_at=START, branch_id=salon.branch_id)
        return await make_appointment(session, salon, start_at=START, retell_call_id=CALL)


async def settle_as_reserved(engine: AsyncEngine, salon: Salon, appointment_id: UUID) -> str:
    settled = await PostgresCalls(engine, phone_key="k").settle(
        SettleCall(
            company_id=salon.company_id,
            retell_call_id=CALL,
            outcome="reserved",
            appointment_ids=(appointment_id,),
        )
    )
    return settled.outcome


async def give_up(engine: AsyncEngine, salon: Salon, appointment_id: UUID) -> None:
    await PostgresSlots(engine).release(
        ReleaseSlot(
            company_id=salon.company_id,
            appointment_id=appointment_id,
            status="failed",
            reason="calendar_down",
        )
    )


async def stored(engine: AsyncEngine, salon: Salon) -> tuple[str | None, str | None, str | None]:
    """Outcome and reason of the call, and the urgency of its callback task."""
    async with tenant_session(engine, salon.company_id) as session:
        call, task = await get_call(session, CALL), await callback_of_call(session, CALL)
    assert call is not None
    return call.outcome, call.reason, task.urgency if task else None


async def test_a_promise_that_fails_after_the_call_becomes_a_callback(
    engine: AsyncEngine, salon: Salon
) -> None:
    appointment_id = await hold(engine, salon)
    assert await settle_as_reserved(engine, salon, appointment_id) == "reserved"
    assert await stored(engine, salon) == ("reserved", None, None)
    await give_up(engine, salon, appointment_id)
    assert await stored(engine, salon) == ("callback", "calendar_down", "high")


async def test_a_promise_that_failed_before_the_call_is_stored_is_stored_as_a_callback(
    engine: AsyncEngine, salon: Salon
) -> None:
    appointment_id = await hold(engine, salon)
    await give_up(engine, salon, appointment_id)
    assert await settle_as_reserved(engine, salon, appointment_id) == "callback"
    assert await stored(engine, salon) == ("callback", "calendar_down", "high")


async def test_giving_up_twice_makes_one_task(engine: AsyncEngine, salon: Salon) -> None:
    appointment_id = await hold(engine, salon)
    await settle_as_reserved(engine, salon, appointment_id)
    for _ in range(2):
        await give_up(engine, salon, appointment_id)
    assert await stored(engine, salon) == ("callback", "calendar_down", "high")
