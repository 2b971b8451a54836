"""The caller's own appointments: who may hear of them, which is meant, may it be changed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from activities.functions.codes import code_of, figures_of
from activities.functions.names import same_person
from contracts.functions import Answered, ChangeWanted, ConcludeChange, Promised
from db.queries.callbacks import callback_of_call
from db.queries.slots import release
from db.session import tenant_session
from tests.builders.rows import held_for
from tests.builders.talking import BEN, COMPANY, KEY, WITHHELD, OnTheLine, at, dial, in_days, said
from tests.db.shop import loaded_shop, shop, shop_database

__all__ = ["loaded_shop", "shop", "shop_database"]
JONAS = "Jonas Feldmann"
TEN = f"am {in_days():%d.%m.%Y} um zehn Uhr"


async def booked(
    shop: AsyncEngine, *, clock: str = "10:00", name: str = JONAS, days: int = 7, **given: Any
) -> Promised:
    """An appointment of the caller's, made in an earlier call."""
    line = dial(shop, **given)
    await line.ask(
        "check_availability", service="Schnitt", date=said(days), time=clock, staff="nur Anna"
    )
    return await line.book(customer_name=name, additional=True)


# --- who -----------------------------------------------------------------------------------------


async def test_the_signed_number_finds_its_appointments_and_nobody_elses(shop: AsyncEngine) -> None:
    mine = await booked(shop)
    await booked(shop, clock="11:00", name="Mia Muster", from_number="+4917604069099")
    told = await dial(shop).ask("find_appointments")
    assert told.status == "found"
    assert told.fields["appointment_id"] == str(mine.starts[0].appointment_id)
    other = dial(shop, from_number="+4917604069077")
    told = await other.ask("find_appointments")
    assert told.status == "verify"


async def test_nothing_is_said_before_the_proof_whether_or_not_there_is_something(
    shop: AsyncEngine,
) -> None:
    await booked(shop)
    answers = []
    for name in (JONAS, "Nora Niemand"):
        line = dial(shop, from_number=WITHHELD)
        answers.append(await line.ask("find_appointments", customer_name=name))
        answers.append(
            await line.ask("cancel_appointment", customer_name=name, phone="0176 04069040")
        )
        answers.append(
            await line.ask(
                "cancel_appointment", customer_name=name, appointment_phrase="am 1.2. um elf Uhr"
            )
        )
    first, second = answers[:3], answers[3:]
    assert [(a.status, a.message, a.fields) for a in first] == [
        (a.status, a.message, a.fields) for a in second
    ]
    assert {a.status for a in answers} == {"verify"}


async def test_name_and_time_together_prove_and_stay_proved(shop: AsyncEngine) -> None:
    promised = await booked(shop)
    line = dial(shop, from_number=WITHHELD)
    told = await line.ask("find_appointments", customer_name="Feldman", appointment_phrase=TEN)
    assert told.status == "found"
    assert line.conversation.verified == (promised.starts[0].appointment_id,)
    wanted = await line.change("cancel_appointment")
    assert wanted.appointment_id == promised.starts[0].appointment_id


async def test_after_three_failed_proofs_a_person_calls_back(shop: AsyncEngine) -> None:
    await booked(shop)
    line = dial(shop, from_number=WITHHELD)
    wrong = {"customer_name": "Ina Irrtum", "appointment_phrase": TEN}
    told = [await line.ask("cancel_appointment", **wrong) for _ in range(3)]
    assert [answer.status for answer in told] == ["verify", "verify", "callback"]
    assert line.conversation.attempts == 3
    right = {"customer_name": JONAS, "appointment_phrase": TEN}
    assert (await line.ask("cancel_appointment", **right)).status == "callback"


