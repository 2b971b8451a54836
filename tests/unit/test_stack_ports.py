"""Ports: the usual ones, stepped round where taken, the same next time."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from stack import ports
from stack.errors import PortTakenError
from stack.ports import PREFERRED, choose_ports, is_free, wait_until_free
from tests.builders.ports import base_port


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


def test_a_broken_memory_is_no_obstacle(tmp_path: Path) -> None:
    (tmp_path / ports.FILE).write_text('{"api": "eight thousand", "temp')
    assert choose_ports(tmp_path).keys() == PREFERRED.keys()


def test_waiting_for_a_port_that_stays_taken_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "FREE_TIMEOUT_S", 0.0)
    with listening() as port, pytest.raises(PortTakenError, match=str(port)):
        wait_until_free([port])
