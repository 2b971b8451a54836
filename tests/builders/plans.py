"""Small plans for tests: one branch, round numbers, all of it changeable by keyword."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from uuid import UUID

from domain.slots import (
    BookingRules,
    BranchPlan,
    DayHours,
    OpeningRules,
    ResourceNeed,
    ResourceRules,
    ServiceRules,
    StaffOverride,
    StaffRules,
    WallHours,
    WeekHours,
)
from domain.timespan import TimeSpan

ANNA, BERND, CLARA = (UUID(int=number) for number in (1, 2, 3))
CUT, COLOUR = UUID(int=11), UUID(int=12)
BRANCH = UUID(int=21)
RESOURCE_OF = {ANNA: 101, BERND: 102, CLARA: 103}


def hours(*pairs: str) -> DayHours:
    """`hours("09:00-13:00", "14:00-18:00")`"""
    return tuple(
        WallHours(*(time.fromisoformat(part) for part in pair.split("-"))) for pair in pairs
    )


def week(*pairs: str, sunday: bool = False) -> WeekHours:
    """The same hours from Monday to Saturday."""
    day = hours(*pairs)
    return day, day, day, day, day, day, day if sunday else ()


def utc(text: str) -> datetime:
    """`utc("2027-03-28 01:30")`"""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(start: str, end: str) -> TimeSpan:
    return TimeSpan(utc(start), utc(end))


def make_staff(
    staff_id: UUID = ANNA,
    *,
    weekly: WeekHours | None = None,
    special_days: Mapping[date, DayHours] | None = None,
    absences: tuple[TimeSpan, ...] = (),
    overrides: Mapping[UUID, StaffOverride] | None = None,
) -> StaffRules:
    return StaffRules(
        id=staff_id,
        resource_id=RESOURCE_OF[staff_id],
        weekly=weekly or week("09:00-18:00"),
        special_days=special_days or {},
        absences=absences,
        overrides=overrides or {},
    )


def make_service(
    service_id: UUID = CUT,
    *,
    minutes: int = 30,
    before: int = 0,
    after: int = 0,
    needs: tuple[ResourceNeed, ...] = (),
    staff_ids: tuple[UUID, ...] = (ANNA, BERND, CLARA),
    price_cents: int | None = None,
) -> ServiceRules:
    return ServiceRules(
        id=service_id,
        duration_minutes=minutes,
        buffer_before_minutes=before,
        buffer_after_minutes=after,
        needs=needs,
        staff_ids=staff_ids,
        price_cents=price_cents,
    )


def make_plan(
    *,
    zone: str = "Europe/Berlin",
    weekly: WeekHours | None = None,
    special_days: Mapping[date, DayHours] | None = None,
    country: str = "DE",
    subdivision: str | None = "BY",
    closed_on_public_holidays: bool = True,
    notice_minutes: int = 60,
    horizon_days: int = 90,
    interval_minutes: int = 15,
    staff: tuple[StaffRules, ...] | None = None,
    services: tuple[ServiceRules, ...] | None = None,
    resources: tuple[ResourceRules, ...] = (),
) -> BranchPlan:
    """Open 9 to 18 from Monday to Saturday in Munich; Anna and Bernd both cut for 30 minutes."""
    return BranchPlan(
        branch_id=BRANCH,
        zone=zone,
        rules=BookingRules(
            minimum_notice_minutes=notice_minutes,
            horizon_days=horizon_days,
            slot_interval_minutes=interval_minutes,
        ),
        opening=OpeningRules(
            weekly=weekly or week("09:00-18:00"),
            special_days=special_days or {},
            country=country,
            subdivision=subdivision,
            closed_on_public_holidays=closed_on_public_holidays,
        ),
        staff=staff if staff is not None else (make_staff(ANNA), make_staff(BERND)),
        services=services if services is not None else (make_service(),),
        resources=resources,
    )
