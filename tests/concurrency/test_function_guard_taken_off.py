"""Control twins of the callers who ask at once: the same steps behind the functions, with the
constraint and without. Without it a place is given away twice, so the constraint is what decides.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from contracts.functions import Answered, Promised, Taken
from db.queries import holds
from db.queries.holds import HoldPart
from db.verify import verify
from tests.builders.talking import OnTheLine, at, dial, load_shop, said, shop_json

pytestmark = pytest.mark.proof

MOST = 20
CLOCKS = ("10:00", "12:00", "14:00", "16:00")
Wish = dict[str, Any]


@pytest.fixture
async def unguarded(owner_engine: AsyncEngine) -> None:
    async with owner_engine.begin() as connection:
        await connection.execute(
            text("ALTER TABLE reservations DROP CONSTRAINT reservations_no_overlap")
        )


def shop_of_three() -> dict[str, Any]:
    """Anna, Ben and Dora can cut in Mitte; Anna alone colours there."""
    company = shop_json()
    anna = company["staff"][0]
    dora = {**anna, "id": f"{anna['id']}_dora", "name": "Dora Dritte", "display_name": "Dora"}
    company["staff"].append(dora | {"aliases": ["Dora"]})
    company["services"][0]["staff"].append(dora["id"])
    return company


def all_look_first(monkeypatch: pytest.MonkeyPatch, callers: int) -> None:
    """The real query, in its worst moment: nobody writes before everybody has seen it free."""
    everybody_looked, came = asyncio.Barrier(callers), set[str]()
    hold_parts = holds.hold_parts

    async def after_everybody(
        session: AsyncSession,
        parts: Sequence[HoldPart],
        *,
        retell_call_id: str,
        **how: Any,
    ) -> bool:
        if retell_call_id not in came:
            came.add(retell_call_id)
            await everybody_looked.wait()
        return await hold_parts(session, parts, retell_call_id=retell_call_id, **how)

    monkeypatch.setattr(holds, "hold_parts", after_everybody)


async def ask_at_once(
    monkeypatch: pytest.MonkeyPatch, engine: AsyncEngine, wishes: Sequence[Wish]
) -> tuple[list[OnTheLine], list[Taken]]:
    """What each is told who asks for a time, and then books it by its words."""
    await load_shop(engine, shop_of_three())
    all_look_first(monkeypatch, len(wishes))
    lines = [dial(engine, from_number=f"+49171392{n:04d}") for n in range(len(wishes))]
    taken = await asyncio.gather(
        *(_asks_and_books(*pair) for pair in zip(lines, wishes, strict=True))
    )
    return lines, taken


async def _asks_and_books(line: OnTheLine, wish: Wish) -> Taken:
    await line.ask("check_availability", **wish)
    return await line.take("book_appointment", customer_name="Mia Muster", **wish)


def held_places(taken: Sequence[Taken]) -> Counter[tuple[datetime, object]]:
    """How many have each person's time."""
    return Counter(
        (start.start_at, start.staff_id)
        for each in taken
        if isinstance(each, Promised)
        for start in each.starts
    )


def statuses(taken: Sequence[Taken]) -> Counter[str]:
    return Counter(each.answer.status for each in taken if isinstance(each, Answered))


def _cut(clock: str, **more: Any) -> Wish:
    return {"service": "Schnitt", "date": said(), "time": clock, "branch": "Mitte", **more}


TEN_FOR_ONE = [_cut("10:00", service="Farbe")] * 10
TWENTY_FOR_TWELVE = [_cut(clock) for clock in CLOCKS for _ in range(5)]
PAIRS_AND_SINGLES = [_cut("10:00", people=1 + number % 2) for number in range(10)]


# --- the last slot from ten callers ---------------------------------------------------------------


async def test_with_the_constraint_one_of_ten_has_the_slot_and_nine_are_told_so(
    monkeypatch: pytest.MonkeyPatch, engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    _, taken = await ask_at_once(monkeypatch, engine, TEN_FOR_ONE)
    assert list(held_places(taken).values()) == [1]
    assert statuses(taken) == {"alternatives": 9}
    assert await verify(owner_engine) == []


async def test_without_the_constraint_several_of_ten_have_the_slot(
    monkeypatch: pytest.MonkeyPatch,
    engine: AsyncEngine,
    owner_engine: AsyncEngine,
    unguarded: None,
) -> None:
    _, taken = await ask_at_once(monkeypatch, engine, TEN_FOR_ONE)
    assert max(held_places(taken).values()) > 1
    assert {violation.invariant for violation in await verify(owner_engine)} == {1}


# --- twenty callers for three people and four times -----------------------------------------------


async def test_with_the_constraint_twelve_of_twenty_have_a_place_and_eight_are_told_so(
    monkeypatch: pytest.MonkeyPatch, engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    _, taken = await ask_at_once(monkeypatch, engine, TWENTY_FOR_TWELVE)
    places = held_places(taken)
    assert set(places.values()) == {1}
    assert Counter(start for start, _ in places) == {at(clock): 3 for clock in CLOCKS}
    assert statuses(taken) == {"alternatives": 8}
    assert await verify(owner_engine) == []


async def test_without_the_constraint_more_than_twelve_of_twenty_have_one(
    monkeypatch: pytest.MonkeyPatch,
    engine: AsyncEngine,
    owner_engine: AsyncEngine,
    unguarded: None,
) -> None:
    _, taken = await ask_at_once(monkeypatch, engine, TWENTY_FOR_TWELVE)
    assert sum(held_places(taken).values()) > 12
    assert {violation.invariant for violation in await verify(owner_engine)} == {1}


# --- two people side by side, while others want one half ------------------------------------------


async def test_with_the_constraint_two_people_have_both_halves_or_none(
    monkeypatch: pytest.MonkeyPatch, engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    lines, taken = await ask_at_once(monkeypatch, engine, PAIRS_AND_SINGLES)
    asked = zip(lines, PAIRS_AND_SINGLES, strict=True)
    places = held_places(taken)
    assert set(places.values()) == {1}
    assert sum(start == at("10:00") for start, _ in places) == 3, "nobody's time was lost"
    # Who did not get that time holds another one, and that too for both or for nobody.
    wanted = {line.conversation.retell_call_id: wish["people"] for line, wish in asked}
    assert await live_parts(owner_engine) == wanted
    assert await verify(owner_engine) == []


async def test_without_the_constraint_two_people_get_halves_that_others_have(
    monkeypatch: pytest.MonkeyPatch,
    engine: AsyncEngine,
    owner_engine: AsyncEngine,
    unguarded: None,
) -> None:
    _, taken = await ask_at_once(monkeypatch, engine, PAIRS_AND_SINGLES)
    assert max(held_places(taken).values()) > 1
    assert {violation.invariant for violation in await verify(owner_engine)} == {1}


async def live_parts(owner_engine: AsyncEngine) -> dict[str, int]:
    """By call, what is held or booked for it: each part needs one person and nothing else."""
    async with owner_engine.connect() as connection:
        found = await connection.execute(
            text(
                "SELECT a.retell_call_id, count(*) FROM appointments a JOIN reservations r"
                " ON r.appointment_id = a.id AND r.status IN ('held', 'booked')"
                " GROUP BY a.retell_call_id"
            )
        )
        return {str(call_id): int(count) for call_id, count in found}
