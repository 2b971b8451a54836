"""Keeps the started processes alive: one that ends by itself is started again, within bounds."""

import asyncio
import time
from collections import deque
from collections.abc import Callable

from stack.errors import StackError, log_tail
from stack.processes import Child, ProcessRecord
from stack.progress import Progress, SilentProgress

WATCH_EVERY_S = 0.3
RESTARTS_MAX = 5
RESTARTS_WITHIN_S = 60.0
READY_TIMEOUT_S = 60.0


class Supervisor:
    """Starts, records, watches and stops children; `changed` is called when a process id did."""

    def __init__(self, record: ProcessRecord, changed: Callable[[], None]) -> None:
        self._record = record
        self._progress: Progress = SilentProgress()
        self._changed = changed
        self._interrupted = False
        self._children: dict[str, Child] = {}
        self._restarts: dict[str, deque[float]] = {}
        self._watching: list[asyncio.Task[None]] = []

    @property
    def pids(self) -> dict[str, int]:
        return {name: child.pid for name, child in self._children.items()}

    def start(self, child: Child, ready_timeout_s: float = READY_TIMEOUT_S) -> None:
        """Blocks until the child is ready; StackError with its log's end if it does not get so."""
        self._spawn(child)
        child.wait_ready(ready_timeout_s)

    def interrupt(self) -> None:
        """Nothing is started any more; who waits for a child to get ready sees it end."""
        self._interrupted = True
        for child in list(self._children.values()):
            child.terminate()

    def _spawn(self, child: Child) -> None:
        if self._interrupted:
            raise StackError(f"{child.name} is not started: the start was called off.")
        child.before_start()
        child.start()
        self._children[child.name] = child
        if child.identity is not None:
            self._record.add(child.name, child.identity)

    def tell(self, progress: Progress) -> None:
        self._progress = progress

    def watch(self) -> None:
        """From now on a child that ends is started again."""
        self._watching = [
            asyncio.create_task(self._watch(child)) for child in self._children.values()
        ]

    async def _watch(self, child: Child) -> None:
        goes_on = True
        while goes_on:
            await asyncio.sleep(WATCH_EVERY_S)
            code = child.exit_code()
            if code is not None:
                goes_on = await self._revive(child, code)

    async def _revive(self, child: Child, code: int) -> bool:
        times = self._restarts.setdefault(child.name, deque(maxlen=RESTARTS_MAX))
        now = time.monotonic()
        if len(times) == RESTARTS_MAX and now - times[0] < RESTARTS_WITHIN_S:
            self._progress.note(
                f"{child.name} ended with {code}, {RESTARTS_MAX} times within a minute:"
                f" it is left so. The end of {child.log_path}:\n{log_tail(child.log_path)}"
            )
            return False
        times.append(now)
        self._progress.note(f"{child.name} ended with {code}; it is started again")
        try:
            await asyncio.to_thread(self._spawn, child)
            self._changed()
            await asyncio.to_thread(child.wait_ready, READY_TIMEOUT_S)
        except StackError as error:
            self._progress.note(str(error))
            return True  # if it is dead, it is counted and tried again
        self._progress.note(f"{child.name} runs again, process {child.pid}")
        return True

    async def stop(self, *waves: tuple[str, ...]) -> None:
        """Stops the children wave after wave, those of a wave together, the unnamed at the end."""
        for watching in self._watching:
            watching.cancel()
        await asyncio.gather(*self._watching, return_exceptions=True)
        named = {name for wave in waves for name in wave}
        rest = tuple(name for name in self._children if name not in named)
        for wave in (*waves, rest):
            await asyncio.gather(*(asyncio.to_thread(self._stop, name) for name in wave))

    def _stop(self, name: str) -> None:
        child = self._children.get(name)
        if child is not None:
            child.stop()
            self._record.remove(name)
