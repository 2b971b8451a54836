"""What an event is about, as Cal.com has it at this moment; whether a booking is alone there."""

import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio import activity
from temporalio.exceptions import ApplicationError
from typing_extensions import override

from activities.asking import OUR_KEY, Asking, Tell, retryable
from activities.calendar_view import A_DAY, CalendarView, days_between
from contracts.appointments import Done
from contracts.calendar_events import (
    SOURCE,
    AloneVerified,
    BookingSeen,
    CalendarConnection,
    CalendarEvent,
    CalendarLookSteps,
    CancelSeen,
    LookedAt,
    StartCalendarEvent,
    VerifyAlone,
    WebhookEnsured,
    source_of,
)
from db.queries import audit, blocks, bookings, connections, webhooks
from db.queries.appointments import booking_uid_hash
from db.queries.connections import ConnectionRecord
from db.session import platform_session, tenant_session
from domain.ids import attendee_address
from integrations.calcom.client import CalcomClient
from integrations.calcom.errors import CalcomError
from integrations.calcom.limits import Gates
from integrations.calcom.outcomes import Refused, Registered, Unclear
from integrations.calcom.schemas import Booking, BookingFilter
from integrations.calcom.webhooks import SEEN, TRIGGERS, seen_event, uid_in

# A booking that is moved ten times while its events wait is looked at again with the next one.
CHAIN_MAX = 10
# Cal.com's list filters by what lies within: a booking that begins before ours is found as well.
AROUND = timedelta(hours=12)
LIST_TAKE = 250
SECRET_BYTES = 32
_WHY = {
    "surplus": "Doppelt angelegt: der Termin steht bereits im Kalender",
    "overlap": "Zu dieser Zeit besteht bereits ein Termin",
}


@dataclass(frozen=True, kw_only=True)
class _Account:
    company_id: UUID
    connection: ConnectionRecord
    client: CalcomClient


