"""What the resources of the client share: asking, reading answers, saying what is new in them."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from pydantic import TypeAdapter, ValidationError

from integrations.calcom import unknown
from integrations.calcom.errors import CalcomAnswerNotUnderstood, CalcomRejected, Problem
from integrations.calcom.outcomes import Refused, Unclear
from integrations.calcom.query import MAX_TAKE
from integrations.calcom.requests import ToCalcom
from integrations.calcom.transport import Answer, Call, Intent, Transport

NOT_FOUND = 404
REDIRECTS = range(300, 400)
# Of answers that are only `{"status": "success"}`.
NO_DATA: TypeAdapter[None] = TypeAdapter(None)
T = TypeVar("T")
O = TypeVar("O")  # noqa: E741 (an outcome)


class Wire:
    """Base of the resources: one transport, and the patience of whoever is waiting."""

    _transport: Transport
    _intent: Intent

    async def _read(self, call: Call, shape: type[T] | TypeAdapter[T]) -> T:
        """`data` of the answer; raises `CalcomError` where there is none to work with."""
        answer = await self._ask(call)
        return understood(call, answer, lambda: _adapter(shape).validate_python(data_of(answer)))

    async def _find(self, call: Call, shape: type[T] | TypeAdapter[T]) -> T | None:
        """As `_read`; None where Cal.com says that there is no such thing."""
        try:
            return await self._read(call, shape)
        except CalcomRejected as rejected:
            if rejected.problem.status == NOT_FOUND and "not found" in rejected.problem.message:
                return None
            raise

    async def _read_all(
        self,
        operation: str,
        path: str,
        version: str | None,
        *,
        page: TypeAdapter[tuple[T, ...]],
        most: int,
    ) -> tuple[T, ...]:
        """All pages of a list that takes `take` and `skip`, at most `most` rows.

        A server that knows neither sends the same page for ever: what is there already ends it.
        """
        found: list[T] = []
        while len(found) < most:
            params = (("take", str(MAX_TAKE)), ("skip", str(len(found))))
            rows = await self._read(get(operation, path, version, params), page)
            new = [row for row in rows if row not in found]
            found += new
            if len(rows) < MAX_TAKE or not new:
                break
        return tuple(found)

    async def _ask(self, call: Call) -> Answer:
        try:
            return await self._transport.read(call, self._intent)
        except CalcomRejected as rejected:
            unknown.report(call.operation, rejected.problem)
            raise

    async def _do(
        self,
        call: Call,
        shape: type[T] | TypeAdapter[T],
        done: Callable[[T, str | None], O],
    ) -> O | Refused | Unclear:
        """What `done` makes of `data` and the request's id, or why there is none.

        Raises `CalcomUnavailable` (nothing sent) and `CalcomRateLimited` only. A success whose
        body we cannot read was probably done: that is unclear, not an error.
        """
        answer = await self._transport.write(call, self._intent)
        if isinstance(answer, Refused | Unclear):
            _report(call, answer)
            return answer
        try:
            found = _adapter(shape).validate_python(_payload(answer, shape))
        except (ValidationError, KeyError, TypeError) as error:
            return Unclear(
                message=f"the answer has another shape: {_what(error)}",
                status=answer.status,
                request_id=answer.request_id,
            )
        return done(found, answer.request_id)


def post(operation: str, path: str, version: str | None, body: ToCalcom | None = None) -> Call:
    return _sending("POST", operation, path, version, body)


def patch(operation: str, path: str, version: str | None, body: ToCalcom) -> Call:
    return _sending("PATCH", operation, path, version, body)


def delete(operation: str, path: str, version: str | None) -> Call:
    return _sending("DELETE", operation, path, version, None)


def get(
    operation: str,
    path: str,
    version: str | None,
    params: tuple[tuple[str, str], ...] = (),
) -> Call:
    return Call(operation=operation, method="GET", path=path, version=version, params=params)


def _sending(
    method: str, operation: str, path: str, version: str | None, body: ToCalcom | None
) -> Call:
    sent: Mapping[str, Any] | None = body.as_json() if body is not None else None
    return Call(operation=operation, method=method, path=path, version=version, body=sent)


def segment(name: str | int) -> str:
    """A name as one step of a path, whatever is in it."""
    return quote(str(name), safe="")


def data_of(answer: Answer) -> Any:
    return answer.body["data"]


def _payload(answer: Answer, shape: Any) -> Any:
    """Without data it is the status that has to be there, or the answer is none of Cal.com's."""
    if shape is not NO_DATA:
        return data_of(answer)
    return None if answer.body["status"] == "success" else answer.body


def understood(call: Call, answer: Answer, read: Callable[[], T]) -> T:
    """What `read` makes of the answer; a shape that we do not know is said to be that."""
    try:
        return read()
    except (ValidationError, KeyError, TypeError) as error:
        raise CalcomAnswerNotUnderstood(
            f"the answer has another shape: {_what(error)}",
            operation=call.operation,
            request_id=answer.request_id,
        ) from None


def _adapter(shape: type[T] | TypeAdapter[T]) -> TypeAdapter[T]:
    return shape if isinstance(shape, TypeAdapter) else _of_model(shape)


def _of_model(model: type[T]) -> TypeAdapter[T]:
    kept = _ADAPTERS.get(model)
    if kept is None:
        kept = _ADAPTERS[model] = TypeAdapter(model)
    return kept


_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def _report(call: Call, answer: Refused | Unclear) -> None:
    """A refusal that is new, or an answer that sends us elsewhere, which the API never does."""
    status = answer.status or 0
    is_new = not answer.known if isinstance(answer, Refused) else status in REDIRECTS
    if is_new:
        problem = Problem(
            status=status,
            cause=answer.cause if isinstance(answer, Refused) else "unclear",
            message=answer.message,
            known=False,
            request_id=answer.request_id,
        )
        unknown.report(call.operation, problem)


def _what(error: Exception) -> str:
    """Places of the mistakes, without the values: those are people's data."""
    if not isinstance(error, ValidationError):
        return type(error).__name__
    places = (".".join(str(step) for step in one["loc"]) for one in error.errors())
    return ", ".join(places)
