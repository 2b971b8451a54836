"""Steps that answer from a script, to walk the workflows through every answer there is.

Only the order of steps and what follows from their answers is judged here; the real steps are
judged on the real parts in `tests/scenarios`, `tests/concurrency` and `tests/chaos`.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from temporalio import activity
from temporalio.client import Client
from temporalio.worker import Worker
from typing_extensions import override

from contracts.appointments import (
    AppointmentStart,
    BookInCalendar,
    CalendarAnswered,
    CalendarBooked,
    CalendarSteps,
    CancelInCalendar,
    ChangeChecked,
    CheckChange,
    ConfirmSlot,
    Done,
    FindOffers,
    MarkPassed,
    OffersFound,
    ReleaseSlot,
    ReserveSlot,
    SlotHeld,
    SlotReserved,
    SlotSteps,
)
from contracts.availability import (
    AvailabilityFetched,
    AvailabilitySteps,
    ColdFound,
    FetchAvailability,
    FindCold,
    WarmAvailability,
)
from contracts.calendar_events import AloneVerified, VerifyAlone
from contracts.calls import (
    AppointmentChanged,
    AskModel,
    CallPlanned,
    CallRecorded,
    CallSettled,
    CallSteps,
    ChangeAppointment,
    ChangeSteps,
    ModelAsked,
    NoBooking,
    PlanCall,
    RecordEvents,
    SettleCall,
    UnderstandingSteps,
)
from contracts.functions import (
    Answered,
    ConcludeBooking,
    ConcludeChange,
    FunctionSteps,
    FunctionTaken,
    LiveCallSteps,
    ReleaseHold,
    TakeFunction,
    TellLive,
    ToldLive,
)
from contracts.names import TaskQueue
from tests.workflows.script import Script, until
from tests.workflows.scripted_life import ScriptedLife, ScriptedNotify
from workflows.appointment import AppointmentWorkflow
from workflows.call import CallWorkflow

__all__ = [
    "BRANCH",
    "COMPANY",
    "STAFF",
    "Script",
    "ScriptedCalls",
    "ScriptedNotify",
    "booked",
    "held",
    "recorded",
    "scripted_workers",
    "until",
    "wish",
]

COMPANY = uuid4()
BRANCH = uuid4()
STAFF = uuid4()


def held(start_at: datetime, *, staff_id: UUID = STAFF, revision: int = 0) -> SlotReserved:
    return SlotReserved(
        answer=SlotHeld(
            staff_id=staff_id,
            staff_name="Mehmet",
            start_at=start_at,
            end_at=start_at + timedelta(minutes=30),
            zone="Europe/Berlin",
            summary="Herrenhaarschnitt, Mitte",
            revision=revision,
        )
    )


def booked(number: int = 7) -> CalendarAnswered:
    return CalendarAnswered(answer=CalendarBooked(booking_id=number))


def recorded(**changes: object) -> CallRecorded:
    return CallRecorded.model_validate(
        {
            "company_id": COMPANY,
            "branch_id": BRANCH,
            "company_name": "Salon Haarwerk",
            "branch_name": "Mitte",
            "routed": True,
            "needs_review": False,
            "phone_hash": "a" * 32,
            "phone_masked": "+49…40",
            "dialled": "+493023125010",
            "ended": True,
            "analyzed": True,
            **changes,
        }
    )


class ScriptedSlots(SlotSteps):
    def __init__(self, script: Script) -> None:
        self.script = script
        self.revisions: dict[UUID, int] = defaultdict(int)

    @activity.defn(name="slots.reserve")
    @override
    async def reserve(self, request: ReserveSlot) -> SlotReserved:
        revision = self.revisions[request.appointment_id]
        self.revisions[request.appointment_id] += 1
        otherwise = held(request.start_at, revision=revision)
        answer: SlotReserved = self.script.take("slots.reserve", request, otherwise)
        return answer

    @activity.defn(name="slots.confirm")
    @override
    async def confirm(self, request: ConfirmSlot) -> Done:
        answer: Done = self.script.take("slots.confirm", request, Done())
        return answer

    @activity.defn(name="slots.release")
    @override
    async def release(self, request: ReleaseSlot) -> Done:
        answer: Done = self.script.take("slots.release", request, Done())
        return answer

    @activity.defn(name="slots.find_offers")
    @override
    async def find_offers(self, request: FindOffers) -> OffersFound:
        answer: OffersFound = self.script.take("slots.find_offers", request, OffersFound())
        return answer

    @activity.defn(name="slots.check_change")
    @override
    async def check_change(self, request: CheckChange) -> ChangeChecked:
        otherwise = ChangeChecked(allowed=True)
        answer: ChangeChecked = self.script.take("slots.check_change", request, otherwise)
        return answer

    @activity.defn(name="slots.mark_passed")
    @override
    async def mark_passed(self, request: MarkPassed) -> Done:
        answer: Done = self.script.take("slots.mark_passed", request, Done())
        return answer


class ScriptedCalendar(CalendarSteps):
    def __init__(self, script: Script) -> None:
        self.script = script

    @activity.defn(name="calendar.book")
    @override
    async def book(self, request: BookInCalendar) -> CalendarAnswered:
        answer: CalendarAnswered = await self.script.take_in_time(
            "calendar.book", request, booked()
        )
        return answer

    @activity.defn(name="calendar.move")
    @override
    async def move(self, request: BookInCalendar) -> CalendarAnswered:
        answer: CalendarAnswered = await self.script.take_in_time(
            "calendar.move", request, booked(8)
        )
        return answer

    @activity.defn(name="calendar.cancel")
    @override
    async def cancel(self, request: CancelInCalendar) -> Done:
        answer: Done = self.script.take("calendar.cancel", request, Done())
        return answer

    @activity.defn(name="calendar.withdraw")
    @override
    async def withdraw(self, request: BookInCalendar) -> Done:
        answer: Done = self.script.take("calendar.withdraw", request, Done())
        return answer


class ScriptedCalls(CallSteps):
    def __init__(self, script: Script) -> None:
        self.script = script

    @activity.defn(name="calls.record_events")
    @override
    async def record_events(self, request: RecordEvents) -> CallRecorded:
        answer: CallRecorded = self.script.take("calls.record_events", request, recorded())
        return answer

    @activity.defn(name="calls.plan")
    @override
    async def plan(self, request: PlanCall) -> CallPlanned:
        otherwise = CallPlanned(plan=NoBooking(outcome="info"))
        answer: CallPlanned = self.script.take("calls.plan", request, otherwise)
        return answer

    @activity.defn(name="calls.settle")
    @override
    async def settle(self, request: SettleCall) -> CallSettled:
        otherwise = CallSettled(outcome=request.outcome)
        answer: CallSettled = self.script.take("calls.settle", request, otherwise)
        return answer


class ScriptedChange(ChangeSteps):
    def __init__(self, script: Script) -> None:
        self.script = script

    @activity.defn(name="appointments.change")
    @override
    async def change(self, request: ChangeAppointment) -> AppointmentChanged:
        otherwise = AppointmentChanged(outcome="cancelled")
        answer: AppointmentChanged = self.script.take("appointments.change", request, otherwise)
        return answer


class ScriptedModel(UnderstandingSteps):
    def __init__(self, script: Script) -> None:
        self.script = script

    @activity.defn(name="understanding.ask_model")
    @override
    async def ask_model(self, request: AskModel) -> ModelAsked:
        otherwise = ModelAsked(outcome="read")
        answer: ModelAsked = self.script.take("understanding.ask_model", request, otherwise)
        return answer


class ScriptedFunctions(FunctionSteps):
    """What the agent is told has to be scripted: there is no answer that fits every question."""

    def __init__(self, script: Script) -> None:
        self.script = script

    @activity.defn(name="functions.take")
    @override
    async def take(self, request: TakeFunction) -> FunctionTaken:
        answer: FunctionTaken = self.script.take("functions.take", request, KeyError("take"))
        return answer

    @activity.defn(name="functions.conclude_booking")
    @override
    async def conclude_booking(self, request: ConcludeBooking) -> Answered:
        answer: Answered = self.script.take(
            "functions.conclude_booking", request, KeyError("conclude_booking")
        )
        return answer

    @activity.defn(name="functions.conclude_change")
    @override
    async def conclude_change(self, request: ConcludeChange) -> Answered:
        answer: Answered = self.script.take(
            "functions.conclude_change", request, KeyError("conclude_change")
        )
        return answer

    @activity.defn(name="functions.release")
    @override
    async def release(self, request: ReleaseHold) -> Done:
        answer: Done = self.script.take("functions.release", request, Done())
        return answer


class ScriptedAvailability(AvailabilitySteps):
    def __init__(self, script: Script) -> None:
        self.script = script

    @activity.defn(name="availability.fetch")
    @override
    async def fetch(self, request: FetchAvailability) -> AvailabilityFetched:
        otherwise = AvailabilityFetched(requests=1)
        answer: AvailabilityFetched = self.script.take("availability.fetch", request, otherwise)
        return answer

    @activity.defn(name="availability.find_cold")
    @override
    async def find_cold(self, request: FindCold) -> ColdFound:
        answer: ColdFound = self.script.take("availability.find_cold", request, ColdFound())
        return answer

    @activity.defn(name="availability.warm")
    @override
    async def warm(self, request: WarmAvailability) -> AvailabilityFetched:
        otherwise = AvailabilityFetched(requests=0)
        answer: AvailabilityFetched = self.script.take("availability.warm", request, otherwise)
        return answer


class ScriptedLook:
    """Of `CalendarLookSteps` what an appointment takes, beside all else and in no order with it."""

    def __init__(self, script: Script) -> None:
        self.script = script

    @activity.defn(name="calendar.verify_alone")
    async def verify_alone(self, request: VerifyAlone) -> AloneVerified:
        self.script.looked.append(request)
        return AloneVerified()


class ScriptedLive(LiveCallSteps):
    def __init__(self, script: Script) -> None:
        self.script = script

    @activity.defn(name="calls.tell_live")
    @override
    async def tell_live(self, request: TellLive) -> ToldLive:
        answer: ToldLive = self.script.take("calls.tell_live", request, ToldLive(outcome="told"))
        return answer


@asynccontextmanager
async def scripted_workers(client: Client, script: Script) -> AsyncIterator[str]:
    """Workers of a test's own: yields the prefix its task queues and workflows carry.

    The workflows name the real queues, so a test takes a namespace's queues for itself: tests of
    this folder run one after the other.
    """
    slots, calls = ScriptedSlots(script), ScriptedCalls(script)
    change, functions = ScriptedChange(script), ScriptedFunctions(script)
    life = ScriptedLife(script)
    local: Sequence[Callable[..., Any]] = [
        life.plan,
        life.follow_calendar,
        life.mark_missed,
        change.change,
        functions.take,
        functions.conclude_booking,
        functions.conclude_change,
        functions.release,
        slots.reserve,
        slots.confirm,
        slots.release,
        slots.find_offers,
        slots.check_change,
        slots.mark_passed,
        calls.record_events,
        calls.plan,
        calls.settle,
    ]
    calendar = ScriptedCalendar(script)
    integrations: Sequence[Callable[..., Any]] = [
        calendar.book,
        calendar.move,
        calendar.cancel,
        calendar.withdraw,
        ScriptedModel(script).ask_model,
        ScriptedLive(script).tell_live,
        ScriptedAvailability(script).fetch,
        ScriptedLook(script).verify_alone,
    ]
    notify = ScriptedNotify(script)
    async with (
        Worker(
            client,
            task_queue=TaskQueue.CALLS,
            workflows=[CallWorkflow, AppointmentWorkflow],
            activities=local,
            max_cached_workflows=100,
        ),
        Worker(client, task_queue=TaskQueue.INTEGRATIONS, activities=integrations),
        Worker(
            client,
            task_queue=TaskQueue.NOTIFY,
            activities=[notify.appointment, notify.call, notify.code],
        ),
    ):
        yield uuid4().hex


def wish(**changes: object) -> AppointmentStart:
    return AppointmentStart.model_validate(
        {
            "appointment_id": uuid4(),
            "company_id": COMPANY,
            "branch_id": BRANCH,
            "service_id": uuid4(),
            "customer_id": uuid4(),
            "start_at": datetime.now(UTC).replace(microsecond=0) + timedelta(days=3),
            "summary": "Herrenhaarschnitt in Mitte",
            "patience_s": 30,
            **changes,
        }
    )
