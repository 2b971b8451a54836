"""Free slots, and reservations that hide one."""

from datetime import datetime

from pydantic import TypeAdapter

from integrations.calcom import versions
from integrations.calcom.outcomes import Released, ReleaseOutcome, Reserved, ReserveOutcome
from integrations.calcom.query import utc
from integrations.calcom.requests import ReservationBody, instant
from integrations.calcom.schemas import Reservation, Slot
from integrations.calcom.wire import NO_DATA, Wire, delete, get, patch, post, segment

_DAYS: TypeAdapter[dict[str, tuple[Slot, ...]]] = TypeAdapter(dict[str, tuple[Slot, ...]])
# An unknown or expired reservation is answered with null, not with 404 (contract 2.2).
_MAYBE: TypeAdapter[Reservation | None] = TypeAdapter(Reservation | None)
_PATH = "/v2/slots/reservations"


class Slots(Wire):
    async def slots(
        self,
        *,
        event_type_id: int,
        start_at: datetime,
        end_at: datetime,
        duration_min: int | None = None,
        reschedule_uid: str | None = None,
    ) -> tuple[Slot, ...]:
        """Free starts in [start_at, end_at), in order.

        `duration_min` only for types with several lengths. `reschedule_uid`: that booking's own
        time counts as free.
        """
        params = [
            ("eventTypeId", str(event_type_id)),
            ("start", utc(start_at)),
            ("end", utc(end_at)),
            ("format", "range"),
        ]
        if duration_min is not None:
            params.append(("duration", str(duration_min)))
        if reschedule_uid is not None:
            params.append(("bookingUidToReschedule", reschedule_uid))
        call = get("slots", "/v2/slots", versions.SLOTS, tuple(params))
        days = await self._read(call, _DAYS)
        found = (slot for day in days.values() for slot in day)
        # Cal.com reads an end at midnight as that whole day.
        inside = (slot for slot in found if start_at <= slot.start_at < end_at)
        return tuple(sorted(inside, key=lambda slot: slot.start_at))

    async def create_reservation(
        self,
        *,
        event_type_id: int,
        start_at: datetime,
        length_min: int | None = None,
        hold_min: int | None = None,
    ) -> ReserveOutcome:
        """Hides the time from slots for `hold_min` (Cal.com's default: 5), also from us.

        It protects nothing: anybody may still book that time (contract 0.3). Worth a request only
        where customers also choose on Cal.com's own page. `length_min` only for types with several
        lengths. Taken or reserved: refused as `slot_gone`.
        """
        body = ReservationBody(
            event_type_id=event_type_id,
            slot_start=instant(start_at),
            slot_duration=length_min,
            reservation_duration=hold_min,
        )
        return await self._do(
            post("create_reservation", _PATH, versions.SLOTS, body), Reservation, _reserved
        )

    async def get_reservation(self, uid: str) -> Reservation | None:
        """None when it has expired, was deleted or never was."""
        call = get("get_reservation", f"{_PATH}/{segment(uid)}", versions.SLOTS)
        return await self._read(call, _MAYBE)

    async def update_reservation(
        self,
        uid: str,
        *,
        event_type_id: int,
        start_at: datetime,
        length_min: int | None = None,
        hold_min: int | None = None,
    ) -> ReserveOutcome:
        """Moves it. A window that overlaps its own is refused: Cal.com sees a stranger in it."""
        body = ReservationBody(
            event_type_id=event_type_id,
            slot_start=instant(start_at),
            slot_duration=length_min,
            reservation_duration=hold_min,
        )
        call = patch("update_reservation", f"{_PATH}/{segment(uid)}", versions.SLOTS, body)
        return await self._do(call, Reservation, _reserved)

    async def delete_reservation(self, uid: str) -> ReleaseOutcome:
        """May be repeated. A booking does not do this: its reservation lives on till it expires."""
        call = delete("delete_reservation", f"{_PATH}/{segment(uid)}", versions.SLOTS)
        return await self._do(call, NO_DATA, lambda _, request_id: Released(request_id=request_id))


def _reserved(reservation: Reservation, request_id: str | None) -> Reserved:
    return Reserved(reservation=reservation, request_id=request_id)
