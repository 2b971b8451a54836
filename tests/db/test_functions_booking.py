"""A hold becomes the appointment, once, for one caller; what is lost says so and offers others."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.slots import PostgresSlots
from contracts.appointments import ReserveSlot, SlotHeld
from contracts.functions import Answered, Promised, ReleaseHold
from db.queries.appointments import appointments_of_call, get_appointment
from db.queries.calls import get_call
from db.queries.holds import latest_slots
from db.queries.outage import enter_queue
from db.queries.slots import confirm, release
from db.session import tenant_session
from tests.builders.rows import held_for
from tests.builders.talking import (
    ANNA,
    COMPANY,
    WITHHELD,
    OnTheLine,
    at,
    dial,
    said,
)
from tests.db.shop import loaded_shop, shop, shop_database

__all__ = ["loaded_shop", "shop", "shop_database"]
WISH: dict[str, Any] = {"service": "Schnitt", "date": said(), "time": "10:00"}
JONAS = "Jonas Feldmann"


async def held(shop: AsyncEngine, **given: Any) -> OnTheLine:
    line = dial(shop, **given)
    told = await line.ask("check_availability", **WISH)
    assert told.status == "held"
    return line


async def expire(shop: AsyncEngine, line: OnTheLine) -> None:
    """The hold's time is over, and the workflow has let it go."""
    await line.steps.release(ReleaseHold(company_id=COMPANY, hold=line.hold, reason="expired"))
    line.let_go()


async def test_the_hold_becomes_the_callers_and_no_longer_expires(shop: AsyncEngine) -> None:
    line = await held(shop)
    hold = line.hold
    promised = await line.book(
        hold_id=hold.hold_id,
        customer_name=JONAS,
        customer_email="jonas punkt feldmann at example punkt org",
    )
    [start] = promised.starts
    assert (start.appointment_id, start.start_at) == (hold.parts[0].appointment_id, at("10:00"))
    assert start.staff_id == hold.parts[0].staff_id
    assert "Feldmann" not in start.summary
    async with tenant_session(shop, COMPANY) as session:
        view = await get_appointment(session, start.appointment_id)
        slots = await latest_slots(session, [start.appointment_id])
        call = await get_call(session, line.conversation.retell_call_id)
    assert view is not None
    assert (view.customer_name, view.customer_email) == (JONAS, "jonas.feldmann@example.org")
    assert (view.customer_phone, view.customer_language) == ("+4917604069040", "de")
    assert slots[start.appointment_id].expires_at == at("10:00")
    assert call is not None
    assert call.customer_id == start.customer_id


async def test_the_appointments_own_first_step_finds_the_slot_held(shop: AsyncEngine) -> None:
    line = await held(shop)
    [start] = (await line.book(customer_name=JONAS)).starts
    reserved = await PostgresSlots(shop).reserve(
        ReserveSlot.model_validate(start.model_dump(include=set(ReserveSlot.model_fields)))
    )
    assert isinstance(reserved.answer, SlotHeld)
    assert (reserved.answer.staff_id, reserved.answer.revision) == (start.staff_id, 0)


async def test_a_repeated_promise_is_the_same_and_so_is_one_in_other_words(
    shop: AsyncEngine,
) -> None:
    line = await held(shop)
    first = await line.take("book_appointment", hold_id=line.hold.hold_id, name=JONAS)
    again = await line.repeat()
    assert again == first
    assert isinstance(first, Promised)
    line.keep_promise(first)
    in_other_words = await line.book(name="Feldmann, Jonas", hold_id=first.hold.hold_id)
    assert in_other_words.starts == first.starts
    async with tenant_session(shop, COMPANY) as session:
        views = await appointments_of_call(session, line.conversation.retell_call_id)
    assert [view.customer_name for view in views] == [JONAS]


async def test_name_and_number_are_asked_for_where_nobody_knows_them(shop: AsyncEngine) -> None:
    line = await held(shop, from_number=WITHHELD)
    told = await line.ask("book_appointment", hold_id=line.hold.hold_id)
    assert (told.status, told.fields["field"]) == ("clarify", "name")
    for phone in (None, "{{caller_number}}", "0176 040"):
        told = await line.ask("book_appointment", name=JONAS, telefonnummer=phone)
        assert (told.status, told.fields["field"]) == ("clarify", "phone")
    promised = await line.book(
        name=JONAS, telefonnummer="null eins sieben sechs null vier null sechs neun null vier eins"
    )
    async with tenant_session(shop, COMPANY) as session:
        view = await get_appointment(session, promised.starts[0].appointment_id)
    assert view is not None
    assert view.customer_phone == "+4917604069041"


