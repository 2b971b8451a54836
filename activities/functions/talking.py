"""What is told or passed on: how long and how much, when we are open, who calls back."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from activities.functions.desk import Desk, at_branch
from activities.functions.promising import spoken_number
from contracts.functions import Answered
from db.queries import callbacks
from db.queries.callbacks import Urgency
from db.queries.catalogue import ServiceRecord
from domain.asking import answers
from domain.asking.facts import FunctionReply, ServiceFacts
from domain.asking.hours import opening_facts
from domain.asking.reading import days_asked, read_wish
from domain.errors import UnknownBranch
from domain.intent import is_emergency
from domain.routing import BranchFound, BranchMissing
from domain.slots import BranchPlan

EMERGENCY = "emergency"
# So many of the caller's last turns are listened to for an emergency.
TURNS_HEARD = 3


async def durations(desk: Desk) -> Answered:
    """Length and price, of the person named where that makes a difference."""
    wish = read_wish(desk.arguments, desk.context)
    voice, meant = desk.voice(), wish.services
    offered = await desk.kept.services()
    if meant.options:
        names = [desk.service_name(one) for one in meant.options]
        return desk.answered(answers.clarify(voice, "service", names, unknown=meant.unknown))
    if not meant.ids:
        if meant.unknown is None:
            return desk.answered(answers.clarify(voice, "service"))
        names = [service.name for service in offered]
        return desk.answered(answers.unknown_service(voice, meant.unknown, names))
    plan = None
    if isinstance(wish.branch, BranchFound):
        plan = await desk.plan(wish.branch.branch_id)
    by_id = {service.id: service for service in offered}
    facts = [_service_facts(desk, by_id[one], plan, wish.staff.staff_id) for one in meant.ids]
    return desk.answered(answers.info(voice, facts))


def _service_facts(
    desk: Desk, service: ServiceRecord, plan: BranchPlan | None, staff_id: UUID | None
) -> ServiceFacts:
    facts = ServiceFacts(
        service=service.name,
        duration_minutes=service.duration_minutes,
        price_cents=service.price_cents,
        currency=service.currency,
        price_is_from=service.price_is_from,
    )
    rules = plan.services_by_id.get(service.id) if plan is not None else None
    if plan is None or rules is None or staff_id not in rules.staff_ids:
        return facts
    return replace(
        facts,
        duration_minutes=plan.duration_of(rules, staff_id) // timedelta(minutes=1),
        price_cents=plan.price_of(rules, staff_id),
        staff=desk.staff_name(staff_id),
    )


async def opening(desk: Desk) -> Answered:
    wish = read_wish(desk.arguments, desk.context)
    if isinstance(wish.branch, UnknownBranch):
        names = [branch.name for branch in desk.branches]
        return desk.answered(answers.unknown_branch(desk.voice(), names))
    if isinstance(wish.branch, BranchMissing):
        names = desk.branch_names(wish.branch.candidates)
        return desk.answered(answers.clarify(desk.voice(), "branch", names))
    branch_id = wish.branch.branch_id
    desk = at_branch(desk, branch_id)
    plan = await desk.plan(branch_id)
    when = read_wish(desk.arguments, desk.context).when
    first, days = days_asked(when, desk.context)
    facts = opening_facts(plan, first, desk.now, days=days)
    name = next(iter(desk.branch_names([branch_id])), None) if len(desk.branches) > 1 else None
    return desk.answered(answers.opening_hours(desk.voice(branch_id), facts, branch=name))


# --- people take over ----------------------------------------------------------------------------


async def callback(desk: Desk) -> Answered:
    """`request_callback`: a task with the caller's words; a second one completes the first."""
    missing = [] if desk.call.from_number or spoken_number(desk) else ["phone"]
    await make_task(desk, "callback_asked", missing=missing)
    reply = answers.callback(desk.voice(), missing=missing)
    return desk.answered(reply).model_copy(update={"callback": True})


async def settled(desk: Desk, reply: FunctionReply) -> Answered:
    """An answer that ends in a callback has made its task."""
    if reply.status != "callback":
        return desk.answered(reply)
    await make_task(desk, str(reply.fields.get("reason") or "callback_asked"))
    return desk.answered(reply).model_copy(update={"callback": True})


async def called_back(desk: Desk, reason: str, *, urgency: Urgency = "normal") -> Answered:
    """We cannot do it on the phone: a person will."""
    await make_task(desk, reason, urgency=urgency)
    reply = answers.callback(desk.voice(), reason=reason)
    return desk.answered(reply).model_copy(update={"callback": True})


async def make_task(
    desk: Desk, reason: str, *, missing: Sequence[str] = (), urgency: Urgency = "normal"
) -> UUID:
    call_id = desk.conversation.retell_call_id
    task = await callbacks.insert_callback_once(
        desk.session, retell_call_id=call_id, reason=reason, urgency=urgency
    )
    await callbacks.add_to_callback(
        desk.session, task, missing=missing, urgency=urgency, details=_said(desk)
    )
    return task


def _said(desk: Desk) -> dict[str, object]:
    """What the caller said, for whoever calls back; kept encrypted."""
    given = desk.arguments
    said: dict[str, object | None] = {
        "name": given.customer_name,
        "phone": spoken_number(desk) or given.phone,
        "email": given.email,
        "services": list(given.services) or None,
        "date": given.date or given.new_date,
        "time": given.time or given.new_time,
        "appointment": given.appointment,
        "staff": given.staff,
        "branch": given.branch,
        "words": given.reason,
    }
    return {name: value for name, value in said.items() if value}


# --- emergencies ---------------------------------------------------------------------------------


async def emergency(desk: Desk) -> Answered | None:
    """Words of an emergency end all booking: once a call the agent puts the caller through."""
    heard = [desk.arguments.reason or "", *_last_words(desk)]
    if not any(is_emergency(words) for words in heard):
        return None
    if not await _is_first(desk):
        return None
    task = await make_task(desk, EMERGENCY, urgency="high")
    await callbacks.add_to_callback(
        desk.session,
        task,
        reason=EMERGENCY,
        urgency="high",
        details={"asked_by": str(desk.asked.event_id)},
    )
    branch = desk.branch(desk.conversation.branch_id) or next(iter(desk.branches), None)
    reply = answers.transfer(desk.voice(), urgent=True)
    fields = {**reply.fields, "urgency": "high"}
    if branch is not None and branch.staff_phone_number:
        fields["transfer_to"] = branch.staff_phone_number
    told = desk.answered(replace(reply, fields=fields))
    return told.model_copy(update={"transfer": True, "callback": True})


async def _is_first(desk: Desk) -> bool:
    """Whoever was put through and is still here wants something else; a repeated step is no second
    time.
    """
    known = await callbacks.callback_of_call(desk.session, desk.conversation.retell_call_id)
    if known is None or known.reason != EMERGENCY:
        return True
    return (known.details or {}).get("asked_by") == str(desk.asked.event_id)


def _last_words(desk: Desk) -> list[str]:
    turns = [turn.text for turn in desk.context.transcript if turn.role == "user"]
    return turns[-TURNS_HEARD:]
