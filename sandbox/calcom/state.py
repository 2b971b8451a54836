"""The sandbox's world: tenants, people, event types, bookings, and what was asked of it."""

import asyncio
import json
import secrets
from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from sandbox.calcom.exchange import Exchange
from sandbox.calcom.faults import FaultList
from sandbox.calcom.model import (
    Booking,
    EventType,
    Key,
    Reservation,
    Row,
    Schedule,
    Tenant,
    User,
    Webhook,
)
from sandbox.calcom.store import Store

if TYPE_CHECKING:
    from sandbox.calcom.referee import Overseer

R = TypeVar("R", bound=Row)
Clock = Callable[[], datetime]
# Base58, as short-uuid writes it: no 0, O, I, l.
UID_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
REQUESTS_KEPT = 2_000
KEY_OF_ROW: dict[type[Row], str] = {
    Tenant: "slug",
    User: "id",
    Key: "key",
    Schedule: "id",
    EventType: "id",
    Booking: "uid",
    Reservation: "uid",
    Webhook: "id",
}
FIRST_ID = {Tenant: 501, User: 4101, Schedule: 2301, EventType: 70001, Booking: 880101}


def utc_now() -> datetime:
    return datetime.now(UTC)


class World:
    """All rows in memory, every change written through to the store."""

    def __init__(self, store: Store, clock: Clock = utc_now) -> None:
        self._store = store
        self._clock = clock
        self.clock_offset = timedelta(0)
        self.requests: deque[dict[str, Any]] = deque(maxlen=REQUESTS_KEPT)
        self.deliveries: deque[dict[str, Any]] = deque(maxlen=REQUESTS_KEPT)
        self.requests_seen = 0
        self.faults = FaultList()
        # Sees each exchange before its answer leaves; tests hold it against the contract.
        self.witness: Callable[[Exchange], None] | None = None
        # Tells what the witness found, where the sandbox was given Cal.com's document.
        self.overseer: Overseer | None = None
        self.rate_windows: dict[str, Any] = {}
        self.outbox: asyncio.Queue[Any] = asyncio.Queue()
        # Set when the next delivery is done, then replaced.
        self.next_delivery = asyncio.Event()
        self._load()

    def _load(self) -> None:
        self.tenants: dict[str, Tenant] = self._read(Tenant)
        self.users: dict[int, User] = self._read(User)
        self.keys: dict[str, Key] = self._read(Key)
        self.schedules: dict[int, Schedule] = self._read(Schedule)
        self.event_types: dict[int, EventType] = self._read(EventType)
        self.bookings: dict[str, Booking] = self._read(Booking)
        self.reservations: dict[str, Reservation] = self._read(Reservation)
        self.webhooks: dict[str, Webhook] = self._read(Webhook)
        self._next_id = {
            Tenant: self._after(Tenant, (tenant.team_id for tenant in self.tenants.values())),
            User: self._after(User, self.users),
            Schedule: self._after(Schedule, self.schedules),
            EventType: self._after(EventType, self.event_types),
            Booking: self._after(Booking, (booking.id for booking in self.bookings.values())),
        }
        self._uids_of_host: dict[int, set[str]] = defaultdict(set)
        for booking in self.bookings.values():
            self._index(booking)

    @staticmethod
    def _after(kind: type[Row], ids: Iterable[int]) -> int:
        return max([FIRST_ID[kind] - 1, *ids]) + 1

    def _read(self, kind: type[R]) -> dict[Any, R]:
        # A file of an older sandbox may hold fields that are gone: they are passed over.
        known = kind.model_fields.keys()
        stored = (json.loads(body) for body in self._store.rows(kind.__name__))
        rows = (
            kind.model_validate({name: row[name] for name in row.keys() & known}) for row in stored
        )
        return {getattr(row, KEY_OF_ROW[kind]): row for row in rows}

    def _table(self, kind: type[Row]) -> dict[Any, Any]:
        tables: dict[type[Row], dict[Any, Any]] = {
            Tenant: self.tenants,
            User: self.users,
            Key: self.keys,
            Schedule: self.schedules,
            EventType: self.event_types,
            Booking: self.bookings,
            Reservation: self.reservations,
            Webhook: self.webhooks,
        }
        return tables[kind]

    def _index(self, booking: Booking) -> None:
        for host_id in booking.host_ids:
            self._uids_of_host[host_id].add(booking.uid)

    def put(self, row: R) -> R:
        """Adds or replaces a row, on disk as well."""
        kind = type(row)
        key = getattr(row, KEY_OF_ROW[kind])
        if isinstance(row, Booking):
            before = self.bookings.get(row.uid)
            for host_id in before.host_ids if before else ():
                self._uids_of_host[host_id].discard(row.uid)
            self._index(row)
        self._table(kind)[key] = row
        self._store.put(kind.__name__, str(key), row.model_dump_json())
        return row

    def drop(self, row: Row) -> None:
        key = getattr(row, KEY_OF_ROW[type(row)])
        self._table(type(row)).pop(key, None)
        self._store.drop(type(row).__name__, str(key))

    def reset(self) -> None:
        self._store.clear()
        self._load()
        self.requests.clear()
        self.deliveries.clear()
        self.rate_windows.clear()
        self.requests_seen = 0
        self.clock_offset = timedelta(0)
        self.faults = FaultList()

    def close(self) -> None:
        self._store.close()

    def now(self) -> datetime:
        """In whole milliseconds, as Cal.com's database keeps them and its API shows them."""
        now = self._clock() + self.clock_offset
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    def take_id(self, kind: type[Row]) -> int:
        number = self._next_id[kind]
        while number in self._table(kind):
            number += 1
        self._next_id[kind] = number + 1
        return number

    def new_uid(self) -> str:
        return "".join(secrets.choice(UID_ALPHABET) for _ in range(22))

    def bookings_of_host(self, host_id: int) -> list[Booking]:
        return [self.bookings[uid] for uid in self._uids_of_host[host_id]]

    def user_of_key(self, key: str) -> User | None:
        row = self.keys.get(key)
        return self.users[row.user_id] if row else None

    def users_of(self, tenant: str) -> list[User]:
        return [user for user in self.users.values() if user.tenant == tenant]

    def default_schedule(self, user: User) -> Schedule:
        return self.schedules[user.schedule_id]
