"""A CalDAV server behind the port.

One object per appointment and collection, at an address made of the appointment's id: so a repeated
request meets its own first try and not a second event, and "is it there?" is one question. Which of
the appointment's slots it stands for says a mark in it (the revision); a move changes the object in
place, with what people wrote into it.

No server refuses what overlaps, so a look precedes each write. Between look and write somebody may
still enter something: our own reservations keep callers apart, not people who type.
"""

from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from typing import TypeVar
from urllib.parse import urljoin
from uuid import UUID
from zoneinfo import ZoneInfo

from typing_extensions import override

from activities.asking import Asking, Tell
from activities.providers.port import (
    Absent,
    CalendarProvider,
    Cancelled,
    CancelOutcome,
    Created,
    CreateOutcome,
    Entry,
    FindOutcome,
    FreeWanted,
    NoAnswer,
    Ours,
    Refused,
    Theirs,
    Unclear,
    Visit,
)
from contracts.availability import UnknownReason
from db.queries.connections import ConnectionRecord
from domain.timespan import TimeSpan, boundary_to_instant, subtract
from integrations.caldav import events, outcomes
from integrations.caldav.client import CaldavClient
from integrations.caldav.outcomes import CaldavError

NAMELESS = "Telefonkunde"
_A_DAY = timedelta(days=1)
_Outcome = TypeVar("_Outcome", CreateOutcome, CancelOutcome)
# 40 bits name the appointment, 12 its slot: together less than 2^53, which JSON keeps exactly.
_NUMBER_BYTES, _REVISION_BITS = 5, 12


