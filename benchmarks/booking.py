"""Ours, end to end on a whole embedded stack, beside the bare engine on the same server."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import SystemRandom
from typing import Any

from rich.console import Console

from benchmarks.diary import Order, fill_diary
from benchmarks.empty_steps import STEPS
from benchmarks.engine import BareEngine, RunOne
from benchmarks.figures import Row, Section
from benchmarks.timing import BenchmarkError, Sizes, Tell, in_flight, one_by_one
from sandbox.caller.calls import new_call_id, phone_call
from sandbox.caller.desk import Desk, wait_until
from sandbox.caller.plans import Plan
from sandbox.caller.scenarios import IN_ORDER
from sandbox.caller.wire import RetellWire
from sandbox.conversations.unhurried import RATE_LIMIT, own_stack, unhurried
from stack.info import StackInfo, settings_for
from stack.up import running_stack
from verifying import verify_everything

IN_FLIGHT = 8
WARM_UP = 3
# A call's outcome is looked for so often: its figure is too long by half of this on average.
LOOK_EVERY_S = 0.02
SETTLED_WITHIN_S = 100.0
# The last mails are still on their way when the last answer is there.
VERIFIED_WITHIN_S = 90.0

BARE, BARE_BURST, REST, REST_BURST, CALLS = "bare", "bare burst", "rest", "rest burst", "calls"

NOTES = f"""\
- The stack as `askproai up` starts it: API, worker, sandbox, Temporal and PostgreSQL in processes
  of their own, which share the cores with whoever measures.
- A booking is REST, update-with-start, hold in PostgreSQL, booking at the Cal.com sandbox over
  HTTP, confirmation in PostgreSQL, answer. Mails of the one before are sent meanwhile. Cal.com's
  own time is the sandbox's here; on the internet it comes on top.
- A call is three signed webhooks without pause; its transcript is read, the wish booked as above,
  and the outcome looked for over REST every {LOOK_EVERY_S * 1_000:.0f} ms.
