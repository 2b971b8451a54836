"""`GET /v2/bookings`: who sees what, the filters, the order, the pages."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.datastructures import QueryParams

from sandbox.calcom.errors import ApiError
from sandbox.calcom.model import Booking, User
from sandbox.calcom.serialise import booking_out
from sandbox.calcom.state import World
from sandbox.calcom.validation import instant

MAX_TAKE = 250
DEFAULT_TAKE = 100
STATUSES = ("upcoming", "recurring", "past", "cancelled", "unconfirmed")
BAD_STATUS = "Invalid status. Allowed are upcoming, recurring, past, cancelled, unconfirmed"
SORTS: dict[str, Callable[[Booking], datetime]] = {
    "sortStart": lambda booking: booking.start_at,
    "sortEnd": lambda booking: booking.end_at,
    "sortCreated": lambda booking: booking.created_at,
    "sortUpdatedAt": lambda booking: booking.updated_at,
}


def _bad_query(name: str, constraint: str, text: str) -> ApiError:
    errors = [{"property": name, "children": [], "constraints": {constraint: text}}]
    return ApiError(400, "Bad Request Exception", details={"errors": errors})


def sees(user: User, booking: Booking) -> bool:
    """Organiser or attendee; owners and admins all of their team (contract 1.2)."""
    if user.role != "member" and booking.tenant == user.tenant:
        return True
    if user.id in booking.host_ids:
        return True
    return any(attendee.email == user.email for attendee in booking.attendees)


def _has_status(booking: Booking, wanted: set[str], now: datetime) -> bool:
    ended = booking.end_at <= now
    kinds = {
        "upcoming": booking.is_live and not ended,
        "past": booking.is_live and ended,
        "cancelled": not booking.is_live,
        "unconfirmed": booking.status == "pending" and not ended,
        "recurring": False,
    }
    return any(kinds[name] for name in wanted)


def _statuses(query: QueryParams) -> set[str]:
    names = [name for value in query.getlist("status") for name in value.split(",") if name]
    names += [name for name in query.getlist("status[]") if name]
    if any(name not in STATUSES for name in names):
        raise _bad_query("status", "isEnum", BAD_STATUS)
    return set(names)


def number(query: QueryParams, name: str, default: int, *, least: int, most: int | None) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not text.isdigit() or int(text) < least:
        raise _bad_query(name, "min", f"{name} must not be less than {least}")
    if most is not None and int(text) > most:
        raise _bad_query(name, "max", f"{name} must not be greater than {most}")
    return int(text)


def _time_tests(query: QueryParams) -> list[Callable[[Booking], bool]]:
    """Both ends inclusive."""
    fields: tuple[tuple[str, str, Callable[[Booking], datetime]], ...] = (
        ("afterStart", ">=", SORTS["sortStart"]),
        ("beforeEnd", "<=", SORTS["sortEnd"]),
        ("afterCreatedAt", ">=", SORTS["sortCreated"]),
        ("beforeCreatedAt", "<=", SORTS["sortCreated"]),
        ("afterUpdatedAt", ">=", SORTS["sortUpdatedAt"]),
        ("beforeUpdatedAt", "<=", SORTS["sortUpdatedAt"]),
    )
    tests: list[Callable[[Booking], bool]] = []
    for name, sign, value_of in fields:
        if text := query.get(name):
            bound = instant(text, name)
            if sign == ">=":
                tests.append(lambda b, v=value_of, t=bound: v(b) >= t)  # type: ignore[misc]  # bound per loop
            else:
                tests.append(lambda b, v=value_of, t=bound: v(b) <= t)  # type: ignore[misc]  # bound per loop
    return tests


def _tests(world: World, query: QueryParams) -> list[Callable[[Booking], bool]]:
    tests = _time_tests(query)
    if statuses := _statuses(query):
        tests.append(lambda b: _has_status(b, statuses, world.now()))
    if email := query.get("attendeeEmail"):
        # A raw + has become a space on the way; Cal.com tries to repair that.
        wanted = email.replace(" ", "+")
        tests.append(lambda b: any(a.email == wanted for a in b.attendees))
    if name := query.get("attendeeName"):
        tests.append(lambda b: any(a.name == name for a in b.attendees))
    if uid := query.get("bookingUid"):
        tests.append(lambda b: b.uid == uid)
    ids = {int(n) for n in (query.get("eventTypeId"), *_split(query, "eventTypeIds")) if n}
    if ids:
        tests.append(lambda b: b.event_type_id in ids)
    teams = {int(n) for n in (query.get("teamId"), *_split(query, "teamsIds")) if n}
    if teams:
        tests.append(lambda b: _team_of(world, b) in teams)
    return tests


def _split(query: QueryParams, name: str) -> list[str]:
    return [part for part in query.get(name, "").split(",") if part.isdigit()]


def _team_of(world: World, booking: Booking) -> int | None:
    event_type = world.event_types[booking.event_type_id]
    return world.tenants[booking.tenant].team_id if event_type.owner_id is None else None


def _sorted(query: QueryParams, found: list[Booking]) -> list[Booking]:
    for name, value_of in SORTS.items():
        order = query.get(name)
        if order is not None:
            if order not in ("asc", "desc"):
                text = f'{name} must be either "asc" or "desc".'
                raise _bad_query(name, "isEnum", text)
            return sorted(found, key=value_of, reverse=order == "desc")
    return sorted(found, key=lambda booking: booking.id)


def list_bookings(
    world: World, user: User, query: QueryParams, *, only_types: set[int] | None = None
) -> dict[str, Any]:
    take = number(query, "take", DEFAULT_TAKE, least=1, most=MAX_TAKE)
    skip = number(query, "skip", 0, least=0, most=None)
    tests = _tests(world, query)
    found = [
        booking
        for booking in world.bookings.values()
        if sees(user, booking)
        and (only_types is None or booking.event_type_id in only_types)
        and all(test(booking) for test in tests)
    ]
    page = _sorted(query, found)[skip : skip + take]
    total = len(found)
    return {
        "status": "success",
        "data": [booking_out(world, booking) for booking in page],
        "pagination": {
            "totalItems": total,
            "remainingItems": max(0, total - skip - len(page)),
            "returnedItems": len(page),
            "itemsPerPage": take,
            "currentPage": skip // take + 1 if total else 0,
            "totalPages": -(-total // take),
            "hasNextPage": skip + len(page) < total,
            "hasPreviousPage": skip > 0,
        },
    }
