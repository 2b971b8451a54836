"""The pool: a connection that the server has closed is nobody's error."""

import asyncio

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from db import engine as pools
from db.engine import make_engine
from tests.builders.postgres import TestDatabase

OPEN = 3


async def opened(engine: AsyncEngine) -> None:
    """So many connections that wait in the pool."""
    lines = [await engine.connect() for _ in range(OPEN)]
    for line in lines:
        await line.execute(text("SELECT 1"))
        await line.close()


async def close_at_the_server(database: TestDatabase, application: str) -> None:
    gone = (
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        " WHERE application_name = %s AND datname = current_database()"
    )
    url = database.superuser_url.replace("+psycopg", "")
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as line:
        closed = await (await line.execute(gone, [application])).fetchall()
    assert closed == [(True,)] * OPEN


async def ask_all(engine: AsyncEngine) -> list[int]:
    async def ask() -> int:
        async with engine.connect() as line:
            return int(await line.scalar(text("SELECT 7")) or 0)

    return list(await asyncio.gather(*(ask() for _ in range(OPEN))))


async def test_what_the_server_has_closed_is_renewed_before_a_statement_fails(
    database: TestDatabase,
) -> None:
    engine = make_engine(database.app_url, pool_size=OPEN, application_name="restarted")
    await opened(engine)
    await close_at_the_server(database, "restarted")
    assert await ask_all(engine) == [7] * OPEN
    await engine.dispose()


async def test_without_the_look_at_the_socket_a_statement_fails(
    database: TestDatabase,
) -> None:
    """Control twin."""
    engine = make_engine(database.app_url, pool_size=OPEN, application_name="unguarded")
    event.remove(engine.sync_engine.pool, "checkout", pools._refuse_the_dead)
    await opened(engine)
    await close_at_the_server(database, "unguarded")
    with pytest.raises(OperationalError):
        await ask_all(engine)
    await engine.dispose()


async def test_what_the_server_has_only_remarked_is_no_end(
    database: TestDatabase, owner_engine: AsyncEngine
) -> None:
    """A notification waits on the line: there is something to read, and it goes on."""
    engine = make_engine(database.app_url, pool_size=1, application_name="told")
    async with engine.connect() as line:
        pid = await line.scalar(text("SELECT pg_backend_pid()"))
        await line.execute(text("LISTEN news"))
        await line.commit()
    async with owner_engine.connect() as line:
        await line.execute(text("NOTIFY news"))
        await line.commit()
    async with engine.connect() as line:
        assert await line.scalar(text("SELECT pg_backend_pid()")) == pid
    await engine.dispose()
