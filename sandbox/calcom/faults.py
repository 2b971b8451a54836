"""Faults that tests order: what goes wrong, on which operation, how often."""

from collections.abc import Collection
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FaultKind = Literal[
    "delay",
    "drop",
    "commit_then_drop",
    "commit_then_delay",
    "commit_then_status",
    "status",
    "truncate",
    "malformed",
    "not_found",
    "slot_taken_after_offer",
    "old_booking",
    "overlapped",
    "stale",
    "lose",
    "duplicate",
    "reorder",
]
Operation = Literal[
    "create_booking",
    "list_bookings",
    "get_booking",
    "reschedule_booking",
    "cancel_booking",
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
    "get_slots",
    "create_reservation",
    "get_reservation",
    "update_reservation",
    "delete_reservation",
    "get_me",
    "event_types",
    "schedules",
    "teams",
    "team_bookings",
    "memberships",
    "busy_times",
    "webhooks",
    "webhook",
    "*",
]


class FaultOrder(BaseModel):
    """Body of `POST /sandbox/faults`. `times: null` lasts until deleted."""

    model_config = ConfigDict(extra="forbid")

    operation: Operation = Field(default="*", description="`webhook`: our deliveries.")
    fault: FaultKind
    times: int | None = Field(default=1, ge=1)
    delay_s: float = Field(default=0, ge=0, le=600)
    status: int = Field(default=500, ge=300, le=599)
    stale_s: float = Field(default=300, gt=0, description="How old `stale` slots are.")
    attendee_email: str | None = None
    event_type_id: int | None = None
    booking_uid: str | None = Field(default=None, description="Only requests about this booking.")
    reset_s: int | None = Field(
        default=None, ge=1, le=60, description="What a 429 tells of when there is room again."
    )
    api_key: str | None = Field(
        default=None, description="Only requests with this key; deliveries of its tenant."
    )
    trigger: str | None = Field(default=None, description="Only deliveries of this trigger.")


class Fault(FaultOrder):
    id: int
    hits: int = 0


class FaultList:
    def __init__(self) -> None:
        self.orders: list[Fault] = []
        self._last_id = 0

    def add(self, order: FaultOrder) -> Fault:
        self._last_id += 1
        fault = Fault(id=self._last_id, **order.model_dump())
        self.orders.append(fault)
        return fault

    def clear(self, api_key: str | None = None) -> int:
        """All, or those that were ordered for one key."""
        kept = [each for each in self.orders if api_key not in (None, each.api_key)]
        count = len(self.orders) - len(kept)
        self.orders = kept
        return count

    def take(
        self,
        operation: str,
        *,
        attendee_email: str | None = None,
        event_type_id: int | None = None,
        booking_uid: str | None = None,
        api_key: str | Collection[str] | None = None,
        trigger: str | None = None,
    ) -> list[Fault]:
        """Faults that hit now; each counts down, the first of the kinds that end a request wins.

        `api_key`: of the request, or all that a delivery may be told by.
        """
        hit: list[Fault] = []
        keys = (api_key,) if isinstance(api_key, str | None) else api_key
        for fault in list(self.orders):
            if fault.operation != operation and (fault.operation != "*" or trigger):
                continue
            about = (fault.attendee_email, fault.event_type_id, fault.booking_uid)
            asked = (*about, fault.trigger)
            given = (attendee_email, event_type_id, booking_uid, trigger)
            if fault.api_key is not None and fault.api_key not in keys:
                continue
            if any(a is not None and a != g for a, g in zip(asked, given, strict=True)):
                continue
            if hit and fault.fault != "delay" and any(f.fault != "delay" for f in hit):
                continue
            fault.hits += 1
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self.orders.remove(fault)
            hit.append(fault)
        return hit