- The sandbox's limit of {RATE_LIMIT} requests a minute is raised, else only that would be measured.
- Afterwards `askproai verify` found nothing broken, or there would be no figures.
"""


@asynccontextmanager
async def whole_stack(folder: Path, console: Console) -> AsyncIterator[StackInfo]:
    """The stack that runs on the folder, which is left running; else a new one, stopped again."""
    running = running_stack(folder)
    if running is not None:
        yield running
        return
    async with own_stack(folder, console) as info:
        yield info


async def measure_booking(sizes: Sizes, info: StackInfo, tell: Tell) -> Section:
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(Desk(info))
        engine = await stack.enter_async_context(BareEngine.opened(info.temporal_address))
        await stack.enter_async_context(unhurried(info))
        bench = await _prepared(desk, engine.runner("local"), sizes, tell)
        for number in range(sizes.rounds):
            tell(f"booking: round {number + 1} of {sizes.rounds}")
            await bench.round(sizes)
        tell("booking: checking that all of it is true")
        await check_truth(info)
    return Section(title="Ours, end to end", notes=NOTES, rows=_rows(bench.samples))


async def _prepared(desk: Desk, bare: RunOne, sizes: Sizes, tell: Tell) -> "_Bench":
    tell("booking: looking for free starts, warming up")
    count = (sizes.rest_each + sizes.rest_burst) * sizes.rounds
    diary = await fill_diary(
        desk, orders=WARM_UP + count, calls=1 + sizes.calls_each * sizes.rounds
    )
    bench = _Bench(desk=desk, bare=bare, orders=iter(diary.orders), plans=iter(diary.plans))
    await one_by_one(range(WARM_UP), bare)
    await one_by_one(_next(bench.orders, WARM_UP), bench.book)
    await bench.ring(next(bench.plans))
    return bench


def _next(source: Iterator[Any], count: int) -> list[Any]:
    return [next(source) for _ in range(count)]


@dataclass(kw_only=True)
class _Bench:
    desk: Desk
    bare: RunOne
    orders: Iterator[Order]
    plans: Iterator[Plan]
    samples: dict[str, list[tuple[float, ...]]] = field(default_factory=dict)

    async def round(self, sizes: Sizes) -> None:
        single, burst = sizes.rest_each, sizes.rest_burst
        self._keep(BARE, await one_by_one(range(single), self.bare))
        self._keep(REST, await one_by_one(_next(self.orders, single), self.book))
        self._keep(BARE_BURST, await in_flight(IN_FLIGHT, range(burst), self.bare))
        self._keep(REST_BURST, await in_flight(IN_FLIGHT, _next(self.orders, burst), self.book))
        self._keep(CALLS, await one_by_one(_next(self.plans, sizes.calls_each), self.ring))

    def _keep(self, name: str, samples: tuple[float, ...]) -> None:
        self.samples.setdefault(name, []).append(samples)

    async def book(self, order: Order) -> None:
        """Booked, in the answer itself: a hold that Cal.com has not confirmed does not count."""
        made = await self.desk.book(order.company, order.body)
        if made["status"] != "booked":
            raise BenchmarkError(f"a booking was answered with {made['status']!r}: {made['id']}")

    async def ring(self, plan: Plan) -> None:
        """From sending the first event to reading the settled outcome over REST."""
        call_id, info = new_call_id(SystemRandom()), self.desk.stack
        call = phone_call(call_id, plan.line, plan.script, started_at=plan.started_at)
        wire = RetellWire(self.desk.http, info.api_url, info.retell_api_key)
        for name in IN_ORDER:
            await wire.report(call.events[name])
        seen = await _settled(lambda: self.desk.call(plan.scenario.company, call_id))
        if seen["outcome"] != "booked":
            raise BenchmarkError(f"{call_id} was settled as {seen['outcome']!r}")


async def _settled(look: Callable[[], Awaitable[dict[str, Any] | None]]) -> dict[str, Any]:
    until = time.monotonic() + SETTLED_WITHIN_S
    while time.monotonic() < until:
        seen = await look()
        if seen is not None and seen["state"] == "settled":
            return seen
        await asyncio.sleep(LOOK_EVERY_S)
    raise BenchmarkError(f"a call was not settled within {SETTLED_WITHIN_S:.0f} s")


async def check_truth(info: StackInfo) -> None:
    """What was measured must also be right, or it was not worth measuring."""
    settings = settings_for(info.data_dir)
    found: list[str] = []

    async def holds() -> bool | None:
        found[:] = await verify_everything(settings)
        return None if found else True

    if await wait_until(holds, within_s=VERIFIED_WITHIN_S) is None:
        raise BenchmarkError("after it, `askproai verify` finds:\n" + "\n".join(found))


def _rows(samples: dict[str, list[tuple[float, ...]]]) -> list[Row]:
    bare = Row(
        key="b1",
        what=f"bare engine on this server: {STEPS} empty local steps, one after the other",
        unit="ms",
        rounds=samples[BARE],
    )
    rest = Row(
        key="b2",
        what="POST /api/v1/appointments to `booked`, one after the other",
        unit="ms",
        rounds=samples[REST],
        against=bare,
    )
    bare_burst = Row(
        key="b3",
        what=f"bare engine on this server: {STEPS} empty local steps, {IN_FLIGHT} in flight",
        unit="/s",
        rounds=samples[BARE_BURST],
    )
    rest_burst = Row(
        key="b4",
        what=f"POST /api/v1/appointments to `booked`, {IN_FLIGHT} in flight",
        unit="/s",
        rounds=samples[REST_BURST],
        against=bare_burst,
    )
    call = Row(
        key="b5",
        what="signed call, call_started to settled `booked`, one after the other",
        unit="ms",
        rounds=samples[CALLS],
        against=rest,
    )
    return [bare, rest, bare_burst, rest_burst, call]
