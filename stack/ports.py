"""Which port each part listens on: the usual one, or the next that is free; the same next time."""

import socket
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from stack.errors import PortTakenError, StackError
from stack.files import read_object, write_object

HOST = "127.0.0.1"
FILE = "ports.json"
HIGHEST_PORT = 65_535
# Far more than the stack has parts: whoever blocks these has blocked the machine.
MAX_STEPS = 500
FREE_TIMEOUT_S = 10.0
POLL_S = 0.1

PREFERRED: dict[str, int] = {
    "api": 8000,
    "temporal": 7233,
    "temporal_ui": 8233,
    "postgres": 5433,
    "calcom": 5601,
    "mail": 8025,
    "smtp": 1025,
    "worker_metrics": 9464,
    "temporal_metrics": 9233,
    "temporal_http": 7243,
    "phone": 5602,
}


def is_free(port: int) -> bool:
    """Whether a server could listen there now.

    SO_REUSEADDR as the servers themselves set it: connections of a stopped server that linger
    in TIME_WAIT do not count, a listening one does.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port() -> int:
    """Any free port, as the kernel picks it; for tests and for what nobody needs to remember."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
    return port


def wait_until_free(ports: Collection[int]) -> None:
    """A killed server's ports may be taken for a moment yet, by what it was doing when it died."""
    deadline = time.monotonic() + FREE_TIMEOUT_S
    for port in ports:
        while not is_free(port):
            if time.monotonic() > deadline:
                raise PortTakenError(f"Port {port} does not become free; who listens there?")
            time.sleep(POLL_S)


def _claim(port: int) -> socket.socket | None:
    """UDP's port of the same number, bound and never used; None if another starter has it.

    Of all who ask the kernel gives it to one, tells even other users, leaves TCP's port to the
    server that is meant for it, and takes the claim back however its process ends.
    """
    claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        claim.bind((HOST, port))
    except OSError:
        claim.close()
        return None
    return claim


def _take(port: int, claims: ExitStack) -> bool:
    # Claimed first, looked at then: two who look first may both find it free.
    claim = _claim(port)
    if claim is None:
        return False
    if not is_free(port):
        claim.close()
        return False
    claims.enter_context(claim)
    return True


def _step_to_free(start: int, claims: ExitStack) -> int:
    for port in range(start, min(start + MAX_STEPS, HIGHEST_PORT + 1)):
        if _take(port, claims):
            return port
    raise StackError(f"No free port from {start} on; choose another range with --port-base.")


@contextmanager
def choose_ports(data_dir: Path, port_base: int | None = None) -> Iterator[dict[str, int]]:
    """One free port for each part, by name; what was chosen is remembered in the data folder.

    With `port_base` they are consecutive from there. Without, each part gets back the port that
    it had last time. A port that is taken is stepped round. While the context lasts, nobody else
    who chooses on this machine gets one of them, whether a part listens there or not (yet).
    """
    remembered = read_object(data_dir / FILE) if port_base is None else {}
    wanted: dict[str, int] = {}
    for index, (name, usual) in enumerate(PREFERRED.items()):
        last = remembered.get(name)
        wanted[name] = last if isinstance(last, int) else usual
        if port_base is not None:
            wanted[name] = port_base + index
    with ExitStack() as claims:
        # Who gets what it wants comes first: one taken port does not push all the others aside.
        kept = {name: port for name, port in wanted.items() if _take(port, claims)}
        for name, port in wanted.items():
            if name not in kept:
                kept[name] = _step_to_free(port, claims)
        chosen = {name: kept[name] for name in wanted}
        write_object(data_dir / FILE, dict(chosen))
        yield chosen
