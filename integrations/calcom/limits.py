"""What stands before a connection's requests: its requests a minute, Cal.com's 429, the breaker.

Cal.com allows 120 requests a minute for each key (contract 1.4) and shuts it for a minute when one
more comes. Here at most that many are sent in any minute by all workers together, and the last ones
are for those who are on the phone: background work stops at 60 %, work after a call at 85 %.
"""

import asyncio
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol
from uuid import UUID

import httpx
from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from typing_extensions import override

from contracts.availability import BreakerState, ConnectionState
from integrations.calcom.breaker import Ask, Breaker
from integrations.calcom.errors import TOO_MANY, CalcomRateLimited
from integrations.calcom.shared import Shared
from integrations.calcom.transport import Intent, requests_left, retry_after_s

PER_MINUTE = 120
OPEN_S = 60.0
# What is left over covers clocks of workers and of Cal.com that do not agree about the minute.
SHARES: dict[Intent, float] = {"in_call": 0.97, "after_call": 0.85, "background": 0.60}
# How long a request waits here for its turn. Longer waits are the engine's: a step that waits
# inside a worker keeps one of its few hands from somebody who is on the phone.
PATIENCE_S: dict[Intent, float] = {"in_call": 1.0, "after_call": 2.0, "background": 0.0}
# Not sooner again, so that a full minute is not spent on asking whether it is over.
COME_AGAIN_S: dict[Intent, float] = {"in_call": 1.0, "after_call": 2.0, "background": 10.0}
LEAST_WAIT_S = 0.05
LONGEST_BLOCK_S = 3600.0
# A breaker of a process that died is forgotten soon after it would have been tried again.
STATE_KEPT_S = 60.0
BREAKER_KEY = "calcom:breaker:"
LOOK_AGAIN_S = 10.0
SCAN_STEP = 1000
_log = logging.getLogger(__name__)


class NoRoom(CalcomRateLimited):
    """Not sent: the connection's minute is used up, or Cal.com said to wait."""

    def __init__(self, *, operation: str, retry_after_s: float) -> None:
        super().__init__(operation=operation, retry_after_s=retry_after_s, request_id=None)


class Watch(Protocol):
    """Whoever shows the state of connections. Called on each change; must not fail."""

    def breaker(self, connection_id: UUID, state: BreakerState) -> None: ...

    def left(self, connection_id: UUID, requests: int) -> None: ...


class _Share(RateLimitItemPerMinute):
    """One window for all intents: only how much of it each may use differs."""

    @override
    def key_for(self, *identifiers: bytes | str | float) -> str:
        return "/".join(["calcom", *(str(each) for each in identifiers)])


@dataclass(frozen=True)
class _Minute:
    shares: dict[Intent, _Share]

    @classmethod
    def of(cls, per_minute: int) -> "_Minute":
        return cls({who: _Share(max(1, int(per_minute * part))) for who, part in SHARES.items()})


class Gates:
    """The gates of all connections that this process uses; one object a process."""

    def __init__(
        self,
        shared: Shared,
        *,
        per_minute: int = PER_MINUTE,
        open_s: float = OPEN_S,
        watch: Watch | None = None,
    ) -> None:
        self._shared = shared
        self._minute = _Minute.of(per_minute)
        self._open_s = open_s
        self._watch = watch
        # Counts for this process alone while the store is away.
        self._alone = MovingWindowRateLimiter(MemoryStorage())
        self._gates: dict[UUID, Gate] = {}
        self._not_closed: dict[BreakerState, int] = {}
        self._look_again_at = 0.0

    @property
    def shared(self) -> Shared:
        return self._shared

    def of(self, connection_id: UUID) -> "Gate":
        gate = self._gates.get(connection_id)
        if gate is None:
            gate = self._gates[connection_id] = Gate(
                connection_id,
                self._shared,
                _Room(str(connection_id), self._shared.rate, self._alone, self._minute),
                open_s=self._open_s,
                watch=self._watch,
            )
        return gate

    async def state(self, connection_id: UUID) -> ConnectionState:
        return await self.of(connection_id).state()

    async def not_closed(self) -> Mapping[BreakerState, int]:
        """Of all connections; looked up at most every `LOOK_AGAIN_S`, for it reads every key."""
        if time.monotonic() > self._look_again_at:
            self._look_again_at = time.monotonic() + LOOK_AGAIN_S
            found = self._shared.cache.get_match(f"{BREAKER_KEY}*", SCAN_STEP)
            told = [one.get("state") async for _, one in found if isinstance(one, dict)]
            self._not_closed = {"open": told.count("open"), "half_open": told.count("half_open")}
        return self._not_closed


