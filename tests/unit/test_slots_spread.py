"""Which of many free times are offered: the likest to the wish, and then a real choice."""

from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from domain.slots.spread import (
    LEAST_APART,
    LIKEST,
    MOST_APART,
    Candidate,
    candidates_wanted,
    spread,
)

BERLIN = ZoneInfo("Europe/Berlin")
ANNA, BEN = (frozenset({UUID(int=number)}) for number in (1, 2))
HERE, THERE = UUID(int=10), UUID(int=11)
QUARTER = timedelta(minutes=15)


def free(
    clock: str,
    *,
    day: int = 24,
    minutes: int = 30,
    who: frozenset[UUID] = ANNA,
    branch: UUID = HERE,
) -> Candidate:
    start_at = datetime.fromisoformat(f"2026-11-{day}T{clock}:00").replace(tzinfo=BERLIN)
    end_at = start_at + timedelta(minutes=minutes)
    return Candidate(start_at=start_at, end_at=end_at, people=who, branch_id=branch)


def quarters(first: str, last: str, **more: int) -> list[Candidate]:
    """Each quarter of an hour from the one to the other."""
    found = [free(first, **more)]  # type: ignore[arg-type]
    until = free(last, **more).start_at  # type: ignore[arg-type]
    while found[-1].start_at < until:
        start_at = found[-1].start_at + QUARTER
        end_at = found[-1].end_at + QUARTER
        found.append(Candidate(start_at=start_at, end_at=end_at, people=ANNA, branch_id=HERE))
    return found


def nearest_to(clock: str, candidates: list[Candidate]) -> list[Candidate]:
    at = free(clock).start_at
    return sorted(candidates, key=lambda one: (abs(one.start_at - at), one.start_at))


def offered(ranked: list[Candidate]) -> list[str]:
    return [f"{ranked[place].start_at:%H:%M}" for place in spread(ranked, BERLIN, limit=5)]


def test_of_a_free_morning_not_every_quarter_is_offered() -> None:
    told = offered(quarters("09:00", "17:00"))
    assert told == ["09:00", "09:15", "10:00", "10:45", "12:00"]


def test_the_two_nearest_to_the_wish_stay_and_the_first_of_them_first() -> None:
    day = [one for one in quarters("09:00", "17:00") if f"{one.start_at:%H:%M}" != "10:00"]
    told = offered(nearest_to("10:00", day))
    assert told[:2] == ["09:45", "10:15"]
    assert any(clock >= "12:00" for clock in told), "the other half of the day is one of them"


def test_a_longer_visit_is_offered_farther_apart_but_not_once_a_day() -> None:
    told = offered(quarters("09:00", "17:00", minutes=90))
    assert told == ["09:00", "09:15", "10:45", "12:15", "13:45"]
    told = offered(quarters("09:00", "17:00", minutes=240))
    assert told == ["09:00", "09:15", "11:15", "13:15", "15:15"]


def test_somebody_else_that_day_is_one_of_the_five() -> None:
    own = quarters("09:00", "11:30")
    told = spread([*own, free("11:00", who=BEN), free("10:00", who=BEN)], BERLIN, limit=5)
    everybody = [*own, free("11:00", who=BEN), free("10:00", who=BEN)]
    assert BEN in {everybody[place].people for place in told}


def test_where_nothing_else_is_free_what_is_close_fills_up() -> None:
    assert offered(quarters("09:00", "10:00")) == ["09:00", "09:15", "09:30", "09:45", "10:00"]
    assert offered(quarters("09:00", "09:15")) == ["09:00", "09:15"]
    assert offered([]) == []


def test_another_branch_may_offer_the_same_minute() -> None:
    ranked = [free("09:00"), free("14:00"), free("09:15", branch=THERE), free("09:15")]
    assert spread(ranked, BERLIN, limit=3) == [0, 1, 2]


def test_the_halves_of_a_day_are_those_of_the_branchs_clock() -> None:
    """Noon in Berlin is eleven in UTC."""
    clocks = ("09:00", "09:15", "10:00", "10:45", "12:15")
    ranked = [free(clock) for clock in clocks]
    assert spread(ranked, BERLIN, limit=4) == [0, 1, 2, 4]
    assert spread(ranked, ZoneInfo("UTC"), limit=4) == [0, 1, 2, 3]


def test_a_whole_day_is_looked_at_whatever_the_grid() -> None:
    assert [candidates_wanted(minutes) for minutes in (5, 15, 60)] == [144, 48, 12]


STARTS = st.lists(
    st.tuples(st.integers(0, 4 * 24 * 4), st.sampled_from([ANNA, BEN]), st.integers(1, 20)),
    max_size=40,
)


@given(STARTS, st.integers(1, 6))
def test_any_offers_are_as_many_as_can_be_in_order_with_the_likest_first(
    starts: list[tuple[int, frozenset[UUID], int]], limit: int
) -> None:
    monday = free("00:00", day=23).start_at
    ranked = [
        Candidate(
            start_at=monday + quarter * QUARTER,
            end_at=monday + (quarter + length) * QUARTER,
            people=who,
            branch_id=HERE,
        )
        for quarter, who, length in starts
    ]
    told = spread(ranked, BERLIN, limit=limit)
    assert told == sorted(set(told))
    assert len(told) == min(limit, len(ranked))
    assert told[:LIKEST] == list(range(min(LIKEST, len(told))))
    if told:
        first = ranked[0]
        apart = min(max(first.end_at - first.start_at, LEAST_APART), MOST_APART)
        further = [ranked[place].start_at for place in told[LIKEST:]]
        others = [ranked[place].start_at for place in told]
        close = [one for one in further if any(abs(one - o) < apart for o in others if o != one)]
        # Whoever is too close was taken because nobody was left who is not.
        left = [one.start_at for n, one in enumerate(ranked) if n not in told]
        assert not close or all(any(abs(one - o) < apart for o in others) for one in left)
