"""The agent's variables before a call: what is dialled, what day it is there, who is calling."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from db.queries.inbound import BranchAtTheDoor, CompanyAtTheDoor, KnownCaller
from domain.errors import Closed
from domain.slots import opening_of
from domain.speech import Lang, spoken_at
from domain.speech.greeting import hours_in_figures, name_parts, salutation, today_words
from domain.timespan import TimeSpan


@dataclass(frozen=True, kw_only=True)
class Ringing:
    """`branches`: the one that is called, or all of a hotline's (`branch_id` None)."""

    company_id: UUID
    branch_id: UUID | None
    company: CompanyAtTheDoor
    branches: Sequence[BranchAtTheDoor]
    caller: KnownCaller | None
    now: datetime

    @property
    def branch(self) -> BranchAtTheDoor | None:
        return next((b for b in self.branches if b.id == self.branch_id), None)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.branch.timezone if self.branch else self.company.timezone)

    @property
    def lang(self) -> Lang:
        """The caller's, as it is on file, else the company's first."""
        known = self.caller.language if self.caller else None
        first = known or next(iter(self.company.languages), "de")
        return "en" if first.lower().startswith("en") else "de"


def days_around(now: datetime) -> list[date]:
    """Dates of which one is today, wherever the branch is, and the day before each."""
    return [now.date() + timedelta(days=away) for away in (-2, -1, 0, 1)]


def variables(ringing: Ringing) -> dict[str, str]:
    """All of them, always, and strings only: Retell speaks an unset one as `{{name}}`, and takes
    any other value for a broken answer. What is not known is empty.
    """
    zone, lang, branch = ringing.zone, ringing.lang, ringing.branch
    return {
        "company_id": str(ringing.company_id),
        "branch_id": str(ringing.branch_id or ""),
        "company_name": ringing.company.name,
        "branch_name": branch.name if branch else "",
        "timezone": zone.key,
        "language": lang,
        "greeting": salutation(ringing.now, zone, lang),
        "today_spoken": today_words(ringing.now, zone, lang),
        "now_local": ringing.now.astimezone(zone).isoformat(timespec="seconds"),
        **_opening(ringing),
        **_caller(ringing),
    }


def words_of(told: Mapping[str, str]) -> dict[str, str]:
    """What a branch's first sentence may name."""
    return {
        "first_name": told["customer_first_name"],
        "last_name": told["customer_last_name"],
        "branch": told["branch_name"],
        "company": told["company_name"],
        "greeting": told["greeting"],
    }


def _opening(ringing: Ringing) -> dict[str, str]:
    """Of a hotline: open while any branch is; hours only where all have the same."""
    today = {
        hours_in_figures(_spans(branch, ringing.now, 0), ZoneInfo(branch.timezone), ringing.lang)
        for branch in ringing.branches
    }
    return {
        "open_now": _truth(any(_is_open(branch, ringing.now) for branch in ringing.branches)),
        "open_today": today.pop() if len(today) == 1 else "",
    }


def _is_open(branch: BranchAtTheDoor, now: datetime) -> bool:
    """Yesterday's hours may last past midnight."""
    return any(span.contains(now) for back in (0, 1) for span in _spans(branch, now, back))


def _spans(branch: BranchAtTheDoor, now: datetime, days_back: int) -> tuple[TimeSpan, ...]:
    day = now.astimezone(ZoneInfo(branch.timezone)).date() - timedelta(days=days_back)
    opening = opening_of(branch.plan, day)
    return () if isinstance(opening, Closed) else opening


def _caller(ringing: Ringing) -> dict[str, str]:
    caller, lang = ringing.caller, ringing.lang
    first_name, last_name = name_parts(caller.name if caller else None)
    next_at = caller.next_start_at if caller else None
    zone = ZoneInfo(caller.next_branch_zone) if caller and caller.next_branch_zone else ringing.zone
    return {
        "customer_known": _truth(caller is not None),
        "customer_first_name": first_name,
        "customer_last_name": last_name,
        "next_appointment_known": _truth(next_at is not None),
        "next_appointment_spoken": spoken_at(next_at, zone, lang) if next_at else "",
    }


def _truth(value: bool) -> str:  # noqa: FBT001 (it is what it says)
    return "true" if value else "false"
