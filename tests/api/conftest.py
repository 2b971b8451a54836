"""The API as it runs: uvicorn on a port, PostgreSQL, a Temporal server."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from cryptography.fernet import Fernet
from fastapi import FastAPI
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from typing_extensions import override

from api.deps import ApiRuntime
from api.main import create_app
from db.engine import make_engine
from db.types import configure_encryption
from domain import ids
from settings import Settings
from stack.temporal_server import TemporalServer
from tests.api.call_double import CallScript, scripted_calls
from tests.builders.postgres import PostgresForTests, TestDatabase, postgres_for_tests
from tests.builders.retell import KEY
from tests.builders.rows import Salon, make_salon
from wiring import make_api_runtime

FERNET_KEY = Fernet.generate_key().decode()
SMALL_LIMIT = 200_000


class _Uvicorn(uvicorn.Server):
    """Leaves Ctrl-C to pytest."""

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """Yields the address of `app`, served on a free port."""
    server = _Uvicorn(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False)
    )
    task = asyncio.create_task(server.serve())
    while not server.started:
        if task.done():
            task.result()
        await asyncio.sleep(0)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@pytest.fixture(scope="session")
def api_postgres() -> Iterator[PostgresForTests]:
    with postgres_for_tests() as started:
        yield started


@pytest.fixture(scope="module")
def database(api_postgres: PostgresForTests) -> Iterator[TestDatabase]:
    configure_encryption([FERNET_KEY])
    with api_postgres.database() as made:
        yield made


@pytest.fixture(scope="module")
async def engine(database: TestDatabase) -> AsyncIterator[AsyncEngine]:
    made = make_engine(database.app_url, pool_size=10, application_name="test-api")
    yield made
    await made.dispose()


@pytest.fixture(scope="module")
async def owner_engine(database: TestDatabase) -> AsyncIterator[AsyncEngine]:
    """Sees what the application cannot: every row."""
    made = make_engine(database.superuser_url, pool_size=5, application_name="test-owner")
    yield made
    await made.dispose()


@pytest.fixture(scope="module")
def settings(database: TestDatabase, temporal_server: TemporalServer) -> Settings:
    return make_settings(
        database_url=SecretStr(database.app_url), temporal_address=temporal_server.address
    )


def make_settings(**given: Any) -> Settings:
    values: dict[str, Any] = {
        "retell_api_keys": [SecretStr("key_of_last_month"), SecretStr(KEY)],
        "encryption_keys": [SecretStr(FERNET_KEY)],
        "max_body_bytes": SMALL_LIMIT,
        "analysis_wait_s": 7,
    }
    return Settings(_env_file=None, **{**values, **given})


@pytest.fixture(scope="module")
def runtime(engine: AsyncEngine, temporal_client: Client, settings: Settings) -> ApiRuntime:
    return make_api_runtime(settings, temporal_client, engine)


async def away() -> Client:
    """A Temporal server that nobody answers for."""
    return await Client.connect(
        "127.0.0.1:9",
        namespace="askproai",
        lazy=True,
        data_converter=pydantic_data_converter,
    )


@pytest.fixture(scope="module")
async def api_url(runtime: ApiRuntime) -> AsyncIterator[str]:
    async with serving(create_app(runtime)) as url:
        yield url


@pytest.fixture(scope="module")
async def http(api_url: str) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=api_url, timeout=20, trust_env=False) as client:
        yield client


@pytest.fixture(scope="module")
async def salon(engine: AsyncEngine) -> Salon:
    return await make_salon(engine)


@pytest.fixture(scope="module")
async def answering_calls(temporal_client: Client) -> AsyncIterator[CallScript]:
    async with scripted_calls(temporal_client, CallScript()) as running:
        yield running


@pytest.fixture
def call_script(answering_calls: CallScript, monkeypatch: pytest.MonkeyPatch) -> CallScript:
    """What calls answer to functions. What a test asks twice falls into the same ten seconds."""
    monkeypatch.setattr(ids, "_WIRE_WINDOW_S", 10**9)
    answering_calls.reset()
    return answering_calls
