"""An event's run: looked up, decided, followed; and who gives way to an older booking."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError
from temporalio.worker import Worker
from typing_extensions import override

from activities.calendar_events import CalendarEvents
from contracts.appointments import Cancel, Done, OffersFound
from contracts.calendar_events import (
    AloneVerified,
    Blocked,
    BookingSeen,
    CalendarConnection,
    CalendarEvent,
    CalendarEventDone,
    CalendarEventsStarted,
    CalendarEventSteps,
    CalendarLookSteps,
    CancelSeen,
    Decided,
    DecideEvent,
    FindLostCalendarEvents,
    LookAgain,
    LookedAt,
    LostCalendarEvents,
    MakeRoom,
    NoteUnheard,
    Nothing,
    Overlap,
    RoomMade,
    StartLostCalendarEvents,
    SweepCalendarEvents,
    TakeBack,
    TellAppointment,
    VerifyAlone,
    WebhookEnsured,
)
from contracts.life import CalendarReported
from contracts.names import TaskQueue
from db.engine import make_engine
from domain.ids import appointment_workflow_id
from tests.workflows.appointment_double import Hearing
from tests.workflows.scripted import COMPANY, Script, scripted_workers, until, wish
from tests.workflows.test_appointment import begin
from tests.workflows.test_appointment_changes import told
from workflows.calendar_event import CalendarEventWorkflow, CalendarSweepWorkflow

OURS = uuid4()


class ScriptedEvents(CalendarEventSteps):
    def __init__(self, script: Script) -> None:
        self.script = script

    @activity.defn(name="calendar_events.decide")
    @override
    async def decide(self, request: DecideEvent) -> Decided:
        otherwise = Nothing(reason="known")
        return Decided(decision=self.script.take("decide", request, otherwise))

    @activity.defn(name="calendar_events.note_unheard")
    @override
    async def note_unheard(self, request: NoteUnheard) -> Done:
        answer: Done = self.script.take("note_unheard", request, Done())
        return answer

    @activity.defn(name="calendar_events.make_room")
    @override
    async def make_room(self, request: MakeRoom) -> RoomMade:
        answer: RoomMade = self.script.take("make_room", request, RoomMade(outcome="cancelled"))
        return answer

    @activity.defn(name="calendar_events.find_lost")
    @override
    async def find_lost(self, request: FindLostCalendarEvents) -> LostCalendarEvents:
        answer: LostCalendarEvents = self.script.take("find_lost", request, LostCalendarEvents())
        return answer

    @activity.defn(name="calendar_events.start_lost")
    @override
    async def start_lost(self, request: StartLostCalendarEvents) -> CalendarEventsStarted:
        otherwise = CalendarEventsStarted(started=len(request.events))
        answer: CalendarEventsStarted = self.script.take("start_lost", request, otherwise)
        return answer


class ScriptedLooks(CalendarLookSteps):
    def __init__(self, script: Script) -> None:
        self.script = script

    @activity.defn(name="calendar_events.look")
    @override
    async def look(self, request: CalendarEvent) -> LookedAt:
        seen = BookingSeen(event_id=request.event_id, uid_hash="h", state="accepted", booking_id=70)
        answer: LookedAt = self.script.take("look", request, LookedAt(seen=seen))
        return answer

    @activity.defn(name="calendar_events.cancel_seen")
    @override
    async def cancel_seen(self, request: CancelSeen) -> Done:
        answer: Done = self.script.take("cancel_seen", request, Done())
        return answer

    @activity.defn(name="calendar.verify_alone")
    @override
    async def verify_alone(self, request: VerifyAlone) -> AloneVerified:
        answer: AloneVerified = self.script.take("verify_alone", request, AloneVerified())
        return answer

    @activity.defn(name="calendar.ensure_webhook")
    @override
    async def ensure_webhook(self, request: CalendarConnection) -> WebhookEnsured:
        otherwise = WebhookEnsured(outcome="unchanged")
        answer: WebhookEnsured = self.script.take("ensure_webhook", request, otherwise)
        return answer


@asynccontextmanager
async def event_workers(client: Client, script: Script) -> AsyncIterator[None]:
    events, looks = ScriptedEvents(script), ScriptedLooks(script)
    async with (
        Worker(
            client,
            task_queue=TaskQueue.CALLS,
            workflows=[CalendarEventWorkflow, CalendarSweepWorkflow, Hearing],
            activities=[
                events.decide,
                events.note_unheard,
                events.make_room,
                events.find_lost,
                events.start_lost,
            ],
        ),
        Worker(
            client,
            task_queue=TaskQueue.INTEGRATIONS,
            activities=[looks.look, looks.cancel_seen],
        ),
    ):
        yield


def an_event() -> CalendarEvent:
    return CalendarEvent(
        event_id=uuid4(), company_id=COMPANY, connection_id=uuid4(), kind="BOOKING_CREATED"
    )


async def run(client: Client, script: Script) -> CalendarEventDone:
    async with event_workers(client, script):
        return await client.execute_workflow(
            CalendarEventWorkflow.run,
            an_event(),
            id=f"calendar-event:{uuid4()}",
            task_queue=TaskQueue.CALLS,
        )


def overlapping(goes: str, **changes: Any) -> Blocked:
    overlap = Overlap.model_validate({"appointment_id": OURS, "goes": goes})
    return Blocked(state="active", changed=True, overlaps=(overlap,), **changes)


def about(appointment_id: UUID) -> TellAppointment:
    report = CalendarReported(kind="cancelled", event_id=uuid4(), booking_id=70)
    return TellAppointment(appointment_id=appointment_id, report=report)


async def test_what_names_no_booking_ends_with_the_look(temporal_client: Client) -> None:
    script = Script({"look": [LookedAt()]})
    done = await run(temporal_client, script)
    assert done.did == ("nothing to look up",)
    assert script.names() == ["look"]


async def test_what_is_known_ends_with_the_decision(temporal_client: Client) -> None:
    script = Script()
    assert (await run(temporal_client, script)).did == ("known",)
    assert script.names() == ["look", "decide"]


async def test_its_appointment_hears_of_it(temporal_client: Client) -> None:
    ours = uuid4()
    decision = about(ours)
    script = Script({"decide": [decision]})
    async with event_workers(temporal_client, script):
        appointment = await temporal_client.start_workflow(
            Hearing.run, id=appointment_workflow_id(ours), task_queue=TaskQueue.CALLS
        )
        done = await temporal_client.execute_workflow(
            CalendarEventWorkflow.run,
            an_event(),
            id=f"calendar-event:{uuid4()}",
            task_queue=TaskQueue.CALLS,
        )
        assert await appointment.result() == decision.report
    assert done.did == ("told its appointment: cancelled",)
    assert "note_unheard" not in script.names()


async def test_what_nobody_hears_any_more_is_written_down(temporal_client: Client) -> None:
    decision = about(uuid4())
    script = Script({"decide": [decision]})
    done = await run(temporal_client, script)
    assert done.did[-1] == "its workflow has ended"
    [noted] = script.requests("note_unheard")
    assert (noted.appointment_id, noted.report) == (decision.appointment_id, decision.report)


async def test_one_booking_too_many_is_cancelled_there(temporal_client: Client) -> None:
    script = Script({"decide": [TakeBack(appointment_id=OURS, booking_id=70)]})
    await run(temporal_client, script)
    [request] = script.requests("cancel_seen")
    assert (request.appointment_id, request.why, request.seen.booking_id) == (OURS, "surplus", 70)


async def test_what_cal_com_keeps_fails_no_run(temporal_client: Client) -> None:
    refusal = ApplicationError("kept", type="configuration", non_retryable=True)
    script = Script(
        {"decide": [TakeBack(appointment_id=OURS, booking_id=70)], "cancel_seen": [refusal]}
    )
    assert (await run(temporal_client, script)).did[-1] == "Cal.com keeps it"


async def test_while_our_own_request_is_unanswered_it_is_looked_at_again(
    temporal_client: Client,
) -> None:
    script = Script({"decide": [LookAgain(appointment_id=OURS), Nothing(reason="known")]})
    assert (await run(temporal_client, script)).did == ("waits", "known")
    assert script.names() == ["look", "decide", "look", "decide"]


async def test_ours_gives_way_and_the_block_takes_its_time(temporal_client: Client) -> None:
    script = Script({"decide": [overlapping("ours"), Blocked(state="active", changed=False)]})
    done = await run(temporal_client, script)
    [request] = script.requests("make_room")
    assert request.appointment_id == OURS
    assert script.names() == ["look", "decide", "make_room", "look", "decide"]
    assert done.did == (
        "block active",
        "overlaps an appointment: ours",
        "the appointment: cancelled",
        "block known",
    )


async def test_what_refuses_to_give_way_stays(temporal_client: Client) -> None:
    kept = RoomMade(outcome="kept", reason="is_completed")
    script = Script({"decide": [overlapping("ours")], "make_room": [kept]})
    await run(temporal_client, script)
    assert script.names() == ["look", "decide", "make_room"]


async def test_theirs_goes_where_the_company_has_said_so(temporal_client: Client) -> None:
    script = Script({"decide": [overlapping("theirs"), Blocked(state="ended", changed=True)]})
    await run(temporal_client, script)
    [request] = script.requests("cancel_seen")
    assert (request.appointment_id, request.why) == (OURS, "overlap")
    assert script.names()[-2:] == ["look", "decide"]


async def test_where_people_decide_nothing_is_cancelled(temporal_client: Client) -> None:
    script = Script({"decide": [overlapping("nobody")]})
    await run(temporal_client, script)
    assert script.names() == ["look", "decide"]


# --- events that were stored and not heard of -------------------------------------------------


async def sweep(client: Client, script: Script, **changes: Any) -> int:
    async with event_workers(client, script):
        return await client.execute_workflow(
            CalendarSweepWorkflow.run,
            SweepCalendarEvents.model_validate(changes),
            id=f"sweep-{uuid4()}",
            task_queue=TaskQueue.CALLS,
        )


async def test_a_sweep_goes_on_until_there_is_nothing_lost(temporal_client: Client) -> None:
    lost = LostCalendarEvents(events=(an_event(), an_event()))
    script = Script({"find_lost": [lost, lost, LostCalendarEvents()]})
    assert await sweep(temporal_client, script) == 4
    assert script.names().count("start_lost") == 2


async def test_a_sweep_has_an_end(temporal_client: Client) -> None:
    script = Script({"find_lost": [LostCalendarEvents(events=(an_event(),))]})
    assert await sweep(temporal_client, script, batches_max=3) == 3


async def test_what_cannot_be_started_is_left_to_the_next_sweep(temporal_client: Client) -> None:
    script = Script(
        {
            "find_lost": [LostCalendarEvents(events=(an_event(), an_event()))],
            "start_lost": [CalendarEventsStarted(started=1, failed=1)],
        }
    )
    assert await sweep(temporal_client, script) == 1


# --- the appointment that gives way -----------------------------------------------------------


def room_maker(client: Client) -> CalendarEvents:
    async def start(event: CalendarEvent) -> None:
        raise AssertionError(event)

    nowhere = make_engine("postgresql+psycopg://unused", application_name="test")
    return CalendarEvents(nowhere, client, start)


async def test_who_gives_way_is_told_so_and_offered_other_times(temporal_client: Client) -> None:
    start = wish()
    offers = (start.start_at + timedelta(days=1),)
    script = Script({"slots.find_offers": [OffersFound(offers=offers)]})
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        await until(lambda: len(told(script)) == 2)
        request = MakeRoom(
            company_id=COMPANY, appointment_id=start.appointment_id, event_id=uuid4()
        )
        made = await asyncio.gather(
            *(room_maker(temporal_client).make_room(request) for _ in range(2))
        )
        result = await handle.result()
    assert {one.outcome for one in made} == {"cancelled"}  # the step may be repeated
    assert result.status == "cancelled"
    assert script.names().count("calendar.cancel") == 1
    assert sorted(told(script)[2:]) == [
        ("apology", "customer", 1),
        ("cancellation", "branch", 1),
        ("cancellation", "customer", 1),
    ]
    [apology] = [r for r in script.requests("notify.appointment") if r.kind == "apology"]
    assert apology.offers == offers
    [released] = [r for r in script.requests("slots.release") if r.status == "cancelled"]
    assert released.reason == "overlap"


async def test_other_cancellations_apologise_for_nothing(temporal_client: Client) -> None:
    script = Script()
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, wish())
        await handle.execute_update("cancel", Cancel(by="engine"))
        await handle.result()
    assert "apology" not in {kind for kind, _, _ in told(script)}
    assert "slots.find_offers" not in script.names()


async def test_what_has_no_workflow_any_more_gives_no_room(temporal_client: Client) -> None:
    request = MakeRoom(company_id=COMPANY, appointment_id=uuid4(), event_id=uuid4())
    made = await room_maker(temporal_client).make_room(request)
    assert (made.outcome, made.reason) == ("kept", "not_found")
