"""Steps of a call on our own database: recording, planning, settling."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from temporalio import activity
from typing_extensions import override

from activities.planning import Planner
from activities.recording import (
    CALL_OF_ANOTHER_COMPANY,
    Destination,
    Received,
    facts_of,
    find_destination,
    parse_bodies,
    read_received,
)
from contracts.calls import (
    CallOutcome,
    CallPlanned,
    CallRecorded,
    CallSettled,
    CallSteps,
    PlanCall,
    RecordEvents,
    SettleCall,
)
from db.queries import appointments, audit, callbacks, calls, catalogue, webhooks
from db.queries.calls import CallRecord
from db.session import PLATFORM_COMPANY_ID, tenant_session
from domain.phone import masked
from observability.metrics import CALLS_SETTLED

# A complaint or an emergency is called back before a question of taste.
URGENT_REASONS = frozenset({"told_booked_unconfirmed", "calendar_down", "booking_gave_no_answer"})


class PostgresCalls(CallSteps):
    """Each step is one transaction and may be repeated: it finds what it did and says so again."""

    def __init__(self, engine: AsyncEngine, *, phone_key: str) -> None:
        self._engine = engine
        self._phone_key = phone_key
        self._planner = Planner(phone_key=phone_key)

    @activity.defn(name="calls.record_events")
    @override
    async def record_events(self, request: RecordEvents) -> CallRecorded:
        received = await read_received(self._engine, request.event_ids)
        destination = await find_destination(self._engine, request.retell_call_id, received)
        async with tenant_session(self._engine, destination.company_id) as session:
            call = await self._record(session, request.retell_call_id, destination, received)
        return _recorded(call)

    async def _record(
        self,
        session: AsyncSession,
        retell_call_id: str,
        destination: Destination,
        received: list[Received],
    ) -> CallRecord:
        told = [item for item in received if item.may_tell(destination.company_id)]
        for item in received:
            if item not in told:
                # Signed by a company for another's call: a person looks at it, the call does not.
                await webhooks.mark_invalid(session, item.id, CALL_OF_ANOTHER_COMPANY)
        if told:
            await calls.open_call(
                session,
                retell_call_id=retell_call_id,
                seen_at=min(item.received_at for item in told),
                branch_id=destination.branch_id,
                review_reason=destination.review_reason,
            )
            await webhooks.attribute_events(session, [item.id for item in told])
        return await self._apply(session, retell_call_id, destination, told)

    async def _apply(
        self,
        session: AsyncSession,
        retell_call_id: str,
        destination: Destination,
        told: Iterable[Received],
    ) -> CallRecord:
        region = await _region(session, destination.branch_id)
        for item in told:
            facts = facts_of(item, destination, region=region, phone_key=self._phone_key)
            await calls.apply_event(session, retell_call_id, facts)
        record = await calls.get_call(session, retell_call_id)
        if record is None:
            raise LookupError(f"no events of {retell_call_id} are stored")
        return record

    @activity.defn(name="calls.plan")
    @override
    async def plan(self, request: PlanCall) -> CallPlanned:
        async with tenant_session(self._engine, request.company_id) as session:
            await self._catch_up(session, request)
            return await self._planner.plan(
                session, request.retell_call_id, engine_outcome=request.engine_outcome
            )

    async def _catch_up(self, session: AsyncSession, request: PlanCall) -> None:
        """The talk so far, where no end was reported: its event is passed on once, with the first
        words, and its stored body grows from then on.
        """
        call = await calls.get_call(session, request.retell_call_id)
        if call is None or call.ended:
            return
        stored = await webhooks.events_of_call(session, request.retell_call_id)
        received = parse_bodies(await webhooks.read_events(session, stored))
        grown = [
            item
            for item in received
            if item.event.replaces_earlier and item.may_tell(call.company_id)
        ]
        destination = Destination(company_id=call.company_id, branch_id=call.branch_id)
        await self._apply(session, request.retell_call_id, destination, grown)

    @activity.defn(name="calls.settle")
    @override
    async def settle(self, request: SettleCall) -> CallSettled:
        async with tenant_session(self._engine, request.company_id) as session:
            request = await _as_it_stands(session, request)
            first = await calls.settle_call(
                session,
                request.retell_call_id,
                outcome=request.outcome,
                reason=request.reason,
                missing=request.missing,
                offers=request.offers,
                timeline=[entry.model_dump(mode="json") for entry in request.timeline],
            )
            callback_id = await self._callback(session, request)
            if first:
                await audit.write_audit(
                    session,
                    actor="engine",
                    action="call.settled",
                    subject_type="call",
                    subject_id=request.retell_call_id,
                    changes={"outcome": request.outcome, "reason": request.reason},
                )
        if first:
            CALLS_SETTLED.labels(outcome=request.outcome).inc()
        return CallSettled(outcome=request.outcome, callback_id=callback_id)

    async def _callback(self, session: AsyncSession, request: SettleCall) -> UUID | None:
        if request.outcome != "callback":
            return None
        reason = request.reason or "callback_asked"
        return await callbacks.insert_callback_once(
            session,
            retell_call_id=request.retell_call_id,
            reason=reason,
            missing=request.missing,
            offers=request.offers,
            urgency="high" if reason in URGENT_REASONS else "normal",
        )


async def _as_it_stands(session: AsyncSession, request: SettleCall) -> SettleCall:
    """`reserved` may be old news by the time it is stored: the appointment's row has the last word.

    The other order, an answer that comes after this, is set right by the step that brings it.
    """
    if request.outcome != "reserved":
        return request
    views = await appointments.appointments_of_call(session, request.retell_call_id)
    own = [view for view in views if view.id in request.appointment_ids]
    if any(view.status == "booked" for view in own):
        return request.model_copy(update={"outcome": "booked"})
    if own and all(view.status == "failed" for view in own):
        return request.model_copy(update={"outcome": "callback", "reason": own[0].reason})
    return request


async def _region(session: AsyncSession, branch_id: UUID | None) -> str:
    """Country of the branch, or of the company's first: for numbers without a country code."""
    branches = await catalogue.list_branches(session)
    own = [branch for branch in branches if branch.id == branch_id] or branches
    return own[0].country if own else "DE"


def _recorded(call: CallRecord) -> CallRecorded:
    outcome: CallOutcome | None = None
    if call.state == "settled":
        outcome = CallSettled.model_validate({"outcome": call.outcome}).outcome
    return CallRecorded(
        company_id=call.company_id,
        branch_id=call.branch_id,
        company_name=call.company_name,
        branch_name=call.branch_name,
        routed=call.company_id != PLATFORM_COMPANY_ID,
        needs_review=call.needs_review,
        review_reason=call.review_reason,
        phone_hash=call.phone_hash,
        phone_masked=masked(call.from_number),
        dialled=call.dialled,
        begun=call.begun,
        ended=call.ended,
        analyzed=call.analyzed,
        settled_outcome=outcome,
    )
