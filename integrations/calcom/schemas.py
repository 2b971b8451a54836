"""What Cal.com sends, as far as we read it. Fields that Cal.com adds are ignored.

People's data and uids are left out of `repr`: these objects end up in log lines.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

BookingStatus = Literal["accepted", "pending", "cancelled", "rejected"]
ListedStatus = Literal["upcoming", "recurring", "past", "cancelled", "unconfirmed"]
MetadataValue = str | bool | int | float
UtcDatetime = Annotated[AwareDatetime, AfterValidator(lambda moment: moment.astimezone(UTC))]


class FromCalcom(BaseModel):
    model_config = ConfigDict(
        frozen=True, extra="ignore", populate_by_name=True, alias_generator=to_camel
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
    schedule_id: int | None = None
    hidden: bool = False


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
