"""Prices, hours, callbacks, emergencies; and a call that is opened by its first function."""

import json
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.exceptions import ApplicationError

from contracts.functions import Answered
from db.queries.callbacks import CallbackRecord, callback_of_call
from db.queries.calls import get_call
from db.session import tenant_session
from tests.builders.talking import COMPANY, MITTE, WITHHELD, OnTheLine, dial, in_days, said
from tests.db.shop import loaded_shop, shop, shop_database

__all__ = ["loaded_shop", "shop", "shop_database"]


async def task_of(shop: AsyncEngine, line: OnTheLine) -> CallbackRecord:
    async with tenant_session(shop, COMPANY) as session:
        task = await callback_of_call(session, line.conversation.retell_call_id)
    assert task is not None
    return task


async def test_a_call_is_opened_by_its_first_function(shop: AsyncEngine) -> None:
    """By the dialled number of the signed call, whatever the arguments say."""
    line = dial(shop, transcript="Agent: Guten Tag.\nUser: Hallo, wann haben Sie auf?\n")
    await line.ask("opening_hours", company_id="co_other", branch_id="br_other", call_id="call_1")
    async with tenant_session(shop, COMPANY) as session:
        call = await get_call(session, line.conversation.retell_call_id)
    assert call is not None
    assert (call.branch_id, call.events, call.state) == (MITTE, ["function_called"], "running")
    assert call.from_number == "+4917604069040"
    assert [turn["role"] for turn in call.transcript] == ["agent", "user"]
    assert not call.ended


async def test_the_question_of_another_call_is_refused(shop: AsyncEngine) -> None:
    line = dial(shop)
    await line.ask("opening_hours")
    other = dial(shop)
    request = line.asked[-1].model_copy(update={"conversation": other.conversation})
    with pytest.raises(ApplicationError, match="no such question"):
        await other.repeat(request)


async def test_length_and_price_are_those_of_the_person_named(shop: AsyncEngine) -> None:
    line = dial(shop)
    told = await line.ask("calculate_duration", service="Farbe")
    assert told.status == "info"
    assert "neunzig" in told.message or "eine Stunde" in told.message
    with_anna = await line.ask("calculate_duration", service="Farbe", staff="Anna")
    assert with_anna.message != told.message
    both = await line.ask("calculate_duration", services=["Farbe", "Föhnen"])
    assert both.fields["duration_minutes"] == 90 + 15
    assert (await line.ask("calculate_duration")).fields["field"] == "service"
    assert (await line.ask("calculate_duration", service="Zauberei")).status == "unknown_service"


async def test_opening_hours_are_a_branchs(shop: AsyncEngine) -> None:
    line = dial(shop)
    told = await line.ask("opening_hours", date=said(), branch="Nord")
    assert told.status == "info"
    assert in_days().isoformat() in json.dumps(told.fields)
    assert (await line.ask("opening_hours", branch="Timbuktu")).status == "unknown_branch"


async def test_a_second_callback_of_a_call_completes_the_first(shop: AsyncEngine) -> None:
    line = dial(shop, from_number=WITHHELD)
    taken = await line.take("request_callback", reason="Frage zu Allergien")
    assert isinstance(taken, Answered)
    assert (taken.answer.status, taken.callback) == ("callback", True)
    assert taken.answer.fields["missing"] == ["phone"]
    told = await line.ask("request_callback", phone="am 23.11.2026 um 14 Uhr")
    assert told.fields["missing"] == ["phone"]
    await line.ask("request_callback", name="Eva Egal", phone="0176 04069041")
    task = await task_of(shop, line)
    assert task.details == {
        "words": "Frage zu Allergien",
        "name": "Eva Egal",
        "phone": "+4917604069041",
    }
    assert (task.reason, task.urgency, task.status) == ("callback_asked", "normal", "open")


@pytest.mark.parametrize(
    "given",
    [
        {"transcript": "User: Hilfe, mein Mann bekommt keine Luft mehr!\n"},
        {"reason": "Er ist bewusstlos"},
    ],
)
async def test_an_emergency_is_put_through_once(shop: AsyncEngine, given: dict[str, Any]) -> None:
    line = dial(shop, **{k: v for k, v in given.items() if k == "transcript"})
    args = {k: v for k, v in given.items() if k == "reason"}
    taken = await line.take("check_availability", service="Schnitt", date=said(), **args)
    again = await line.repeat()
    assert taken == again
    assert isinstance(taken, Answered)
    assert (taken.answer.status, taken.transfer, taken.callback) == ("transfer", True, True)
    assert taken.answer.fields["transfer_to"] == "+493023990001"
    task = await task_of(shop, line)
    assert (task.reason, task.urgency) == ("emergency", "high")
    # Whoever is still on the line is answered.
    assert (
        await line.ask("check_availability", service="Schnitt", date=said())
    ).status != "transfer"


async def test_an_english_caller_is_answered_in_english(shop: AsyncEngine) -> None:
    line = dial(shop, transcript="User: Hi, I'd like to get an appointment for a haircut please.\n")
    told = await line.ask("opening_hours")
    assert "open" in told.message.lower()