async def test_a_code_to_the_number_on_file_proves_its_owner(shop: AsyncEngine) -> None:
    promised = await booked(shop)
    line = dial(shop, from_number=WITHHELD)
    told = await line.ask("cancel_appointment", customer_name=JONAS, phone="0176 04069040")
    assert (told.status, told.fields["method"]) == ("verify", "sms_code")
    async with tenant_session(shop, COMPANY) as session:
        issued = await code_of(KEY)(session, line.conversation.retell_call_id)
        stored = await session.scalar(text("SELECT code_hash FROM verification_codes"))
    assert issued is not None
    assert len(issued.code) == 6
    assert issued.code not in str(stored)
    assert issued.customer_id == promised.starts[0].customer_id
    wrong = f"{(int(issued.code) + 1) % 1_000_000:06d}"
    told = await line.ask("cancel_appointment", code=wrong)
    assert (told.status, line.conversation.attempts) == ("verify", 1)
    wanted = await line.change("cancel_appointment", code=" ".join(issued.code))
    assert wanted.appointment_id == promised.starts[0].appointment_id


async def test_a_code_is_no_good_after_its_time(shop: AsyncEngine) -> None:
    await booked(shop)
    line = dial(shop, from_number=WITHHELD)
    await line.ask("find_appointments", customer_name=JONAS, phone="0176 04069040")
    async with tenant_session(shop, COMPANY) as session:
        issued = await code_of(KEY)(session, line.conversation.retell_call_id)
        gone = datetime.now(UTC) - timedelta(seconds=1)
        await session.execute(text("UPDATE verification_codes SET expires_at = :at"), {"at": gone})
        assert await code_of(KEY)(session, line.conversation.retell_call_id) is None
    assert issued is not None
    assert (await line.ask("find_appointments", code=issued.code)).status == "verify"


async def test_nobody_gets_a_code_for_a_name_that_is_not_the_numbers(shop: AsyncEngine) -> None:
    await booked(shop)
    line = dial(shop, from_number=WITHHELD)
    told = await line.ask("find_appointments", customer_name="Eva Egal", phone="0176 04069040")
    assert told.fields["method"] == "sms_code"
    async with tenant_session(shop, COMPANY) as session:
        assert await code_of(KEY)(session, line.conversation.retell_call_id) is None


@pytest.mark.parametrize(
    ("said_name", "stored", "same"),
    [
        ("Feldmann", JONAS, True),
        ("Herr Feldman", JONAS, True),
        ("jonas feldmann", JONAS, True),
        ("Meier Schulz", "Thomas Meier-Schulz", True),
        ("Meyerschulz Thomas", "Thomas Meier-Schulz", True),
        ("Yilmas", "Ayşe Yılmaz", True),
        ("Jonas", JONAS, False),
        ("Mia Feldmann", JONAS, False),
        ("Müller", JONAS, False),
        ("Frau", JONAS, False),
        ("Jonas Feldmann", None, False),
    ],
)
def test_a_name_is_recognised_by_its_surname(
    said_name: str, stored: str | None, same: bool
) -> None:
    assert same_person(said_name, stored) is same


def test_a_code_is_understood_in_words_and_figures() -> None:
    assert figures_of("null vier acht, zwei eins drei") == "048213"
    assert figures_of("048 213") == "048213"
    assert figures_of("nichts") == ""


# --- which one, and whether ----------------------------------------------------------------------


async def test_of_several_the_time_decides_or_it_is_asked(shop: AsyncEngine) -> None:
    first = await booked(shop)
    second = await booked(shop, clock="15:00", days=9)
    line = dial(shop)
    told = await line.ask("cancel_appointment")
    assert (told.status, told.fields["field"]) == ("clarify", "appointment")
    assert len(told.fields["options"]) == 2  # type: ignore[arg-type]
    wanted = await line.change("cancel_appointment", appointment_phrase=TEN)
    assert wanted.appointment_id == first.starts[0].appointment_id
    wanted = await line.change(
        "cancel_appointment", appointment_phrase=f"der am {in_days(9):%d.%m.%Y}"
    )
    assert wanted.appointment_id == second.starts[0].appointment_id
    assert "Feldmann" not in wanted.summary
    told = await line.ask("cancel_appointment", appointment_phrase="am 1.2. um elf Uhr")
    assert (told.status, told.fields["field"]) == ("clarify", "appointment")


