"""From a stored conversation to what is done about it: understanding, then the rules of routing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from activities.functions.names import same_person
from activities.wording import summary_of
from contracts.calls import (
    BookPlan,
    CallOutcome,
    CallPlan,
    CallPlanned,
    CancelPlan,
    MovePlan,
    NoBooking,
)
from db.queries import appointments, calls, connections, customers
from db.queries.appointments import AppointmentView
from db.queries.calls import CallRecord
from db.queries.kept import kept_catalogue
from domain.errors import NonexistentTime
from domain.ids import appointment_id_for_call
from domain.intent import BookingIntent, Catalogue, Utterance, understand
from domain.phone import keyed_hash, phone_hash
from domain.routing import (
    AskBack,
    BookNow,
    BranchFound,
    CallFacts,
    CancelNow,
    Decision,
    MoveNow,
    NothingToDo,
    decide,
    which_branch,
)
from domain.timespan import local_to_instant
from domain.understanding import (
    Conversation,
    LlmReading,
    ModelTerms,
    SecondOpinion,
    second_opinion,
    terms_from,
    worth_asking,
)

# The one wish that is read after a call; wishes of the running call count from 1 on their own.
AFTER_THE_CALL = 0


@dataclass(frozen=True, kw_only=True)
class Understood:
    """An intent, with its ids and instants in our terms."""

    intent: BookingIntent
    branch_id: UUID | None
    service_id: UUID | None
    staff_id: UUID | None
    start_at: datetime | None
    original_at: datetime | None
    phone_hash: str | None
    clock_problem: bool
    disputed: tuple[str, ...]


class Planner:
    def __init__(self, *, phone_key: str) -> None:
        self._phone_key = phone_key

    async def plan(
        self,
        session: AsyncSession,
        retell_call_id: str,
        *,
        engine_outcome: CallOutcome | None = None,
    ) -> CallPlanned:
        """What is to be done, and whether the tenant's language model should be asked before.

        Once that has read the call, its reading counts here as the third witness. `engine_outcome`:
        what became of the last thing that the running call did.
        """
        call = await calls.get_call(session, retell_call_id)
        if call is None:
            raise LookupError(retell_call_id)
        words = await kept_catalogue(session)
        terms = await model_terms(session)
        understood = self._understand(call, words, terms)
        existing = await appointments.appointments_of_call(session, retell_call_id)
        own = await self._appointments_meant(session, call, understood)
        facts = _facts(call, understood, existing, own, engine_outcome)
        facts = replace(facts, theirs_already=await self._is_theirs(session, call, understood))
        decision = decide(facts)
        customer_id = await self._customer(session, call, understood)
        await calls.save_intent(
            session,
            retell_call_id,
            intent=understood.intent.model_dump(mode="json"),
            customer_id=customer_id,
        )
        ask_model = (
            terms is not None
            and call.model_reading is None
            and worth_asking(
                understood.intent, decision, terms, settled_otherwise=_is_settled(facts, decision)
            )
        )
        plan = _plan_of(call, words, understood, decision, own, customer_id=customer_id)
        return CallPlanned(plan=plan, ask_model=ask_model)

    def _understand(
        self, call: CallRecord, words: Catalogue, terms: ModelTerms | None
    ) -> Understood:
        about = conversation_of(call, words)
        grammar = understand(
            about.turns,
            now=call.started_at,
            zone=call.zone,
            catalogue=words,
            dialled_branch_id=str(call.branch_id) if call.branch_id else None,
            caller_id=call.from_number,
            analysis=(call.analysis or {}).get("custom_analysis_data"),
        )
        opinion = _with_model(grammar, call, about) if terms else SecondOpinion(intent=grammar)
        intent = opinion.intent
        start_at = _instant(intent.start_local, intent.zone)
        original_at = _instant(intent.original_start_local, intent.zone)
        branch = which_branch(
            of_company=[UUID(branch.id) for branch in words.branches],
            spoken=[UUID(intent.branch_id)] if intent.branch_id else [],
            dialled=call.branch_id,
        )
        return Understood(
            intent=intent,
            branch_id=branch.branch_id if isinstance(branch, BranchFound) else None,
            service_id=UUID(intent.service_id) if intent.service_id else None,
            staff_id=UUID(intent.staff_id) if intent.staff_id else None,
            start_at=start_at if isinstance(start_at, datetime) else None,
            original_at=original_at if isinstance(original_at, datetime) else None,
            phone_hash=phone_hash(intent.phone, self._phone_key) if intent.phone else None,
            clock_problem=isinstance(start_at, NonexistentTime),
            disputed=opinion.disputed,
        )

    async def _appointments_meant(
        self, session: AsyncSession, call: CallRecord, understood: Understood
    ) -> list[AppointmentView]:
        """The caller's own, narrowed by what they said of it; only the number proves whose."""
        intent = understood.intent
        if intent.action not in ("cancel", "reschedule"):
            return []
        # A number that was only spoken proves nothing: with a withheld one a person calls back.
        found = await appointments.find_appointments_of(
            session,
            from_at=min(call.started_at, datetime.now(UTC)),
            phone_hash=call.phone_hash,
        )
        if understood.original_at is not None:
            found = [view for view in found if view.start_at == understood.original_at]
        if len(found) > 1 and understood.service_id is not None:
            of_service = [view for view in found if view.service_id == understood.service_id]
            found = of_service or found
        return found

    async def _is_theirs(
        self, session: AsyncSession, call: CallRecord, understood: Understood
    ) -> bool:
        """The caller has just what is wished for, from another line or another call."""
        intent = understood.intent
        if intent.action != "book" or call.phone_hash is None or understood.start_at is None:
            return False
        return any(
            view.start_at == understood.start_at
            and view.service_id == understood.service_id
            and (not intent.customer_name or same_person(intent.customer_name, view.customer_name))
            for view in await appointments.find_appointments_of(
                session, from_at=understood.start_at, phone_hash=call.phone_hash
            )
        )

    async def _customer(
        self, session: AsyncSession, call: CallRecord, understood: Understood
    ) -> UUID | None:
        intent = understood.intent
        if intent.phone is None and intent.email is None:
            return call.customer_id
        email = intent.email.lower() if intent.email else None
        return await customers.upsert_customer(
            session,
            name=intent.customer_name,
            phone=intent.phone,
            phone_hash=understood.phone_hash,
            email=email,
            email_hash=keyed_hash(email, self._phone_key) if email else None,
            language=intent.language,
        )


