"""One request to Cal.com: timed, counted, logged without personal data, its failures retryable."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from time import perf_counter
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from db.queries import api_logs
from db.queries.bookings import BookingOrder
from db.session import tenant_session
from integrations.calcom.client import CalcomClient
from integrations.calcom.errors import CalcomError, CalcomRateLimited
from observability.metrics import CALCOM_REQUESTS, CALCOM_SECONDS

# By this key in its metadata a booking is recognised as ours, whatever else has changed.
OUR_KEY = "askproai_appointment_id"
CALL_KEY = "askproai_call_id"
_READS = frozenset({"list_bookings", "get_booking", "slots"})


@dataclass(frozen=True, kw_only=True)
class Ask:
    """Whose request it is, about what, and with which client."""

    company_id: UUID
    appointment_id: UUID
    order: BookingOrder
    client: CalcomClient
    attendee_email: str


class Tell:
    """What became of a request, told by who asked, for log and metrics."""

    def __init__(self) -> None:
        self.answer = "failed"

    def __call__(self, answer: str) -> None:
        self.answer = answer


class Asking:
    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def request(self, ask: Ask, operation: str) -> AsyncIterator[Tell]:
        """What Cal.com could not answer becomes an error that the engine retries."""
        began, tell, request_id = perf_counter(), Tell(), None
        try:
            yield tell
        except CalcomError as error:
            tell(type(error).__name__)
            request_id = error.request_id
            raise _retryable(error) from error
        finally:
            await self._log(ask, operation, tell.answer, perf_counter() - began, request_id)

    async def _log(
        self, ask: Ask, operation: str, answer: str, elapsed_s: float, request_id: str | None
    ) -> None:
        CALCOM_REQUESTS.labels(operation=operation, answer=answer).inc()
        CALCOM_SECONDS.labels(operation=operation).observe(elapsed_s)
        async with tenant_session(self._engine, ask.company_id) as session:
            await api_logs.write_api_log(
                session,
                connection_id=ask.order.connection_id,
                operation=operation,
                method="GET" if operation in _READS else "POST",
                duration_ms=round(elapsed_s * 1000),
                request_id=request_id,
                error_class=answer,
                appointment_id=ask.appointment_id,
                retell_call_id=ask.order.retell_call_id,
            )


def _retryable(error: CalcomError) -> ApplicationError:
    """A read that was refused or not understood needs a person to set the connection right; until
    then asking once a minute does no harm.
    """
    kind = type(error).__name__
    if isinstance(error, CalcomRateLimited):
        delay = timedelta(seconds=error.retry_after_s)
        return ApplicationError(str(error), type=kind, next_retry_delay=delay)
    return ApplicationError(str(error), type=kind)
