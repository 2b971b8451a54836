"""Several callers, in any order, with repetitions and crashes: what was said stays true.

The steps, the database and the workflow's own bookkeeping are the real ones (`builders/talks`), and
what is true is told by queries and rules of their own (`builders/watching`).
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest.mock import patch
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from activities.functions import PostgresFunctions, holding
from activities.functions.desk import Desk
from contracts.appointments import Done
from contracts.functions import Hold
from db.engine import make_engine
from db.queries import holds
from db.queries.holds import HoldPart
from tests.builders.postgres import PostgresForTests, TestDatabase
from tests.builders.stories import Ask, Command, Together, carry_out, scenes, small_shop, who
from tests.builders.talking import load_shop, said
from tests.builders.talks import BrokenError


@pytest.fixture(scope="session")
async def small(postgres: PostgresForTests) -> AsyncIterator[str]:
    with postgres.database() as made:
        engine = make_engine(made.app_url, pool_size=2, application_name="test-small")
        await load_shop(engine, small_shop())
        await engine.dispose()
        yield made.name


class Shops:
    """A database for each story. (Hypothesis prints what a test was given: this has no secrets.)"""

    def __init__(self, postgres: PostgresForTests, template: str) -> None:
        self._postgres, self._template = postgres, template

    def open(self) -> AbstractContextManager[TestDatabase]:
        return self._postgres.database(template=self._template)


@pytest.fixture(scope="session")
def shops(postgres: PostgresForTests, small: str) -> Shops:
    return Shops(postgres, small)


# What fails is made shorter, which takes minutes on a real database.
@pytest.mark.timeout(420)
@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
@given(told=st.lists(scenes(), min_size=3, max_size=6), twice=st.lists(st.booleans(), max_size=5))
async def test_whatever_callers_ask_and_workers_die_of_what_was_said_is_true(
    shops: Shops, told: list[list[Command]], twice: list[bool]
) -> None:
    with shops.open() as made:
        await carry_out(made, itertools.chain.from_iterable(told), twice)


# --- found by it ------------------------------------------------------------------------------


def check(clock: str, line: int = 0, **args: Any) -> Ask:
    wish = {"service": "Schnitt", "date": said(), "time": clock, **args}
    return Ask(line, "check_availability", wish)


def book(line: int = 0, hold: int | None = None) -> Ask:
    return Ask(line, "book_appointment", who(line), hold)


async def test_a_booking_asked_for_again_leaves_what_is_held_beside_it_watched(
    shops: Shops,
) -> None:
    """It was forgotten by the call, and blocked its slot long after the caller had gone."""
    with shops.open() as made:
        await carry_out(made, [check("10:00"), book(), check("11:00"), book(hold=1)])


# --- it can fail: each guard taken off ----------------------------------------------------------

TWO_WISHES = (check("10:00"), check("11:00"))
ONE_SLOT = (Together([check("10:00", staff="nur Anna"), check("10:00", 2, staff="nur Anna")]),)


@contextmanager
def nothing_off(made: TestDatabase) -> Iterator[None]:
    yield


@contextmanager
def old_holds_stay(made: TestDatabase) -> Iterator[None]:
    async def none(*_: object, **__: object) -> list[UUID]:
        return []

    with patch.object(holds, "let_go", none):
        yield


@contextmanager
def nothing_is_released(made: TestDatabase) -> Iterator[None]:
    async def done(*_: object) -> Done:
        return Done()

    with patch.object(PostgresFunctions, "release", done):
        yield


@contextmanager
def all_looked_first(made: TestDatabase) -> Iterator[None]:
    """Nobody holds before both have seen it free."""
    real, both, came = holding._replace, asyncio.Barrier(2), set[str]()

    async def replace(desk: Desk, hold: Hold, parts: Sequence[HoldPart]) -> bool:
        call_id = desk.conversation.retell_call_id
        if call_id not in came:
            came.add(call_id)
            await both.wait()
        return await real(desk, hold, parts)

    with patch.object(holding, "_replace", replace):
        yield


@contextmanager
def no_constraint(made: TestDatabase) -> Iterator[None]:
    drop = "ALTER TABLE reservations DROP CONSTRAINT reservations_no_overlap"
    with psycopg.connect(made.owner_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute(drop)
    with all_looked_first(made):
        yield


Guard = Callable[[TestDatabase], AbstractContextManager[None]]


@pytest.mark.parametrize(
    ("told", "off", "noticed"),
    [
        (TWO_WISHES, nothing_off, None),
        (TWO_WISHES, old_holds_stay, "without anybody watching"),
        (TWO_WISHES, nothing_is_released, "without anybody watching|nobody's holds are left"),
        (ONE_SLOT, all_looked_first, None),
        (ONE_SLOT, no_constraint, "two reservations overlap"),
    ],
)
async def test_each_guard_taken_off_is_noticed(
    shops: Shops, told: Sequence[Command], off: Guard, noticed: str | None
) -> None:
    with shops.open() as made, off(made):
        if noticed is None:
            await carry_out(made, told)
        else:
            with pytest.raises(BrokenError, match=noticed):
                await carry_out(made, told)
