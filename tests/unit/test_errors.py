"""Every fact has a code and a row in the one table; facts travel and compare."""

import copy
import pickle
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import get_args
from uuid import UUID

import pytest

from domain.errors import (
    HANDLING,
    Closed,
    DomainError,
    Holiday,
    Refusal,
    SentenceKey,
    SlotContended,
    SlotTaken,
    StaffUnavailable,
    TooSoon,
    handling_of,
)
from tests.builders.plans import utc

ABSTRACT = {DomainError, Refusal, StaffUnavailable}


def _tree(root: type[DomainError]) -> Iterator[type[DomainError]]:
    yield root
    for child in root.__subclasses__():
        yield from _tree(child)


FACTS = [kind for kind in _tree(DomainError) if kind not in ABSTRACT]


@pytest.mark.parametrize("kind", FACTS, ids=lambda kind: kind.__name__)
def test_fact_has_a_code_of_its_own_and_a_row_in_the_table(kind: type[DomainError]) -> None:
    assert "code" in vars(kind)
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.code)
    handling = HANDLING[kind.code]
    assert 400 <= handling.http_status < 500
    assert handling.sentence in get_args(SentenceKey)


def test_table_has_no_row_without_a_fact_and_no_code_twice() -> None:
    codes = [kind.code for kind in FACTS]
    assert len(codes) == len(set(codes))
    assert set(HANDLING) == set(codes)


def test_only_a_lost_race_is_worth_a_retry() -> None:
    assert {code for code, row in HANDLING.items() if row.retry == "retryable"} == {
        SlotContended.code
    }


def test_every_fact_is_drawn_in_the_tree() -> None:
    drawing = (__import__("domain.errors", fromlist=["x"]).__doc__ or "").split()
    assert {kind.__name__ for kind in _tree(DomainError)} <= set(drawing)


def test_handling_is_found_by_fact_and_by_code() -> None:
    assert handling_of(SlotTaken(resource_id=4)) is handling_of("slot_taken")
    with pytest.raises(KeyError):
        handling_of("no_such_code")


def test_facts_are_equal_when_they_say_the_same() -> None:
    day = date(2027, 1, 6)
    one, same = (
        Holiday(day=day, name="Heilige Drei Könige"),
        Holiday(day=day, name="Heilige Drei Könige"),
    )
    assert one == same
    assert len({one, same}) == 1
    assert one != Closed(day=day)
    assert SlotTaken(resource_id=1) != SlotContended(resource_id=1)


def test_facts_survive_copies_and_pickles() -> None:
    fact = SlotTaken(resource_id=7, staff_id=UUID(int=1))
    assert pickle.loads(pickle.dumps(fact)) == fact  # noqa: S301 - our own bytes
    assert copy.deepcopy(fact) == fact


def test_raised_facts_pass_through_context_managers() -> None:
    @contextmanager
    def passing() -> Iterator[None]:
        yield

    with pytest.raises(TooSoon) as caught, passing():
        raise TooSoon(earliest_at=utc("2026-11-24 09:00"))
    assert str(caught.value) == "too_soon(earliest_at=2026-11-24 09:00:00+00:00)"
