"""Bodies that we send to Cal.com: each with exactly the properties that its endpoint knows.

Bookings and slots refuse properties that they do not know. What the contract forbids us to send
(`allowConflicts`, `allowBookingOutOfBounds`, `skipBookingLimits`) has no place here at all.
Values stay out of validation errors: these travel into logs and histories.
"""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from integrations.calcom.query import utc
from integrations.calcom.schemas import SchedulingType, Trigger, WebhookVersion

METADATA_KEYS = 50
METADATA_KEY_LENGTH = 40
METADATA_VALUE_LENGTH = 500


class ToCalcom(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        alias_generator=to_camel,
        hide_input_in_errors=True,
    )

    def as_json(self) -> dict[str, Any]:
        """What was not given is left out: Cal.com reads null as a value in some places."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


def _within_limits(metadata: dict[str, str]) -> dict[str, str]:
    if len(metadata) > METADATA_KEYS:
        raise ValueError(f"metadata has at most {METADATA_KEYS} keys")
    if any(len(key) > METADATA_KEY_LENGTH for key in metadata):
        raise ValueError(f"keys of metadata have at most {METADATA_KEY_LENGTH} characters")
    if any(len(value) > METADATA_VALUE_LENGTH for value in metadata.values()):
        raise ValueError(f"values of metadata have at most {METADATA_VALUE_LENGTH} characters")
    return metadata


Metadata = Annotated[dict[str, str], AfterValidator(_within_limits)]
# Instants travel as text: pydantic's own form has microseconds, which Cal.com never writes.
Instant = str


class AttendeeBody(ToCalcom):
    name: str
    email: str
    time_zone: str
    language: str
    phone_number: str | None = None


class NewBookingBody(ToCalcom):
    start: Instant
    event_type_id: int
    attendee: AttendeeBody
    metadata: Metadata
    length_in_minutes: int | None = None
    booking_fields_responses: dict[str, Any] | None = None


class RescheduleBody(ToCalcom):
    start: Instant
    rescheduling_reason: str | None = None
    rescheduled_by: str | None = None
    seat_uid: str | None = None


class CancelBody(ToCalcom):
    """Hosts must give a reason, and we always hold a host's key (contract 2.5)."""

    cancellation_reason: str = Field(min_length=1)
    seat_uid: str | None = None


class ReasonBody(ToCalcom):
    """Of declining and of reassigning."""

    reason: str | None = None


class RequestRescheduleBody(ToCalcom):
    reschedule_reason: str | None = None


class AbsentAttendee(ToCalcom):
    email: str
    absent: bool = True


class MarkAbsentBody(ToCalcom):
    host: bool | None = None
    attendees: tuple[AbsentAttendee, ...] | None = None


class ReservationBody(ToCalcom):
    event_type_id: int
    slot_start: Instant
    slot_duration: int | None = None
    reservation_duration: int | None = None


class WebhookBody(ToCalcom):
    """Also of changes: only what is given is changed."""

    subscriber_url: str | None = None
    triggers: tuple[Trigger, ...] | None = None
    active: bool | None = None
    secret: str | None = Field(default=None, repr=False)
    version: WebhookVersion | None = None


class NewEventTypeBody(ToCalcom):
    length_in_minutes: int
    title: str
    slug: str
    length_in_minutes_options: tuple[int, ...] | None = None
    slot_interval: int | None = None
    minimum_booking_notice: int | None = None
    before_event_buffer: int | None = None
    after_event_buffer: int | None = None
    schedule_id: int | None = None


class HostBody(ToCalcom):
    user_id: int
    mandatory: bool | None = None
    priority: Literal["lowest", "low", "medium", "high", "highest"] | None = None


class NewTeamEventTypeBody(NewEventTypeBody):
    scheduling_type: SchedulingType
    hosts: tuple[HostBody, ...]


def instant(moment: datetime) -> Instant:
    """UTC, as Cal.com wants every start."""
    return utc(moment)
