"""The strict pipe before bookings: unknown properties, syntax and limits, with Cal.com's texts."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import phonenumbers

from sandbox.calcom.errors import ApiError, wrong_property

CREATE_FIELDS = frozenset(
    {
        "start",
        "attendee",
        "eventTypeId",
        "eventTypeSlug",
        "username",
        "teamSlug",
        "organizationSlug",
        "lengthInMinutes",
        "metadata",
        "bookingFieldsResponses",
        "guests",
        "location",
        "routing",
        "recurrenceCount",
        "instant",
        "emailVerificationCode",
        "meetingUrl",
    }
)
CREATE_FIELDS_2026 = CREATE_FIELDS | {
    "allowConflicts",
    "allowBookingOutOfBounds",
    "skipBookingLimits",
}
RESCHEDULE_FIELDS = frozenset(
    {"start", "rescheduledBy", "reschedulingReason", "emailVerificationCode", "seatUid"}
)
CANCEL_FIELDS = frozenset({"cancellationReason", "cancelSubsequentBookings", "seatUid"})
ATTENDEE_FIELDS = frozenset({"name", "timeZone", "email", "phoneNumber", "language"})
LANGUAGE_CODES = (
    "ar ca de es eu he id ja lv pl ro sr th vi az cs el es-419 fi hr it km nl pt ru sv tr zh-CN bg"
    " da en et fr hu iw ko no pt-BR sk ta uk zh-TW bn"
)
LANGUAGES = frozenset(LANGUAGE_CODES.split())
METADATA_TEXT = (
    "Metadata must have at most 50 keys, each key up to 40 characters, and string values up to 500"
    " characters."
)
NO_CONTACT_TEXT = "Attendee must have at least one contact method (email or phone number)"
SELECTOR_TEXT = (
    "Either eventTypeId or eventTypeSlug + username or eventTypeSlug + teamSlug must be provided"
)
INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?")
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


@dataclass(frozen=True, kw_only=True)
class AttendeeWish:
    name: str
    time_zone: str
    language: str
    email: str | None
    phone_number: str | None


@dataclass(frozen=True, kw_only=True)
class BookingWish:
    """A POST of a booking whose syntax is right."""

    start_at: datetime
    attendee: AttendeeWish
    event_type_id: int | None
    event_type_slug: str | None
    username: str | None
    team_slug: str | None
    length_min: int | None
    metadata: dict[str, Any]
    guests: tuple[str, ...]
    responses: dict[str, Any]
    location: dict[str, Any] | None
    host_subset: tuple[int, ...] = field(default=())


def instant(text: object, name: str = "start") -> datetime:
    if not isinstance(text, str) or not INSTANT.fullmatch(text):
        wrong_property(name, f"{name} must be a valid ISO 8601 date string")
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        wrong_property(name, f"{name} must be a valid ISO 8601 date string")
    return (parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)).astimezone(UTC)


def only_known(body: dict[str, Any], known: frozenset[str]) -> None:
    for name in body:
        if name not in known:
            wrong_property(name, f"property {name} should not exist")


def is_zone(name: object) -> bool:
    if not isinstance(name, str) or not name:
        return False
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def is_phone(text: object) -> bool:
    if not isinstance(text, str) or not text.startswith("+"):
        return False
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text, None))
    except phonenumbers.NumberParseException:
        return False


def _wrong_in_attendee(name: str, constraint: str) -> None:
    wrong_property("attendee", f" {name} property is wrong,{constraint}")


def _attendee(raw: object) -> AttendeeWish:
    if not isinstance(raw, dict):
        wrong_property("attendee", "attendee must be an object")
    for name in raw:
        if name not in ATTENDEE_FIELDS:
            _wrong_in_attendee(name, f"property {name} should not exist")
    email, phone = raw.get("email") or None, raw.get("phoneNumber") or None
    language = raw.get("language") or "en"
    if not isinstance(raw.get("name"), str) or not raw["name"].strip():
        _wrong_in_attendee("name", "name must be a string")
    if not is_zone(raw.get("timeZone")):
        _wrong_in_attendee("timeZone", "timeZone must be a valid IANA time-zone")
    if email is None and phone is None:
        wrong_property("attendee", f" attendee email or phone property is wrong,{NO_CONTACT_TEXT}")
    if phone is not None and not is_phone(phone):
        text = "Invalid phone number format. Please use international format."
        _wrong_in_attendee("phoneNumber", text)
    if email is not None and not (isinstance(email, str) and EMAIL.fullmatch(email)):
        _wrong_in_attendee("email", "Invalid email format")
    if language not in LANGUAGES:
        values = ", ".join(sorted(LANGUAGES))
        _wrong_in_attendee("language", f"language must be one of the following values: {values}")
    return AttendeeWish(
        name=raw["name"],
        time_zone=raw["timeZone"],
        language=language,
        email=email.lower() if email else None,
        phone_number=phone,
    )


def _metadata(raw: object) -> dict[str, Any]:
    if raw is None:
        return {}
    ok = isinstance(raw, dict) and len(raw) <= 50  # noqa: PLR2004 (contract 2.3)
    if not ok or not all(_is_metadata(key, value) for key, value in raw.items()):  # type: ignore[attr-defined]  # ok says that it is a dict
        wrong_property("metadata", METADATA_TEXT)
    return dict(raw)  # type: ignore[call-overload,no-any-return]  # as above


def _is_metadata(key: str, value: object) -> bool:
    if len(key) > 40:  # noqa: PLR2004 (contract 2.3)
        return False
    if isinstance(value, str):
        return len(value) <= 500  # noqa: PLR2004 (contract 2.3)
    return isinstance(value, bool | int | float)


def _selector(body: dict[str, Any]) -> None:
    if body.get("eventTypeId") is not None:
        if not isinstance(body["eventTypeId"], int) or isinstance(body["eventTypeId"], bool):
            wrong_property("eventTypeId", "eventTypeId must be an integer number")
        return
    if not body.get("eventTypeSlug") or not (body.get("username") or body.get("teamSlug")):
        raise ApiError(400, SELECTOR_TEXT)


def _guests(raw: object) -> tuple[str, ...]:
    if raw is None:
        return ()
    if not isinstance(raw, list) or not all(
        isinstance(guest, str) and EMAIL.fullmatch(guest) for guest in raw
    ):
        wrong_property("guests", "each value in guests must be an email")
    return tuple(raw)


def booking_wish(body: object, version: str) -> BookingWish:
    if not isinstance(body, dict):
        raise ApiError(400, "Request body is not valid")
    only_known(body, CREATE_FIELDS_2026 if version == "2026-02-25" else CREATE_FIELDS)
    start_at = instant(body.get("start"))
    attendee = _attendee(body.get("attendee"))
    _selector(body)
    length = body.get("lengthInMinutes")
    if length is not None and (not isinstance(length, int) or isinstance(length, bool)):
        wrong_property("lengthInMinutes", "lengthInMinutes must be a number")
    location = body.get("location")
    return BookingWish(
        start_at=start_at,
        attendee=attendee,
        event_type_id=body.get("eventTypeId"),
        event_type_slug=body.get("eventTypeSlug"),
        username=body.get("username"),
        team_slug=body.get("teamSlug"),
        length_min=length,
        metadata=_metadata(body.get("metadata")),
        guests=_guests(body.get("guests")),
        responses=dict(body.get("bookingFieldsResponses") or {}),
        location=location if isinstance(location, dict) else None,
    )
