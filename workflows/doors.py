"""The ten functions of a running call, as updates with their names."""

from collections.abc import Awaitable, Callable
from typing import Any, get_args

from temporalio import workflow
from temporalio.exceptions import ApplicationError

from contracts.functions import FunctionAnswer, FunctionAsked, FunctionName

_WHAT: dict[FunctionName, str] = {
    "check_availability": "Is a time free? The slot is held",
    "find_next_slot": "The next free time, held",
    "collect_appointment_data": "What is known of the wish; held, or booked if confirmed",
    "book_appointment": "The held slot becomes the appointment",
    "calculate_duration": "How long it takes and what it costs",
    "find_appointments": "The caller's own appointments",
    "reschedule_appointment": "Move one of the caller's appointments",
    "cancel_appointment": "Cancel one of the caller's appointments",
    "request_callback": "Somebody shall call back",
    "opening_hours": "When the branch is open",
}
FUNCTIONS: tuple[FunctionName, ...] = get_args(FunctionName)


def _door(name: FunctionName) -> Any:
    async def handler(self: Any, asked: FunctionAsked) -> FunctionAnswer:
        answer: FunctionAnswer = await self._ask(asked)
        return answer

    def validator(self: Any, asked: FunctionAsked) -> None:  # noqa: ARG001 - it is a method
        """Before anything is written to the history."""
        if asked.name != name or not asked.digest:
            raise ApplicationError("not this function", type="wrong_function", non_retryable=True)

    # A first argument without annotation is the instance to the SDK; mypy wants one here.
    del handler.__annotations__["self"], validator.__annotations__["self"]
    handler.__name__ = name
    handler.__qualname__ = f"TenDoors.{name}"
    door: Any = workflow.update(name=name, description=_WHAT[name])(handler)
    door.validator(validator)
    return door


class TenDoors:
    """Whoever inherits gives `_ask`."""

    _ask: Callable[[FunctionAsked], Awaitable[FunctionAnswer]]

    check_availability = _door("check_availability")
    find_next_slot = _door("find_next_slot")
    collect_appointment_data = _door("collect_appointment_data")
    book_appointment = _door("book_appointment")
    calculate_duration = _door("calculate_duration")
    find_appointments = _door("find_appointments")
    reschedule_appointment = _door("reschedule_appointment")
    cancel_appointment = _door("cancel_appointment")
    request_callback = _door("request_callback")
    opening_hours = _door("opening_hours")
