"""Fixtures of a shop that is loaded once a file; each test gets a copy of its database."""

from collections.abc import AsyncIterator, Iterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from db.engine import make_engine
from tests.builders.postgres import PostgresForTests, TestDatabase
from tests.builders.talking import load_shop


@pytest.fixture(scope="session")
async def loaded_shop(postgres: PostgresForTests) -> AsyncIterator[str]:
    with postgres.database() as made:
        engine = make_engine(made.app_url, pool_size=2, application_name="test-shop")
        await load_shop(engine)
        await engine.dispose()
        yield made.name


@pytest.fixture
def shop_database(postgres: PostgresForTests, loaded_shop: str) -> Iterator[TestDatabase]:
    with postgres.database(template=loaded_shop) as made:
        yield made


@pytest.fixture
async def shop(shop_database: TestDatabase) -> AsyncIterator[AsyncEngine]:
    """The application's connections to a shop of the test's own."""
    made = make_engine(shop_database.app_url, pool_size=20, application_name="test")
    yield made
    await made.dispose()
