"""What is said about an appointment: to its call, to the customer by mail and SMS, to the branch.

Messages go out behind the saga: nothing waits for a mail server, and one that is away for a day
holds up neither the other messages nor the next change.
"""

import asyncio
from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError

from contracts.appointments import (
    Audience,
    Channel,
    FirstOutcome,
    NoticeKind,
    NotifyAppointment,
    NotifySteps,
)
from contracts.calls import AppointmentReported
from contracts.life import LifeSteps, PlanLife
from workflows import policies, steps
from workflows.one_appointment import OneAppointment


def tell(
    it: OneAppointment,
    kind: NoticeKind,
    *audiences: Audience,
    offers: tuple[datetime, ...] = (),
    reminder_minutes: int | None = None,
) -> None:
    for audience in audiences:
        notice = NotifyAppointment(
            company_id=it.start.company_id,
            appointment_id=it.start.appointment_id,
            kind=kind,
            audience=audience,
            sequence=it.sequence,
            offers=offers,
            reminder_minutes=reminder_minutes,
        )
        it.behind(_by_every_channel(it, notice))


async def plan_life(it: OneAppointment) -> None:
    """What is due from here on, and whether the customer gets texts: as the settings are now."""
    planned = await steps.local(
        LifeSteps.plan,
        PlanLife(company_id=it.start.company_id, appointment_id=it.start.appointment_id),
        "Which reminders, by which channels?",
    )
    it.by_sms = planned.by_sms
    it.reminders = planned.reminders if it.status == "booked" else ()


async def _by_every_channel(it: OneAppointment, notice: NotifyAppointment) -> None:
    if notice.audience == "branch":
        await _send(it, notice)
        return
    if it.by_sms is None:
        await plan_life(it)
    channels: tuple[Channel, ...] = ("email", "sms") if it.by_sms else ("email",)
    # Each on its own: what fails on one way still arrives on the other.
    await asyncio.gather(
        *(_send(it, notice.model_copy(update={"channel": channel})) for channel in channels)
    )


async def _send(it: OneAppointment, notice: NotifyAppointment) -> None:
    what = f"{'SMS' if notice.channel == 'sms' else 'Mail'} to {notice.audience}: {notice.kind}"
    within: timedelta | None = None
    if notice.kind == "reminder":  # nobody is reminded of what has begun
        within = max(it.held_slot().start_at - workflow.now(), policies.REMINDER_LEAST)
    try:
        told = await steps.remote(
            NotifySteps.appointment, notice, policies.NOTICE, what, within=within
        )
    except ActivityError as error:
        # The appointment stands whether or not a message could be delivered; the row tells.
        workflow.logger.warning("a message could not be delivered", exc_info=error)
        it.note(f"{what} could not be delivered")
        return
    it.note(f"{what}: {told.outcome}")


def report(it: OneAppointment, outcome: FirstOutcome) -> None:
    """To whoever waits for the first word, and to the call while it runs."""
    it.first = outcome
    parent = workflow.info().parent
    if parent is not None:
        it.behind(_signal(it, parent.workflow_id, outcome))


async def _signal(it: OneAppointment, call_workflow_id: str, outcome: FirstOutcome) -> None:
    try:
        await workflow.get_external_workflow_handle(call_workflow_id).signal(
            "appointment_reported",
            AppointmentReported(
                appointment_id=it.start.appointment_id,
                outcome=outcome.outcome,
                reason=outcome.reason,
                offers=outcome.offers,
            ),
        )
    except ApplicationError:
        # The call has settled long ago; its row is set right by the confirming step.
        workflow.logger.info("the call has ended before its appointment's word")
