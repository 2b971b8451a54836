"""Cal.com's free times as they are kept: written by those who fetch, read by those who answer.

One entry is a day of an event type and a length. Whatever changes that day (a booking of ours, a
report of Cal.com's) gives it a new generation, and an entry of an older one counts as not there:
so a fetch that was on its way meanwhile cannot bring back what was free before.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from cashews import Cache

from domain.timespan import TimeSpan, subtract

# So old an answer is given without asking again.
FRESH_S = 300.0
# So old it is still told, with its age, while one asker fetches it anew.
TOLD_S = 1_800.0
# Longer than any entry lives, or a dropped one would be believed again.
GENERATION_KEPT_S = 2 * TOLD_S
LOCK_STEP_S = 0.05
# So long nobody fetches ahead what could not be read: whoever calls still does.
SET_ASIDE_S = 600.0


@dataclass(frozen=True, kw_only=True)
class CalendarOf:
    """Whose times, and how long the appointment is. `length_min` None: the type has one length."""

    connection_id: UUID
    event_type_id: int
    length_min: int | None


@dataclass(frozen=True, kw_only=True)
class FreeDay:
    spans: tuple[TimeSpan, ...]
    age_s: float

    @property
    def stale(self) -> bool:
        return self.age_s > FRESH_S


Generations = Mapping[date, str | None]


class FreeTimes:
    def __init__(self, cache: Cache, clock: Callable[[], float] = time.time) -> None:
        self._cache = cache
        self._clock = clock

    async def read(self, calendar: CalendarOf, days: Iterable[date]) -> dict[date, FreeDay]:
        """The days that are kept, fresh or stale; the others are left out."""
        wanted = tuple(days)
        of_type = (calendar.connection_id, calendar.event_type_id)
        # One trip for all three: somebody waits for the answer.
        told = await self._many(
            [
                *(_entry(calendar, day) for day in wanted),
                *(_generation(*of_type, day) for day in wanted),
                *(_refusals(*of_type, day) for day in wanted),
            ]
        )
        many = len(wanted)
        kept, generations, refusals = told[:many], told[many : 2 * many], told[2 * many :]
        found = {}
        for day, entry, generation, refused in zip(
            wanted, kept, generations, refusals, strict=True
        ):
            free = self._understood(entry, generation, refused or ())
            if free is not None:
                found[day] = free
        return found

    async def generations(self, calendar: CalendarOf, days: Iterable[date]) -> Generations:
        """To be read before asking Cal.com, and handed to `keep` with what it said."""
        wanted = tuple(days)
        keys = (_generation(calendar.connection_id, calendar.event_type_id, day) for day in wanted)
        return dict(zip(wanted, await self._many(keys), strict=True))

    async def keep(
        self,
        calendar: CalendarOf,
        free: Mapping[date, Iterable[TimeSpan]],
        *,
        asked_at: float,
        generations: Generations,
    ) -> None:
        """`asked_at`: by `now`, before the request went out: an answer is not younger than that."""
        entries = {
            _entry(calendar, day): {
                "at": asked_at,
                "generation": generations[day],
                "free": [[_seconds(one.start_at), _seconds(one.end_at)] for one in spans],
            }
            for day, spans in free.items()
        }
        await self._cache.set_many(entries, expire=TOLD_S)

    async def drop(
        self, connection_id: UUID, event_type_ids: Iterable[int], days: Iterable[date]
    ) -> None:
        wanted = tuple(days)
        generation = {
            _generation(connection_id, event_type_id, day): uuid4().hex
            for event_type_id in event_type_ids
            for day in wanted
        }
        if generation:
            await self._cache.set_many(generation, expire=GENERATION_KEPT_S)

    async def refuse(
        self,
        connection_id: UUID,
        event_type_ids: Iterable[int],
        days: Iterable[date],
        span: TimeSpan,
    ) -> None:
        """Cal.com did not give `span`, though it was kept as free: it is free no more.

        The rest of the day stays known; whatever is asked of Cal.com after now is believed again.
        """
        told = [self._clock(), _seconds(span.start_at), _seconds(span.end_at)]
        wanted = tuple(days)
        keys = [
            _refusals(connection_id, event_type_id, day)
            for event_type_id in event_type_ids
            for day in wanted
        ]
        known = await self._many(keys)
        # A refusal that comes at the same moment may be lost: the next wish meets it again.
        more = {key: [*(old or ()), told] for key, old in zip(keys, known, strict=True)}
        if more:
            await self._cache.set_many(more, expire=TOLD_S)

    @asynccontextmanager
    async def one_at_a_time(self, calendar: CalendarOf, limit_s: float) -> AsyncIterator[None]:
        """Of all who want to fetch these times, in whatever process, one; the others wait.

        `limit_s`: whoever holds it longer has died.
        """
        key = f"fetching:{_name(calendar)}"
        async with self._cache.lock(key, limit_s, check_interval=LOCK_STEP_S):
            yield

    async def set_aside(self, calendar: CalendarOf) -> None:
        """It could not be read: not to be fetched ahead again for some minutes."""
        await self._cache.set(f"aside:{_name(calendar)}", {"aside": True}, expire=SET_ASIDE_S)

    async def is_set_aside(self, calendar: CalendarOf) -> bool:
        return await self._cache.get(f"aside:{_name(calendar)}") is not None

    def now(self) -> float:
        return self._clock()

    async def _many(self, keys: Iterable[str]) -> list[Any]:
        wanted = tuple(keys)
        found = await self._cache.get_many(*wanted) if wanted else ()
        # A store that is away answers with nothing at all.
        return list(found) if found else [None] * len(wanted)

    def _understood(
        self, entry: Any, generation: str | None, refusals: Iterable[Any]
    ) -> FreeDay | None:
        if not isinstance(entry, dict) or entry.get("generation") != generation:
            return None
        try:
            age_s = self._clock() - float(entry["at"])
            spans = tuple(TimeSpan(_instant(start), _instant(end)) for start, end in entry["free"])
            gone = [
                TimeSpan(_instant(start), _instant(end))
                for at, start, end in refusals
                if at >= float(entry["at"])
            ]
            spans = tuple(left for span in spans for left in subtract(span, gone))
        except (KeyError, TypeError, ValueError):
            return None
        return FreeDay(spans=spans, age_s=max(0.0, age_s)) if age_s <= TOLD_S else None


def _name(calendar: CalendarOf) -> str:
    length = calendar.length_min or "only"
    return f"{calendar.connection_id}:{calendar.event_type_id}:{length}"


def _entry(calendar: CalendarOf, day: date) -> str:
    return f"free:{_name(calendar)}:{day}"


def _generation(connection_id: UUID, event_type_id: int, day: date) -> str:
    return f"changed:{connection_id}:{event_type_id}:{day}"


def _refusals(connection_id: UUID, event_type_id: int, day: date) -> str:
    return f"refused:{connection_id}:{event_type_id}:{day}"


def _seconds(at: datetime) -> int:
    return int(at.timestamp())


def _instant(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
