"""What the sandbox knows: the rows behind Cal.com's API, in names of our own."""

from datetime import UTC, date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

BookingStatus = Literal["accepted", "pending", "cancelled", "rejected"]
Role = Literal["owner", "admin", "member"]
NO_MX_DOMAINS = ("example.com", "example.org", "example.net", "invalid", "test", "localhost")
FULL_WEEK = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Row(BaseModel):
    """Accepts Cal.com's camelCase and our snake_case; unknown fields are refused."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, extra="forbid")


class Tenant(Row):
    slug: str
    team_id: int
    rate_limit_per_min: int = 120
    race: bool = False
    error_shape: Literal["hosted2026", "legacy"] = "hosted2026"
    no_mx_domains: tuple[str, ...] = NO_MX_DOMAINS
    confirms_twice: bool = True
    webhook_retries: int = 0
    webhook_retry_after_s: float = 1.0


class User(Row):
    id: int
    tenant: str
    username: str
    name: str
    email: str
    time_zone: str = "Europe/Berlin"
    role: Role = "member"
    schedule_id: int


class Key(Row):
    key: str
    user_id: int


class WeekHours(Row):
    days: tuple[str, ...]
    start_time: str
    end_time: str


class DateHours(Row):
    date: date
    start_time: str
    end_time: str


class Schedule(Row):
    id: int
    owner_id: int
    name: str
    time_zone: str
    availability: tuple[WeekHours, ...]
    overrides: tuple[DateHours, ...] = ()
    is_default: bool = False


class CustomField(Row):
    slug: str
    type: str = "text"
    required: bool = False
    options: tuple[str, ...] = ()


class EventType(Row):
    id: int
    tenant: str
    slug: str
    title: str
    length_in_minutes: int
    length_in_minutes_options: tuple[int, ...] = ()
    owner_id: int | None = None
    host_ids: tuple[int, ...] = ()
    scheduling_type: Literal["roundRobin", "collective"] | None = None
    description: str = ""
    slot_interval: int | None = None
    minimum_booking_notice: int = 120
    before_event_buffer: int = 0
    after_event_buffer: int = 0
    booking_window: int | None = None
    schedule_id: int | None = None
    locations: list[dict[str, Any]] = Field(default_factory=list)
    requires_confirmation: bool = False
    block_unconfirmed_bookings_in_booker: bool = False
    seats_per_time_slot: int | None = None
    email_required: bool = True
    email_hidden: bool = False
    phone_required: bool = False
    check_deliverability: bool = True
    booking_fields: tuple[CustomField, ...] = ()
    booking_limit_per_day: int | None = None
    booker_active_bookings_limit: int | None = None
    disable_cancelling: bool = False
    disable_rescheduling: bool = False
    minimum_reschedule_notice: int = 0
    booking_requires_authentication: bool = False
    managed_parent: bool = False

    @property
    def hosts(self) -> tuple[int, ...]:
        """Users whose time a booking takes: the owner, or the team's hosts."""
        return (self.owner_id,) if self.owner_id is not None else self.host_ids

    @property
    def replays_naturally(self) -> bool:
        """A second identical request gets the first booking back (contract 2.4)."""
        return self.scheduling_type == "roundRobin" or self.requires_confirmation


class Attendee(Row):
    name: str
    email: str
    time_zone: str
    language: str = "en"
    phone_number: str | None = None
    absent: bool = False
    seat_uid: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    responses: dict[str, Any] = Field(default_factory=dict)


class Booking(Row):
    id: int
    uid: str
    tenant: str
    event_type_id: int
    host_id: int
    host_ids: tuple[int, ...]
    status: BookingStatus
    start_at: datetime
    end_at: datetime
    attendees: tuple[Attendee, ...]
    metadata: dict[str, Any] = Field(default_factory=dict)
    guests: tuple[str, ...] = ()
    responses: dict[str, Any] = Field(default_factory=dict)
    location: str | None = None
    cancellation_reason: str = ""
    cancelled_by_email: str = ""
    rejection_reason: str | None = None
    rescheduling_reason: str | None = None
    rescheduled_by_email: str | None = None
    rescheduled_from_uid: str | None = None
    rescheduled_to_uid: str | None = None
    absent_host: bool = False
    ical_uid: str = ""
    ical_sequence: int = 0
    created_at: datetime
    updated_at: datetime
    started_sent: bool = False
    ended_sent: bool = False

    @property
    def is_live(self) -> bool:
        return self.status in ("accepted", "pending")


class Reservation(Row):
    uid: str
    event_type_id: int
    start_at: datetime
    end_at: datetime
    until_at: datetime
    user_id: int | None = None


class Webhook(Row):
    id: str
    user_id: int
    event_type_id: int | None = None
    subscriber_url: str
    triggers: tuple[str, ...]
    active: bool = True
    secret: str | None = None
    payload_template: str | None = None
    version: str = "2021-10-20"


def iso_ms(instant: datetime) -> str:
    """`2026-11-30T09:00:00.000Z`: the one form in which Cal.com writes instants."""
    utc = instant.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"
