"""A Cal.com sandbox for each file of tests, and a tenant of its own for each test."""

from collections.abc import Iterator

import pytest

from sandbox.calcom.running import Running, running
from tests.builders.calcom import NOW, Desk, Desks, ticking_from


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Running]:
    with running(clock=ticking_from(NOW)) as server:
        yield server


@pytest.fixture
def desks(sandbox: Running) -> Iterator[Desks]:
    with Desks(sandbox.url) as made:
        yield made


@pytest.fixture
def desk(desks: Desks) -> Desk:
    return desks()
