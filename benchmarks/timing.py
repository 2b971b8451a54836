"""Taking time: one after the other, many at once; and what was started is stopped again."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
Started = TypeVar("Started")
Tell = Callable[[str], None]
MS_A_SECOND = 1_000.0


class BenchmarkError(Exception):
    """What was to be measured did not happen; there are no figures of it."""


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How much is measured. Each round measures everything once, so that ratios are pairs."""

    rounds: int
    engine_each: int
    engine_burst: int
    rest_each: int
    rest_burst: int
    calls_each: int
    reserves_each: int
    races_each: int
    functions_each: int


FULL = Sizes(
    rounds=5,
    engine_each=10,
    engine_burst=96,
    rest_each=20,
    rest_burst=40,
    calls_each=8,
    reserves_each=60,
    races_each=2,
    functions_each=10,
)
# Bursts are still as long as what is in flight at once.
QUICK = Sizes(
    rounds=1,
    engine_each=3,
    engine_burst=32,
    rest_each=3,
    rest_burst=8,
    calls_each=2,
    reserves_each=5,
    races_each=1,
    functions_each=2,
)


async def one_by_one(
    subjects: Iterable[T], do: Callable[[T], Awaitable[object]]
) -> tuple[float, ...]:
    """How many milliseconds each took."""
    took: list[float] = []
    for subject in subjects:
        began = time.perf_counter()
        await do(subject)
        took.append((time.perf_counter() - began) * MS_A_SECOND)
    return tuple(took)


async def in_flight(
    limit: int, subjects: Iterable[T], do: Callable[[T], Awaitable[object]]
) -> tuple[float]:
    """How many were done a second, with `limit` of them under way at any time."""
    waiting = list(subjects)
    count = len(waiting)

    async def hand() -> None:
        while waiting:
            await do(waiting.pop())

    began = time.perf_counter()
    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(limit):
                group.create_task(hand())
    except ExceptionGroup as failed:
        # The first one says what is wrong; the others were under way with it.
        raise failed.exceptions[0] from failed
    return (count / (time.perf_counter() - began),)


@asynccontextmanager
async def started(
    start: Callable[[], Started], stop: Callable[[Started], None]
) -> AsyncIterator[Started]:
    """A blocking start in a thread. Called off meanwhile, it is still waited for and stopped."""
    starting = asyncio.ensure_future(asyncio.to_thread(start))
    try:
        yield await asyncio.shield(starting)
    finally:
        await asyncio.wait({starting})
        if starting.exception() is None:
            await asyncio.to_thread(stop, starting.result())
