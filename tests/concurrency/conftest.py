"""A database of its own, for proofs that take a guard off: the stack's is left as it is."""

from collections.abc import AsyncIterator, Iterator

import pytest
from cryptography.fernet import Fernet
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine import make_engine
from db.types import configure_encryption
from tests.builders.postgres import PostgresForTests, TestDatabase, postgres_for_tests

# Everybody who is in a transaction of their own at once, fifty callers at most.
CONNECTIONS = 50


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresForTests]:
    with postgres_for_tests() as started:
        yield started


@pytest.fixture
def database(postgres: PostgresForTests) -> Iterator[TestDatabase]:
    configure_encryption([Fernet.generate_key().decode()])
    with postgres.database() as made:
        yield made


@pytest.fixture
async def engine(database: TestDatabase) -> AsyncIterator[AsyncEngine]:
    """As the application connects."""
    made = make_engine(database.app_url, pool_size=CONNECTIONS, application_name="test")
    yield made
    await made.dispose()


@pytest.fixture
async def owner_engine(database: TestDatabase) -> AsyncIterator[AsyncEngine]:
    made = make_engine(database.owner_url, pool_size=2, application_name="test-owner")
    yield made
    await made.dispose()
