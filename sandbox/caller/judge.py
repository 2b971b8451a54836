"""Compares what a call had to come to with what is true afterwards. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.caller.plans import Plan
from sandbox.caller.scenarios import Expected

Json = dict[str, Any]

# Which of the appointment's mails an outcome promises, to branch and customer.
NOTICES = {"booked": "confirmation", "rescheduled": "reschedule", "cancelled": "cancellation"}
# Of these the branch is told by one mail about the call itself.
TOLD_BY_CALL = frozenset({"callback", "info"})


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What is there after a call: REST's answers, Cal.com's live bookings, the mails about it.

    A mail is about the call by its Message-ID, which names the appointment or the call.

    `call` is None for a call of no company, which REST shows to nobody; `outcome` and `review`
    come from the workflow then.
    """

    outcome: str | None = None
    review: bool = False
    call: Json | None = None
    appointment: Json | None = None
    bookings: Sequence[Json] = ()
    mails: Sequence[Json] = ()
    events: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Verdict:
    expected: str
    found: str
    problems: list[str] = field(default_factory=list)

    @property
    def right(self) -> bool:
        return not self.problems


def verdict(plan: Plan, expected: Expected, seen: Seen) -> Verdict:
    checks = (
        _outcome(expected, seen),
        _appointment(plan, expected, seen),
        _bookings(plan, expected, seen),
        _mails(plan, expected, seen),
        _offers(expected, seen),
        _review(expected, seen),
    )
    return Verdict(
        expected=_expected_line(plan, expected),
        found=_found_line(seen),
        problems=[problem for check in checks for problem in check],
    )


def verdicts_of_rivals(rivals: Sequence[tuple[Plan, Seen]]) -> list[Verdict]:
    """One of them has to win, whoever it is; each other must have been told so."""
    booked = [index for index, (_, seen) in enumerate(rivals) if seen.outcome == "booked"]
    winner = booked[0] if booked else 0
    found = []
    for index, (plan, seen) in enumerate(rivals):
        loser = plan.scenario.loser
        expected = plan.scenario.expected if index == winner or loser is None else loser
        found.append(verdict(plan, expected, seen))
    return found


def _outcome(expected: Expected, seen: Seen) -> list[str]:
    if seen.outcome == expected.outcome:
        return []
    reason = (seen.call or {}).get("reason")
    because = f" ({reason})" if reason else ""
    return [f"outcome {seen.outcome or 'not settled'}{because} instead of {expected.outcome}"]


def _appointment(plan: Plan, expected: Expected, seen: Seen) -> list[str]:
    appointment = seen.appointment
    if expected.bookings == 0:
        live = appointment is not None and appointment["status"] in {"booked", "reserved"}
        return ["an appointment is there that nobody made"] if live else []
    if appointment is None:
        return ["no appointment"]
    problems = []
    if appointment["status"] != "booked":
        problems.append(f"the appointment is {appointment['status']}")
    at = datetime.fromisoformat(appointment["start_at"])
    if plan.start is not None and at != plan.start:
        problems.append(f"the appointment is at {at.astimezone(plan.start.tzinfo):%a %d %b %H:%M}")
    branch = appointment["branch"]["name"]
    if expected.branch not in (None, branch):
        problems.append(f"the branch is {branch}")
    phone = appointment["customer"]["phone"]
    if expected.phone not in (None, phone):
        problems.append(f"the customer's phone is {phone}")
    return problems


def _bookings(plan: Plan, expected: Expected, seen: Seen) -> list[str]:
    if len(seen.bookings) != expected.bookings:
        return [f"{len(seen.bookings)} live bookings at Cal.com instead of {expected.bookings}"]
    return [
        f"Cal.com's booking is at {booking['start']}"
        for booking in seen.bookings
        if plan.start is not None and datetime.fromisoformat(booking["start"]) != plan.start
    ]


def _mails(plan: Plan, expected: Expected, seen: Seen) -> list[str]:
    ids = [mail["message_id"] for mail in seen.mails]
    wanted: dict[str, str] = {}
    if notice := NOTICES.get(expected.outcome):
        wanted[f".{notice}.branch."] = f"{notice} to the branch"
        if plan.scenario.email:
            wanted[f".{notice}.customer."] = f"{notice} to the customer"
    if expected.outcome in TOLD_BY_CALL and seen.call is not None:
        wanted[seen.call["call_id"]] = "the call to the branch"
    if expected.offers and plan.scenario.email:
        wanted[".apology.customer."] = "apology to the customer"
    counts = {what: sum(part in each for each in ids) for part, what in wanted.items()}
    return [f"{count} mails of {what} instead of 1" for what, count in counts.items() if count != 1]


def _offers(expected: Expected, seen: Seen) -> list[str]:
    if expected.offers and not (seen.call or {}).get("offers"):
        return ["no alternatives were offered"]
    return []


def _review(expected: Expected, seen: Seen) -> list[str]:
    if seen.review == expected.review:
        return []
    return ["not kept for review" if expected.review else "kept for review without need"]


def _expected_line(plan: Plan, expected: Expected) -> str:
    parts = [expected.outcome]
    if expected.bookings and plan.start is not None:
        parts.append(f"{plan.start:%a %d %b %H:%M}")
    if expected.branch:
        parts.append(expected.branch)
    if expected.offers:
        parts.append("with alternatives")
    if expected.review:
        parts.append("kept for review")
    return ", ".join(parts)


def _found_line(seen: Seen) -> str:
    parts = [seen.outcome or "not settled"]
    appointment = seen.appointment
    if appointment is not None and appointment["status"] in {"booked", "reserved"}:
        at = datetime.fromisoformat(appointment["start_at"])
        parts += [f"{at.astimezone(ZoneInfo(appointment['zone'])):%a %d %b %H:%M}"]
        parts.append(appointment["branch"]["name"])
    offers = (seen.call or {}).get("offers") or []
    if offers:
        parts.append(f"{len(offers)} alternatives")
    if seen.review:
        parts.append("kept for review")
    return ", ".join(parts)
