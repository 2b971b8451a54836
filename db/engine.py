"""The pool to PostgreSQL. One engine a process, made by `wiring`."""

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

STATEMENT_TIMEOUT_MS = 10_000  # queries take milliseconds; a stuck one must not hold rows
IDLE_IN_TRANSACTION_MS = 30_000  # a process that hangs inside a transaction lets its locks go
POOL_WAIT_S = 5  # a full pool is an answer, not a queue without end


def make_engine(url: str, *, pool_size: int = 10, application_name: str) -> AsyncEngine:
    """An engine with bounded pool and bounded statements.

    `application_name` shows in `pg_stat_activity`, so that an operator sees who holds what.
    """
    options = (
        f"-c statement_timeout={STATEMENT_TIMEOUT_MS}"
        f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_MS} -c TimeZone=UTC"
    )
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_WAIT_S,
        pool_pre_ping=True,
        pool_recycle=1_800,
        connect_args={
            "application_name": application_name,
            "options": options,
            "connect_timeout": 5,
        },
    )