async def test_a_template_as_number_gives_way_to_the_exchanges(shop: AsyncEngine) -> None:
    line = await held(shop)
    promised = await line.book(name=JONAS, telefonnummer="{{caller_phone_number}}", hold_id="x")
    async with tenant_session(shop, COMPANY) as session:
        view = await get_appointment(session, promised.starts[0].appointment_id)
    assert view is not None
    assert view.customer_phone == "+4917604069040"


async def test_who_is_known_need_not_say_their_name_again(shop: AsyncEngine) -> None:
    first = await held(shop)
    await first.book(customer_name=JONAS)
    line = dial(shop)
    await line.ask("check_availability", service="Föhnen", date=said(), time="12:00")
    promised = await line.book()
    async with tenant_session(shop, COMPANY) as session:
        view = await get_appointment(session, promised.starts[0].appointment_id)
    assert view is not None
    assert view.customer_name == JONAS


async def test_without_any_hold_what_is_wished_for_is_asked(shop: AsyncEngine) -> None:
    line = dial(shop)
    told = await line.ask("book_appointment", customer_name=JONAS, hold_id="hold_invented")
    assert told.status == "clarify"
    told = await line.ask("book_appointment", customer_name=JONAS, service="Schnitt")
    assert told.fields["field"] == "date"


async def test_an_expired_hold_is_taken_again_without_a_word(shop: AsyncEngine) -> None:
    line = await held(shop)
    hold = line.hold
    await expire(shop, line)
    promised = await line.book(customer_name=JONAS, hold_id=hold.hold_id)
    assert promised.hold == hold
    async with tenant_session(shop, COMPANY) as session:
        assert (await get_appointment(session, hold.parts[0].appointment_id)) is not None


async def test_what_another_has_taken_since_is_lost_and_other_times_are_held(
    shop: AsyncEngine,
) -> None:
    line = dial(shop)
    wish = {**WISH, "staff": "nur Anna"}
    await line.ask("check_availability", **wish)
    hold = line.hold
    await expire(shop, line)
    other = dial(shop, from_number="+4917604069099")
    await other.ask("check_availability", **wish)
    taken = await line.take("book_appointment", customer_name=JONAS, hold_id=hold.hold_id)
    again = await line.repeat()
    for result in (taken, again):
        assert isinstance(result, Answered)
        assert result.answer.status == "slot_lost"
        assert result.hold is not None
        assert result.hold.parts[0].staff_id == ANNA
        assert result.hold.start_at != at("10:00")
        assert result.answer.fields["hold_id"] == result.hold.hold_id
    assert isinstance(taken, Answered)
    line.keep(taken)
    promised = await line.book(customer_name=JONAS)
    assert promised.hold.start_at == line.conversation.bookings[-1].start_at


async def test_an_older_hold_is_booked_and_the_newer_one_let_go(shop: AsyncEngine) -> None:
    line = await held(shop)
    first = line.hold
    await line.ask("check_availability", **{**WISH, "time": "10:15"})
    promised = await line.book(customer_name=JONAS, hold_id=first.hold_id)
    assert promised.hold.start_at == at("10:00")
    async with tenant_session(shop, COMPANY) as session:
        assert await held_for(session, line.conversation.retell_call_id) == []


async def test_a_second_appointment_of_the_day_is_asked_about_first(shop: AsyncEngine) -> None:
    await (await held(shop)).book(customer_name=JONAS)
    line = dial(shop)
    await line.ask("check_availability", **{**WISH, "time": "15:00"})
    told = await line.ask("book_appointment", customer_name="jonas feldmann")
    assert told.status == "already_booked"
    assert str(told.fields["start"]).startswith(at("10:00").astimezone().isoformat()[:10])
    line = dial(shop)
    await line.ask("check_availability", **{**WISH, "time": "15:00"})
    promised = await line.book(customer_name="Mia Feldmann")  # a family shares a phone
    assert promised.hold.start_at == at("15:00")
    third = dial(shop)
    await third.ask("check_availability", **{**WISH, "time": "16:00"})
    assert (await third.book(customer_name=JONAS, additional=True)).hold.start_at == at("16:00")


async def test_a_spoken_number_tells_nothing_of_its_owners_appointments(shop: AsyncEngine) -> None:
    await (await held(shop)).book(customer_name=JONAS)
    line = dial(shop, from_number=WITHHELD)
    await line.ask("check_availability", **{**WISH, "time": "15:00"})
    promised = await line.book(customer_name=JONAS, phone="0176 04069040")
    assert promised.hold.start_at == at("15:00")


