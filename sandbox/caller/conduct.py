"""Phones the scenarios in, waits until each has come to its end, and looks at what is true then."""

import asyncio
import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from random import SystemRandom
from typing import Any
from uuid import UUID

from domain.ids import appointment_workflow_id, call_workflow_id
from sandbox.caller.calls import inbound_event, new_call_id, phone_call
from sandbox.caller.desk import Desk, DeskError, wait_until
from sandbox.caller.diary import Wish
from sandbox.caller.inside import Inside
from sandbox.caller.judge import Seen, Verdict, verdict, verdicts_of_rivals
from sandbox.caller.plans import Plan, make_plans
from sandbox.caller.scenarios import SCENARIOS, UNKNOWN_LINE, Scenario
from sandbox.caller.wire import RetellWire
from sandbox.companies import demo_companies, demo_company
from stack.info import StackInfo

Json = dict[str, Any]

# An outage of Cal.com is ridden out within the call's own patience of a minute.
SETTLE_WITHIN_S = 100.0
# Mails and Cal.com's booking may come a moment after the call has settled.
AFTERWARDS_WITHIN_S = 20.0
BOOKED_WITHIN_S = 30.0
OUTAGE_REQUESTS = 4
OUTAGE_STATUS = 503
# Holds a slot so that the caller cannot have it; no scenario phones from this number.
SOMEBODY = {"name": "Frauke Lorenzen", "phone": "+4917604069060", "email": None}


@dataclass(frozen=True, kw_only=True)
class CallReport:
    """What a demo call came to. `timeline` is REST's, `mails` are about this call only."""

    plan: Plan
    call_id: str
    old_id: str | None
    verdict: Verdict
    took_s: float
    timeline: Sequence[Json]
    workflow_ids: Sequence[str]
    mails: Sequence[Json]


@dataclass(frozen=True, kw_only=True)
class Rung:
    """A call that is over. `old_id`: the caller's appointment from before; `took_s`: to settle."""

    plan: Plan
    call_id: str
    old_id: str | None
    took_s: float


Tell = Callable[[str], None]


async def run_scenarios(
    stack: StackInfo,
    *,
    scenarios: Iterable[Scenario] = SCENARIOS,
    tell: Tell = lambda _: None,
    report: Callable[[CallReport], None] = lambda _: None,
) -> list[CallReport]:
    """All scenarios at the same time; reports in their order, and to `report` as they come."""
    async with Desk(stack) as desk, Inside.opened(stack) as inside:
        tell("looking for free starts")
        plans = await _plans(desk, scenarios)
        tell("making the appointments that were there before")
        old_ids = await asyncio.gather(*(_prepare(desk, plan) for plan in plans))
        groups: dict[str, list[tuple[Plan, str | None]]] = {}
        for plan, old_id in zip(plans, old_ids, strict=True):
            group = plan.scenario.rivals or plan.scenario.key
            groups.setdefault(group, []).append((plan, old_id))
        conductor = _Conductor(desk, inside, report)
        tell(f"{len(plans)} callers phone in at the same time")
        found = await asyncio.gather(*(conductor.group(group) for group in groups.values()))
        tell("looking at everything once more")
        again = await asyncio.gather(*(conductor.look(reports) for reports in found))
    return list(itertools.chain.from_iterable(again))


async def _plans(desk: Desk, scenarios: Iterable[Scenario]) -> list[Plan]:
    now = datetime.now(UTC)
    lists = await asyncio.gather(
        *(desk.taken(company, from_at=now) for company in demo_companies())
    )
    return make_plans(now, itertools.chain.from_iterable(lists), scenarios)


async def _prepare(desk: Desk, plan: Plan) -> str | None:
    """Books through REST what has to be there before the call; the id of the caller's own."""
    scenario = plan.scenario
    if scenario.before not in {"slot_taken", "appointment"}:
        return None
    wish, start = scenario.old or scenario.wish, plan.old_start or plan.start
    if wish is None or start is None:
        raise DeskError(f"{scenario.key} has no appointment to make before")
    theirs = scenario.before == "appointment"
    caller = {"name": scenario.name, "phone": scenario.caller, "email": scenario.email}
    made = await desk.book(scenario.company, _order(wish, start, caller if theirs else SOMEBODY))

    async def booked() -> Json | None:
        seen = await desk.appointment(scenario.company, made["id"])
        return seen if seen is not None and seen["status"] == "booked" else None

    if await wait_until(booked, within_s=BOOKED_WITHIN_S) is None:
        link = desk.workflow_link(appointment_workflow_id(UUID(made["id"])))
        raise DeskError(
            f"{scenario.key}: the appointment before was not booked in time, see {link}"
        )
    return str(made["id"]) if theirs else None


def _order(wish: Wish, start: datetime, customer: Json) -> Json:
    company = demo_company(wish.company)
    order: Json = {
        "branch": company.branch(wish.branch).name,
        "service": company.service(wish.service).name,
        "start_at": start.isoformat(),
        "customer": {name: value for name, value in customer.items() if value},
    }
    if wish.staff is not None:
        order["staff"] = company.person(wish.staff).name
    return order


