"""120 requests a minute a key, as Cal.com counts them (contract 1.4)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar

from sandbox.calcom.errors import ApiError
from sandbox.calcom.state import World

WINDOW_S = 60


@dataclass
class _Window:
    ends_at: datetime
    used: int = 0


class RateLimit:
    """Counted per key, or per address where there is none; a block lasts a whole window."""

    STATUS: ClassVar[int] = 429
    ANONYMOUS: ClassVar[int] = 120

    def __init__(self, world: World) -> None:
        self._world = world
        self._windows: dict[str, _Window] = {}

    @staticmethod
    def error() -> ApiError:
        text = "CustomThrottlerGuard - Too many requests. Please try again later."
        return ApiError(429, text, details=text)

    def _limit(self, key: str | None) -> int:
        user = self._world.user_of_key(key) if key else None
        return self._world.tenants[user.tenant].rate_limit_per_min if user else self.ANONYMOUS

    @staticmethod
    def _whose(key: str | None, client: tuple[str, int] | None) -> str:
        return f"key:{key}" if key else f"ip:{client[0] if client else '?'}"

    def refusal(self, key: str | None, client: tuple[str, int] | None) -> ApiError | None:
        now, limit = self._world.now(), self._limit(key)
        whose = self._whose(key, client)
        window = self._windows.get(whose)
        if window is None or window.ends_at <= now:
            window = self._windows[whose] = _Window(now + timedelta(seconds=WINDOW_S))
        window.used += 1
        if window.used <= limit:
            return None
        if window.used == limit + 1:
            window.ends_at = now + timedelta(seconds=WINDOW_S)
        return self.error()

    def headers(self, key: str | None, client: tuple[str, int] | None) -> list[tuple[bytes, bytes]]:
        limit = self._limit(key)
        window = self._windows.get(self._whose(key, client))
        used = window.used if window else 0
        left_s = WINDOW_S
        if window is not None:
            left_s = max(0, round((window.ends_at - self._world.now()).total_seconds()))
        return [
            (b"x-ratelimit-limit-default", str(limit).encode()),
            (b"x-ratelimit-remaining-default", str(max(0, limit - used)).encode()),
            (b"x-ratelimit-reset-default", str(left_s).encode()),
        ]
