"""What Cal.com sends, as far as we read it. Fields that Cal.com adds are ignored.

People's data and uids are left out of `repr`: these objects end up in log lines.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import date as CalendarDate  # noqa: N812 (a field is named date)
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
)
from pydantic.alias_generators import to_camel

BookingStatus = Literal["accepted", "pending", "cancelled", "rejected"]
ListedStatus = Literal["upcoming", "recurring", "past", "cancelled", "unconfirmed"]
SchedulingType = Literal["collective", "roundRobin", "managed"]
WebhookVersion = Literal["2021-10-20", "2026-07-27"]
# What a booking engine can use of the triggers that exist (contract 4). Others, such as
# BOOKING_CONFIRMED, stand in Cal.com's own examples and are refused.
Trigger = Literal[
    "BOOKING_CREATED",
    "BOOKING_REQUESTED",
    "BOOKING_REJECTED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_PAYMENT_INITIATED",
    "BOOKING_PAID",
    "BOOKING_NO_SHOW_UPDATED",
    "BOOKING_LOCATION_UPDATED",
    "MEETING_STARTED",
    "MEETING_ENDED",
]
MetadataValue = str | bool | int | float
UtcDatetime = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]


class FromCalcom(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        populate_by_name=True,
        alias_generator=to_camel,
        hide_input_in_errors=True,
    )


class Host(FromCalcom):
    id: int
    name: str = Field(default="", repr=False)
    email: str = Field(default="", repr=False)
    username: str = Field(default="", repr=False)
    time_zone: str = "UTC"


class Attendee(FromCalcom):
    name: str = Field(repr=False)
    email: str = Field(repr=False)
    time_zone: str = "UTC"
    language: str | None = None
    phone_number: str | None = Field(default=None, repr=False)
    absent: bool = False
    seat_uid: str | None = Field(default=None, repr=False)
    metadata: dict[str, MetadataValue] = Field(default_factory=dict, repr=False)


class Booking(FromCalcom):
    id: int
    uid: str = Field(repr=False)
    title: str = Field(default="", repr=False)
    status: BookingStatus
    start_at: UtcDatetime = Field(alias="start")
    end_at: UtcDatetime = Field(alias="end")
    event_type_id: int | None = None
    hosts: tuple[Host, ...] = ()
    attendees: tuple[Attendee, ...] = Field(default=(), repr=False)
    metadata: dict[str, MetadataValue] = Field(default_factory=dict, repr=False)
    location: str | None = Field(default=None, repr=False)
    cancellation_reason: str | None = Field(default=None, repr=False)
    absent_host: bool = False
    ics_uid: str | None = Field(default=None, repr=False)
    rescheduled_from_uid: str | None = Field(default=None, repr=False)
    rescheduled_to_uid: str | None = Field(default=None, repr=False)
    seat_uid: str | None = Field(default=None, repr=False)
    created_at: UtcDatetime
    updated_at: UtcDatetime | None = None

    @property
    def is_live(self) -> bool:
        """Takes time in the calendar, or will when it is confirmed."""
        return self.status in ("accepted", "pending")

    def carries(self, key: str, value: str) -> bool:
        """Our metadata, exactly; Cal.com adds keys of its own to it."""
        return any(
            key in metadata and str(metadata[key]) == value
            for metadata in (self.metadata, *(one.metadata for one in self.attendees))
        )


class Pagination(FromCalcom):
    total_items: int
    remaining_items: int = 0
    returned_items: int
    items_per_page: int
    current_page: int = 0
    total_pages: int = 0
    has_next_page: bool
    has_previous_page: bool = False


@dataclass(frozen=True, kw_only=True)
class BookingPage:
    bookings: tuple[Booking, ...]
    pagination: Pagination


class Slot(FromCalcom):
    start_at: UtcDatetime = Field(alias="start")
    end_at: UtcDatetime | None = Field(default=None, alias="end")
    seats_remaining: int | None = None


class Me(FromCalcom):
    """Whose key it is: the check that connection and tenant belong together."""

    id: int
    email: str = Field(repr=False)
    username: str | None = None
    time_zone: str
    default_schedule_id: int | None = None
    organization_id: int | None = None


class EventTypeUser(FromCalcom):
    """Whose a personal event type is."""

    id: int
    name: str | None = Field(default=None, repr=False)
    username: str | None = Field(default=None, repr=False)


class EventTypeHost(FromCalcom):
    """One of those among whom a team's event type is shared out."""

    user_id: int
    name: str | None = Field(default=None, repr=False)
    username: str | None = Field(default=None, repr=False)
    mandatory: bool | None = None
    priority: str | None = None


def _unless_disabled(value: Any) -> Any:
    """Cal.com writes an option that is off as `{disabled: true}`."""
    return None if isinstance(value, dict) and value.get("disabled") is True else value


class Seats(FromCalcom):
    seats_per_time_slot: int