async def test_a_family_on_one_phone_is_told_apart_by_name(shop: AsyncEngine) -> None:
    await booked(shop)
    mias = await booked(shop, clock="11:00", name="Mia Feldmann")
    wanted = await dial(shop).change("cancel_appointment", customer_name="Mia Feldmann")
    assert wanted.appointment_id == mias.starts[0].appointment_id


async def test_a_known_caller_without_appointments_hears_so(shop: AsyncEngine) -> None:
    promised = await booked(shop)
    async with tenant_session(shop, COMPANY) as session:
        await release(session, promised.starts[0].appointment_id, status="cancelled")
    line = dial(shop)
    assert (await line.ask("find_appointments")).status == "not_found"
    again = await line.ask("cancel_appointment", appointment_phrase=TEN)
    assert again.status == "cancelled"  # asked for again, after it was done


async def test_past_the_limit_a_person_calls_back(shop: AsyncEngine) -> None:
    await booked(shop)
    async with tenant_session(shop, COMPANY) as session:
        await session.execute(text("UPDATE companies SET cancel_limit_hours = 400"))
    line = dial(shop)
    for name, args in (
        ("cancel_appointment", {}),
        ("reschedule_appointment", {"new_date_phrase": said(9), "new_time_phrase": "15 Uhr"}),
    ):
        taken = await line.take(name, **args)  # type: ignore[arg-type]
        assert isinstance(taken, Answered)
        assert (taken.answer.status, taken.callback) == ("cancel_limit", True)
    async with tenant_session(shop, COMPANY) as session:
        task = await callback_of_call(session, line.conversation.retell_call_id)
    assert task is not None
    assert task.reason == "change_too_late"


async def test_a_no_to_the_question_cancels_nothing(shop: AsyncEngine) -> None:
    await booked(shop)
    told = await dial(shop).ask("cancel_appointment", bestaetigung=False)
    assert (told.status, told.fields["field"]) == ("clarify", "confirmation")


# --- where to ------------------------------------------------------------------------------------


async def test_a_move_to_a_free_time_keeps_the_person(shop: AsyncEngine) -> None:
    promised = await booked(shop)
    line = dial(shop)
    wanted = await line.change(
        "reschedule_appointment",
        old_appointment_phrase=TEN,
        new_date_phrase=said(),
        new_time_phrase="10:15",
    )
    assert (wanted.action, wanted.start_at, wanted.staff_id) == ("reschedule", at("10:15"), None)
    assert wanted.appointment_id == promised.starts[0].appointment_id
    with_ben = await line.change(
        "reschedule_appointment", new_date_phrase=said(9), new_time_phrase="11 Uhr", staff="Ben"
    )
    assert (with_ben.start_at, with_ben.staff_id) == (at("11:00", days=9), BEN)


async def test_relative_times_count_from_the_old_one(shop: AsyncEngine) -> None:
    await booked(shop)
    wanted = await dial(shop).change("reschedule_appointment", new_time_phrase="eine Stunde später")
    assert wanted.start_at == at("11:00")


async def test_a_taken_time_offers_others_and_holds_nothing(shop: AsyncEngine) -> None:
    await booked(shop)
    await booked(shop, clock="15:00", name="Mia Muster", from_number="+4917604069099")
    line = dial(shop)
    taken = await line.take(
        "reschedule_appointment", new_date_phrase=said(), new_time_phrase="15 Uhr"
    )
    assert isinstance(taken, Answered)
    assert (taken.answer.status, taken.hold) == ("alternatives", None)
    assert "hold_id" not in taken.answer.fields
    told = await line.ask("reschedule_appointment", new_date_phrase=said(9))
    assert told.status == "alternatives"
    told = await line.ask("reschedule_appointment")
    assert (told.status, told.fields["field"]) == ("clarify", "date")


