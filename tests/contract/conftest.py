"""A Cal.com sandbox for each file of tests, a tenant of its own for each test, and the referee."""

from collections.abc import Iterator
from functools import partial

import pytest

from sandbox.calcom.referee import Referee
from sandbox.calcom.running import Running, running
from tests.builders.calcom import NOW, Desk, Desks, RunSandbox, ticking_from
from tests.builders.inbox import Inbox
from tests.builders.referee import rules


@pytest.fixture(scope="session")
def referee() -> Referee:
    """Sees every exchange of the sandboxes of this run."""
    return Referee(rules())


@pytest.fixture(autouse=True)
def within_the_contract(referee: Referee) -> Iterator[None]:
    """No test passes while the sandbox says what the OpenAPI document does not allow."""
    yield
    assert referee.take() == []


@pytest.fixture(scope="session")
def run_sandbox(referee: Referee) -> RunSandbox:
    """`running`, watched."""
    return partial(running, witness=referee)


@pytest.fixture(scope="module")
def sandbox(run_sandbox: RunSandbox) -> Iterator[Running]:
    with run_sandbox(clock=ticking_from(NOW)) as server:
        yield server


@pytest.fixture
def desks(sandbox: Running) -> Iterator[Desks]:
    with Desks(sandbox.url) as made:
        yield made


@pytest.fixture
def desk(desks: Desks) -> Desk:
    return desks()


@pytest.fixture
def inbox() -> Iterator[Inbox]:
    made = Inbox()
    yield made
    made.close()
