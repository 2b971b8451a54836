"""From the caller's words to what is looked for; what is doubtful is asked, never guessed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from activities.functions.desk import Desk, at_branch
from domain.asking import answers
from domain.asking.facts import FunctionReply, WishFacts
from domain.asking.model import (
    AnyTime,
    Exact,
    NotUnderstood,
    Past,
    ServicesMeant,
    Skipped,
    StaffMeant,
    Unclear,
    When,
    Wish,
    Within,
)
from domain.asking.reading import read_wish
from domain.asking.windows import Search, search_of, settle
from domain.errors import StaffCannotDoService, UnknownBranch
from domain.ids import MAX_HOLD_PARTS
from domain.routing import BranchMissing
from domain.slots import BranchPlan, PartWish
from domain.timespan import boundary_to_instant

Readable = Exact | Within | AnyTime


@dataclass(frozen=True, kw_only=True)
class Sought:
    """What is looked for, without any doubt left. `searches`: each would do, the first is best.
    `from_at`: where the window begins that was said, before notice and horizon have cut it.

    `staff_id`: the person wished for, `hard` when nobody else will do.
    """

    branch_id: UUID
    parts: tuple[PartWish, ...]
    searches: tuple[Search, ...]
    timed: bool
    from_at: datetime | None = None
    side_by_side: bool = False
    staff_id: UUID | None = None
    hard: bool = False
    excluded: tuple[UUID, ...] = ()

    @property
    def service_ids(self) -> tuple[UUID, ...]:
        return tuple(part.service_id for part in self.parts)

    @property
    def exact_at(self) -> datetime | None:
        """The one start that was asked for."""
        return self.searches[0].exact_at if len(self.searches) == 1 else None

    def for_anyone(self) -> tuple[PartWish, ...]:
        return tuple(PartWish(service_id=part.service_id) for part in self.parts)

    def for_the_wished(self) -> tuple[PartWish, ...]:
        """With nobody else than the wished person, where that person was wished for."""
        return tuple(
            PartWish(
                service_id=p.service_id, staff_id=p.staff_id, staff_hard=p.staff_id is not None
            )
            for p in self.parts
        )


async def read_sought(desk: Desk, *, soonest: bool = False) -> Sought | FunctionReply:
    """`soonest`: a time that was said is the earliest that will do."""
    first = read_wish(desk.arguments, desk.context)
    branch = first.branch
    if isinstance(branch, UnknownBranch):
        return answers.unknown_branch(desk.voice(), [one.name for one in desk.branches])
    if isinstance(branch, BranchMissing):
        return answers.clarify(desk.voice(), "branch", desk.branch_names(branch.candidates))
    elsewhere = at_branch(desk, branch.branch_id)
    wish = first if elsewhere is desk else read_wish(desk.arguments, elsewhere.context)
    desk = elsewhere
    plan = await desk.plan(branch.branch_id)
    doubt = _doubt_in_services(desk, wish.services) or _doubt_in_staff(desk, wish, plan)
    return doubt or await _sought(desk, wish, plan, soonest=soonest)


async def _sought(
    desk: Desk, wish: Wish, plan: BranchPlan, *, soonest: bool
) -> Sought | FunctionReply:
    voice = desk.voice(plan.branch_id)
    when = settle(wish.when, plan)
    searches = _searches(when, plan, desk.now, soonest=soonest)
    if not isinstance(searches, tuple):
        return answers.ask_when(voice, searches)
    parts = _parts(wish, plan)
    if not isinstance(parts, tuple):
        facts = WishFacts(staff=desk.staff_name(wish.staff.staff_id))
        return answers.refused(voice, parts, wish=facts)
    if len(parts) > MAX_HOLD_PARTS:
        return answers.callback(voice, reason="too_many")
    not_by_phone = {s.id for s in await desk.kept.services() if not s.bookable_by_phone_agent}
    if not_by_phone.intersection(wish.services.ids):
        return answers.callback(voice, reason="not_by_phone")
    return Sought(
        branch_id=plan.branch_id,
        parts=parts,
        searches=searches,
        timed=not isinstance(when, AnyTime),
        from_at=_from_at(when, plan),
        side_by_side=wish.people > 1,
        staff_id=wish.staff.staff_id,
        hard=wish.staff.hard,
        excluded=wish.staff.excluded,
    )


# --- what is doubtful -------------------------------------------------------------------------


def _doubt_in_services(desk: Desk, meant: ServicesMeant) -> FunctionReply | None:
    voice = desk.voice()
    if meant.options:
        names = [desk.service_name(one) for one in meant.options]
        return answers.clarify(voice, "service", names, unknown=meant.unknown)
    if meant.elsewhere and not meant.ids:
        names = desk.branch_names(meant.elsewhere)
        return answers.clarify(voice, "branch", names, unknown=meant.unknown)
    if meant.unknown is not None:
        offered = [service.name for service in desk.words.services]
        return answers.unknown_service(voice, meant.unknown, offered)
    return None if meant.ids else answers.clarify(voice, "service")


def _doubt_in_staff(desk: Desk, wish: Wish, plan: BranchPlan) -> FunctionReply | None:
    meant: StaffMeant = wish.staff
    voice = desk.voice()
    if meant.options:
        names = [desk.staff_name(one) or "?" for one in meant.options]
        return answers.clarify(voice, "staff", names, unknown=meant.unknown)
    if meant.staff_id is not None:
        return None
    if meant.elsewhere:
        names = desk.branch_names(meant.elsewhere)
        return answers.staff_elsewhere(voice, meant.unknown or "?", names)
    if meant.unknown is None:
        return None
    able = qualified_names(desk, plan, wish.services.ids)
    return answers.clarify(voice, "staff", able, unknown=meant.unknown)


def qualified_names(desk: Desk, plan: BranchPlan, service_ids: Sequence[UUID]) -> list[str]:
    services = [plan.services_by_id[one] for one in service_ids if one in plan.services_by_id]
    people = {p.id: None for service in services for p in plan.qualified(service)}
    return [desk.staff_name(one) or "?" for one in people]


# --- what is looked for -----------------------------------------------------------------------


def _searches(
    when: When, plan: BranchPlan, now: datetime, *, soonest: bool
) -> tuple[Search, ...] | Unclear | Past | Skipped | NotUnderstood:
    if isinstance(when, Unclear) and when.either:
        fair = [_reading(option) for option in when.options]
        return tuple(search_of(one, plan, now) for one in fair)
    if isinstance(when, Unclear | Past | Skipped | NotUnderstood):
        return when
    if soonest:
        return (_from_then_on(when, plan, now),)
    return (search_of(when, plan, now),)


def _from_at(when: When, plan: BranchPlan) -> datetime | None:
    if not isinstance(when, Within) or when.from_local is None:
        return None
    return boundary_to_instant(when.from_local, plan.tz)


def _reading(option: date | datetime) -> Readable:
    if isinstance(option, datetime):
        return Exact(start_local=option)
    midnight = datetime.combine(option, time.min)
    return Within(from_local=midnight, until_local=midnight + timedelta(days=1))


def _from_then_on(when: Readable, plan: BranchPlan, now: datetime) -> Search:
    """The first that is free in the window that was said, or from the time that was said on."""
    if isinstance(when, Exact):
        when = Within(from_local=when.start_local, until_local=None)
    found = search_of(when, plan, now)
    return Search(exact_at=None, wished_at=None, within=found.within)


def _parts(wish: Wish, plan: BranchPlan) -> tuple[PartWish, ...] | StaffCannotDoService:
    """One for each service; for several people each their own, or the same for all."""
    ids = wish.services.ids
    if wish.people > 1 and len(ids) != wish.people:
        ids = tuple(one for one in ids for _ in range(wish.people))
    staff_id = wish.staff.staff_id
    if staff_id is None:
        return tuple(PartWish(service_id=one) for one in ids)
    able = [one for one in ids if staff_id in plan.services_by_id[one].staff_ids]
    if not able and wish.staff.hard:
        return StaffCannotDoService(service_id=ids[0], staff_id=staff_id)
    parts: list[PartWish] = []
    for one in ids:
        # Of several people only one can be with the wished person at a time.
        taken = wish.people > 1 and any(part.staff_id == staff_id for part in parts)
        wants = one in able and not taken
        parts.append(
            PartWish(
                service_id=one,
                staff_id=staff_id if wants else None,
                staff_hard=wants and wish.staff.hard,
            )
        )
    return tuple(parts)


def day_in(zone: str, at: datetime) -> date:
    return at.astimezone(ZoneInfo(zone)).date()
