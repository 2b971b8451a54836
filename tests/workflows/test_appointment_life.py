"""After it was booked: reminders, what Cal.com reports, its end, and runs that hand over."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from temporalio.client import Client

from contracts.appointments import (
    AppointmentProgress,
    Cancel,
    Notified,
    OffersFound,
    ReminderDue,
    Reschedule,
    SlotHeld,
    SlotReserved,
)
from contracts.life import (
    CalendarReported,
    LifePlanned,
    MissedMarked,
    PlanLife,
)
from tests.workflows.scripted import STAFF, Script, scripted_workers, until, wish
from tests.workflows.test_appointment import Handle, begin
from tests.workflows.test_appointment_changes import told
from workflows.appointment import AppointmentWorkflow

DAY = timedelta(days=1)
SOON = timedelta(milliseconds=300)
LATER = timedelta(seconds=5)


def now() -> datetime:
    return datetime.now(UTC)


def due(**in_time: timedelta) -> Callable[[PlanLife], LifePlanned]:
    """`m120=SOON`: the reminder of 120 minutes comes soon after it was planned."""

    def planned(_: PlanLife) -> LifePlanned:
        return LifePlanned(
            reminders=tuple(
                ReminderDue(minutes=int(name[1:]), at=now() + wait)
                for name, wait in in_time.items()
            )
        )

    return planned


def slot(start_at: datetime, *, minutes: float = 30, revision: int = 0) -> SlotHeld:
    return SlotHeld(
        staff_id=STAFF,
        staff_name="Mehmet",
        start_at=start_at,
        end_at=start_at + timedelta(minutes=minutes),
        zone="Europe/Berlin",
        summary="Herrenhaarschnitt, Mitte",
        revision=revision,
    )


def short() -> SlotReserved:
    """Over in a moment."""
    return SlotReserved(answer=slot(now() + timedelta(seconds=0.5), minutes=0.005))


def reminders(script: Script) -> list[tuple[int, str, int]]:
    return [
        (r.reminder_minutes, r.channel, r.sequence)
        for r in script.requests("notify.appointment")
        if r.kind == "reminder"
    ]


async def progress_of(handle: Handle) -> AppointmentProgress:
    return await handle.query(AppointmentWorkflow.progress)


async def becomes(handle: Handle, holds: Callable[[AppointmentProgress], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds(await progress_of(handle)):  # noqa: ASYNC110 - only asking tells
            await asyncio.sleep(0.02)


async def completed(handle: Handle) -> None:
    await becomes(handle, lambda progress: progress.status == "completed")


# --- messages ---------------------------------------------------------------------------------


async def test_who_gets_texts_gets_each_message_both_ways_and_the_branch_mails(
    temporal_client: Client,
) -> None:
    script = Script({"life.plan": [LifePlanned(by_sms=True)]})
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, wish())
        await until(lambda: len(script.requests("notify.appointment")) == 3)
        await handle.terminate()
    sent = {(r.kind, r.audience, r.channel) for r in script.requests("notify.appointment")}
    assert sent == {
        ("confirmation", "customer", "email"),
        ("confirmation", "customer", "sms"),
        ("confirmation", "branch", "email"),
    }


async def test_a_mail_server_that_is_away_does_not_hold_up_the_text(
    temporal_client: Client,
) -> None:
    def answer(request: Any) -> Any:
        return RuntimeError("away") if request.channel == "email" else Notified(outcome="sent")

    script = Script({"life.plan": [LifePlanned(by_sms=True)], "notify.appointment": [answer]})
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, wish())
        await until(lambda: "sms" in {r.channel for r in script.requests("notify.appointment")})
        # Mail is tried again all the while.
        await until(lambda: len(script.requests("notify.appointment")) >= 4)
        await handle.terminate()
    assert [r.channel for r in script.requests("notify.appointment")].count("sms") == 1


async def test_a_reserved_customer_who_gets_texts_is_texted_too(temporal_client: Client) -> None:
    script = Script(
        {"life.plan": [LifePlanned(by_sms=True)], "calendar.book": [RuntimeError("down")]}
    )
    async with scripted_workers(temporal_client, script):
        handle, first = await begin(temporal_client, wish(patience_s=0.1))
        assert first.outcome == "reserved"
        await until(lambda: len(script.requests("notify.appointment")) == 2)
        await handle.terminate()
    channels = {r.channel for r in script.requests("notify.appointment")}
    assert channels == {"email", "sms"}


# --- reminders --------------------------------------------------------------------------------


async def test_reminders_come_when_they_are_due_each_once(temporal_client: Client) -> None:
    script = Script({"life.plan": [due(m1440=SOON, m120=LATER)]})
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, wish())
        await until(lambda: len(reminders(script)) == 2)
        left = await progress_of(handle)
        await handle.terminate()
    assert reminders(script) == [(1440, "email", 0), (120, "email", 0)]
    assert left.reminders == ()
    assert left.status == "booked"


async def test_of_reminders_that_are_late_the_last_is_sent(temporal_client: Client) -> None:
    script = Script({"life.plan": [due(m1440=-2 * SOON, m120=-SOON, m60=DAY)]})
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, wish())
        await until(lambda: len(reminders(script)) == 1)
        left = await progress_of(handle)
        await handle.terminate()
    assert reminders(script) == [(120, "email", 0)]
    assert left.reminders == (60,)


async def test_after_a_move_the_new_times_reminders_come(temporal_client: Client) -> None:
    start = wish()
    script = Script({"life.plan": [due(m1440=DAY, m120=DAY + SOON), due(m120=SOON)]})
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        await until(lambda: "life.plan" in script.names())
        assert (await progress_of(handle)).reminders == (1440, 120)
        request = Reschedule(start_at=start.start_at + DAY)
        await handle.execute_update(AppointmentWorkflow.reschedule, request)
        await until(lambda: len(reminders(script)) == 1)
        await handle.terminate()
    assert reminders(script) == [(120, "email", 1)]


async def test_what_is_cancelled_reminds_nobody(temporal_client: Client) -> None:
    script = Script({"life.plan": [due(m120=DAY)]})
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, wish())
        await handle.execute_update(AppointmentWorkflow.cancel, Cancel())
        result = await handle.result()
    assert (result.status, result.reminders) == ("cancelled", ())
    assert reminders(script) == []


async def test_nobody_is_reminded_of_what_begins_within_a_minute(temporal_client: Client) -> None:
    start = wish(start_at=now() + timedelta(seconds=50))
    script = Script({"life.plan": [due(m30=-SOON)]})
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, start)
        await until(lambda: len(script.requests("notify.appointment")) == 2)
        await becomes(handle, lambda progress: progress.reminders == ())
        await handle.terminate()
    assert reminders(script) == []


# --- its end ----------------------------------------------------------------------------------


async def test_it_is_completed_at_its_end_and_closed_when_nobody_has_said_otherwise(
    temporal_client: Client,
) -> None:
    script = Script({"slots.reserve": [short()]})
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, wish(missed_window_s=0.5))
        result = await handle.result()
    assert result.status == "completed"
    assert script.names().count("slots.mark_passed") == 1


async def test_a_change_of_what_is_over_is_refused(temporal_client: Client) -> None:
    script = Script({"slots.reserve": [short()]})
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, wish())
        await completed(handle)
        result = await handle.execute_update(AppointmentWorkflow.cancel, Cancel())
        await handle.terminate()
    assert (result.outcome, result.reason) == ("refused", "is_completed")


async def test_who_did_not_come_is_offered_another_appointment_also_after_the_end(
    temporal_client: Client,
) -> None:
    offers = (now() + DAY,)
    script = Script({"slots.reserve": [short()], "slots.find_offers": [OffersFound(offers=offers)]})
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, wish())
        await completed(handle)
        report = CalendarReported(kind="no_show", event_id=uuid4())
        await handle.signal(AppointmentWorkflow.calendar_reported, report)
        result = await handle.result()
    assert result.status == "missed"
    missed = script.requests("notify.appointment")[-1]
    assert (missed.kind, missed.audience, missed.offers) == ("missed", "customer", offers)


async def test_a_company_may_leave_those_who_did_not_come_alone(temporal_client: Client) -> None:
    script = Script(
        {"slots.reserve": [short()], "life.mark_missed": [MissedMarked(follow_up=False)]}
    )
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, wish())
        await completed(handle)
        report = CalendarReported(kind="no_show", event_id=uuid4())
        await handle.signal(AppointmentWorkflow.calendar_reported, report)
        assert (await handle.result()).status == "missed"
    assert "missed" not in {kind for kind, _, _ in told(script)}


async def test_nobody_can_have_missed_what_has_not_begun(temporal_client: Client) -> None:
    script = Script()
    async with scripted_workers(temporal_client, script):
        handle, _ = await begin(temporal_client, wish())
        report = CalendarReported(kind="no_show", event_id=uuid4())
        await handle.signal(AppointmentWorkflow.calendar_reported, report)
        cancelled = await handle.execute_update(AppointmentWorkflow.cancel, Cancel())
        await handle.result()
    assert cancelled.outcome == "cancelled"
    assert "life.mark_missed" not in script.names()
