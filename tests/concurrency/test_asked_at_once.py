"""Callers of running calls want the same places at the same moment, each through their agent's
functions at the real door: as many as there are places hear that they have one, the others hear
that they have none.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from sandbox.caller.desk import Desk
from sandbox.caller.diary import Wish, qualified
from sandbox.companies import demo_company
from stack.info import StackInfo
from tests.concurrency.midcall import (
    PROMISES,
    REFUSALS,
    OnTheLine,
    all_booked,
    hang_up_all,
    on_the_line,
    when_all_work,
)
from tests.scenarios.phone import Json, free_starts, told
from tests.stack_fixture import verify_stack

pytestmark = [pytest.mark.stack, pytest.mark.proof, pytest.mark.timeout(180)]

# One person does it; three do; two do, and no room or device decides.
OF_ONE = Wish(
    company="physiomarkt", branch="br_physio_eppendorf", service="svc_physio_lymphdrainage"
)
OF_THREE = Wish(
    company="rosengarten", branch="br_rosengarten_ehrenfeld", service="svc_rosengarten_augenbrauen"
)
OF_TWO = Wish(company="seeblick", branch="br_seeblick_sachsenhausen", service="svc_seeblick_herren")


async def asks_and_books(line: OnTheLine) -> tuple[Json, Json]:
    """What the agent was told when it asked, and when it booked nevertheless."""
    asked = await line.ask("check_availability")
    return asked, await line.book()


async def at_once(lines: Sequence[OnTheLine]) -> list[tuple[Json, Json]]:
    return await asyncio.gather(*(asks_and_books(line) for line in lines))


def promised(answers: Sequence[tuple[Json, Json]], lines: Sequence[OnTheLine]) -> list[OnTheLine]:
    return [
        line for line, (_, book) in zip(lines, answers, strict=True) if book["status"] in PROMISES
    ]


def assert_told_honestly(line: OnTheLine, heard: tuple[Json, Json]) -> None:
    """Who got nothing: in both answers, with a reason, and with no word of that time."""
    for answer in heard:
        assert answer["status"] in REFUSALS, answer
        assert answer["available"] is False
        if answer["status"] == "alternatives":
            assert answer["reason"] == "slot_taken"
        offered = [datetime.fromisoformat(slot["start"]) for slot in answer.get("slots", [])]
        assert line.caller.start not in offered
        assert "gebucht" not in answer["message"]
        assert "reserviert" not in answer["message"]


async def assert_in_both_calendars(desk: Desk, wish: Wish, rows: Sequence[Json]) -> None:
    await asyncio.gather(*(told(desk, str(row["id"])) for row in rows))
    for row in rows:
        [booking] = await desk.bookings(wish.company, str(row["id"]))
        assert datetime.fromisoformat(booking["start"]) == row["start_at"]


async def test_the_last_slot_asked_for_by_ten_at_once_is_one_callers_and_nine_are_told_so(
    stack: StackInfo, desk: Desk
) -> None:
    [start] = await free_starts(desk, [OF_ONE])
    lines = [on_the_line(desk, OF_ONE, start) for _ in range(10)]
    answers = await at_once(lines)

    [winner] = promised(answers, lines)
    for line, heard in zip(lines, answers, strict=True):
        if line is winner:
            assert heard[0]["status"] == "held"
        else:
            assert_told_honestly(line, heard)
    await hang_up_all(lines)
    [row] = await all_booked(stack, [line.call.call_id for line in lines], 1)
    assert (row["retell_call_id"], row["start_at"]) == (winner.call.call_id, start)
    await assert_in_both_calendars(desk, OF_ONE, [row])
    assert await verify_stack(stack) == []


async def test_of_twenty_callers_for_three_people_at_four_times_twelve_have_a_place(
    stack: StackInfo, desk: Desk
) -> None:
    starts = await when_all_work(desk, OF_THREE, apart=timedelta(minutes=90), count=4)
    lines = [on_the_line(desk, OF_THREE, start) for start in starts for _ in range(5)]
    answers = await at_once(lines)

    winners = promised(answers, lines)
    assert Counter(line.caller.start for line in winners) == dict.fromkeys(starts, 3)
    for line, heard in zip(lines, answers, strict=True):
        if line not in winners:
            assert_told_honestly(line, heard)
    await hang_up_all(lines)
    rows = await all_booked(stack, [line.call.call_id for line in lines], 12)
    by_call = {line.call.call_id: line.caller.start for line in winners}
    assert {row["retell_call_id"]: row["start_at"] for row in rows} == by_call
    places = Counter((row["start_at"], row["staff_id"]) for row in rows)
    people = len(qualified(demo_company(OF_THREE.company), OF_THREE))
    assert set(places.values()) == {1}
    assert len({staff for _, staff in places}) == people
    await assert_in_both_calendars(desk, OF_THREE, rows)
    assert await verify_stack(stack) == []


async def test_an_appointment_of_two_people_is_whole_or_not_at_all_while_others_want_its_halves(
    stack: StackInfo, desk: Desk
) -> None:
    [start] = await when_all_work(desk, OF_TWO, apart=timedelta(hours=1), count=1)
    lines = [on_the_line(desk, OF_TWO, start, people=1 + number % 2) for number in range(10)]
    answers = await at_once(lines)

    winners = promised(answers, lines)
    for line, heard in zip(lines, answers, strict=True):
        if line not in winners:
            assert_told_honestly(line, heard)
    await hang_up_all(lines)
    calls = [line.call.call_id for line in lines]
    rows = await all_booked(stack, calls, sum(line.people for line in winners))
    parts = Counter(row["retell_call_id"] for row in rows)
    assert parts == {line.call.call_id: line.people for line in winners}
    at_start = Counter(row["staff_id"] for row in rows if row["start_at"] == start)
    assert sorted(at_start.values()) == [1, 1], "both people are taken then, each once"
    await assert_in_both_calendars(desk, OF_TWO, rows)
    assert await verify_stack(stack) == []
