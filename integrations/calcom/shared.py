"""What all workers of a connection share: its minute of requests, free times, who is down.

In memory for one process; in Valkey (or Redis) for several. The same libraries do both.
"""

import logging
import warnings
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from cashews import Cache
from cashews.picklers import PicklerType
from limits.aio.storage import MemoryStorage, Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.storage import storage_from_string
from redis.asyncio import BlockingConnectionPool

MEMORY = "mem://"
# An answer takes a millisecond; a caller waits for it, and everything works without it.
STORE_LIMIT_S = 0.5
CONNECTIONS = 20
POOL_WAIT_S = 1.0
# In memory: a day of a person and a length is one entry, a few hundred bytes.
ENTRIES = 20_000
SWEEP_S = 10.0


@dataclass(frozen=True, kw_only=True)
class Shared:
    """`by_all`: other processes see the same."""

    cache: Cache
    rate: MovingWindowRateLimiter
    by_all: bool


@asynccontextmanager
async def open_shared(url: str) -> AsyncIterator[Shared]:
    """`mem://`, or `redis://` and `rediss://` with what redis-py takes. Connects when first used.

    A store that is away costs nothing but what it was for: the cache is empty, and each process
    counts its requests by itself.
    """
    if url.startswith(MEMORY):
        cache = Cache()
        cache.setup(url, size=ENTRIES, check_interval=SWEEP_S)
        try:
            yield _shared(cache, MemoryStorage(), by_all=False)
        finally:
            await cache.close()
        return
    pool = BlockingConnectionPool.from_url(
        url,
        max_connections=CONNECTIONS,
        timeout=POOL_WAIT_S,
        socket_timeout=STORE_LIMIT_S,
        socket_connect_timeout=STORE_LIMIT_S,
    )
    cache = Cache()
    # JSON: whoever can write into the store must not be able to run code here, as with pickle.
    cache.setup(url, pickle_type=PicklerType.JSON, socket_timeout=STORE_LIMIT_S)
    storage = storage_from_string(
        f"async+{url}",
        implementation="redispy",
        wrap_exceptions=True,
        connection_pool=pool,  # type: ignore[arg-type]  # documented, but its type forgets it
    )
    if not isinstance(storage, Storage):
        raise TypeError("an async store was asked for")
    try:
        yield _shared(cache, storage, by_all=True)
    finally:
        with warnings.catch_warnings():
            # cashews closes redis-py by the name that it had before version 5.
            warnings.simplefilter("ignore", DeprecationWarning)
            await cache.close()
        await pool.aclose()


def _shared(cache: Cache, storage: Storage, *, by_all: bool) -> Shared:
    # Each failed command would be a page of traceback; that the store is away is said elsewhere.
    logging.getLogger("cashews").setLevel(logging.CRITICAL)
    return Shared(cache=cache, rate=MovingWindowRateLimiter(storage), by_all=by_all)