class CaldavProvider(CalendarProvider):
    """`client`: not opened yet. Every step opens its own connection and closes it."""

    name = "caldav"

    def __init__(
        self,
        client: CaldavClient,
        asking: Asking,
        *,
        company_id: UUID,
        connection: ConnectionRecord,
    ) -> None:
        self._client = client
        self._asking = asking
        self._company_id = company_id
        self._connection = connection

    @override
    async def free(self, wanted: FreeWanted) -> Mapping[date, tuple[TimeSpan, ...]]:
        days = {day: _day(day, wanted.zone) for day in wanted.days}
        first, last = days[wanted.days[0]], days[wanted.days[-1]]
        async with self._step("free") as tell:
            window = TimeSpan(first.start_at, last.end_at)
            taken = [one.span for one in await self._busy(wanted.calendar, window, wanted.zone)]
            tell("answered")
        return {day: subtract(span, taken) for day, span in days.items()}

    @override
    async def create(self, visit: Visit) -> CreateOutcome:
        async with self._step("create", visit) as tell:
            outcome = await self._refusing(self._create(visit))
            _tell(tell, outcome)
        return _or_again(outcome)

    @override
    async def find(self, visit: Visit) -> FindOutcome:
        async with self._step("find", visit) as tell:
            found = await self._find(visit)
            tell("found" if isinstance(found, Ours) else "absent")
        return found

    @override
    async def move(self, visit: Visit, uid: str) -> CreateOutcome:
        async with self._step("move", visit) as tell:
            outcome = await self._refusing(self._move(visit))
            _tell(tell, outcome)
        return _or_again(outcome)

    @override
    async def cancel(self, visit: Visit, uid: str, reason: str) -> CancelOutcome:
        """The event goes as a whole: nobody is asked to read `reason` in an empty calendar."""
        async with self._step("cancel", visit) as tell:
            outcome = await self._cancel(visit, uid)
            _tell(tell, outcome)
        return _or_again(outcome)

    # --- steps -----------------------------------------------------------------------------

    async def _create(self, visit: Visit) -> CreateOutcome:
        if await self._others(visit):
            return _taken()
        outcome = await self._client.put_new(self._href(visit), _new(visit))
        if not isinstance(outcome, outcomes.Conflict):
            return _written(visit, self._href(visit), outcome)
        # Ours all along, or an earlier slot's that was left behind: it becomes this one's.
        try:
            return await self._put_over(visit)
        except CaldavError as error:
            # Something of ours stands there, unread: nobody may take it for nothing.
            return Unclear(message=str(error))

    async def _move(self, visit: Visit) -> CreateOutcome:
        if await self._others(visit):
            return _taken()
        return await self._put_over(visit)

    async def _put_over(self, visit: Visit) -> CreateOutcome:
        href, zone, span = self._href(visit), _zone(visit), _wanted(visit)
        stand = await self._client.get(href)
        if stand is None:  # a person deleted it: the customer's wish is newer
            outcome = await self._client.put_new(href, _new(visit))
        elif _is_slots(events.read_ours(stand.ical, zone), visit):
            return Created(entry=_entry(visit, href))
        else:
            text = events.moved(stand.ical, span, visit.revision, now=_now())
            outcome = await self._client.put_over(href, text, stand.etag)
        return _written(visit, href, outcome)

    async def _find(self, visit: Visit) -> FindOutcome:
        stand = await self._client.get(self._href(visit))
        if stand is not None and _is_slots(events.read_ours(stand.ical, _zone(visit)), visit):
            return Ours(entry=_entry(visit, self._href(visit)))
        return Theirs() if await self._others(visit) else Absent()

    async def _cancel(self, visit: Visit, uid: str) -> CancelOutcome:
        href, _, revision = uid.rpartition("#")
        stand = await self._client.get(href)
        if stand is None:
            return Cancelled()
        ours = events.read_ours(stand.ical, _zone(visit))
        if ours.revision is not None and str(ours.revision) != revision:
            return Cancelled()  # it stands for a later slot by now
        match await self._client.delete(href, stand.etag):
            case outcomes.Deleted():
                return Cancelled()
            case outcomes.Conflict():
                return Unclear(message="the event was changed in between")
            case outcomes.Refused() as refused:
                return Refused(cause=refused.cause, message=refused.message)
            case outcomes.Unclear() as unclear:
                return Unclear(message=unclear.message)

    # --- reading ---------------------------------------------------------------------------

    async def _others(self, visit: Visit) -> list[events.Busy]:
        """Whatever stands in the slot's time and is not this appointment's own."""
        found = await self._busy(visit.order.event_type_id, _wanted(visit), _zone(visit))
        return [one for one in found if one.uid != _uid(visit)]

    async def _busy(self, calendar: int, window: TimeSpan, zone: ZoneInfo) -> list[events.Busy]:
        icals = await self._client.events(
            self._collection(calendar), window.start_at - _A_DAY, window.end_at + _A_DAY
        )
        return events.busy(icals, window, zone)

    def _collection(self, calendar: int) -> str:
        known = self._connection.settings.get("calendars", {})
        url = known.get(str(calendar)) if isinstance(known, dict) else None
        if not isinstance(url, str):
            raise outcomes.CaldavRejected(
                "no collection is stored for this calendar",
                operation="settings",
                cause="configuration",
                status=0,
            )
        return collection_url(self._connection.base_url, url)

    def _href(self, visit: Visit) -> str:
        return object_url(self._collection(visit.order.event_type_id), str(visit.appointment_id))

    # --- around a step ---------------------------------------------------------------------

    async def _refusing(self, outcome: Awaitable[CreateOutcome]) -> CreateOutcome:
        """A look that was refused refuses the write that it precedes."""
        try:
            return await outcome
        except outcomes.CaldavRejected as error:
            return Refused(cause=error.cause, message=str(error))

    @asynccontextmanager
    async def _step(self, operation: str, visit: Visit | None = None) -> AsyncIterator[Tell]:
        about = (visit.appointment_id, visit.order.retell_call_id) if visit else (None, None)
        try:
            async with (
                self._asking.logged(
                    self._company_id, self._connection.id, operation, about
                ) as tell,
                self._client,
            ):
                try:
                    yield tell
                except events.NotUnderstood as error:
                    raise outcomes.CaldavAnswerNotUnderstood(
                        str(error), operation=operation
                    ) from error
        except CaldavError as error:
            raise _no_answer(error) from error


