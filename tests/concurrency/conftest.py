"""A database of its own, for proofs that take a guard off: the stack's is left as it is."""

from collections.abc import Iterator

import pytest
from cryptography.fernet import Fernet

from db.types import configure_encryption
from tests.builders.postgres import PostgresForTests, TestDatabase, postgres_for_tests


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresForTests]:
    with postgres_for_tests() as started:
        yield started


@pytest.fixture
def database(postgres: PostgresForTests) -> Iterator[TestDatabase]:
    configure_encryption([Fernet.generate_key().decode()])
    with postgres.database() as made:
        yield made