class ConfirmationPolicy(FromCalcom):
    type: str = "always"
    block_unconfirmed_bookings_in_booker: bool = False


class BookingField(FromCalcom):
    """Standard fields have `field`, custom ones `type`; both have their `slug`."""

    slug: str
    field: str | None = None
    type: str | None = None
    required: bool = False
    hidden: bool = False
    options: tuple[str, ...] = ()


class EventType(FromCalcom):
    id: int
    slug: str
    title: str
    length_in_minutes: int
    length_in_minutes_options: tuple[int, ...] = ()
    slot_interval: int | None = None
    minimum_booking_notice: int | None = None
    before_event_buffer: int = 0
    after_event_buffer: int = 0
    owner_id: int | None = None
    team_id: int | None = None
    parent_event_type_id: int | None = None
    schedule_id: int | None = None
    scheduling_type: SchedulingType | None = None
    hidden: bool = False
    users: tuple[EventTypeUser, ...] = ()
    hosts: tuple[EventTypeHost, ...] = ()
    booking_fields: tuple[BookingField, ...] = ()
    seats: Annotated[Seats | None, BeforeValidator(_unless_disabled)] = None
    confirmation_policy: Annotated[ConfirmationPolicy | None, BeforeValidator(_unless_disabled)] = (
        None
    )

    @property
    def host_ids(self) -> tuple[int, ...]:
        """Users who may get its bookings: the team's hosts, or whose type it is."""
        if self.hosts:
            return tuple(host.user_id for host in self.hosts)
        if self.users:
            return tuple(user.id for user in self.users)
        return (self.owner_id,) if self.owner_id is not None else ()

    @property
    def is_managed_parent(self) -> bool:
        """A template: it has no slots and cannot be booked, its children can."""
        return self.scheduling_type == "managed" and self.parent_event_type_id is None


class WeekHours(FromCalcom):
    """`days` in full English, wall times `HH:MM` in the schedule's zone."""

    days: tuple[str, ...]
    start_time: str
    end_time: str


class DateHours(FromCalcom):
    """Replaces the hours of that date."""

    date: CalendarDate
    start_time: str
    end_time: str


class Schedule(FromCalcom):
    id: int
    name: str
    time_zone: str
    owner_id: int | None = None
    availability: tuple[WeekHours, ...] = ()
    overrides: tuple[DateHours, ...] = ()
    is_default: bool = False


class Team(FromCalcom):
    id: int
    name: str
    slug: str | None = None
    is_organization: bool = False


class Membership(FromCalcom):
    id: int
    user_id: int
    team_id: int
    accepted: bool
    role: Literal["MEMBER", "OWNER", "ADMIN"]

    @property
    def sees_colleagues(self) -> bool:
        """Only then does a key of theirs list the bookings of all (contract 1.2)."""
        return self.accepted and self.role in ("OWNER", "ADMIN")


class Reservation(FromCalcom):
    """A time that is hidden from slots until then; it protects nothing (contract 2.2)."""

    uid: str = Field(alias="reservationUid", repr=False)
    event_type_id: int
    start_at: UtcDatetime = Field(alias="slotStart")
    end_at: UtcDatetime = Field(alias="slotEnd")
    until_at: UtcDatetime = Field(alias="reservationUntil")


class Webhook(FromCalcom):
    """A subscription. Cal.com echoes the secret in clear."""

    id: str
    subscriber_url: str
    triggers: tuple[str, ...]
    active: bool
    secret: SecretStr | None = None
    version: str | None = None
    payload_template: str | None = Field(default=None, repr=False)


class ReassignedHost(FromCalcom):
    id: int
    name: str = Field(default="", repr=False)


class Reassignment(FromCalcom):
    booking_uid: str = Field(repr=False)
    reassigned_to: ReassignedHost


@dataclass(frozen=True, kw_only=True)
class NewAttendee:
    """`email` is what a booking is found by again: one address per caller, lower case."""

    name: str
    email: str
    time_zone: str
    phone: str | None = None
    language: str = "de"


@dataclass(frozen=True, kw_only=True)
class BookingFilter:
    """Filters of the list; all given ones must hold. No `statuses`: every status.

    Bounds of times are inclusive. `take` is 1 to 250.
    """

    statuses: tuple[ListedStatus, ...] = ()
    attendee_email: str | None = None
    attendee_name: str | None = None
    booking_uid: str | None = None
    event_type_ids: tuple[int, ...] = ()
    team_ids: tuple[int, ...] = ()
    after_start_at: datetime | None = None
    before_end_at: datetime | None = None
    after_created_at: datetime | None = None
    before_created_at: datetime | None = None
    after_updated_at: datetime | None = None
    before_updated_at: datetime | None = None
    sort: Literal["start", "end", "created", "updated"] | None = None
    descending: bool = False
    take: int = 100
    skip: int = 0