def collection_url(base_url: str, url: str) -> str:
    """Absolute, or below the connection's address; with the slash that collections end in."""
    return urljoin(f"{base_url.rstrip('/')}/", url.rstrip("/") + "/")


def object_url(collection: str, appointment_id: str) -> str:
    return f"{collection}{appointment_id}.ics"


def entry_uid(href: str, revision: int) -> str:
    """By which the saga knows the event, of one slot of the appointment."""
    return f"{href}#{revision}"


def _no_answer(error: CaldavError) -> NoAnswer:
    return NoAnswer(
        str(error),
        kind=type(error).__name__,
        reason=_reason(error),
        untouched=True,  # writes that went out end as `Unclear`; all else is a look before one
        retry_after_s=error.retry_after_s
        if isinstance(error, outcomes.CaldavRateLimited | outcomes.CaldavDown)
        else None,
    )


def _reason(error: CaldavError) -> UnknownReason:
    match error:
        case outcomes.CaldavRateLimited():
            return "no_room"
        case outcomes.CaldavAnswerNotUnderstood():
            return "not_understood"
        case outcomes.CaldavRejected():
            return "refused"
        case _:
            return "no_answer"


def _written(visit: Visit, href: str, outcome: outcomes.PutOutcome) -> CreateOutcome:
    match outcome:
        case outcomes.Stored():
            return Created(entry=_entry(visit, href))
        case outcomes.Conflict():
            return Unclear(message="the event was changed in between")
        case outcomes.Refused():
            return Refused(cause=outcome.cause, message=outcome.message)
        case outcomes.Unclear():
            return Unclear(message=outcome.message)


def _or_again(outcome: _Outcome) -> _Outcome:
    """Locked by somebody for a moment: nothing was done, and it will not stay so."""
    if isinstance(outcome, Refused) and outcome.cause == "retry":
        raise NoAnswer(outcome.message, kind="CaldavLocked", reason="no_answer", untouched=True)
    return outcome


def _tell(tell: Tell, outcome: CreateOutcome | CancelOutcome) -> None:
    tell(outcome.kind)
    if isinstance(outcome, Refused):
        tell.cause = outcome.cause


def _taken() -> Refused:
    return Refused(cause="slot_gone", message="somebody's event is there", may_be_ours=True)


def _is_slots(ours: events.OurEvent, visit: Visit) -> bool:
    """Whether the object stands for this slot. Without our mark its time says so."""
    if ours.is_cancelled:
        return False
    if ours.revision is None:
        return ours.span == _wanted(visit)
    return ours.revision == visit.revision


def _new(visit: Visit) -> str:
    order = visit.order
    new = events.NewEvent(
        uid=_uid(visit),
        appointment_id=str(visit.appointment_id),
        revision=visit.revision,
        span=_wanted(visit),
        summary=f"{order.service_name}: {order.customer_name or NAMELESS}",
        note=order.customer_phone,
        location=order.branch_name,
    )
    return events.write(new, now=_now())


def _uid(visit: Visit) -> str:
    return f"{visit.appointment_id}@{events.UID_DOMAIN}"


def _entry(visit: Visit, href: str) -> Entry:
    digest = sha256(visit.appointment_id.bytes).digest()[:_NUMBER_BYTES]
    number = (int.from_bytes(digest, "big") << _REVISION_BITS) + visit.revision
    return Entry(number=number, uid=entry_uid(href, visit.revision))


def _wanted(visit: Visit) -> TimeSpan:
    return TimeSpan(visit.order.start_at, visit.order.end_at)


def _zone(visit: Visit) -> ZoneInfo:
    return ZoneInfo(visit.order.zone)


def _day(day: date, zone: ZoneInfo) -> TimeSpan:
    midnights = (datetime.combine(each, time.min) for each in (day, day + _A_DAY))
    return TimeSpan(*(boundary_to_instant(each, zone) for each in midnights))


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
