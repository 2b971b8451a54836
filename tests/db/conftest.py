"""A database for each test, copied from one that was migrated once a session."""

from collections.abc import AsyncIterator, Iterator

import pytest
from cryptography.fernet import Fernet
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine import make_engine
from db.types import configure_encryption
from sandbox.calcom.running import Running, running
from tests.builders.calcom import Desk, Desks
from tests.builders.calendar_events import Calendars, calendars_at
from tests.builders.office import make_desk
from tests.builders.postgres import PostgresForTests, TestDatabase, postgres_for_tests


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresForTests]:
    with postgres_for_tests() as started:
        yield started


@pytest.fixture(scope="session", autouse=True)
def _encryption() -> None:
    configure_encryption([Fernet.generate_key().decode()])


@pytest.fixture
def database(postgres: PostgresForTests) -> Iterator[TestDatabase]:
    with postgres.database() as made:
        yield made


@pytest.fixture
async def engine(database: TestDatabase) -> AsyncIterator[AsyncEngine]:
    """As the application connects."""
    made = make_engine(database.app_url, pool_size=20, application_name="test")
    yield made
    await made.dispose()


@pytest.fixture
async def owner_engine(database: TestDatabase) -> AsyncIterator[AsyncEngine]:
    made = make_engine(database.owner_url, pool_size=5, application_name="test-owner")
    yield made
    await made.dispose()


# --- a Cal.com that runs, with a company of the test's own ----------------------------------------


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running() as server:
        yield server


@pytest.fixture
def desks(sandbox: Running) -> Iterator[Desks]:
    with Desks(sandbox.url) as made:
        yield made


@pytest.fixture
def desk(desks: Desks) -> Desk:
    return make_desk(desks)


@pytest.fixture
async def calendars(engine: AsyncEngine, desks: Desks) -> AsyncIterator[Calendars]:
    async with calendars_at(engine, desks) as made:
        yield made
