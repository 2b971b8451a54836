"""Which version of the API serves which path, and which paths want a key; both before routing."""

import re
from typing import Any, Literal

from sandbox.calcom.errors import ApiError

BOOKINGS = ("2024-08-13", "2026-02-25")
SLOTS = ("2024-09-04",)
EVENT_TYPES = ("2024-06-14", "2026-06-12")
SCHEDULES = ("2024-06-11",)
OLD_BOOKINGS_ONLY = ("2024-08-13",)
# A version that exists but not for this resource is an address that does not exist; whatever is
# no version at all is read as the oldest.
NEWER = frozenset({*BOOKINGS, *SLOTS, "2026-05-01", "2026-06-12"})
UID = r"[^/]+"
NUMBER = r"\d+"
TABLE: tuple[tuple[str, str, str, tuple[str, ...] | None], ...] = (
    ("GET", "/v2/slots", "get_slots", SLOTS),
    ("POST", "/v2/slots/reservations", "create_reservation", SLOTS),
    ("GET", f"/v2/slots/reservations/{UID}", "get_reservation", SLOTS),
    ("PATCH", f"/v2/slots/reservations/{UID}", "update_reservation", SLOTS),
    ("DELETE", f"/v2/slots/reservations/{UID}", "delete_reservation", SLOTS),
    ("POST", "/v2/bookings", "create_booking", BOOKINGS),
    ("GET", "/v2/bookings", "list_bookings", BOOKINGS),
    ("GET", f"/v2/bookings/by-seat/{UID}", "get_booking", BOOKINGS),
    ("GET", f"/v2/bookings/{UID}", "get_booking", BOOKINGS),
    ("POST", f"/v2/bookings/{UID}/reschedule", "reschedule_booking", BOOKINGS),
    ("POST", f"/v2/bookings/{UID}/cancel", "cancel_booking", BOOKINGS),
    ("POST", f"/v2/bookings/{UID}/confirm", "confirm_booking", BOOKINGS),
    ("POST", f"/v2/bookings/{UID}/decline", "decline_booking", BOOKINGS),
    ("POST", f"/v2/bookings/{UID}/mark-absent", "mark_absent", BOOKINGS),
    ("POST", f"/v2/bookings/{UID}/reassign(/{UID})?", "reassign_booking", BOOKINGS),
    ("POST", f"/v2/bookings/{UID}/request-reschedule", "request_reschedule", BOOKINGS),
    ("GET", f"/v2/bookings/{UID}/references", "references", BOOKINGS),
    ("GET", f"/v2/bookings/{UID}/calendar-links", "calendar_links", BOOKINGS),
    ("GET", f"/v2/bookings/{UID}/attendees(/{UID})?", "attendees", OLD_BOOKINGS_ONLY),
    ("POST", f"/v2/bookings/{UID}/attendees", "add_attendee", OLD_BOOKINGS_ONLY),
    ("POST", f"/v2/bookings/{UID}/guests", "add_guests", OLD_BOOKINGS_ONLY),
    ("PATCH", f"/v2/bookings/{UID}/location", "change_location", OLD_BOOKINGS_ONLY),
    ("GET", "/v2/me", "get_me", None),
    ("GET|POST", "/v2/event-types", "event_types", EVENT_TYPES),
    ("GET|PATCH|DELETE", f"/v2/event-types/{NUMBER}", "event_types", EVENT_TYPES),
    (".*", f"/v2/event-types/{NUMBER}/webhooks(/{UID})?", "webhooks", None),
    ("GET|POST", "/v2/schedules", "schedules", SCHEDULES),
    ("GET|PATCH|DELETE", f"/v2/schedules/{UID}", "schedules", SCHEDULES),
    ("GET", f"/v2/teams/{NUMBER}/bookings", "team_bookings", None),
    ("GET", f"/v2/teams/{NUMBER}/memberships", "memberships", None),
    ("GET|POST", f"/v2/teams/{NUMBER}/event-types", "event_types", None),
    ("GET|PATCH|DELETE", f"/v2/teams/{NUMBER}/event-types/{NUMBER}", "event_types", None),
    ("GET", f"/v2/teams(/{NUMBER})?", "teams", None),
    ("GET", "/v2/calendars/busy-times", "busy_times", None),
    ("GET|POST|PATCH|DELETE", f"/v2/webhooks(/{UID})?", "webhooks", None),
)
NO_KEY_NEEDED = frozenset(
    {
        "get_slots",
        "create_reservation",
        "get_reservation",
        "update_reservation",
        "delete_reservation",
        "create_booking",
        "get_booking",
        "reschedule_booking",
        "cancel_booking",
    }
)
# These answer 403 and not 401: the permissions guard of the bookings' controller runs first.
GUARDED = frozenset(
    {
        "list_bookings",
        "confirm_booking",
        "decline_booking",
        "mark_absent",
        "reassign_booking",
        "request_reschedule",
        "references",
        "calendar_links",
        "attendees",
        "add_attendee",
        "add_guests",
        "change_location",
    }
)
GUARD_TEXT = (
    "PermissionsGuard - no authentication provided. Provide either authorization bearer token"
    " containing managed user access token or oAuth client id in 'x-cal-client-id' header."
)
NO_KEY_TEXT = (
    "ApiAuthStrategy - No authentication method provided. Either pass an API key as 'Bearer'"
    " header or OAuth client credentials as 'x-cal-secret-key' and 'x-cal-client-id' headers"
)
LEGACY_READS = frozenset({"list_bookings", "get_booking"})
LEGACY_CONSTRAINTS = {
    "start": {"isDateString": "start must be a valid ISO 8601 date string"},
    "eventTypeId": {"isNumber": "eventTypeId must be a number"},
    "timeZone": {"isTimeZone": "timeZone must be a valid IANA time-zone"},
    "language": {"isEnum": "language must be one of the following values"},
    "metadata": {"isObject": "metadata must be an object"},
}
EMPTY_LIST: dict[str, Any] = {
    "status": "success",
    "data": [],
    "pagination": {
        "totalItems": 0,
        "remainingItems": 0,
        "returnedItems": 0,
        "itemsPerPage": 100,
        "currentPage": 0,
        "totalPages": 0,
        "hasNextPage": False,
        "hasPreviousPage": False,
    },
}


def _entry(method: str, path: str) -> tuple[str, tuple[str, ...] | None]:
    for verb, pattern, operation, versions in TABLE:
        if re.fullmatch(verb, method) and re.fullmatch(pattern, path.rstrip("/")):
            return operation, versions
    return "unknown", None


def operation_of(method: str, path: str) -> str:
    return _entry(method, path)[0]


def served(
    method: str, path_and_query: str, version: str | None
) -> ApiError | Literal["current", "legacy"]:
    """Who answers: an older controller where the header is missing or not known (contract 1.1)."""
    operation, versions = _entry(method, path_and_query.partition("?")[0])
    if versions is None or version in versions:
        return "current"
    if version not in NEWER:
        if operation in LEGACY_READS and "/by-seat/" not in path_and_query:
            return "legacy"
        if operation == "create_booking":
            errors = [
                {"property": name, "children": [], "constraints": constraints}
                for name, constraints in LEGACY_CONSTRAINTS.items()
            ]
            return ApiError(400, "Bad Request Exception", details={"errors": errors})
    return ApiError(404, f"Cannot {method} {path_and_query}")


def missing_key(method: str, path: str) -> ApiError | None:
    operation = operation_of(method, path)
    if operation in NO_KEY_NEEDED:
        return None
    if operation in GUARDED:
        return ApiError(403, GUARD_TEXT)
    return ApiError(401, NO_KEY_TEXT)
