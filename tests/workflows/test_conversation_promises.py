"""What a running call holds and books: let go in time, told as it is, kept whole or not at all."""

from typing import Any
from uuid import uuid4

from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from contracts.appointments import CalendarAnswered, CalendarRefused
from contracts.calls import AppointmentChanged, CallReported
from contracts.functions import Hold
from tests.workflows.conversing import Phone, hold, promises, says, script
from tests.workflows.scripted import Script, booked, recorded, scripted_workers, until


async def test_a_hold_is_let_go_when_its_time_is_up_and_then_asked_anew(
    temporal_client: Client,
) -> None:
    told = script(
        functions__take=[says("held", holding=hold(1, lives_s=0.6)), says("held", holding=hold(2))]
    )
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client)
        await phone.ask("check_availability")
        await until(lambda: "functions.release" in told.names())
        again = await phone.ask("check_availability")
        await phone.hang_up()
    assert not again.replayed
    assert [r.reason for r in told.requests("functions.release")] == ["expired", "call_ended"]


async def test_hanging_up_lets_the_hold_go_before_the_analysis_comes(
    temporal_client: Client,
) -> None:
    told = script(functions__take=[says("held", holding=hold())])
    told.answers["calls.record_events"] = [
        recorded(ended=False, analyzed=False),
        recorded(ended=True, analyzed=False),
    ]
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, analysis_wait_s=60)
        await phone.ask("check_availability")
        await phone.handle().signal(
            "call_reported", CallReported(event_id=uuid4(), kind="call_ended")
        )
        await until(lambda: "functions.release" in told.names())
        assert "calls.plan" not in told.names()
        await phone.handle().terminate()
    assert told.requests("functions.release")[0].reason == "call_ended"


async def test_booked_is_said_when_cal_com_has_confirmed(temporal_client: Client) -> None:
    held = hold()
    told = script(functions__take=[promises(held)], functions__conclude_booking=[says("booked")])
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=20)
        first = await phone.ask("book_appointment")
        second = await phone.ask("book_appointment")
        settled = await phone.hang_up()
    assert (first.status, second.status, second.replayed) == ("booked", "booked", True)
    assert told.requests("functions.conclude_booking")[0].outcomes[0].outcome == "booked"
    assert told.names().count("calendar.book") == 1
    assert told.requests("calls.plan")[0].engine_outcome == "booked"
    assert held.parts[0].appointment_id in told.requests("calls.settle")[0].appointment_ids
    assert settled.outcome == "info"  # as the scripted plan says


async def test_reserved_is_said_while_cal_com_is_silent_and_the_running_call_hears_the_rest(
    temporal_client: Client,
) -> None:
    held = hold()
    told = script(
        functions__take=[promises(held)],
        functions__conclude_booking=[says("reserved"), says("booked")],
    )
    told.answers["calendar.book"] = [ApplicationError("503"), booked()]
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=0.2)
        first = await phone.ask("book_appointment")
        await until(lambda: "calls.tell_live" in told.names())
        again = await phone.ask("book_appointment")
        await phone.hang_up()
    assert first.status == "reserved"
    assert told.requests("functions.conclude_booking")[0].outcomes[0].outcome is None
    assert told.requests("calls.tell_live")[0].outcome == "booked"
    assert (again.status, again.replayed) == ("booked", True)
    assert told.names().count("functions.take") == 1


async def test_a_promise_that_cannot_be_kept_becomes_an_apology_and_a_callback(
    temporal_client: Client,
) -> None:
    told = script(
        functions__take=[promises(hold())], functions__conclude_booking=[says("reserved")]
    )
    told.answers["calendar.book"] = [
        ApplicationError("503"),
        CalendarAnswered(answer=CalendarRefused(cause="time_policy", message="too far")),
    ]
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=0.2)
        assert (await phone.ask("book_appointment")).status == "reserved"
        settled = await phone.hang_up()
    apologies = [n for n in told.requests("notify.appointment") if n.kind == "apology"]
    assert sorted((n.audience, n.channel) for n in apologies) == [
        ("branch", "email"),
        ("customer", "email"),
        ("customer", "sms"),
    ]
    assert settled.outcome == "callback"
    assert told.requests("calls.settle")[0].reason == "time_policy"


async def lose_all_but_the_first_part(client: Client, told: Script, held: Hold) -> None:
    """Cal.com books the first part and refuses the others; the caller hears it, and hangs up."""

    def of_part(request: Any) -> CalendarAnswered:
        if request.appointment_id == held.parts[0].appointment_id:
            return booked()
        return CalendarAnswered(answer=CalendarRefused(cause="time_policy", message="no"))

    told.answers["calendar.book"] = [of_part]
    async with scripted_workers(client, told):
        phone = Phone(client, answer_wait_s=20)
        assert (await phone.ask("book_appointment")).status == "slot_lost"
        await phone.hang_up()


async def test_a_visit_is_kept_whole_or_not_at_all(temporal_client: Client) -> None:
    held = hold(parts=2)
    told = script(functions__take=[promises(held)], functions__conclude_booking=[says("slot_lost")])
    await lose_all_but_the_first_part(temporal_client, told, held)
    (back,) = told.requests("appointments.change")
    assert (back.appointment_id, back.action, back.by) == (
        held.parts[0].appointment_id,
        "cancel",
        "engine",
    )
    assert told.requests("calls.settle")[0].outcome != "callback"


async def test_of_half_a_visit_that_cal_com_keeps_a_person_is_told(temporal_client: Client) -> None:
    held = hold(parts=2)
    kept = AppointmentChanged(outcome="refused", reason="calendar_kept_it")
    told = script(
        functions__take=[promises(held)],
        functions__conclude_booking=[says("slot_lost")],
        appointments__change=[kept],
    )
    await lose_all_but_the_first_part(temporal_client, told, held)
    settled = told.requests("calls.settle")[0]
    assert (settled.outcome, settled.reason) == ("callback", "calendar_kept_it")


async def test_a_booking_is_looked_up_again_before_it_is_told_again_much_later(
    temporal_client: Client,
) -> None:
    """Another line may have cancelled it meanwhile."""
    held = hold()
    told = script(
        functions__take=[promises(held), promises(held), says("not_found")],
        functions__conclude_booking=[says("booked")],
    )
    async with scripted_workers(temporal_client, told):
        phone = Phone(temporal_client, answer_wait_s=20, repeat_window_s=0)
        assert not (await phone.ask("book_appointment")).replayed
        again = await phone.ask("book_appointment")
        gone = await phone.ask("book_appointment")
        await phone.hang_up()
    assert (again.status, again.replayed) == ("booked", True)
    assert told.names().count("calendar.book") == 1
    assert (gone.status, gone.replayed) == ("not_found", False)
