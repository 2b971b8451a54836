"""Ports: the usual ones, stepped round where taken, the same next time, each to one starter."""

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path

import pytest

from stack import ports
from stack.errors import PortTakenError
from stack.ports import PREFERRED, is_free, wait_until_free
from tests.builders.ports import base_port

STARTERS = 6
# Chooses when it is told to, says what, and keeps it until nobody listens any more.
STARTER = """
import json, sys
from pathlib import Path
from stack.ports import choose_ports

sys.stdin.readline()
with choose_ports(Path(sys.argv[1]), int(sys.argv[2])) as ports:
    print(json.dumps(ports), flush=True)
    sys.stdin.readline()
"""


def choose_ports(data_dir: Path, port_base: int | None = None) -> dict[str, int]:
    """Chosen and let go again, as by a stack that has been stopped."""
    with ports.choose_ports(data_dir, port_base) as chosen:
        return chosen


@contextmanager
def listening(port: int = 0) -> Iterator[int]:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((ports.HOST, port))
        server.listen(1)
        number: int = server.getsockname()[1]
        yield number


@pytest.fixture
def base() -> int:
    """A base from which on there is room for all."""
    return base_port()


def test_a_port_that_somebody_listens_on_is_not_free() -> None:
    with listening() as port:
        assert not is_free(port)
    assert is_free(port)


def test_a_lingering_connection_does_not_make_a_port_taken() -> None:
    with listening() as port, socket.create_connection((ports.HOST, port)):
        pass
    assert is_free(port)


def test_ports_from_a_base_are_different_and_near_it(tmp_path: Path, base: int) -> None:
    chosen = choose_ports(tmp_path, base)
    assert chosen.keys() == PREFERRED.keys()
    assert len(set(chosen.values())) == len(PREFERRED)
    assert min(chosen.values()) >= base


def test_a_taken_port_is_stepped_round(tmp_path: Path, base: int) -> None:
    wanted = choose_ports(tmp_path, base)["temporal"]
    with listening(wanted):
        chosen = choose_ports(tmp_path, base)
    assert wanted not in chosen.values()
    assert len(set(chosen.values())) == len(PREFERRED)


def test_the_same_ports_are_chosen_the_next_time(tmp_path: Path, base: int) -> None:
    first = choose_ports(tmp_path, base)
    assert choose_ports(tmp_path) == first


def test_a_remembered_port_that_is_taken_now_is_stepped_round(tmp_path: Path, base: int) -> None:
    first = choose_ports(tmp_path, base)
    with listening(first["api"]):
        second = choose_ports(tmp_path)
    assert second["api"] not in first.values()
    assert {**second, "api": 0} == {**first, "api": 0}


def chosen_by_threads(folder: Path, base: int) -> list[int]:
    """By several that choose at the same time and keep what they have until all have chosen."""
    together = threading.Barrier(STARTERS, timeout=30)

    def start(number: int) -> list[int]:
        together.wait()
        with ports.choose_ports(folder / str(number), base) as chosen:
            together.wait()
            return list(chosen.values())

    with ThreadPoolExecutor(STARTERS) as threads:
        return list(chain.from_iterable(threads.map(start, range(STARTERS))))


def test_who_chooses_at_the_same_time_gets_other_ports(tmp_path: Path) -> None:
    chosen = chosen_by_threads(tmp_path, base_port(2 * STARTERS * len(PREFERRED)))
    assert len(set(chosen)) == STARTERS * len(PREFERRED)


def test_without_claims_they_get_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control twin: somebody's look is all that there is."""
    base = base_port(2 * STARTERS * len(PREFERRED))
    monkeypatch.setattr(ports, "_claim", lambda _: socket.socket())
    chosen = chosen_by_threads(tmp_path, base)
    assert len(set(chosen)) < len(chosen)


def test_processes_that_start_at_the_same_time_get_other_ports(tmp_path: Path) -> None:
    base = base_port(2 * STARTERS * len(PREFERRED))
    chosen: list[int] = []
    with ExitStack() as opened:
        starters = [
            opened.enter_context(
                subprocess.Popen(
                    [sys.executable, "-c", STARTER, str(tmp_path / str(number)), str(base)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            )
            for number in range(STARTERS)
        ]
        for starter in starters:
            assert starter.stdin is not None
            starter.stdin.write("now\n")
            starter.stdin.flush()
        for starter in starters:
            assert starter.stdout is not None
            chosen += json.loads(starter.stdout.readline()).values()
    assert len(set(chosen)) == STARTERS * len(PREFERRED)
    assert all(starter.returncode == 0 for starter in starters)


def test_ports_are_anybodys_again_once_they_are_let_go(tmp_path: Path, base: int) -> None:
    with ports.choose_ports(tmp_path / "one", base) as first:
        assert not set(first.values()) & set(choose_ports(tmp_path / "two", base).values())
    assert choose_ports(tmp_path / "three", base) == first


def test_a_broken_memory_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ports.FILE).write_text('{"api": "eight thousand", "temp')
    assert choose_ports(tmp_path).keys() == PREFERRED.keys()


def test_waiting_for_a_port_that_stays_taken_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "FREE_TIMEOUT_S", 0.0)
    with listening() as port, pytest.raises(PortTakenError, match=str(port)):
        wait_until_free([port])
