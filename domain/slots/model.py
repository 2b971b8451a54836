"""The rules of a branch as the database hands them over, and what comes out of them.

Wall-clock hours are half-open [opens, closes) in the branch's zone; `closes <= opens` means that
they end on the next day (`time(0)` as the end is midnight). All models are immutable by agreement:
mappings in them are never changed after they were handed over.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from uuid import UUID
from zoneinfo import ZoneInfo

from domain.errors import InvalidArgument
from domain.timespan import TimeSpan


@dataclass(frozen=True, slots=True)
class WallHours:
    opens: time
    closes: time


DayHours = tuple[WallHours, ...]
WeekHours = tuple[DayHours, DayHours, DayHours, DayHours, DayHours, DayHours, DayHours]
"""Monday first; an empty day is a day off."""

ALWAYS_OFF: WeekHours = ((), (), (), (), (), (), ())


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningRules:
    """A public holiday closes the branch whatever `special_days` say; these replace the week."""

    weekly: WeekHours
    special_days: Mapping[date, DayHours] = field(default_factory=dict)
    country: str = "DE"
    subdivision: str | None = None
    closed_on_public_holidays: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffOverride:
    """None: as the service says."""

    duration_minutes: int | None = None
    price_cents: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffRules:
    """A staff member at this branch. Who may do what is said once: `ServiceRules.staff_ids`.

    `special_days` replace the week's hours of a date; `absences` are cut out of whatever remains.
    """

    id: UUID
    resource_id: int
    weekly: WeekHours
    special_days: Mapping[date, DayHours] = field(default_factory=dict)
    absences: tuple[TimeSpan, ...] = ()
    overrides: Mapping[UUID, StaffOverride] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceNeed:
    type: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceRules:
    id: UUID
    duration_minutes: int
    buffer_before_minutes: int = 0
    buffer_after_minutes: int = 0
    needs: tuple[ResourceNeed, ...] = ()
    staff_ids: tuple[UUID, ...] = ()
    price_cents: int | None = None

    def __post_init__(self) -> None:
        if self.duration_minutes < 1:
            raise InvalidArgument(field="duration_minutes", problem="less than a minute")
        if min(self.buffer_before_minutes, self.buffer_after_minutes) < 0:
            raise InvalidArgument(field="buffer_minutes", problem="less than nothing")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRules:
    """A room or a device; staff members carry their `resource_id` themselves."""

    id: int
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingRules:
    """`horizon_days` are days of 24 hours from now."""

    minimum_notice_minutes: int = 0
    horizon_days: int = 90
    slot_interval_minutes: int = 15
    cancel_limit_hours: int = 24
    hold_minutes: int = 5

    def __post_init__(self) -> None:
        if self.slot_interval_minutes < 1:
            raise InvalidArgument(field="slot_interval_minutes", problem="less than a minute")


@dataclass(frozen=True, kw_only=True)
class BranchPlan:
    """Everything that says what is bookable at one branch, except what is booked already."""

    branch_id: UUID
    zone: str
    rules: BookingRules
    opening: OpeningRules
    staff: tuple[StaffRules, ...]
    services: tuple[ServiceRules, ...]
    resources: tuple[ResourceRules, ...] = ()

    @cached_property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @cached_property
    def services_by_id(self) -> Mapping[UUID, ServiceRules]:
        return {service.id: service for service in self.services}

    @cached_property
    def staff_by_id(self) -> Mapping[UUID, StaffRules]:
        return {person.id: person for person in self.staff}

    def qualified(self, service: ServiceRules) -> tuple[StaffRules, ...]:
        """Staff of this branch who may do the service, in the plan's order."""
        return tuple(person for person in self.staff if person.id in service.staff_ids)

    def duration_of(self, service: ServiceRules, staff_id: UUID | None = None) -> timedelta:
        """For the staff member, or as the service says when nobody is named."""
        override = self._override(service, staff_id)
        own = override.duration_minutes if override else None
        return timedelta(minutes=service.duration_minutes if own is None else own)

    def price_of(self, service: ServiceRules, staff_id: UUID | None = None) -> int | None:
        """Cents, for the staff member, or as the service says when nobody is named."""
        override = self._override(service, staff_id)
        own = override.price_cents if override else None
        return service.price_cents if own is None else own

    def resource_ids(self) -> tuple[int, ...]:
        """All that can be busy here: what the database has to look up."""
        return (*(p.resource_id for p in self.staff), *(r.id for r in self.resources))

    def _override(self, service: ServiceRules, staff_id: UUID | None) -> StaffOverride | None:
        person = self.staff_by_id.get(staff_id) if staff_id else None
        return person.overrides.get(service.id) if person else None


Busy = Mapping[int, Sequence[TimeSpan]]
"""Resource id -> what is held or booked (in any order, overlaps allowed), buffers included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allocation:
    """All or nothing: every one of `resource_ids` is to be reserved for `during`.

    `span` is what the customer sees; `during` is it with the buffers. `resource_ids` begins with
    the staff member's.
    """

    staff_id: UUID
    resource_ids: tuple[int, ...]
    span: TimeSpan
    during: TimeSpan

    @property
    def start_at(self) -> datetime:
        return self.span.start_at

    @property
    def end_at(self) -> datetime:
        return self.span.end_at

    @property
    def duration(self) -> timedelta:
        return self.span.duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A start that was bookable when it was computed, and with whom."""

    start_at: datetime
    end_at: datetime
    staff_id: UUID