class _Conductor:
    def __init__(self, desk: Desk, inside: Inside, report: Callable[[CallReport], None]) -> None:
        self._desk = desk
        self._inside = inside
        self._report = report
        self._random = SystemRandom()

    async def group(self, plans: Sequence[tuple[Plan, str | None]]) -> list[CallReport]:
        """A call, or rivals; done when all is as expected, or when the time is up."""
        rung = await asyncio.gather(*(self._ring(plan, old_id) for plan, old_id in plans))

        async def right() -> list[CallReport] | None:
            reports = await self._look_at(rung)
            return reports if all(report.verdict.right for report in reports) else None

        reports = await wait_until(right, within_s=AFTERWARDS_WITHIN_S)
        if reports is None:
            reports = await self._look_at(rung)
        for report in reports:
            self._report(report)
        return reports

    async def look(self, reports: Sequence[CallReport]) -> list[CallReport]:
        """The same calls once more: what was right at its end has to be right at everybody's."""
        rung = [
            Rung(plan=r.plan, call_id=r.call_id, old_id=r.old_id, took_s=r.took_s) for r in reports
        ]
        return await self._look_at(rung)

    async def _ring(self, plan: Plan, old_id: str | None) -> Rung:
        scenario, call_id = plan.scenario, new_call_id(self._random)
        if scenario.before == "calendar_outage":
            await self._desk.break_calendar(
                scenario.company,
                operation="*",
                times=OUTAGE_REQUESTS,
                status=OUTAGE_STATUS,
            )
        stack = self._desk.stack
        wire = RetellWire(self._desk.http, stack.api_url, stack.retell_api_key)
        began = time.monotonic()
        answer = await wire.ask_inbound(
            inbound_event(call_id, plan.line, ringing_at=plan.started_at)
        )
        call = phone_call(
            call_id, plan.line, plan.script, started_at=plan.started_at, answer=answer
        )
        for name in scenario.order:
            await wire.report(call.events[name])

        async def settled() -> bool | None:
            seen = await self._outcome(plan, call_id)
            return True if seen.outcome is not None else None

        await wait_until(settled, within_s=SETTLE_WITHIN_S)
        took_s = time.monotonic() - began
        return Rung(plan=plan, call_id=call_id, old_id=old_id, took_s=took_s)

    async def _look_at(self, rung: Sequence[Rung]) -> list[CallReport]:
        seen = await asyncio.gather(*(self._seen(one) for one in rung))
        if len(rung) == 1:
            found = [verdict(rung[0].plan, rung[0].plan.scenario.expected, seen[0])]
        else:
            pairs = [(one.plan, what) for one, what in zip(rung, seen, strict=True)]
            found = verdicts_of_rivals(pairs)
        return [
            _report(one, what, judged) for one, what, judged in zip(rung, seen, found, strict=True)
        ]

    async def _seen(self, rung: Rung) -> Seen:
        plan, slug = rung.plan, rung.plan.scenario.company
        seen = await self._outcome(plan, rung.call_id)
        ids = _appointment_ids(rung, seen)
        appointment = await self._desk.appointment(slug, ids[0]) if ids else None
        bookings = [each for number in ids for each in await self._desk.bookings(slug, number)]
        mails = [
            mail
            for address in _addresses(plan)
            for mail in await self._desk.mails(address)
            if any(number in mail["message_id"] for number in (*ids, rung.call_id))
        ]
        return replace(seen, appointment=appointment, bookings=bookings, mails=mails)

    async def _outcome(self, plan: Plan, call_id: str) -> Seen:
        """REST's word; for a call of no company the workflow's."""
        if plan.scenario.dialled == UNKNOWN_LINE:
            progress = await self._inside.progress(call_id)
            outcome = progress.outcome if progress is not None else None
            return Seen(outcome=outcome, review=await self._inside.kept_for_review(call_id))
        call = await self._desk.call(plan.scenario.company, call_id)
        if call is None:
            return Seen()
        return Seen(call=call, outcome=call["outcome"], review=call["needs_review"])


def _appointment_ids(rung: Rung, seen: Seen) -> list[str]:
    """The one that was there before first, then those the call made."""
    made = [appointment["id"] for appointment in (seen.call or {}).get("appointments", [])]
    before = [rung.old_id] if rung.old_id is not None else []
    return [*before, *(number for number in made if number != rung.old_id)]


def _addresses(plan: Plan) -> list[str]:
    scenario = plan.scenario
    if scenario.dialled == UNKNOWN_LINE:
        return []
    company = demo_company(scenario.company)
    branches = {scenario.dialled} | ({scenario.wish.branch} if scenario.wish else set())
    found = [company.branch(branch).email for branch in sorted(branches)]
    return found + ([scenario.email] if scenario.email else [])


def _report(rung: Rung, seen: Seen, judged: Verdict) -> CallReport:
    ids = _appointment_ids(rung, seen)
    return CallReport(
        plan=rung.plan,
        call_id=rung.call_id,
        old_id=rung.old_id,
        verdict=judged,
        took_s=rung.took_s,
        timeline=(seen.call or {}).get("timeline", []),
        workflow_ids=[
            call_workflow_id(rung.call_id),
            *(appointment_workflow_id(UUID(number)) for number in ids),
        ],
        mails=seen.mails,
    )
