"""A request to a calendar: timed, counted, logged without personal data, its failures retryable."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from time import perf_counter
from uuid import UUID

from prometheus_client import Counter, Histogram
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from contracts.availability import BreakerState
from db.queries import api_logs
from db.session import tenant_session
from integrations.calcom.breaker import CalcomDown
from integrations.calcom.errors import CalcomError, CalcomRateLimited, CalcomRejected
from integrations.calcom.outcomes import CancelOutcome, CreateOutcome, MoveOutcome, Refused
from integrations.caldav.outcomes import CaldavError, CaldavRejected
from observability.metrics import (
    CALCOM_BREAKER,
    CALCOM_REQUESTS,
    CALCOM_REQUESTS_LEFT,
    CALCOM_SECONDS,
    CALDAV_BREAKER,
)

# By this key in its metadata a booking is recognised as ours, whatever else has changed.
OUR_KEY = "askproai_appointment_id"
CALL_KEY = "askproai_call_id"
_READS = frozenset({"list_bookings", "get_booking", "slots", "sync", "free", "find"})
# All who wait for a connection are told the same moment: they come within so much more of it.
_SPREAD = 0.25


class Tell:
    """What became of a request, told by who asked, for log and metrics."""

    def __init__(self) -> None:
        self.answer = "failed"
        self.cause: str | None = None
        self.status: int | None = None
        self.request_id: str | None = None

    def __call__(self, answer: str) -> None:
        self.answer = answer

    def outcome(self, outcome: CreateOutcome | MoveOutcome | CancelOutcome) -> None:
        self.answer = outcome.kind
        if isinstance(outcome, Refused):
            self.cause, self.status = outcome.cause, outcome.status

    def failed(self, error: CalcomError | CaldavError) -> None:
        self.answer = type(error).__name__
        match error:
            case CalcomRejected(problem=problem):
                self.cause, self.status = problem.cause, problem.status
            case CaldavRejected():
                self.cause, self.status = error.cause, error.status
        if isinstance(error, CalcomError):
            self.request_id = error.request_id


class Asking:
    """`requests` and `seconds`: of the vendor that is asked."""

    def __init__(
        self,
        engine: AsyncEngine,
        requests: Counter = CALCOM_REQUESTS,
        seconds: Histogram = CALCOM_SECONDS,
    ) -> None:
        self._engine = engine
        self._requests = requests
        self._seconds = seconds

    @asynccontextmanager
    async def logged(
        self,
        company_id: UUID,
        connection_id: UUID,
        operation: str,
        about: tuple[UUID | None, str | None] = (None, None),
    ) -> AsyncIterator[Tell]:
        """Times, counts and writes down; what is raised goes on. `about`: appointment and call."""
        began, tell = perf_counter(), Tell()
        try:
            yield tell
        except (CalcomError, CaldavError) as error:
            tell.failed(error)
            raise
        finally:
            elapsed_s = perf_counter() - began
            self._requests.labels(operation=operation, answer=tell.answer).inc()
            self._seconds.labels(operation=operation).observe(elapsed_s)
            async with tenant_session(self._engine, company_id) as session:
                await api_logs.write_api_log(
                    session,
                    connection_id=connection_id,
                    operation=operation,
                    method="GET" if operation in _READS else "POST",
                    duration_ms=round(elapsed_s * 1000),
                    status=tell.status,
                    request_id=tell.request_id,
                    error_class=f"{tell.answer}: {tell.cause}" if tell.cause else tell.answer,
                    appointment_id=about[0],
                    retell_call_id=about[1],
                )


def retryable(error: CalcomError) -> ApplicationError:
    """Where it is known when to come again, the engine waits so long and a little longer.

    A read that was refused or not understood needs a person to set the connection right; until
    then asking once a minute does no harm.
    """
    wait_s = error.retry_after_s if isinstance(error, CalcomRateLimited | CalcomDown) else None
    return come_again(str(error), type(error).__name__, wait_s)


def come_again(message: str, kind: str, retry_after_s: float | None) -> ApplicationError:
    """`kind`: under which the engine shows it."""
    if retry_after_s is None:
        return ApplicationError(message, type=kind)
    wait_s = retry_after_s * (1 + random.random() * _SPREAD)
    return ApplicationError(message, type=kind, next_retry_delay=timedelta(seconds=wait_s))


class ConnectionGauges:
    """Shows the state of connections on the worker's page; `Gates` tells it each change."""

    def breaker(self, connection_id: UUID, state: BreakerState) -> None:
        CALCOM_BREAKER.labels(connection=str(connection_id)).set(_BREAKER_LEVELS[state])

    def caldav_breaker(self, connection_id: UUID, state: BreakerState) -> None:
        CALDAV_BREAKER.labels(connection=str(connection_id)).set(_BREAKER_LEVELS[state])

    def left(self, connection_id: UUID, requests: int) -> None:
        CALCOM_REQUESTS_LEFT.labels(connection=str(connection_id)).set(requests)


_BREAKER_LEVELS: dict[BreakerState, int] = {"closed": 0, "half_open": 1, "open": 2}