async def test_of_two_lines_of_one_caller_one_gets_the_appointment(shop: AsyncEngine) -> None:
    lines = [dial(shop), dial(shop), dial(shop)]
    for line, clock in zip(lines, ("10:00", "13:00", "16:00"), strict=True):
        await line.ask("check_availability", **{**WISH, "time": clock})
    results = await asyncio.gather(
        *(line.take("book_appointment", customer_name=JONAS) for line in lines)
    )
    assert sum(isinstance(result, Promised) for result in results) == 1
    others = [result.answer.status for result in results if isinstance(result, Answered)]
    assert others == ["already_booked", "already_booked"]


async def test_collected_and_confirmed_is_held_and_promised_in_one_go(shop: AsyncEngine) -> None:
    line = dial(shop)
    args = {"datum": said(), "uhrzeit": "18:00", "dienstleistung": "Schnitt", "mitarbeiter": "Anna"}
    told = await line.ask("collect_appointment_data", dienstleistung="Schnitt")
    assert (told.status, told.fields["field"]) == ("clarify", "date")
    told = await line.ask("collect_appointment_data", **{**args, "uhrzeit": "17:00"})
    assert told.status == "held"
    promised = await line.book(
        "collect_appointment_data", **{**args, "uhrzeit": "17:00"}, name=JONAS, bestaetigung=True
    )
    assert promised.hold.number == 1
    again = await line.repeat()
    assert again == promised
    fresh = dial(shop, from_number="+4917604069099")
    taken = await fresh.take(
        "collect_appointment_data",
        **{**args, "uhrzeit": "16:00"},
        name="Mia Muster",
        bestaetigung="true",
    )
    assert isinstance(taken, Promised)
    again = await fresh.repeat()
    assert isinstance(again, Promised)
    assert again.starts == taken.starts


async def test_confirmed_without_a_name_is_held_and_asked(shop: AsyncEngine) -> None:
    line = dial(shop)
    taken = await line.take(
        "collect_appointment_data",
        datum=said(),
        uhrzeit="16:00",
        dienstleistung="Schnitt",
        bestaetigung=True,
    )
    assert isinstance(taken, Answered)
    assert (taken.answer.status, taken.answer.fields["field"]) == ("clarify", "name")
    assert taken.hold is not None
    line.keep(taken)
    assert (await line.book(customer_name=JONAS)).hold.number == 1


async def test_a_visit_is_promised_part_by_part(shop: AsyncEngine) -> None:
    line = dial(shop)
    await line.ask("check_availability", services=["Farbe", "Föhnen"], date=said(), time="10:00")
    promised = await line.book(customer_name=JONAS)
    assert [start.start_at for start in promised.starts] == [at("10:00"), at("11:15")]
    assert len({start.appointment_id for start in promised.starts}) == 2


# --- what became of it ---------------------------------------------------------------------------


async def confirmed(shop: AsyncEngine, promised: Promised) -> None:
    async with tenant_session(shop, COMPANY) as session:
        for number, start in enumerate(promised.starts):
            uid = f"uid-{start.appointment_id}"
            await confirm(
                session,
                appointment_id=start.appointment_id,
                revision=0,
                booking_uid=uid,
                booking_id=number + 1,
            )


async def test_booked_is_said_of_what_cal_com_has_and_reserved_of_the_rest(
    shop: AsyncEngine,
) -> None:
    line = await held(shop)
    promised = await line.book(customer_name=JONAS)
    told = (await line.conclude(promised, None)).answer
    assert told.status == "reserved"
    assert "gebucht" not in told.message
    await confirmed(shop, promised)
    told = (await line.conclude(promised, "booked")).answer
    assert told.status == "booked"
    assert told.fields["appointment_id"] == str(promised.starts[0].appointment_id)


async def test_the_same_wish_after_it_was_booked_is_told_as_booked(shop: AsyncEngine) -> None:
    line = await held(shop)
    promised = await line.book(customer_name=JONAS)
    told = await line.ask("check_availability", **WISH)
    assert told.status == "reserved"
    await confirmed(shop, promised)
    told = await line.ask("collect_appointment_data", **WISH, name=JONAS, bestaetigung=True)
    assert told.status == "booked"
    told = await line.ask("check_availability", **WISH, additional=True)
    assert told.status == "held"


