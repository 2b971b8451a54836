"""Questions, hang-ups and expiries of calls in any order, on a real engine with real timers.

Only what the workflow itself answers for is judged: nobody waits for ever, and each hold comes to
exactly one end.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError

from contracts.appointments import CalendarAnswered, CalendarRefused, Done
from contracts.calls import CallPlanned, CallRecorded, CallReported, CallSettled, RecordEvents
from contracts.functions import (
    Answered,
    AnswerStatus,
    ChangeWanted,
    ConcludeBooking,
    ConcludeChange,
    FunctionAnswer,
    FunctionName,
    FunctionTaken,
    Hold,
    ReleaseHold,
    TakeFunction,
)
from tests.workflows.conversing import Phone, hold, promises, says
from tests.workflows.scripted import Script, booked, recorded, scripted_workers, until
from tests.workflows.test_call import book_plan

SEEDS = range(10)
ACTS = 7
ALL_WITHIN_S = 90  # a bound on hanging; it takes twenty seconds
HUNG_UP = "the call is over"
ASKED: tuple[FunctionName, ...] = (
    "check_availability",
    "check_availability",
    "check_availability",
    "book_appointment",
    "book_appointment",
    "find_next_slot",
    "collect_appointment_data",
    "cancel_appointment",
)
pytestmark = pytest.mark.timeout(120)
LIVES_S, SHORT_S = (0.1, 0.3, 300), 1


@dataclass
class Ledger:
    """What became of each hold of one call, by its number; and what Retell has reported."""

    random: Random
    given: list[Hold] = field(default_factory=list)
    ends: list[tuple[str, int]] = field(default_factory=list)
    ended: bool = False
    stumbled: set[UUID] = field(default_factory=set)
    short: set[int] = field(default_factory=set)

    def next_hold(self, number: int, was: Hold | None) -> Hold:
        if was is not None:
            self.ends.append(("superseded", was.number))
        lives_s = self.random.choice(LIVES_S)
        new = hold(number, lives_s=lives_s, parts=self.random.choice((1, 1, 2)))
        self.given.append(new)
        if lives_s < SHORT_S:
            self.short.add(number)
        return new


@dataclass
class World:
    """Answers each step as the real one would, by the state that comes with the question."""

    calls: dict[str, Ledger] = field(default_factory=dict)
    ends: set[UUID] = field(default_factory=set)

    def script(self) -> Script:
        return Script(
            {
                "calls.record_events": [self.record],
                "functions.take": [self.take],
                "functions.conclude_booking": [self.conclude],
                "functions.conclude_change": [self.conclude_change],
                "functions.release": [self.release],
                "calendar.book": [self.book],
            }
        )

    def record(self, request: RecordEvents) -> CallRecorded:
        call = self.calls[request.retell_call_id]
        call.ended = call.ended or bool(self.ends & set(request.event_ids))
        return recorded(ended=call.ended, analyzed=call.ended)

    def take(self, request: TakeFunction) -> Any:
        was = request.conversation
        call = self.calls[was.retell_call_id]
        match request.asked.name:
            case "check_availability":
                new = call.next_hold(was.next_number, was.hold)
                return says("held", holding=new)(request)
            case "book_appointment" if was.hold is not None:
                return self._book(call, request, was.hold)
            case "find_next_slot" if call.random.random() < 0.5:
                return ApplicationError("a bug", non_retryable=True)
            case "collect_appointment_data" if request.asked.event_id not in call.stumbled:
                call.stumbled.add(request.asked.event_id)
                return ApplicationError("the database was away for a moment")
            case "cancel_appointment" if was.bookings:
                one = was.bookings[0].appointment_ids[0]
                return FunctionTaken(
                    result=ChangeWanted(appointment_id=one, action="cancel", summary="-")
                )
        return says("info")(request)

    def _book(self, call: Ledger, request: TakeFunction, held: Hold) -> Any:
        if call.random.random() < 0.2:
            call.ends.append(("dropped", held.number))
            return says("slot_lost", drops_hold=True)(request)
        call.ends.append(("promised", held.number))
        return promises(held)

    def conclude(self, request: ConcludeBooking) -> Answered:
        outcomes = {part.outcome for part in request.outcomes}
        was = request.conversation
        call = self.calls[was.retell_call_id]
        if "refused" in outcomes:
            return _said(request, "slot_lost", call.next_hold(was.next_number, was.hold))
        return _said(request, "booked" if outcomes == {"booked"} else "reserved")

    def conclude_change(self, request: ConcludeChange) -> Answered:
        return _said(request, "pending" if request.outcome is None else "cancelled")

    def release(self, request: ReleaseHold) -> Done:
        [call] = [one for one in self.calls.values() if request.hold in one.given]
        call.ends.append(("released", request.hold.number))
        return Done()

    def book(self, request: Any) -> CalendarAnswered:
        if request.appointment_id.int % 4 == 0:
            return CalendarAnswered(answer=CalendarRefused(cause="time_policy", message="no"))
        return booked()


def _said(
    request: ConcludeBooking | ConcludeChange, status: AnswerStatus, held: Hold | None = None
) -> Answered:
    answer = FunctionAnswer(event_id=request.asked.event_id, status=status, message=status)
    return Answered(answer=answer, hold=held)


class Caller:
    """One call's schedule, by its seed: some questions at once, some again with their update ids,
    hanging up anywhere among them.
    """

    def __init__(self, client: Client, world: World, seed: int) -> None:
        self.seed, self.random = seed, Random(seed)
        self.phone = Phone(client, answer_wait_s=0.3, analysis_wait_s=0.2, first_outcome_wait_s=5)
        self.world = world
        self.ledger = world.calls[self.phone.call_id] = Ledger(Random(-seed - 1))
        self.said: list[FunctionAnswer | str] = []

    async def talks(self) -> CallSettled:
        hangs_up_at = self.random.randrange(2, ACTS + 1)
        await self.asks()
        for act in range(1, ACTS + 1):
            doing = [self.asks() for _ in range(self.random.randrange(1, 3))]
            if act == hangs_up_at:
                self.random.shuffle(doing)
                doing.append(self.hangs_up())
            if self.random.random() < 0.3:
                doing.append(self.waits_for_the_short_ones())
            await asyncio.gather(*doing)
        settled: CallSettled = await self.phone.handle().result()
        return settled

    async def asks(self) -> None:
        name = self.random.choice(ASKED)
        digest, update_id = self.random.choice("abcd"), str(uuid4())
        times = self.random.choice((1, 1, 2))
        await asyncio.gather(*(self.asks_once(name, digest, update_id) for _ in range(times)))

    async def asks_once(self, name: FunctionName, digest: str, update_id: str) -> None:
        try:
            self.said.append(await self.phone.ask(name, digest, update_id=update_id))
        except WorkflowAlreadyStartedError:
            self.said.append(HUNG_UP)

    async def hangs_up(self) -> None:
        event_id = uuid4()
        self.world.ends.add(event_id)
        await self.phone.handle().signal(
            "call_reported", CallReported(event_id=event_id, kind="call_ended")
        )

    async def waits_for_the_short_ones(self) -> None:
        """No hold outlives its time: each of them comes to an end by itself."""
        short = set(self.ledger.short)
        await until(lambda: short <= {number for _, number in self.ledger.ends})


def check(caller: Caller, settled: CallSettled) -> None:
    told = f"seed {caller.seed}: {caller.ledger.ends}"
    assert settled.outcome, told
    assert {
        answer if isinstance(answer, str) else answer.message != "" for answer in caller.said
    } <= {
        HUNG_UP,
        True,
    }
    ends = Counter(number for _, number in caller.ledger.ends)
    assert ends == Counter(each.number for each in caller.ledger.given), told


async def test_in_any_order_every_question_is_answered_and_every_hold_ends_once(
    temporal_client: Client,
) -> None:
    world = World()
    async with scripted_workers(temporal_client, world.script()), asyncio.timeout(ALL_WITHIN_S):
        callers = [Caller(temporal_client, world, seed) for seed in SEEDS]
        settled = await asyncio.gather(*(caller.talks() for caller in callers))
    for caller, outcome in zip(callers, settled, strict=True):
        check(caller, outcome)
    ways = {end for caller in callers for end, _ in caller.ledger.ends}
    assert ways == {"released", "promised", "superseded", "dropped"}  # else it proves little


async def test_a_hold_that_nobody_lets_go_is_noticed(temporal_client: Client) -> None:
    """The control: the step that lets go does nothing."""
    world = World()
    told = world.script()
    told.answers["functions.release"] = [Done()]
    async with scripted_workers(temporal_client, told), asyncio.timeout(ALL_WITHIN_S):
        caller = Caller(temporal_client, world, seed=0)
        await caller.phone.ask("check_availability")
        await caller.hangs_up()
        settled = await caller.phone.handle().result()
    with pytest.raises(AssertionError, match="Counter"):
        check(caller, settled)


async def test_what_is_asked_while_the_read_wish_is_carried_out_books_nothing_beside_it(
    temporal_client: Client,
) -> None:
    """It was booked a second time, with somebody else: the call was over, and not yet settled."""
    told = Script(
        {
            "calls.record_events": [recorded()],
            "calls.plan": [CallPlanned(plan=book_plan())],
            "functions.take": [says("info")],
            "calendar.book": [booked()],
        }
    )
    told.gates["calendar.book"] = asyncio.Event()
    async with scripted_workers(temporal_client, told), asyncio.timeout(ALL_WITHIN_S):
        phone = Phone(temporal_client)
        first = asyncio.create_task(phone.ask("opening_hours"))
        await until(lambda: "calendar.book" in told.begun)
        late = await phone.ask("book_appointment")
        told.gates["calendar.book"].set()
        await first
        settled = await phone.handle().result()
    assert late.status == "failed"
    assert told.names().count("functions.take") == 1
    assert settled.outcome == "booked"
