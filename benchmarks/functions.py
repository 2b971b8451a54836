"""Functions of a running call, at the door, with Cal.com quick, slow and down."""

import json
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import SystemRandom
from typing import Any

from benchmarks.booking import check_truth
from benchmarks.diary import FICTIONAL, FICTIONAL_COUNT, Order, fill_diary
from benchmarks.engine import BareEngine
from benchmarks.figures import Row, Section
from benchmarks.timing import BenchmarkError, Sizes, Tell, one_by_one
from sandbox.caller.calls import Line, new_call_id, phone_call
from sandbox.caller.desk import Desk
from sandbox.caller.scripts import Script
from sandbox.caller.wire import SIGNATURE_HEADER, RetellWire, signature
from sandbox.companies import demo_company
from sandbox.conversations.unhurried import unhurried
from stack.info import StackInfo

Json = dict[str, Any]
PATH = "/api/mcp/retell/custom-function"
SLOW_S = 0.3
OVER_WITHIN_S = 20.0
# Cal.com is asked again with growing pauses after it was down.
CAUGHT_UP_WITHIN_S = 180.0
AN_HOUR = timedelta(hours=1)
# The first opens the call. The rest in an order in which a caller could ask for them;
# `book_appointment` takes what was held before.
OPENS = "opening_hours"
FUNCTIONS = (
    OPENS,
    "calculate_duration",
    "check_availability",
    "book_appointment",
    "find_appointments",
    "find_next_slot",
)
CALENDARS: Mapping[str, Json | None] = {
    "Cal.com at 0 ms": None,
    f"Cal.com at {SLOW_S * 1_000:.0f} ms": {"operation": "*", "fault": "delay", "delay_s": SLOW_S},
    "Cal.com down": {"operation": "*", "fault": "status", "status": 503},
}
NEW, RUNNING = "bare, new", "bare, running"
COLD = "check_availability of a day that is not kept"

NOTES = f"""\
- Signed requests to the door that Retell uses, one after the other, on the stack as `askproai up`
  starts it. Each sample is a call of its own with a day and a time of its own, and begins when the
  one before is settled; what is only reserved while Cal.com is down is booked after those samples,
  and before the next begin. `{OPENS}` is the
  first that is heard of the call (its `call_started` is late), so it starts the workflow, finds
  company and branch and opens the row; it stands beside d1, the others beside d2. Measured until
  the whole answer is there.
- Beside it, in the same rounds and on the same server, the bare engine: an update with start of a
  workflow that is not there yet, and an update of one that is running; each takes one empty local
  step. Ours stores the question, reads the words, takes the slot and says it in that time.
- Cal.com at {SLOW_S * 1_000:.0f} ms and down: its stand-in delays, or answers every request with
  503. `book_appointment` says `booked` when Cal.com has confirmed within 1.2 s, else `reserved`;
  `check_availability` is from what is kept: another caller has asked for the same day before, which
  is the row of its own. With Cal.com down nothing is kept, and our own data says what is free.
- Afterwards `askproai verify` found nothing broken, or there would be no figures.
"""


async def measure_functions(sizes: Sizes, info: StackInfo, tell: Tell) -> Section:
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(Desk(info))
        engine = await stack.enter_async_context(BareEngine.opened(info.temporal_address))
        await stack.enter_async_context(unhurried(info))
        tell("functions: looking for free starts")
        count = sizes.functions_each * sizes.rounds * len(CALENDARS) + 1
        diary = await fill_diary(desk, orders=count, calls=1)
        bench = _Bench(desk=desk, engine=engine, orders=iter(diary.orders))
        await bench.one_call(next(bench.orders), {})
        for number in range(sizes.rounds):
            tell(f"functions: round {number + 1} of {sizes.rounds}")
            await bench.round(sizes)
        tell("functions: checking that all of it is true")
        await check_truth(info)
    return Section(title="While the caller is on the line", notes=NOTES, rows=_rows(bench.samples))