@pytest.mark.parametrize("outcomes", [("refused", "booked"), (None, "refused")])
async def test_a_refused_part_loses_the_visit_and_offers_others(
    shop: AsyncEngine, outcomes: tuple[str | None, str | None]
) -> None:
    line = dial(shop)
    await line.ask("check_availability", services=["Farbe", "Föhnen"], date=said(), time="10:00")
    promised = await line.book(customer_name=JONAS)
    async with tenant_session(shop, COMPANY) as session:
        for start in promised.starts:
            await release(session, start.appointment_id, status="failed", reason="slot_taken")
    answered = await line.conclude(promised, *outcomes, reason="slot_taken")
    assert answered.answer.status == "slot_lost"
    assert answered.hold is not None
    assert len(answered.hold.parts) == 2
    assert answered.hold.start_at != at("10:00") or outcomes[0] != "refused"
    assert answered.hold.number == 2
    renewed = await line.book(customer_name=JONAS)
    assert not {s.appointment_id for s in renewed.starts} & {
        s.appointment_id for s in promised.starts
    }


async def test_a_refusal_that_is_no_matter_of_time_becomes_a_callback(shop: AsyncEngine) -> None:
    line = await held(shop)
    promised = await line.book(customer_name=JONAS)
    answered = await line.conclude(promised, "refused", reason="configuration")
    assert (answered.answer.status, answered.callback) == ("callback", True)


async def test_a_refused_hold_booked_again_is_a_new_appointment(shop: AsyncEngine) -> None:
    """Its first appointment has ended for good; its workflow cannot be started a second time."""
    line = await held(shop)
    promised = await line.book(customer_name=JONAS)
    async with tenant_session(shop, COMPANY) as session:
        await release(
            session, promised.starts[0].appointment_id, status="failed", reason="slot_taken"
        )
    again = await line.book(customer_name=JONAS, hold_id=promised.hold.hold_id)
    assert again.starts[0].appointment_id != promised.starts[0].appointment_id
    assert again.hold.start_at == at("10:00")
    repeated = await line.repeat()
    assert isinstance(repeated, Promised)
    assert repeated.starts == again.starts


async def test_a_hold_is_let_go_once_and_never_when_it_is_somebodys(shop: AsyncEngine) -> None:
    line = await held(shop)
    hold = line.hold
    for _ in range(2):
        await line.steps.release(ReleaseHold(company_id=COMPANY, hold=hold, reason="call_ended"))
    async with tenant_session(shop, COMPANY) as session:
        rows = await session.execute(text("SELECT status, reason FROM appointments"))
        assert [tuple(row) for row in rows] == [("failed", "call_ended")]
    promised = await line.book(customer_name=JONAS, hold_id=hold.hold_id)
    await line.steps.release(ReleaseHold(company_id=COMPANY, hold=hold, reason="call_ended"))
    async with tenant_session(shop, COMPANY) as session:
        view = await get_appointment(session, promised.starts[0].appointment_id)
    assert view is not None
    assert view.status == "held"


async def test_a_hold_of_the_past_is_not_taken_again(shop: AsyncEngine) -> None:
    line = await held(shop)
    hold = line.hold
    await expire(shop, line)
    async with tenant_session(shop, COMPANY) as session:
        minutes = int((at("10:00") - datetime.now(UTC)) / timedelta(minutes=1)) + 60
        await session.execute(text(f"UPDATE companies SET minimum_notice_minutes = {minutes}"))  # noqa: S608
    told = await line.ask("book_appointment", customer_name=JONAS, hold_id=hold.hold_id)
    assert told.status == "slot_lost"


async def test_while_the_calendar_is_away_no_more_is_promised_than_the_branch_may(
    shop: AsyncEngine,
) -> None:
    first, second = await held(shop), dial(shop, from_number="+491713920077")
    [start] = (await first.book(hold_id=first.hold.hold_id, customer_name=JONAS)).starts
    async with tenant_session(shop, COMPANY) as session:
        await session.execute(text("UPDATE companies SET outage_bookings_max = 1"))
        await enter_queue(session, appointment_id=start.appointment_id, revision=0, event_type_id=1)
    async with tenant_session(shop, COMPANY) as session:  # its second try: now it waits
        await enter_queue(session, appointment_id=start.appointment_id, revision=0, event_type_id=1)
    assert (await second.ask("check_availability", **{**WISH, "time": "14:00"})).status == "held"
    told = await second.ask("book_appointment", customer_name="Clara Cordes")
    assert (told.status, told.fields.get("reason")) == ("callback", "calendar_down")
