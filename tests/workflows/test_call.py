"""One call under every order of its events and every plan that can come of it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any, get_args
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

from contracts.appointments import Notified, NotifyCall, SlotRefused, SlotReserved
from contracts.calls import (
    AppointmentChanged,
    BookPlan,
    CallEventKind,
    CallPlanned,
    CallReported,
    CallSettled,
    CallStart,
    CancelPlan,
    ModelAsked,
    MovePlan,
    NoBooking,
    RecordEvents,
)
from contracts.names import TaskQueue
from domain.ids import appointment_workflow_id, call_workflow_id
from tests.workflows.scripted import BRANCH, Script, recorded, scripted_workers
from workflows.call import CallWorkflow

Handle = WorkflowHandle[CallWorkflow, CallSettled]
KINDS: Sequence[CallEventKind] = ("call_started", "call_ended", "call_analyzed")
START = datetime(2027, 1, 4, 9, 0, tzinfo=UTC)


def report(kind: CallEventKind) -> CallReported:
    return CallReported(event_id=uuid4(), kind=kind)


async def phone(client: Client, call_id: str, event: CallReported, **waits: float) -> Handle:
    """What the webhook does: the first event starts the workflow, each later one reaches it."""
    return await client.start_workflow(
        CallWorkflow.run,
        CallStart(retell_call_id=call_id, **waits),
        id=call_workflow_id(call_id),
        task_queue=TaskQueue.CALLS,
        id_reuse_policy=WorkflowIDReusePolicy.REJECT_DUPLICATE,
        start_signal="call_reported",
        start_signal_args=[event],
    )


class Ledger:
    """Says what is known of the call after each step, as the real row does."""

    def __init__(self, kinds: dict[UUID, CallEventKind]) -> None:
        self.kinds = kinds
        self.known: set[CallEventKind] = set()

    def __call__(self, request: RecordEvents) -> Any:
        self.known |= {self.kinds[event_id] for event_id in request.event_ids}
        return recorded(
            ended=bool(self.known & {"call_ended", "call_analyzed"}),
            analyzed="call_analyzed" in self.known,
        )


def book_plan() -> BookPlan:
    return BookPlan(
        appointment_id=uuid4(),
        branch_id=BRANCH,
        service_id=uuid4(),
        staff_id=None,
        staff_hard=False,
        customer_id=uuid4(),
        start_at=START,
        summary="Herrenhaarschnitt, Mitte",
    )


@pytest.mark.parametrize("order", list(permutations(KINDS)))
async def test_events_in_any_order_and_five_times_each_settle_once(
    temporal_client: Client, order: Sequence[CallEventKind]
) -> None:
    reports = {kind: report(kind) for kind in KINDS}
    script = Script()
    script.answers["calls.record_events"] = [Ledger({reports[k].event_id: k for k in KINDS})]
    call_id = f"call_{uuid4().hex}"
    async with scripted_workers(temporal_client, script):
        handle = await phone(temporal_client, call_id, reports[order[0]])
        for event in [reports[kind] for kind in order for _ in range(5)]:
            try:
                await phone(temporal_client, call_id, event)
            except WorkflowAlreadyStartedError:
                break  # settled already: late duplicates are refused by the id
        settled = await handle.result()
    assert settled.outcome == "info"
    assert script.names().count("calls.settle") == 1
    assert script.names().count("calls.plan") == 1


async def test_a_call_whose_analysis_never_comes_is_read_from_its_transcript(
    temporal_client: Client,
) -> None:
    script = Script({"calls.record_events": [recorded(analyzed=False)]})
    async with scripted_workers(temporal_client, script):
        handle = await phone(
            temporal_client, f"call_{uuid4().hex}", report("call_ended"), analysis_wait_s=0.2
        )
        assert (await handle.result()).outcome == "info"
    assert "No analysis came" in str(script.requests("calls.settle")[0].timeline)


async def test_a_call_whose_end_never_comes_settles_when_its_longest_time_is_up(
    temporal_client: Client,
) -> None:
    script = Script({"calls.record_events": [recorded(ended=False, analyzed=False)]})
    script.answers["calls.plan"] = [CallPlanned(plan=NoBooking(outcome="none", reason="no_end"))]
    async with scripted_workers(temporal_client, script):
        handle = await phone(
            temporal_client, f"call_{uuid4().hex}", report("call_started"), call_max_s=0.3
        )
        assert (await handle.result()).outcome == "none"


async def test_an_unknown_number_is_kept_and_settled_without_a_plan(
    temporal_client: Client,
) -> None:
    unrouted = recorded(
        routed=False, branch_id=None, needs_review=True, review_reason="unknown_number"
    )
    script = Script({"calls.record_events": [unrouted]})
    async with scripted_workers(temporal_client, script):
        handle = await phone(temporal_client, f"call_{uuid4().hex}", report("call_analyzed"))
        assert (await handle.result()).outcome == "none"
    assert "calls.plan" not in script.names()
    assert script.requests("calls.settle")[0].reason == "unknown_number"


async def test_a_complete_wish_becomes_an_appointment_that_outlives_the_call(
    temporal_client: Client,
) -> None:
    plan = book_plan()
    script = Script({"calls.plan": [CallPlanned(plan=plan)]})
    async with scripted_workers(temporal_client, script):
        handle = await phone(temporal_client, f"call_{uuid4().hex}", report("call_analyzed"))
        assert (await handle.result()).outcome == "booked"
        child = temporal_client.get_workflow_handle(appointment_workflow_id(plan.appointment_id))
        status = (await child.describe()).status
        await child.terminate()
    assert status is not None
    assert status.name == "RUNNING"
    assert script.requests("calls.settle")[0].appointment_ids == (plan.appointment_id,)


async def test_a_taken_slot_becomes_a_callback_with_offers(temporal_client: Client) -> None:
    taken = SlotReserved(answer=SlotRefused(reason="slot_taken", offers=(START,)))
    script = Script({"calls.plan": [CallPlanned(plan=book_plan())], "slots.reserve": [taken]})
    async with scripted_workers(temporal_client, script):
        handle = await phone(temporal_client, f"call_{uuid4().hex}", report("call_analyzed"))
        assert (await handle.result()).outcome == "callback"
    settlement = script.requests("calls.settle")[0]
    assert (settlement.reason, settlement.offers) == ("slot_taken", (START,))
    assert "notify.call" in script.names()


async def told_of(client: Client, plan: NoBooking) -> list[str]:
    """Who got a message about the call, in no order."""
    script = Script({"calls.plan": [CallPlanned(plan=plan)]})
    async with scripted_workers(client, script):
        handle = await phone(client, f"call_{uuid4().hex}", report("call_analyzed"))
        assert (await handle.result()).outcome == "callback"
    names = script.names()
    assert names.index("notify.call") > names.index("calls.settle")
    return sorted(request.audience for request in script.requests("notify.call"))


async def test_who_heard_booked_of_what_is_not_is_told_so_by_message_once(
    temporal_client: Client,
) -> None:
    plan = NoBooking(outcome="callback", reason="told_booked_unconfirmed", told_booked=True)
    assert await told_of(temporal_client, plan) == ["branch", "customer"]


async def test_who_was_not_told_booked_gets_no_message_about_the_call(
    temporal_client: Client,
) -> None:
    plan = NoBooking(outcome="callback", reason="not_confirmed")
    assert await told_of(temporal_client, plan) == ["branch"]


@pytest.mark.parametrize("dead", ["branch", "customer"])
async def test_a_message_that_cannot_be_delivered_keeps_the_other_from_nobody(
    temporal_client: Client, dead: str
) -> None:
    def answer(request: NotifyCall) -> Any:
        if request.audience == dead:
            return ApplicationError("no such address", non_retryable=True)
        return Notified(outcome="sent")

    plan = NoBooking(outcome="callback", reason="told_booked_unconfirmed", told_booked=True)
    script = Script({"calls.plan": [CallPlanned(plan=plan)], "notify.call": [answer]})
    async with scripted_workers(temporal_client, script):
        handle = await phone(temporal_client, f"call_{uuid4().hex}", report("call_analyzed"))
        assert (await handle.result()).outcome == "callback"
    told = [request.audience for request in script.requests("notify.call")]
    assert sorted(told) == ["branch", "customer"]


@pytest.mark.parametrize(
    ("plan", "answer", "outcome"),
    [
        (CancelPlan(appointment_id=uuid4(), summary="x"), "cancelled", "cancelled"),
        (
            MovePlan(appointment_id=uuid4(), start_at=START, staff_id=None, summary="x"),
            "rescheduled",
            "rescheduled",
        ),
        (CancelPlan(appointment_id=uuid4(), summary="x"), "refused", "callback"),
    ],
)
async def test_a_change_is_asked_of_the_appointment_and_its_word_settles_the_call(
    temporal_client: Client, plan: CancelPlan | MovePlan, answer: str, outcome: str
) -> None:
    changed = AppointmentChanged.model_validate({"outcome": answer, "reason": "cancel_limit"})
    script = Script({"calls.plan": [CallPlanned(plan=plan)], "appointments.change": [changed]})
    async with scripted_workers(temporal_client, script):
        handle = await phone(temporal_client, f"call_{uuid4().hex}", report("call_analyzed"))
        assert (await handle.result()).outcome == outcome


async def test_a_call_settled_by_an_earlier_run_is_not_settled_again(
    temporal_client: Client,
) -> None:
    script = Script({"calls.record_events": [recorded(settled_outcome="booked")]})
    async with scripted_workers(temporal_client, script):
        handle = await phone(temporal_client, f"call_{uuid4().hex}", report("call_analyzed"))
        assert (await handle.result()).outcome == "booked"
    assert "calls.settle" not in script.names()


async def test_an_event_after_settling_starts_no_second_run(temporal_client: Client) -> None:
    script = Script()
    call_id = f"call_{uuid4().hex}"
    async with scripted_workers(temporal_client, script):
        handle = await phone(temporal_client, call_id, report("call_analyzed"))
        await handle.result()
        with pytest.raises(WorkflowAlreadyStartedError):
            await phone(temporal_client, call_id, report("call_ended"))


async def test_a_reader_of_the_web_ui_sees_what_happened(temporal_client: Client) -> None:
    script = Script({"calls.plan": [CallPlanned(plan=book_plan())]})
    async with scripted_workers(temporal_client, script):
        handle = await phone(temporal_client, f"call_{uuid4().hex}", report("call_analyzed"))
        await handle.result()
        shown = await handle.describe()
    attributes = shown.typed_search_attributes
    names = {pair.key.name for pair in attributes}
    assert {"CompanyId", "BranchId", "PhoneHash", "CallOutcome"} <= names


def test_every_kind_of_event_the_design_names_can_be_reported() -> None:
    assert set(KINDS) < set(get_args(CallEventKind))
    assert timedelta(seconds=CallStart(retell_call_id="x").call_max_s) > timedelta(hours=2)


# --- a language model as third witness ----------------------------------------------------------


def unsure(*, ask_model: bool) -> CallPlanned:
    plan = NoBooking(outcome="callback", reason="incomplete", missing=("start",))
    return CallPlanned(plan=plan, ask_model=ask_model)


async def _kinds_of_steps(handle: Handle) -> list[str]:
    scheduled = [
        event.activity_task_scheduled_event_attributes.activity_type.name
        async for event in handle.fetch_history_events()
        if event.HasField("activity_task_scheduled_event_attributes")
    ]
    return [name for name in scheduled if name.startswith("understanding.")]


async def test_without_a_model_there_is_no_step_of_it_in_the_history(
    temporal_client: Client,
) -> None:
    script = Script({"calls.plan": [unsure(ask_model=False)]})
    async with scripted_workers(temporal_client, script):
        handle = await phone(temporal_client, f"call_{uuid4().hex}", report("call_analyzed"))
        assert (await handle.result()).outcome == "callback"
        assert await _kinds_of_steps(handle) == []
    assert script.names().count("calls.plan") == 1


async def test_what_the_model_read_is_planned_with_once_more(temporal_client: Client) -> None:
    plan = book_plan()
    script = Script({"calls.plan": [unsure(ask_model=True), CallPlanned(plan=plan)]})
    async with scripted_workers(temporal_client, script):
        handle = await phone(temporal_client, f"call_{uuid4().hex}", report("call_analyzed"))
        assert (await handle.result()).outcome == "booked"
        assert await _kinds_of_steps(handle) == ["understanding.ask_model"]
        child = temporal_client.get_workflow_handle(appointment_workflow_id(plan.appointment_id))
        await child.terminate()
    order = [n for n in script.names() if n.startswith(("calls.plan", "understanding"))]
    assert order == ["calls.plan", "understanding.ask_model", "calls.plan"]


async def test_a_model_is_asked_once_whatever_the_second_plan_says(temporal_client: Client) -> None:
    script = Script({"calls.plan": [unsure(ask_model=True)]})
    async with scripted_workers(temporal_client, script):
        handle = await phone(temporal_client, f"call_{uuid4().hex}", report("call_analyzed"))
        assert (await handle.result()).outcome == "callback"
    assert script.names().count("understanding.ask_model") == 1


@pytest.mark.parametrize("outcome", ["not_understood", "unavailable", "over_budget", "off"])
async def test_a_model_without_a_word_leaves_the_plan_as_it_was(
    temporal_client: Client, outcome: str
) -> None:
    script = Script({"calls.plan": [unsure(ask_model=True)]})
    script.answers["understanding.ask_model"] = [ModelAsked.model_validate({"outcome": outcome})]
    async with scripted_workers(temporal_client, script):
        handle = await phone(temporal_client, f"call_{uuid4().hex}", report("call_analyzed"))
        assert (await handle.result()).outcome == "callback"
    assert script.names().count("calls.plan") == 1
    assert script.requests("calls.settle")[0].reason == "incomplete"
    assert outcome in str(script.requests("calls.settle")[0].timeline)


async def test_a_dead_model_costs_two_tries_and_no_booking(temporal_client: Client) -> None:
    plan = book_plan()
    script = Script({"calls.plan": [CallPlanned(plan=plan, ask_model=True)]})
    script.answers["understanding.ask_model"] = [RuntimeError("dead")]
    async with scripted_workers(temporal_client, script):
        handle = await phone(temporal_client, f"call_{uuid4().hex}", report("call_analyzed"))
        assert (await handle.result()).outcome == "booked"
        child = temporal_client.get_workflow_handle(appointment_workflow_id(plan.appointment_id))
        await child.terminate()
    assert script.names().count("understanding.ask_model") == 2
    assert script.names().count("calls.plan") == 1
