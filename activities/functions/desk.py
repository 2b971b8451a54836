"""What a question of a running call is answered from, read once and kept for the transaction."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.exceptions import ApplicationError

from activities.recording import Received, parse_bodies, turns_of
from activities.wording import summary_of
from contracts.functions import Answered, Conversation, FunctionAnswer, FunctionAsked, Hold
from db.queries import calls, holds, slots, webhooks
from db.queries.appointments import AppointmentView
from db.queries.calls import CallRecord
from db.queries.catalogue import BranchRecord, CompanyRecord
from db.queries.holds import HeldRow
from db.queries.kept import Reading
from domain.asking.arguments import read_arguments
from domain.asking.facts import FunctionReply, PartFacts, VisitFacts, Voice
from domain.asking.model import Arguments, Context
from domain.asking.reading import language_of_call
from domain.ids import MAX_HOLD_PARTS, hold_part_id
from domain.intent import Catalogue, Utterance
from domain.slots import BranchPlan, Visit
from domain.timespan import TimeSpan
from integrations.retell.schemas import FunctionEvent

# Busy times are looked up by the span: rules may reach a day beyond a visit's own.
_A_DAY = timedelta(days=1)


class Holdings:
    """What the call has held or booked so far, read when first asked for."""

    def __init__(self, session: AsyncSession, retell_call_id: str) -> None:
        self._session = session
        self._call = retell_call_id
        self._rows: list[HeldRow] | None = None

    async def rows(self) -> list[HeldRow]:
        if self._rows is None:
            self._rows = await holds.rows_of_call(self._session, self._call)
        return self._rows

    async def nobodys(self) -> list[UUID]:
        """What is held for whoever is on the line."""
        return [row.appointment_id for row in await self.rows() if row.is_nobodys]

    async def let_go(self, appointment_ids: Sequence[UUID]) -> None:
        """As a new wish has taken their place."""
        await holds.let_go(self._session, appointment_ids, reason="superseded")
        self._rows = None


@dataclass(frozen=True, kw_only=True)
class Desk:
    """One question, with everything that answers need; `plans` are read when first asked for."""

    session: AsyncSession
    asked: FunctionAsked
    conversation: Conversation
    call: CallRecord
    kept: Reading
    company: CompanyRecord
    branches: tuple[BranchRecord, ...]
    arguments: Arguments
    context: Context
    now: datetime
    phone_key: str
    holdings: Holdings
    plans: dict[UUID, BranchPlan] = field(default_factory=dict)

    # --- names ---------------------------------------------------------------------------------

    @property
    def words(self) -> Catalogue:
        return self.context.catalogue

    @property
    def region(self) -> str:
        """Country for numbers without a code: of the dialled branch, or the company's first."""
        own = [branch for branch in self.branches if branch.id == self.conversation.branch_id]
        return next((branch.country for branch in own or self.branches), "DE")

    def voice(self, branch_id: UUID | None = None) -> Voice:
        """Times are said in the zone of the branch they are about."""
        return Voice(lang=self.context.language, zone=self.zone_of(branch_id), now=self.now)

    def zone_of(self, branch_id: UUID | None) -> str:
        branch = self.branch(branch_id)
        return branch.timezone if branch else self.context.zone

    def branch(self, branch_id: UUID | None) -> BranchRecord | None:
        return next((branch for branch in self.branches if branch.id == branch_id), None)

    def branch_names(self, ids: Iterable[UUID]) -> list[str]:
        wanted = set(ids)
        return [branch.name for branch in self.branches if branch.id in wanted]

    def service_name(self, service_id: UUID) -> str:
        return next((s.name for s in self.words.services if s.id == str(service_id)), "?")

    def staff_name(self, staff_id: UUID | None) -> str | None:
        return next((p.display_name for p in self.words.staff if p.id == str(staff_id)), None)

    def visit_facts(self, branch_id: UUID, visit: Visit) -> VisitFacts:
        return self._facts(
            branch_id,
            [
                PartFacts(
                    start_at=part.start_at,
                    end_at=part.end_at,
                    service=self.service_name(service_id),
                    staff=self.staff_name(part.staff_id),
                )
                for service_id, part in visit.parts
            ],
        )

    def hold_facts(self, hold: Hold) -> VisitFacts:
        return self._facts(
            hold.branch_id,
            [
                PartFacts(
                    start_at=part.start_at,
                    end_at=part.end_at,
                    service=self.service_name(part.service_id),
                    staff=self.staff_name(part.staff_id),
                )
                for part in hold.parts
            ],
        )

    def view_facts(self, views: Sequence[AppointmentView]) -> VisitFacts:
        """Appointments that belong together, as they stand."""
        return self._facts(
            views[0].branch_id,
            [
                PartFacts(
                    start_at=view.start_at,
                    end_at=view.end_at,
                    service=view.service_name,
                    staff=view.staff_name,
                )
                for view in views
            ],
        )

    def _facts(self, branch_id: UUID, parts: list[PartFacts]) -> VisitFacts:
        branch = self.branch(branch_id)
        return VisitFacts(
            parts=tuple(parts),
            branch=branch.name if branch else None,
            # Who dialled a branch knows where that is.
            say_branch=len(self.branches) > 1 and branch_id != self.conversation.branch_id,
        )

    def summary(
        self, branch_id: UUID, parts: Sequence[tuple[UUID, UUID]], start_at: datetime
    ) -> str:
        """For people who read the Web UI. `parts`: (service, staff) of each."""
        people = dict.fromkeys(self.staff_name(staff_id) or "?" for _, staff_id in parts)
        branch = self.branch(branch_id)
        return summary_of(
            " + ".join(self.service_name(service_id) for service_id, _ in parts),
            branch.name if branch else "?",
            start_at,
            self.zone_of(branch_id),
            staff=", ".join(people),
        )

    # --- rules and what is taken ---------------------------------------------------------------

    async def plan(self, branch_id: UUID) -> BranchPlan:
        if branch_id not in self.plans:
            self.plans[branch_id] = await self.kept.plan(branch_id)
        return self.plans[branch_id]

    def own_parts(self, number: int | None = None) -> list[UUID]:
        """What this very question may have held before its worker died."""
        number = self.conversation.next_number if number is None else number
        call = self.conversation.retell_call_id
        return [
            hold_part_id(call, self.asked.event_id, number, part) for part in range(MAX_HOLD_PARTS)
        ]

    async def busy(
        self, plan: BranchPlan, span: TimeSpan, mine: Iterable[UUID]
    ) -> dict[int, list[TimeSpan]]:
        """`mine`: appointments that are in nobody's way: what the caller holds or wants to move."""
        return await slots.busy_times(
            self.session,
            plan.resource_ids(),
            TimeSpan(span.start_at - _A_DAY, span.end_at + _A_DAY),
            except_appointment_ids=tuple(mine),
        )

    # --- answers -------------------------------------------------------------------------------

    def answer(self, reply: FunctionReply) -> FunctionAnswer:
        return FunctionAnswer(
            event_id=self.asked.event_id,
            status=reply.status,
            message=reply.message,
            fields=dict(reply.fields),
        )

    def answered(self, reply: FunctionReply, hold: Hold | None = None) -> Answered:
        return Answered(answer=self.answer(reply), hold=hold)