async def model_terms(session: AsyncSession) -> ModelTerms | None:
    """None without a model, and where it is switched off."""
    connection = await connections.get_connection(session, provider="llm")
    return terms_from(connection.settings) if connection else None


def conversation_of(call: CallRecord, words: Catalogue) -> Conversation:
    return Conversation(
        turns=tuple(Utterance(role=t["role"], text=t["content"]) for t in call.transcript or ()),
        catalogue=words,
        started_at=call.started_at,
        zone=call.zone,
    )


def _with_model(grammar: BookingIntent, call: CallRecord, about: Conversation) -> SecondOpinion:
    if call.model_reading is None:
        return SecondOpinion(intent=grammar)
    try:
        reading = LlmReading.model_validate(call.model_reading)
    except ValidationError:  # kept by another version of this code: a witness is missing, no more
        return SecondOpinion(intent=grammar)
    return second_opinion(grammar, reading, about)


def _is_settled(facts: CallFacts, decision: Decision) -> bool:
    """By what the engine did during the call, or because nobody spoke."""
    done = isinstance(decision, NothingToDo) and decision.outcome == facts.engine_outcome
    return done or not facts.spoke


def _plan_of(
    call: CallRecord,
    words: Catalogue,
    understood: Understood,
    decision: Decision,
    own: Sequence[AppointmentView],
    *,
    customer_id: UUID | None,
) -> CallPlan:
    intent = understood.intent
    # Whatever else is doubtful: whoever heard "booked" will come.
    told_booked = intent.action == "book" and intent.booked_in_call
    match decision:
        case BookNow():
            return _book_plan(call, words, understood, decision, customer_id)
        case CancelNow():
            return CancelPlan(
                appointment_id=decision.appointment_id,
                summary=_summary(own, decision.appointment_id),
            )
        case MoveNow():
            return MovePlan(
                appointment_id=decision.appointment_id,
                start_at=decision.start_at,
                staff_id=decision.staff_id,
                summary=_summary(own, decision.appointment_id, decision.start_at),
            )
        case AskBack():
            return NoBooking(
                outcome="callback",
                reason=decision.reason,
                missing=decision.missing,
                told_booked=told_booked,
            )
        case NothingToDo():
            outcome: CallOutcome = decision.outcome
            return NoBooking(outcome=outcome, told_booked=outcome == "callback" and told_booked)


def _instant(local: datetime | None, zone: str) -> datetime | NonexistentTime | None:
    return None if local is None else local_to_instant(local, ZoneInfo(zone))


def _facts(
    call: CallRecord,
    understood: Understood,
    existing: Sequence[AppointmentView],
    own: Sequence[AppointmentView],
    engine_outcome: CallOutcome | None,
) -> CallFacts:
    intent = understood.intent
    lasting = [view for view in existing if view.status != "failed"]
    changes = intent.action in ("cancel", "reschedule")
    return CallFacts(
        action=intent.action,
        start_at=understood.start_at,
        ambiguous=intent.ambiguous or understood.clock_problem,
        confirmed_by_caller=intent.confirmed_by_caller,
        booked_in_call=intent.booked_in_call,
        service_id=understood.service_id,
        staff_id=understood.staff_id,
        branch_id=understood.branch_id,
        customer_name=intent.customer_name,
        phone=intent.phone,
        # What a booking lacks is seen from its fields; a change needs its new time only.
        missing=tuple(m for m in intent.missing if changes and m in ("date", "time")),
        already_booked_in_engine=bool(lasting),
        engine_outcome=engine_outcome or ("booked" if lasting else None),
        appointments=tuple(view.id for view in own),
        disconnection_reason=call.disconnection_reason,
        spoke=any(turn["role"] == "user" for turn in call.transcript or ()),
        disputed=understood.disputed,
    )


def _book_plan(
    call: CallRecord,
    words: Catalogue,
    understood: Understood,
    decision: BookNow,
    customer_id: UUID | None,
) -> BookPlan:
    if customer_id is None:
        raise LookupError("a booking has a customer: the rules demand a phone number")
    names = {service.id: service.name for service in words.services}
    names |= {branch.id: branch.name for branch in words.branches}
    return BookPlan(
        appointment_id=appointment_id_for_call(call.retell_call_id, AFTER_THE_CALL),
        branch_id=decision.branch_id,
        service_id=decision.service_id,
        staff_id=decision.staff_id,
        staff_hard=understood.intent.staff_is_hard_condition,
        customer_id=customer_id,
        start_at=decision.start_at,
        summary=summary_of(
            names.get(str(decision.service_id), "?"),
            names.get(str(decision.branch_id), "?"),
            decision.start_at,
            understood.intent.zone,
        ),
    )


def _summary(
    own: Sequence[AppointmentView], appointment_id: UUID, start_at: datetime | None = None
) -> str:
    view = next(view for view in own if view.id == appointment_id)
    return summary_of(view.service_name, view.branch_name, start_at or view.start_at, view.zone)