@dataclass(kw_only=True)
class _Bench:
    desk: Desk
    engine: BareEngine
    orders: Iterator[Order]
    samples: dict[str, list[tuple[float, ...]]] = field(default_factory=dict)
    reserved: list[tuple[Order, Json]] = field(default_factory=list)

    async def round(self, sizes: Sizes) -> None:
        runs = range(sizes.functions_each)
        self._keep(NEW, await one_by_one(runs, self.engine.update_with_start))
        self._keep(RUNNING, await self.engine.updates_of_one(sizes.functions_each))
        for calendar, fault in CALENDARS.items():
            took: dict[str, list[float]] = {name: [] for name in (*FUNCTIONS, COLD)}
            async with self._with(fault):
                for _ in runs:
                    order = next(self.orders)
                    await self.first_of_the_day(order, took)
                    await self.one_call(order, took)
            await self._catch_up()
            for name, samples in took.items():
                self._keep(f"{name}, {calendar}", tuple(samples))

    def _keep(self, name: str, samples: tuple[float, ...]) -> None:
        self.samples.setdefault(name, []).append(samples)

    @asynccontextmanager
    async def _with(self, fault: Json | None) -> AsyncIterator[None]:
        if fault is None:
            yield
            return
        url = f"{self.desk.stack.calcom_url}/sandbox/faults"
        answer = await self.desk.http.post(url, json={**fault, "times": None})
        answer.raise_for_status()
        try:
            yield
        finally:
            (await self.desk.http.delete(url)).raise_for_status()

    async def first_of_the_day(self, order: Order, took: dict[str, list[float]]) -> None:
        """Of another caller, who wants another time and hangs up."""
        call = await self._call(order)
        await self._ask(OPENS, {}, call)
        arguments = _arguments("check_availability", order, {}, later=AN_HOUR)
        began = time.perf_counter()
        answer = await self._ask("check_availability", arguments, call)
        took[COLD].append((time.perf_counter() - began) * 1_000.0)
        _is_good(COLD, answer)
        await self._hang_up(call)
        await self._is_over(order, call)

    async def one_call(self, order: Order, took: dict[str, list[float]]) -> None:
        call = await self._call(order)
        held: Json = {}
        booked = False
        for name in FUNCTIONS:
            arguments = _arguments(name, order, held)
            began = time.perf_counter()
            answer = await self._ask(name, arguments, call)
            if name in took:
                took[name].append((time.perf_counter() - began) * 1_000.0)
            if name == "check_availability":
                held = answer
            booked = booked or answer["status"] == "booked"
            _is_good(name, answer)
        await self._hang_up(call)
        if booked:
            await self._is_over(order, call)
        else:  # open for as long as Cal.com is down
            self.reserved.append((order, call))

    async def _catch_up(self) -> None:
        """What was reserved while Cal.com was down is not booked during the next samples."""
        for order, call in self.reserved:
            await self._is_over(order, call, within_s=CAUGHT_UP_WITHIN_S)
        self.reserved.clear()

    async def _call(self, order: Order) -> Json:
        company = demo_company(order.company)
        branch = next(b for b in company.branches if b.name == order.body["branch"])
        line = Line(
            caller=FICTIONAL.format(SystemRandom().randrange(FICTIONAL_COUNT)),
            dialled=branch.phone_numbers[0],
            agent_id=branch.agents[0],
            agent_name=company.name,
        )
        script = Script(language="de", summary="", turns=["A: Guten Tag."], analysis=None)
        talk = phone_call(new_call_id(SystemRandom()), line, script, started_at=datetime.now(UTC))
        return {"started": talk.events["call_started"]["call"], "events": talk.events}

    async def _hang_up(self, call: Json) -> None:
        for name in ("call_started", "call_ended", "call_analyzed"):
            await self._wire().report(call["events"][name])

    async def _is_over(self, order: Order, call: Json, *, within_s: float = OVER_WITHIN_S) -> None:
        """What comes after a call is not measured in the next one's."""
        call_id = call["started"]["call_id"]
        if await self.desk.settled(order.company, call_id, within_s=within_s) is None:
            raise BenchmarkError("a call that was hung up is not over")

    def _wire(self) -> RetellWire:
        stack = self.desk.stack
        return RetellWire(self.desk.http, stack.api_url, stack.retell_api_key)

    async def _ask(self, name: str, arguments: Json, call: Json) -> Json:
        stack = self.desk.stack
        question = {"name": name, "args": arguments, "call": call["started"]}
        body = json.dumps(question, ensure_ascii=False).encode()
        at_ms = time.time_ns() // 1_000_000
        answer = await self.desk.http.post(
            f"{stack.api_url}{PATH}",
            content=body,
            headers={SIGNATURE_HEADER: signature(body, stack.retell_api_key, at_ms=at_ms)},
        )
        answer.raise_for_status()
        told: Json = answer.json()
        return told


def _arguments(name: str, order: Order, held: Json, *, later: timedelta = timedelta()) -> Json:
    start = datetime.fromisoformat(order.body["start_at"]) + later
    service = {"service": order.body["service"]}
    match name:
        case "check_availability":
            when = {"date": f"{start:%Y-%m-%d}", "time": f"{start:%H:%M}"}
            return {**service, **when, "branch": order.body["branch"]}
        case "book_appointment":
            name_said = order.body["customer"]["name"]
            return {"hold_id": held.get("hold_id"), "customer_name": name_said, "additional": True}
        case "find_next_slot" | "calculate_duration":
            return service
        case _:
            return {}


def _is_good(name: str, answer: Json) -> None:
    good = {"check_availability": {"held"}, "book_appointment": {"booked", "reserved"}}
    if answer["status"] == "failed" or answer["status"] not in good.get(name, {answer["status"]}):
        raise BenchmarkError(f"{name} was answered with {answer['status']!r}: {answer['message']}")


def _rows(samples: dict[str, list[tuple[float, ...]]]) -> list[Row]:
    new = Row(
        key="d1",
        what="bare engine: update with start of a new workflow, one empty local step",
        unit="ms",
        rounds=samples[NEW],
    )
    running = Row(
        key="d2",
        what="bare engine: update of a running workflow, one empty local step",
        unit="ms",
        rounds=samples[RUNNING],
    )
    names = [name for name in samples if name not in (NEW, RUNNING)]
    ours = [
        Row(
            key=f"d{key}",
            what=name,
            unit="ms",
            rounds=samples[name],
            against=new if name.startswith(OPENS) else running,
        )
        for key, name in enumerate(names, start=3)
    ]
    return [new, running, *ours]