async def test_what_the_caller_holds_is_not_in_the_way_of_their_own_move(shop: AsyncEngine) -> None:
    await booked(shop)
    line = dial(shop)
    await line.ask(
        "check_availability", service="Schnitt", date=said(), time="14:00", staff="nur Anna"
    )
    wanted = await line.change(
        "reschedule_appointment", new_date_phrase=said(), new_time_phrase="14 Uhr"
    )
    assert wanted.start_at == at("14:00")
    async with tenant_session(shop, COMPANY) as session:
        assert await held_for(session, line.conversation.retell_call_id) == []


# --- what became of it ---------------------------------------------------------------------------


async def concluded(line: OnTheLine, change: ChangeWanted, **outcome: Any) -> Answered:
    return await line.steps.conclude_change(
        ConcludeChange.model_validate(
            {
                "asked": line.asked[-1].asked,
                "conversation": line.conversation,
                "change": change,
                "outcome": None,
                **outcome,
            }
        )
    )


async def test_a_change_is_told_as_it_ended(shop: AsyncEngine) -> None:
    await booked(shop)
    line = dial(shop)
    move = await line.change(
        "reschedule_appointment", new_date_phrase=said(), new_time_phrase="11 Uhr"
    )
    assert (await concluded(line, move)).answer.status == "pending"
    assert (await concluded(line, move, outcome="rescheduled")).answer.status == "rescheduled"
    taken = await concluded(
        line, move, outcome="refused", reason="slot_taken", offers=(at("12:00"),)
    )
    assert taken.answer.status == "alternatives"
    gone = await concluded(line, move, outcome="refused", reason="slot_taken")
    assert (gone.answer.status, gone.callback) == ("alternatives", False)
    assert (gone.answer.fields["reason"], gone.hold) == ("slot_taken", None)
    slots: Any = gone.answer.fields["slots"]
    others = {datetime.fromisoformat(slot["start"]) for slot in slots}
    assert others
    assert not others & {at("11:00"), at("10:00")}
    kept = await concluded(line, move, outcome="refused", reason="calendar_kept_it")
    assert (kept.answer.status, kept.callback) == ("callback", True)
    late = await concluded(line, move, outcome="refused", reason="change_too_late")
    assert (late.answer.status, late.callback) == ("cancel_limit", True)
    cancel = await line.change("cancel_appointment")
    assert (await concluded(line, cancel, outcome="cancelled")).answer.status == "cancelled"


async def test_after_a_refused_move_nothing_is_offered_that_overlaps_the_refused_time(
    shop: AsyncEngine,
) -> None:
    """Here the person is free: only Cal.com's answer says otherwise."""
    await booked(shop)
    line = dial(shop)
    move = await line.change(
        "reschedule_appointment", new_date_phrase=said(), new_time_phrase="15 Uhr"
    )
    told = await concluded(line, move, outcome="refused", reason="slot_taken")
    slots: Any = told.answer.fields["slots"]
    with_anna = [
        (datetime.fromisoformat(slot["start"]), datetime.fromisoformat(slot["end"]))
        for slot in slots
        if slot["staff"] == "Anna"
    ]
    assert with_anna
    assert all(end <= at("15:00") or start >= at("15:30") for start, end in with_anna)


async def test_a_move_asked_for_again_is_told_as_done(shop: AsyncEngine) -> None:
    promised = await booked(shop)
    line = dial(shop)
    args = {
        "old_appointment_phrase": TEN,
        "new_date_phrase": said(),
        "new_time_phrase": "14 Uhr",
    }
    await line.change("reschedule_appointment", **args)
    async with tenant_session(shop, COMPANY) as session:
        await session.execute(
            text(
                "UPDATE appointments SET start_at = start_at + interval '4 hours',"
                " end_at = end_at + interval '4 hours' WHERE id = :id"
            ),
            {"id": promised.starts[0].appointment_id},
        )
    assert (await line.ask("reschedule_appointment", **args)).status == "rescheduled"
