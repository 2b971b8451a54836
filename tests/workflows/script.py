"""What each step answers next, and what was asked of it."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Answer = Any  # a message, an exception, or a function from the request to either


@dataclass
class Script:
    """What each step answers next, by its name; the last answer of a list is repeated."""

    answers: dict[str, list[Answer]] = field(default_factory=dict)
    taken: list[tuple[str, Any]] = field(default_factory=list)
    looked: list[Any] = field(default_factory=list)
    # A step that has one of these has begun, and ends when it is set.
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)

    async def take_in_time(self, name: str, request: Any, otherwise: Answer) -> Any:
        self.begun.append(name)
        if name in self.gates:
            await self.gates[name].wait()
        return self.take(name, request, otherwise)

    def take(self, name: str, request: Any, otherwise: Answer) -> Any:
        self.taken.append((name, request))
        queue = self.answers.get(name, [otherwise])
        answer = queue.pop(0) if len(queue) > 1 else queue[0]
        if callable(answer):
            answer = answer(request)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def names(self) -> list[str]:
        return [name for name, _ in self.taken]

    def requests(self, name: str) -> list[Any]:
        return [request for taken, request in self.taken if taken == name]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - the steps run in workers; there is no event
            await asyncio.sleep(0.02)