async def open_desk(
    session: AsyncSession, asked: FunctionAsked, conversation: Conversation, *, phone_key: str
) -> Desk:
    """In the tenant's transaction. Ids, numbers and times are those of the call's own row."""
    event = await _question(session, asked, conversation)
    call = await calls.get_call(session, conversation.retell_call_id)
    if call is None:
        raise ApplicationError("no such call", type="no_call", non_retryable=True)
    kept = await Reading.read(session)
    words = await kept.catalogue()
    company, branches = await kept.house()
    arguments = read_arguments(asked.name, event.args)
    transcript = tuple(
        Utterance.model_validate({"role": turn["role"], "text": turn["content"]})
        for turn in turns_of(event.call) or ()
    )
    own = next((branch for branch in branches if branch.id == conversation.branch_id), None)
    now = datetime.now(UTC)
    return Desk(
        session=session,
        asked=asked,
        conversation=conversation,
        call=call,
        kept=kept,
        company=company,
        branches=branches,
        arguments=arguments,
        context=Context(
            said_at=call.started_at,
            now=now,
            zone=own.timezone if own else call.zone,
            catalogue=words,
            branch_id=conversation.branch_id,
            language=language_of_call(
                transcript, words.languages, words=" ".join(_said(event.args.values()))
            ),
            transcript=transcript,
        ),
        now=now,
        phone_key=phone_key,
        holdings=Holdings(session, conversation.retell_call_id),
    )


def at_branch(desk: Desk, branch_id: UUID) -> Desk:
    """The same question in the zone of another branch."""
    zone = desk.zone_of(branch_id)
    return (
        desk
        if zone == desk.context.zone
        else replace(desk, context=replace(desk.context, zone=zone))
    )


async def _question(
    session: AsyncSession, asked: FunctionAsked, conversation: Conversation
) -> FunctionEvent:
    received = parse_bodies(await webhooks.read_events(session, [asked.event_id]))
    for item in received:
        if isinstance(item.event, FunctionEvent) and _is_ours(item, conversation):
            return item.event
    raise ApplicationError("no such question", type="no_question", non_retryable=True)


def _is_ours(item: Received, conversation: Conversation) -> bool:
    """A company's own workspace speaks for its own calls only, a request for the call it names."""
    same_call = item.event.call_id == conversation.retell_call_id
    return same_call and item.may_tell(conversation.company_id)


def _said(values: Iterable[object]) -> list[str]:
    return [value for value in values if isinstance(value, str)]