class CalendarLooks(CalendarLookSteps):
    """`start`: how the API starts an event's run, given by `wiring`. `public_url`: where Cal.com
    reaches us. All requests are background ones: nobody on the phone waits for them.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        http: httpx.AsyncClient,
        *,
        attendee_domain: str,
        public_url: str | None,
        gates: Gates,
        view: CalendarView,
        start: StartCalendarEvent,
    ) -> None:
        self._engine = engine
        self._http = http
        self._attendee_domain = attendee_domain
        self._public_url = public_url
        self._gates = gates
        self._view = view
        self._start = start
        self._asking = Asking(engine)

    @activity.defn(name="calendar_events.look")
    @override
    async def look(self, request: CalendarEvent) -> LookedAt:
        """Never the event's own words: it may be late, and a later one may have come before."""
        uid = await self._uid(request)
        if uid is None or await self._is_our_own_doing(request, uid):
            return LookedAt()
        account = await self._account(request.company_id, request.connection_id)
        chain = await self._chain(account, uid)
        if not chain:
            gone = booking_uid_hash(uid)
            await self._forget_free_times(account, (), (gone,))
            return LookedAt(
                seen=BookingSeen(event_id=request.event_id, uid_hash=gone, state="gone")
            )
        head = chain[-1]
        replaces = _hashes([chain[0].rescheduled_from_uid, *(one.uid for one in chain[:-1])])
        event_id = request.event_id
        if head.uid != uid:
            event_id = await self._keep(account, head, is_handled=True)
        await self._forget_free_times(account, chain, (booking_uid_hash(head.uid), *replaces))
        seen = await self._seen(account, head, event_id, replaces)
        return LookedAt(seen=seen)

    @activity.defn(name="calendar_events.cancel_seen")
    @override
    async def cancel_seen(self, request: CancelSeen) -> Done:
        """Cancelling twice is harmless. What has become ours meanwhile stays."""
        event, seen = request.event, request.seen
        about = event.model_copy(update={"event_id": seen.event_id})
        uid = await self._uid(about)
        if uid is None or not await self._may_go(request):
            return Done()
        account = await self._account(event.company_id, event.connection_id)
        async with self._ask(account, "cancel_booking", request.appointment_id) as tell:
            outcome = await account.client.cancel_booking(uid, reason=_WHY[request.why])
            tell.outcome(outcome)
        if isinstance(outcome, Unclear):
            raise ApplicationError(f"unclear: {outcome.message}", type="Unclear")
        if isinstance(outcome, Refused) and outcome.cause not in ("done_already", "time_policy"):
            raise ApplicationError(
                f"{outcome.cause}: {outcome.message}", type=outcome.cause, non_retryable=True
            )
        async with tenant_session(self._engine, event.company_id) as session:
            await audit.write_audit(
                session,
                actor="engine",
                action=f"calendar.{request.why}_cancelled",
                subject_type="appointment",
                subject_id=str(request.appointment_id),
                changes={"booking_id": seen.booking_id},
            )
        return Done()

    @activity.defn(name="calendar.verify_alone")
    @override
    async def verify_alone(self, request: VerifyAlone) -> AloneVerified:
        """Cal.com lets bookings pass that overlap but do not begin and end together (contract 0.4),
        and after a late commit there may be two of ours. Each becomes an event.
        """
        async with tenant_session(self._engine, request.company_id) as session:
            order = await bookings.get_order(session, request.appointment_id, request.revision)
            known = await bookings.bookings_of(session, request.appointment_id)
            person = order and await connections.event_types_of_the_same_person(
                session,
                connection_id=order.connection_id,
                calcom_event_type_id=order.event_type_id,
            )
        ours = next((one for one in known if one.revision == request.revision), None)
        # A CalDAV server is looked at before each write: there is no second booking to be found.
        if order is None or ours is None or order.connection.provider != "calcom":
            return AloneVerified()
        account = await self._account(request.company_id, order.connection_id)
        async with self._ask(account, "list_bookings", request.appointment_id) as tell:
            wanted = BookingFilter(
                after_start_at=order.start_at - AROUND,
                before_end_at=order.end_at + AROUND,
                sort="start",
                take=LIST_TAKE,
            )
            listed = [one async for one in account.client.iter_bookings(wanted)]
            tell("found")
        types = {one.calcom_event_type_id for one in person or ()}
        beside = [
            one
            for one in _at_the_same_host(listed, ours.booking_id, types)
            if one.start_at < order.end_at and one.end_at > order.start_at
        ]
        twins = [one for one in listed if one.carries(OUR_KEY, str(request.appointment_id))]
        surplus = [one for one in twins if one.is_live and one.id != ours.booking_id]
        overlapping = [one for one in beside if one not in surplus]
        for one in (*surplus, *overlapping):
            await self._report(account, one, f"{request.appointment_id}:{request.revision}")
        return AloneVerified(overlapping=len(overlapping), surplus=len(surplus))

    @activity.defn(name="calendar.ensure_webhook")
    @override
    async def ensure_webhook(self, request: CalendarConnection) -> WebhookEnsured:
        """Our one subscription, with a secret that is made here once and stands nowhere else."""
        if self._public_url is None:
            return WebhookEnsured(outcome="no_address")
        async with tenant_session(self._engine, request.company_id) as session:
            secret = await connections.keep_webhook_secret(
                session, request.connection_id, secrets.token_urlsafe(SECRET_BYTES)
            )
        account = await self._account(request.company_id, request.connection_id)
        url = f"{self._public_url.rstrip('/')}/webhooks/calcom/{request.connection_id}"
        async with self._ask(account, "ensure_webhook") as tell:
            outcome = await account.client.ensure_webhook(url, TRIGGERS, secret)
            tell(outcome.kind)
        if isinstance(outcome, Registered):
            return WebhookEnsured(outcome=outcome.change)
        if isinstance(outcome, Unclear):
            raise ApplicationError(f"unclear: {outcome.message}", type="Unclear")
        return WebhookEnsured(outcome="refused", reason=outcome.cause)

    # --- the stored event ------------------------------------------------------------------

    async def _uid(self, event: CalendarEvent) -> str | None:
        """Of an event that this connection sent; no other company's is read."""
        async with platform_session(self._engine) as session:
            found = await webhooks.read_events(session, [event.event_id])
        for stored in found:
            is_theirs = stored.source == source_of(event.connection_id)
            if is_theirs and stored.company_id == event.company_id:
                return uid_in(stored.body)
        return None

    async def _is_our_own_doing(self, event: CalendarEvent, uid: str) -> bool:
        """That we have booked it we know without asking; each request is one less for calls."""
        if event.kind != "BOOKING_CREATED":
            return False
        async with tenant_session(self._engine, event.company_id) as session:
            known = await blocks.find_ours(session, [booking_uid_hash(uid)])
        return known is not None and known.status in ("held", "booked") and not known.has_ended

    async def _keep(
        self, account: _Account, booking: Booking, *, is_handled: bool = False, about: str = ""
    ) -> UUID:
        """`about`: what it was seen beside, so that it is looked at again for another reason."""
        meaning, body = seen_event(booking)
        async with platform_session(self._engine) as session:
            stored = await webhooks.store_event(
                session,
                source=source_of(account.connection.id),
                event_id=f"{meaning}:{about}" if about else meaning,
                kind=SEEN,
                body=body,
                company_id=account.company_id,
                signalled=is_handled,
            )
        return stored.id

    async def _report(self, account: _Account, booking: Booking, about: str) -> None:
        event_id = await self._keep(account, booking, about=about)
        await self._start(
            CalendarEvent(
                event_id=event_id,
                company_id=account.company_id,
                connection_id=account.connection.id,
                kind=SEEN,
            )
        )

    # --- Cal.com ---------------------------------------------------------------------------

    async def _account(self, company_id: UUID, connection_id: UUID) -> _Account:
        async with tenant_session(self._engine, company_id) as session:
            found = await connections.get_connection(session, connection_id=connection_id)
        if found is None or found.provider != SOURCE or not found.api_key:
            raise ApplicationError("no connection", type="configuration", non_retryable=True)
        client = CalcomClient(
            found.base_url,
            found.api_key,
            http=self._http,
            intent="background",
            gate=self._gates.of(connection_id),
        )
        return _Account(company_id=company_id, connection=found, client=client)

    @asynccontextmanager
    async def _ask(
        self, account: _Account, operation: str, appointment_id: UUID | None = None
    ) -> AsyncIterator[Tell]:
        """What Cal.com could not answer becomes an error that the engine retries."""
        try:
            async with self._asking.logged(
                account.company_id, account.connection.id, operation, (appointment_id, None)
            ) as tell:
                yield tell
        except CalcomError as error:
            raise retryable(error) from error

    async def _chain(self, account: _Account, uid: str) -> list[Booking]:
        """The booking and what it was moved on to; empty where there is none."""
        found: list[Booking] = []
        following: str | None = uid
        while following is not None and len(found) < CHAIN_MAX:
            async with self._ask(account, "get_booking") as tell:
                booking = await account.client.get_booking(following)
                tell("found" if booking else "absent")
            if booking is None:
                break
            found.append(booking)
            following = booking.rescheduled_to_uid
        return found

    async def _seen(
        self, account: _Account, booking: Booking, event_id: UUID, replaces: tuple[str, ...]
    ) -> BookingSeen:
        appointment_id = _uuid(booking.metadata.get(OUR_KEY))
        return BookingSeen(
            event_id=event_id,
            uid_hash=booking_uid_hash(booking.uid),
            state=booking.status,
            booking_id=booking.id,
            event_type_id=booking.event_type_id,
            host_ids=tuple(host.id for host in booking.hosts),
            start_at=booking.start_at,
            end_at=booking.end_at,
            created_at=booking.created_at,
            appointment_id=appointment_id,
            attendee_is_ours=await self._is_our_attendee(account, booking, appointment_id),
            replaces=replaces,
            absent=any(one.absent for one in booking.attendees),
        )

    async def _is_our_attendee(
        self, account: _Account, booking: Booking, appointment_id: UUID | None
    ) -> bool:
        if appointment_id is None:
            return False
        async with tenant_session(self._engine, account.company_id) as session:
            customer_id = await blocks.customer_of(session, appointment_id)
        if customer_id is None:
            return False
        ours = attendee_address(account.company_id, str(customer_id), self._attendee_domain)
        return any(one.email.lower() == ours for one in booking.attendees)

    async def _may_go(self, request: CancelSeen) -> bool:
        """Judged again right before it goes: a saga may have found its booking meanwhile."""
        seen = request.seen
        async with tenant_session(self._engine, request.event.company_id) as session:
            if request.why == "overlap":
                return await blocks.is_active(session, seen.uid_hash)
            known = await blocks.find_ours(session, [seen.uid_hash])
            appointment = await blocks.find_appointment(session, request.appointment_id)
        if known is not None:
            return known.booking_id != known.todays_booking_id or known.status != "booked"
        return appointment is not None and not appointment.is_asking

    async def _forget_free_times(
        self, account: _Account, chain: Iterable[Booking], uid_hashes: Iterable[str]
    ) -> None:
        """Of every day on which one of these was or is."""
        async with tenant_session(self._engine, account.company_id) as session:
            spans = {
                (one.staff_id, one.start_at.date(), one.end_at.date())
                for one in await blocks.spans_of(session, tuple(uid_hashes))
            }
            for booking in chain:
                whose = await blocks.whose_time(
                    session,
                    connection_id=account.connection.id,
                    event_type_id=booking.event_type_id,
                    host_ids=tuple(host.id for host in booking.hosts),
                )
                spans |= {
                    (one.staff_id, booking.start_at.date(), booking.end_at.date()) for one in whose
                }
        # Whatever zone the branch is in, its days are among these.
        for staff_id, first, last in spans:
            await self._view.drop(
                account.company_id, staff_id, days_between(first - A_DAY, last + A_DAY)
            )


def _at_the_same_host(listed: list[Booking], ours: int, types: set[int]) -> list[Booking]:
    """Live bookings of others whose host, or event type, is ours."""
    hosts = {host.id for one in listed if one.id == ours for host in one.hosts}
    return [
        one
        for one in listed
        if one.id != ours
        and one.is_live
        and (one.event_type_id in types or any(host.id in hosts for host in one.hosts))
    ]


def _hashes(uids: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(booking_uid_hash(uid) for uid in uids if uid)


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(str(value)) if value is not None else None
    except ValueError:
        return None
