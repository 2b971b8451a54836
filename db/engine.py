"""The pool to PostgreSQL. One engine a process, made by `wiring`."""

import select
from typing import Any

import psycopg
from sqlalchemy import event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

STATEMENT_TIMEOUT_MS = 10_000  # queries take milliseconds; a stuck one must not hold rows
IDLE_IN_TRANSACTION_MS = 30_000  # a process that hangs inside a transaction lets its locks go
POOL_WAIT_S = 5  # a full pool is an answer, not a queue without end
# A farewell may come in pieces: what the server says, then the end of the stream.
READS_MOST = 3


def make_engine(url: str, *, pool_size: int = 10, application_name: str) -> AsyncEngine:
    """An engine with bounded pool and bounded statements.

    `application_name` shows in `pg_stat_activity`, so that an operator sees who holds what.
    """
    options = (
        f"-c statement_timeout={STATEMENT_TIMEOUT_MS}"
        f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MS} -c TimeZone=UTC"
    )
    engine = create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_S,
        pool_recycle=1_800,
        connect_args={
            "application_name": application_name,
            "options": options,
            "connect_timeout": 5,
            # Nobody waits for hours on a line that was cut without a word.
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
        },
    )
    event.listen(engine.sync_engine.pool, "checkout", _refuse_the_dead)
    return engine


def _refuse_the_dead(dbapi_connection: Any, _record: object, _proxy: object) -> None:
    """After a restart of the server the pool is renewed before anybody's statement fails.

    Costs no round trip, as `pool_pre_ping` does: where the server is gone, the socket says so.
    """
    line = dbapi_connection.driver_connection.pgconn
    try:
        for _ in range(READS_MOST):
            if not _has_something_to_read(line.socket):
                return
            line.consume_input()
    except psycopg.OperationalError as error:
        raise InvalidatePoolError("the server has closed the connection") from error


def _has_something_to_read(descriptor: int) -> bool:
    poll = select.poll()
    poll.register(descriptor, select.POLLIN | select.POLLHUP | select.POLLERR)
    return bool(poll.poll(0))
