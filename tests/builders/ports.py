"""Ports for servers that a test starts on several of them, one after the other."""

from random import SystemRandom

from stack.ports import PREFERRED, is_free

# Below the range from which the kernel gives ports to outgoing connections: one of those could
# take a port of ours between two starts.
LOWEST, HIGHEST = 10_000, 32_000
TRIES = 200


def base_port(count: int = 2 * len(PREFERRED)) -> int:
    """The first of `count` free ports in a row."""
    for _ in range(TRIES):
        base = SystemRandom().randrange(LOWEST, HIGHEST - count)
        if all(is_free(port) for port in range(base, base + count)):
            return base
    raise OSError(f"No {count} free ports in a row were found in {TRIES} tries")
