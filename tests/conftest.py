"""Parts that many tests share, started once a session and stopped at its end."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter

from stack.temporal_cli import get_temporal
from stack.temporal_server import TemporalServer, start_temporal
from tests.builders.stores import valkey_url  # noqa: F401  a fixture
from tests.stack_fixture import desk, stack  # noqa: F401  fixtures of the whole stack


@pytest.fixture(scope="session")
def temporal_binary() -> Path:
    return get_temporal(print)


@pytest.fixture(scope="module")
def temporal_server(
    temporal_binary: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TemporalServer]:
    """One server a file, in memory: real workers would take up what other files left open."""
    server = start_temporal(
        tmp_path_factory.mktemp("temporal"), temporal_binary, persistent=False, headless=True
    )
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="module")
async def temporal_client(temporal_server: TemporalServer) -> Client:
    return await Client.connect(
        temporal_server.address,
        namespace=temporal_server.namespace,
        data_converter=pydantic_data_converter,
    )
