"""A time is asked for: it is held before it is named, or there is a reason and other times."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.functions import Answered, FunctionAnswer
from db.queries.holds import held_rows
from db.session import tenant_session
from tests.builders.rows import held_for
from tests.builders.talking import ANNA, BEN, COMPANY, CUT, NORD, OnTheLine, at, dial, said
from tests.db.shop import loaded_shop, shop, shop_database

__all__ = ["loaded_shop", "shop", "shop_database"]


async def statuses(shop: AsyncEngine) -> list[tuple[str, int]]:
    async with tenant_session(shop, COMPANY) as session:
        rows = await session.execute(
            text("SELECT status, count(*) FROM reservations GROUP BY 1 ORDER BY 1")
        )
        return [(row[0], row[1]) for row in rows]


async def test_the_time_asked_for_is_held_under_a_name(shop: AsyncEngine) -> None:
    line = dial(shop)
    told = await line.ask("check_availability", service="Schnitt", date=said(), time="10:00")
    assert told.status == "held"
    assert told.fields["hold_id"] == line.hold.hold_id
    assert 280 <= int(str(told.fields["hold_expires_in_s"])) <= 300
    assert (line.hold.number, line.hold.start_at) == (1, at("10:00"))
    assert line.hold.branch_id != NORD
    [part] = line.hold.parts
    assert part.service_id == CUT
    async with tenant_session(shop, COMPANY) as session:
        [row] = await held_rows(session, [part.appointment_id])
    assert (row.customer_id, row.status) == (None, "held")


async def test_the_same_wish_keeps_its_hold_and_another_one_moves_it(shop: AsyncEngine) -> None:
    line = dial(shop)
    await line.ask("check_availability", service="Schnitt", date=said(), time="10:00")
    first = line.hold
    await line.ask("check_availability", service="Schnitt", date=said(), time="zehn Uhr")
    assert (line.hold.number, line.hold.parts) == (1, first.parts)
    assert line.hold.expires_at > first.expires_at
    await line.ask("check_availability", service="Schnitt", date=said(), time="10:15")
    assert (line.hold.number, line.hold.start_at) == (2, at("10:15"))
    assert line.hold.hold_id != first.hold_id
    assert await statuses(shop) == [("held", 1), ("released", 1)]


async def test_a_repeated_step_finds_its_own_hold(shop: AsyncEngine) -> None:
    line = dial(shop)
    first = await line.take("check_availability", service="Schnitt", date=said())
    again = await line.repeat()
    assert isinstance(first, Answered)
    assert isinstance(again, Answered)
    assert again.answer.fields["slots"] == first.answer.fields["slots"]
    assert again.hold is not None
    assert first.hold is not None
    assert again.hold.parts == first.hold.parts
    assert await statuses(shop) == [("held", 1)]


async def test_a_taken_time_says_so_and_holds_the_first_of_the_nearest(shop: AsyncEngine) -> None:
    for name in ("Anna", "Ben"):
        other = dial(shop, from_number="+4917604069099")
        await other.ask(
            "check_availability", service="Schnitt", date=said(), time="10:00", staff=f"nur {name}"
        )
    line = dial(shop)
    told = await line.ask("check_availability", service="Schnitt", date=said(), time="10:00")
    assert (told.status, told.fields["reason"]) == ("alternatives", "slot_taken")
    slots = told.fields["slots"]
    assert isinstance(slots, list)
    assert len(slots) == 5
    assert line.hold.start_at in {at("09:30"), at("10:30")}
    # One place of the five is the other branch's, at the very time.
    assert isinstance(slots[-1], dict)
    assert slots[-1]["branch"] == "Nord"


async def test_what_is_offered_for_a_whole_day_leaves_a_choice(shop: AsyncEngine) -> None:
    line = dial(shop)
    told = await line.ask("check_availability", service="Schnitt", date=said())
    starts = offered(told)
    assert starts == [at(clock) for clock in ("09:00", "09:15", "10:00", "10:45", "12:00")]
    assert line.hold.start_at == at("09:00")


async def test_what_is_offered_instead_leaves_a_choice_too(shop: AsyncEngine) -> None:
    wish = {"service": "Schnitt", "date": said(), "time": "10:00", "staff": "nur Anna"}
    await dial(shop).ask("check_availability", **wish)
    line = dial(shop, from_number="+4917604069099")
    starts = offered(await line.ask("check_availability", **wish))
    assert starts[:2] == [at("09:30"), at("10:30")], "the two nearest to the wish"
    further = [abs(one - other) for one in starts[2:] for other in starts if one != other]
    assert min(further) >= timedelta(minutes=45)
    assert max(starts) >= at("12:00")
    assert line.hold.start_at == starts[0]


def offered(told: FunctionAnswer) -> list[datetime]:
    slots: Any = told.fields["slots"]
    return [datetime.fromisoformat(slot["start"]) for slot in slots]


async def test_a_soft_wish_for_a_person_comes_before_the_time_on_that_day(
    shop: AsyncEngine,
) -> None:
    other = dial(shop)
    wish = {"service": "Schnitt", "date": said(), "time": "10:00"}
    await other.ask("check_availability", **wish, staff="Anna")
    assert other.hold.parts[0].staff_id == ANNA
    line = dial(shop, from_number="+4917604069099")
    told = await line.ask("check_availability", **wish, staff="Anna")
    assert told.status == "alternatives"
    assert line.hold.parts[0].staff_id == ANNA
    assert line.hold.start_at != at("10:00")


async def test_the_tenants_order_may_put_the_time_before_the_person(shop: AsyncEngine) -> None:
    async with tenant_session(shop, COMPANY) as session:
        order = '["other_staff", "same_staff", "other_time"]'
        await session.execute(text(f"UPDATE companies SET offer_order = '{order}'"))  # noqa: S608
    wish = {"service": "Schnitt", "date": said(), "time": "10:00", "staff": "Anna"}
    await dial(shop).ask("check_availability", **wish)
    line = dial(shop, from_number="+4917604069099")
    told = await line.ask("check_availability", **wish)
    assert told.status == "held"
    assert "Anna" in told.message
    assert (line.hold.parts[0].staff_id, line.hold.start_at) == (BEN, at("10:00"))


async def test_a_hard_wish_gets_nobody_else(shop: AsyncEngine) -> None:
    wish = {"service": "Schnitt", "date": said(), "time": "10:00", "staff": "nur Anna"}
    await dial(shop).ask("check_availability", **wish)
    line = dial(shop, from_number="+4917604069099")
    told = await line.ask("check_availability", **wish)
    assert told.status == "alternatives"
    slots = told.fields["slots"]
    assert isinstance(slots, list)
    assert {slot["staff"] for slot in slots if isinstance(slot, dict)} == {"Anna"}
    assert line.hold.parts[0].staff_hard


async def test_a_visit_of_two_services_is_held_whole_or_not_at_all(shop: AsyncEngine) -> None:
    line = dial(shop)
    wish = {"services": ["Farbe", "Föhnen"], "date": said()}
    told = await line.ask("check_availability", **wish, time="10:00")
    assert told.status == "held"
    colour, dry = line.hold.parts
    assert colour.start_at == at("10:00")
    assert colour.end_at <= dry.start_at
    assert await statuses(shop) == [("held", 3)]  # Anna, the cabin, and whoever dries
    other = dial(shop, from_number="+4917604069099")
    told = await other.ask("check_availability", **wish, time="10:30")
    assert told.status == "alternatives"  # there is one cabin
    assert other.hold.start_at != at("10:30")
    assert await statuses(shop) == [("held", 6)]


async def test_two_people_at_once_are_with_two_people(shop: AsyncEngine) -> None:
    line = dial(shop)
    told = await line.ask(
        "check_availability", service="Schnitt", people=2, date=said(), time="10:00"
    )
    assert told.status == "held"
    assert {part.staff_id for part in line.hold.parts} == {ANNA, BEN}
    assert {part.start_at for part in line.hold.parts} == {at("10:00")}


async def test_the_next_free_slot_is_the_earliest_from_then_on(shop: AsyncEngine) -> None:
    line = dial(shop)
    told = await line.ask("find_next_slot", service="Schnitt", date=said(), time="nachmittags")
    assert told.status == "alternatives"
    assert "reason" not in told.fields
    assert line.hold.start_at == at("14:00") or line.hold.start_at == at("12:00")
    later = dial(shop, from_number="+4917604069099")
    await later.ask("find_next_slot", service="Schnitt")
    assert later.hold.start_at < at("09:00", days=3)


async def test_the_time_liked_best_is_held_or_it_is_said_why_not(shop: AsyncEngine) -> None:
    wish = {"service": "Farbe", "date": said(), "time": "nachmittags, am liebsten gegen drei"}
    first = dial(shop)
    told = await first.ask("check_availability", **wish)
    assert (told.status, first.hold.start_at) == ("held", at("15:00"))
    second = dial(shop, from_number="+4917604069099")
    told = await second.ask("check_availability", **wish)
    assert (told.status, told.fields["reason"]) == ("alternatives", "slot_taken")
    assert at("13:30") <= second.hold.start_at <= at("16:30")


async def test_what_is_doubtful_is_asked_and_nothing_is_held(shop: AsyncEngine) -> None:
    line = dial(shop)
    for args, field in (
        ({"date": said(), "time": "10:00"}, "service"),
        ({"service": "Schnitt", "date": said(), "time": "10:00", "staff": "Xaver"}, "staff"),
        ({"service": "Schnitt", "date": "27.11.2023", "time": "10:00"}, "date"),
    ):
        told = await line.ask("check_availability", **args)
        assert (told.status, told.fields["field"]) == ("clarify", field)
    told = await line.ask("check_availability", service="Zaubertrick", date=said())
    assert told.status == "unknown_service"
    told = await line.ask(
        "check_availability", service="Schnitt", date=said(), time="03:00", staff="Anna"
    )
    assert told.fields["reason"] == "outside_hours"
    async with tenant_session(shop, COMPANY) as session:
        held = await held_for(session, line.conversation.retell_call_id)
    assert len(held) == 1  # of the last answer, which named other times


async def test_a_window_out_of_reach_says_on_which_side(shop: AsyncEngine) -> None:
    line = dial(shop)
    far = await line.ask("check_availability", service="Schnitt", date=said(200))
    assert (far.status, far.fields["reason"]) == ("alternatives", "too_far")
    async with tenant_session(shop, COMPANY) as session:
        await session.execute(text("UPDATE companies SET minimum_notice_minutes = 20000"))
    soon = await line.ask("check_availability", service="Schnitt", date=said(2))
    assert (soon.status, soon.fields["reason"]) == ("alternatives", "too_soon")


async def test_people_of_another_branch_are_found_there(shop: AsyncEngine) -> None:
    line = dial(shop)
    told = await line.ask(
        "check_availability", service="Schnitt", date=said(), time="10:00", branch="Nord"
    )
    assert told.status == "held"
    assert line.hold.branch_id == NORD
    hotline = dial(shop)
    hotline.to_number = "+493023129999"
    told = await line.ask("check_availability", service="Farbe", branch="Nord", date=said())
    assert told.status in {"clarify", "unknown_service"}


async def test_a_service_for_people_only_becomes_a_task(shop: AsyncEngine) -> None:
    async with tenant_session(shop, COMPANY) as session:
        await session.execute(
            text("UPDATE services SET bookable_by_phone_agent = false WHERE name = 'Farbe'")
        )
    line = dial(shop)
    taken = await line.take("check_availability", service="Farbe", date=said(), time="10:00")
    assert isinstance(taken, Answered)
    assert (taken.answer.status, taken.callback, taken.hold) == ("callback", True, None)


async def test_of_ten_callers_for_the_last_slot_one_holds_it(shop: AsyncEngine) -> None:
    """All others are told another time; nobody's answer names what is another's."""
    lines = [dial(shop, from_number=f"+49176040690{n:02}") for n in range(10)]
    told = await asyncio.gather(
        *(
            line.ask("check_availability", service="Farbe", date=said(), time="16:45")
            for line in lines
        )
    )
    assert sorted(answer.status for answer in told) == ["alternatives"] * 9 + ["held"]
    starts = [line.hold.start_at for line in lines]
    assert len(set(starts)) == 10
    assert await statuses(shop) == [("held", 20)]


async def test_callers_who_want_each_others_slots_do_not_wait_in_a_ring(shop: AsyncEngine) -> None:
    clocks = ("10:00", "11:30", "13:00", "14:30")
    lines = [dial(shop, from_number=f"+4917604069{n:03}") for n in range(len(clocks))]

    async def wish(line: OnTheLine, clock: str) -> str:
        return (
            await line.ask("check_availability", service="Farbe", date=said(), time=clock)
        ).status

    for line, clock in zip(lines, clocks, strict=True):
        assert await wish(line, clock) == "held"
    swapped = [*clocks[1:], clocks[0]]
    told = await asyncio.gather(*(wish(*each) for each in zip(lines, swapped, strict=True)))
    # Whose wish was let go in time has it; nobody has what another holds.
    assert set(told) <= {"held", "alternatives"}
    starts = [line.hold.start_at for line in lines]
    assert len(set(starts)) == len(lines)
    assert await statuses(shop) == [("held", 8), ("released", 8)]


async def test_an_expired_hold_that_nobody_has_let_go_makes_way(shop: AsyncEngine) -> None:
    wish = {"service": "Farbe", "date": said(), "time": "10:00"}
    line = dial(shop)
    await line.ask("check_availability", **wish)
    async with tenant_session(shop, COMPANY) as session:
        for table in ("reservations", "appointment_slots"):
            await session.execute(
                text(f"UPDATE {table} SET expires_at = now() - interval '1 second'")  # noqa: S608
            )
    other = dial(shop, from_number="+4917604069099")
    told = await other.ask("check_availability", **wish)
    assert (told.status, other.hold.start_at) == ("held", at("10:00"))
    lost = await line.ask("book_appointment", customer_name="Jonas Feldmann")
    assert lost.status == "slot_lost"
    assert line.hold.start_at != at("10:00")
