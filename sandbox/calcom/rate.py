"""120 requests a minute a key, as Cal.com counts them (contract 1.4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sandbox.calcom.errors import ApiError
from sandbox.calcom.exchange import Exchange
from sandbox.calcom.state import World

WINDOW_S = 60
# Adding people to bookings sends them mail: a window of its own, and a small one.
SPARSE = frozenset({"add_attendee", "add_guests"})
SPARSE_LIMIT = 5


@dataclass
class _Window:
    limit: int
    ends_at: datetime
    used: int = 0

    @property
    def is_over(self) -> bool:
        return self.used > self.limit


class RateLimit:
    """Counted per key, or per address where there is none; a block lasts a whole window."""

    STATUS: ClassVar[int] = 429
    ANONYMOUS: ClassVar[int] = 120

    def __init__(self, world: World) -> None:
        self._world = world
        self._windows: dict[str, _Window] = world.rate_windows

    @staticmethod
    def error() -> ApiError:
        text = "CustomThrottlerGuard - Too many requests. Please try again later."
        return ApiError(429, text, details=text)

    def _limit(self, key: str | None) -> int:
        user = self._world.user_of_key(key) if key else None
        return self._world.tenants[user.tenant].rate_limit_per_min if user else self.ANONYMOUS

    @staticmethod
    def _whose(exchange: Exchange) -> str:
        key = exchange.bearer
        return f"key:{key}" if key else f"ip:{exchange.client}"

    def _count(self, whose: str, limit: int) -> bool:
        """True when this request is one too many."""
        now = self._world.now()
        window = self._windows.get(whose)
        if window is None or window.ends_at <= now:
            window = self._windows[whose] = _Window(limit, now + timedelta(seconds=WINDOW_S))
        window.limit = limit
        window.used += 1
        if window.used == limit + 1:
            window.ends_at = now + timedelta(seconds=WINDOW_S)
        return window.is_over

    def refusal(self, exchange: Exchange) -> ApiError | None:
        whose = self._whose(exchange)
        is_over = self._count(whose, self._limit(exchange.bearer))
        if exchange.operation in SPARSE:
            is_over |= self._count(f"{exchange.operation}:{whose}", SPARSE_LIMIT)
        return self.error() if is_over else None

    def headers(self, exchange: Exchange) -> list[tuple[bytes, bytes]]:
        """Of the key's window; those of a single endpoint repeat them with another suffix."""
        whose, now = self._whose(exchange), self._world.now()
        window = self._windows.get(whose) or _Window(
            self._limit(exchange.bearer), now + timedelta(seconds=WINDOW_S)
        )
        headers = _told(window, "default", now, exchange.reset_s)
        sparse = self._windows.get(f"{exchange.operation}:{whose}")
        return headers + _told(sparse, exchange.operation, now) if sparse else headers


def _told(
    window: _Window, suffix: str, now: datetime, reset_s: int | None = None
) -> list[tuple[bytes, bytes]]:
    left_s = reset_s or max(0, round((window.ends_at - now).total_seconds()))
    values = {
        "limit": window.limit,
        "remaining": max(0, window.limit - window.used),
        "reset": left_s,
    }
    return [
        (f"x-ratelimit-{name}-{suffix}".encode(), str(value).encode())
        for name, value in values.items()
    ]
