"""The calendar is away, and a branch has promised as much as it may: what is said then."""

from sqlalchemy.ext.asyncio import AsyncSession

from contracts.appointments import ReserveSlot
from db.queries.callbacks import insert_keyed_callback_once

CALENDAR_DOWN = "calendar_down"


async def ask_to_call_back(session: AsyncSession, request: ReserveSlot) -> None:
    """A task for whoever wished over REST; of a call its own task says so."""
    if request.retell_call_id is not None:
        return
    await insert_keyed_callback_once(
        session,
        dedupe_key=f"outage:{request.appointment_id}",
        source="rest",
        reason=CALENDAR_DOWN,
        appointment_id=request.appointment_id,
        branch_id=request.branch_id,
        customer_id=request.customer_id,
        urgency="high",
        details={"start_at": request.start_at.isoformat()},
    )
