"""What a running call cancels and moves: told as it ended, now or by message."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from contracts.calls import AppointmentChanged
from contracts.functions import AnswerStatus, ChangeWanted, FunctionTaken
from tests.workflows.conversing import Phone, hold, says, script, wants_to_cancel
from tests.workflows.scripted import Script, scripted_workers, until


async def test_a_cancellation_is_said_when_the_appointment_has_agreed(
    temporal_client: Client,
) -> None:
    told = script(
        functions__take=[wants_to_cancel(uuid4())], functions__conclude_change=[says("cancelled")]
    )
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=20)
        assert (await phone.ask("cancel_appointment")).status == "cancelled"
        await phone.hang_up()
    assert told.requests("functions.conclude_change")[0].outcome == "cancelled"
    assert told.requests("calls.plan")[0].engine_outcome == "cancelled"


async def test_a_slow_change_is_pending_and_its_refusal_becomes_a_callback(
    temporal_client: Client,
) -> None:
    told = script(
        functions__take=[wants_to_cancel(uuid4())], functions__conclude_change=[says("pending")]
    )
    told.answers["appointments.change"] = [
        ApplicationError("busy"),
        AppointmentChanged(outcome="refused", reason="calendar_kept_it"),
    ]
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=0.2)
        assert (await phone.ask("cancel_appointment")).status == "pending"
        settled = await phone.hang_up()
    assert settled.outcome == "callback"
    assert told.requests("calls.settle")[0].reason == "calendar_kept_it"


@pytest.mark.parametrize(
    ("came", "status"),
    [
        (AppointmentChanged(outcome="cancelled"), "cancelled"),
        (AppointmentChanged(outcome="refused", reason="slot_taken"), "alternatives"),
    ],
)
async def test_pending_and_asked_again_is_told_what_came_of_it(
    temporal_client: Client, came: AppointmentChanged, status: AnswerStatus
) -> None:
    """A cancelled appointment is not found any more: asked anew, its owner would be a stranger."""
    told = script(
        functions__take=[wants_to_cancel(uuid4())],
        functions__conclude_change=[says("pending"), says(status)],
        appointments__change=[ApplicationError("busy"), came],
    )
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=0.2)
        assert (await phone.ask("cancel_appointment")).status == "pending"
        await until(lambda: len(told.requests("appointments.change")) == 2)
        answers = [await phone.ask("cancel_appointment") for _ in range(2)]
        await phone.hang_up()
    assert [(one.status, one.replayed) for one in answers] == [(status, True), (status, True)]
    assert len(told.requests("functions.take")) == 1
    outcomes = [request.outcome for request in told.requests("functions.conclude_change")]
    assert outcomes == [None, came.outcome]


async def told_after_a_slow_change(client: Client, last: Any, **scripted: Any) -> Script:
    """A change that was answered `pending`, whatever it comes to."""
    told = script(
        functions__take=[wants_to_cancel(uuid4())], functions__conclude_change=[says("pending")]
    )
    told.answers |= {"appointments.change": [ApplicationError("busy"), last], **scripted}
    async with scripted_workers(client, told):
        phone = Phone(client, answer_wait_s=0.2)
        assert (await phone.ask("cancel_appointment")).status == "pending"
        await phone.hang_up()
    return told


async def test_who_was_told_pending_hears_by_message_that_the_old_appointment_stands(
    temporal_client: Client,
) -> None:
    refused = AppointmentChanged(outcome="refused", reason="slot_taken")
    told = await told_after_a_slow_change(temporal_client, refused)
    messages = told.requests("notify.appointment")
    change = told.requests("appointments.change")[0]
    assert sorted(message.channel for message in messages) == ["email", "sms"]
    for message in messages:
        assert (message.kind, message.audience) == ("unchanged", "customer")
        assert message.appointment_id == change.appointment_id
        assert message.asked_by == change.asked_by


@pytest.mark.parametrize(
    "last",
    [
        AppointmentChanged(outcome="cancelled"),
        AppointmentChanged(outcome="refused", reason="superseded"),
        ApplicationError("nobody answers", non_retryable=True),
    ],
)
async def test_nobody_is_told_that_it_stands_where_that_is_not_known(
    temporal_client: Client, last: Any
) -> None:
    told = await told_after_a_slow_change(temporal_client, last)
    assert told.requests("notify.appointment") == []


async def test_a_refusal_in_time_is_spoken_and_not_written(temporal_client: Client) -> None:
    told = script(
        functions__take=[wants_to_cancel(uuid4())],
        functions__conclude_change=[says("callback")],
        appointments__change=[AppointmentChanged(outcome="refused", reason="calendar_kept_it")],
    )
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=20)
        assert (await phone.ask("cancel_appointment")).status == "callback"
        await phone.hang_up()
    assert told.requests("notify.appointment") == []


async def test_a_mail_server_that_is_away_holds_up_neither_the_settling_nor_the_other_message(
    temporal_client: Client,
) -> None:
    refused = AppointmentChanged(outcome="refused", reason="slot_taken")
    told = script(
        functions__take=[wants_to_cancel(uuid4())], functions__conclude_change=[says("pending")]
    )
    told.answers["appointments.change"] = [ApplicationError("busy"), refused]
    gate = told.gates["notify.appointment"] = asyncio.Event()
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=0.2)
        await phone.ask("cancel_appointment")
        ended = asyncio.create_task(phone.hang_up())
        await until(lambda: "calls.settle" in told.names())
        await until(lambda: told.begun.count("notify.appointment") == 2)
        assert told.requests("notify.appointment") == []
        gate.set()
        await ended
    assert len(told.requests("notify.appointment")) == 2


async def test_what_was_found_is_looked_for_again_once_something_was_cancelled(
    temporal_client: Client,
) -> None:
    told = script(
        functions__take=[says("found"), wants_to_cancel(uuid4()), says("not_found")],
        functions__conclude_change=[says("cancelled")],
    )
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=20)
        assert (await phone.ask("find_appointments")).status == "found"
        assert (await phone.ask("find_appointments")).replayed
        assert (await phone.ask("cancel_appointment")).status == "cancelled"
        again = await phone.ask("find_appointments")
        repeated = await phone.ask("cancel_appointment")
        await phone.hang_up()
    assert (again.status, again.replayed) == ("not_found", False)
    assert (repeated.status, repeated.replayed) == ("cancelled", True)


async def test_a_hold_that_made_room_for_a_move_is_not_told_again(temporal_client: Client) -> None:
    moved = ChangeWanted(
        appointment_id=uuid4(), action="reschedule", summary="Friday", drops_hold=True
    )
    told = script(
        functions__take=[
            says("held", holding=hold(1)),
            FunctionTaken(result=moved),
            says("held", holding=hold(2)),
        ],
        functions__conclude_change=[says("rescheduled")],
    )
    told.answers["appointments.change"] = [AppointmentChanged(outcome="rescheduled")]
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=20)
        await phone.ask("check_availability")
        assert (await phone.ask("reschedule_appointment")).status == "rescheduled"
        assert not (await phone.ask("check_availability")).replayed
        await phone.hang_up()
