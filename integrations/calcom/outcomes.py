"""What can become of a write. `Unclear` is a result: nobody knows yet, look first."""

from dataclasses import dataclass, field
from typing import Literal

from integrations.calcom.errors import Cause, Problem
from integrations.calcom.schemas import Booking, EventType, ReassignedHost, Reservation, Webhook


@dataclass(frozen=True, kw_only=True)
class Created:
    booking: Booking
    request_id: str | None = None
    kind: Literal["created"] = "created"


@dataclass(frozen=True, kw_only=True)
class Moved:
    """`booking` is the new one: a move changes the uid."""

    booking: Booking
    request_id: str | None = None
    kind: Literal["moved"] = "moved"


@dataclass(frozen=True, kw_only=True)
class Cancelled:
    booking: Booking
    request_id: str | None = None
    kind: Literal["cancelled"] = "cancelled"


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    booking: Booking
    request_id: str | None = None
    kind: Literal["confirmed"] = "confirmed"


@dataclass(frozen=True, kw_only=True)
class Declined:
    """The reason stands in the webhook only."""

    booking: Booking
    request_id: str | None = None
    kind: Literal["declined"] = "declined"


@dataclass(frozen=True, kw_only=True)
class MarkedAbsent:
    """`booking` says who: `absent_host`, and `absent` of each attendee."""

    booking: Booking
    request_id: str | None = None
    kind: Literal["marked_absent"] = "marked_absent"


@dataclass(frozen=True, kw_only=True)
class Reassigned:
    """Same booking, same uid, another host."""

    host: ReassignedHost
    request_id: str | None = None
    kind: Literal["reassigned"] = "reassigned"


@dataclass(frozen=True, kw_only=True)
class NewTimeAsked:
    """The booking is cancelled and its attendee asked to choose anew."""

    request_id: str | None = None
    kind: Literal["new_time_asked"] = "new_time_asked"


@dataclass(frozen=True, kw_only=True)
class Reserved:
    reservation: Reservation
    request_id: str | None = None
    kind: Literal["reserved"] = "reserved"


@dataclass(frozen=True, kw_only=True)
class Released:
    """Also where there was nothing (any more) to release."""

    request_id: str | None = None
    kind: Literal["released"] = "released"


@dataclass(frozen=True, kw_only=True)
class Registered:
    """A webhook that is as it was wanted. `unchanged`: it was so before."""

    webhook: Webhook
    change: Literal["created", "updated", "unchanged"]
    request_id: str | None = None
    kind: Literal["registered"] = "registered"


@dataclass(frozen=True, kw_only=True)
class WebhookDeleted:
    webhook: Webhook
    request_id: str | None = None
    kind: Literal["webhook_deleted"] = "webhook_deleted"


@dataclass(frozen=True, kw_only=True)
class EventTypeCreated:
    event_type: EventType
    request_id: str | None = None
    kind: Literal["event_type_created"] = "event_type_created"


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Cal.com said no. `slot_gone` may be our own earlier try: find it before believing it."""

    cause: Cause
    message: str
    status: int
    code: str | None = None
    known: bool = True
    request_id: str | None = None
    successor_uid: str | None = field(default=None, repr=False)
    kind: Literal["refused"] = "refused"

    @property
    def may_be_ours(self) -> bool:
        return self.cause in ("slot_gone", "done_already")

    @classmethod
    def of(cls, problem: Problem) -> "Refused":
        return cls(
            cause=problem.cause,
            message=problem.message,
            status=problem.status or 0,
            code=problem.code,
            known=problem.known,
            request_id=problem.request_id,
            successor_uid=problem.successor_uid,
        )


@dataclass(frozen=True, kw_only=True)
class Unclear:
    """It was sent, and what came back (if anything) says nothing about whether it was done."""

    message: str
    status: int | None = None
    request_id: str | None = None
    kind: Literal["unclear"] = "unclear"


CreateOutcome = Created | Refused | Unclear
MoveOutcome = Moved | Refused | Unclear
CancelOutcome = Cancelled | Refused | Unclear
ConfirmOutcome = Confirmed | Refused | Unclear
DeclineOutcome = Declined | Refused | Unclear
AbsenceOutcome = MarkedAbsent | Refused | Unclear
ReassignOutcome = Reassigned | Refused | Unclear
NewTimeOutcome = NewTimeAsked | Refused | Unclear
ReserveOutcome = Reserved | Refused | Unclear
ReleaseOutcome = Released | Refused | Unclear
RegisterOutcome = Registered | Refused | Unclear
DeleteWebhookOutcome = WebhookDeleted | Refused | Unclear
EventTypeOutcome = EventTypeCreated | Refused | Unclear