class _Room:
    """One connection's place in its minute."""

    def __init__(
        self,
        key: str,
        shared: MovingWindowRateLimiter,
        alone: MovingWindowRateLimiter,
        minute: _Minute,
    ) -> None:
        self._key = key
        self._shared = shared
        self._alone = alone
        self._minute = minute

    async def take(self, intent: Intent) -> float:
        """0 when the request may go, else the seconds until there is room for this intent."""
        share = self._minute.shares[intent]
        try:
            if await self._shared.hit(share, self._key):
                return 0.0
            window = await self._shared.get_window_stats(share, self._key)
        except StorageError as error:
            _log.warning("the shared count of requests is away", extra={"why": str(error)})
            if await self._alone.hit(share, self._key):
                return 0.0
            window = await self._alone.get_window_stats(share, self._key)
        return max(LEAST_WAIT_S, window.reset_time - time.time())

    async def left(self) -> int:
        share = self._minute.shares["in_call"]
        try:
            window = await self._shared.get_window_stats(share, self._key)
        except StorageError:
            window = await self._alone.get_window_stats(share, self._key)
        return max(0, window.remaining)


class Gate:
    """Of one connection. Everything that it raises was raised before anything was sent."""

    def __init__(
        self,
        connection_id: UUID,
        shared: Shared,
        room: _Room,
        *,
        open_s: float,
        watch: Watch | None,
    ) -> None:
        self._id = connection_id
        self._cache = shared.cache
        self._room = room
        self._state_kept_s = open_s + STATE_KEPT_S
        self._watch = watch
        self._breaker = Breaker(str(connection_id), open_s=open_s, changed=self._on_change)
        self._told: BreakerState = "closed"
        self._down_since = 0.0
        self._blocked_here_until = 0.0

    async def send(self, operation: str, intent: Intent, ask: Ask) -> httpx.Response:
        """The answer of `ask`, whatever its status. What `ask` raises goes through.

        Raises `CalcomDown` and `NoRoom`, both with the seconds after which it is worth
        asking again, when the breaker is open or there was no room in time: nothing was sent.
        """
        self._breaker.refuse_while_open(operation)
        await self._await_room(operation, intent)
        try:
            response = await self._breaker.send(operation, ask)
        finally:
            await self._tell()
        await self._heed(response)
        return response

    async def state(self) -> ConnectionState:
        """As all workers see it, where they share a store."""
        told = await self._cache.get(self._breaker_key)
        known = told if isinstance(told, dict) else {}
        blocked_until = await self._blocked_until()
        return ConnectionState(
            breaker=known.get("state", "closed"),
            since_at=datetime.fromtimestamp(known["since"], UTC) if "since" in known else None,
            requests_left=0 if blocked_until else await self._room.left(),
            blocked_until_at=datetime.fromtimestamp(blocked_until, UTC) if blocked_until else None,
        )

    async def _await_room(self, operation: str, intent: Intent) -> None:
        until = time.monotonic() + PATIENCE_S[intent]
        while wait_s := await self._wait_s(intent):
            if time.monotonic() + wait_s > until:
                raise NoRoom(operation=operation, retry_after_s=max(wait_s, COME_AGAIN_S[intent]))
            await asyncio.sleep(wait_s)

    async def _wait_s(self, intent: Intent) -> float:
        blocked_until = await self._blocked_until()
        if blocked_until is not None:
            return max(LEAST_WAIT_S, blocked_until - time.time())
        return await self._room.take(intent)

    async def _heed(self, response: httpx.Response) -> None:
        """What Cal.com itself counts is right: others may use the same key."""
        limited = response.status_code == TOO_MANY
        if limited or requests_left(response.headers) == 0:
            wait_s = min(retry_after_s(response.headers), LONGEST_BLOCK_S)
            if wait_s > 0:
                self._blocked_here_until = time.time() + wait_s
                told = {"until": self._blocked_here_until}
                await self._cache.set(self._blocked_key, told, expire=wait_s)
        if self._watch is not None:
            self._watch.left(self._id, await self._room.left())

    async def _blocked_until(self) -> float | None:
        found = await self._cache.get(self._blocked_key)
        told = found.get("until") if isinstance(found, dict) else None
        # What this process heard itself holds also while the store is away.
        until = max(self._blocked_here_until, told if isinstance(told, float) else 0.0)
        return until if until > time.time() else None

    def _on_change(self, state: BreakerState) -> None:
        _log.warning("Cal.com's breaker is %s", state, extra={"connection_id": str(self._id)})
        if self._watch is not None:
            self._watch.breaker(self._id, state)

    async def _tell(self) -> None:
        """To the other processes, after each change; the listener itself cannot wait."""
        state = self._breaker.state
        if state == self._told:
            return
        if self._told == "closed":
            self._down_since = time.time()
        self._told = state
        if state == "closed":
            await self._cache.delete(self._breaker_key)
        else:
            told = {"state": state, "since": self._down_since}
            await self._cache.set(self._breaker_key, told, expire=self._state_kept_s)

    @property
    def _blocked_key(self) -> str:
        return f"calcom:blocked:{self._id}"

    @property
    def _breaker_key(self) -> str:
        return f"{BREAKER_KEY}{self._id}"
