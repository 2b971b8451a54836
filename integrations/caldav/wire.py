"""What an error of the library says of the wire. By names: they come out of two libraries, wrapped
in each other.
"""

from collections.abc import Iterator

DEFAULT_RETRY_AFTER_S = 60.0
_NOT_SENT = frozenset(
    {
        "ConnectTimeout",
        "ConnectTimeoutError",
        "NewConnectionError",
        "NameResolutionError",
        "ConnectionRefusedError",
        "InvalidURL",
        "InvalidSchema",
        "MissingSchema",
    }
)


def told_wait_s(error: BaseException) -> float | None:
    """Seconds after which to come again, where the server said so (429, 503 with a time)."""
    if type(error).__name__ != "RateLimitError":
        return None
    wait_s: float | None = getattr(error, "retry_after_seconds", None)
    return wait_s or DEFAULT_RETRY_AFTER_S


def was_not_sent(error: BaseException) -> bool:
    return any(type(one).__name__ in _NOT_SENT for one in _chain(error))


def is_of_the_wire(error: BaseException) -> bool:
    """Time limits and connections, as the operating system or the library says it."""
    return any(
        isinstance(one, OSError | TimeoutError) or "urllib3" in type(one).__module__
        for one in _chain(error)
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and all that it wraps, at most ten deep."""
    waiting, seen = [error], 0
    while waiting and seen < 10:  # noqa: PLR2004
        one = waiting.pop()
        seen += 1
        yield one
        inner = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting += [other for other in inner if isinstance(other, BaseException)]
