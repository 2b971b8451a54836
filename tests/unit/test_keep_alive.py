"""Connections that are kept: the server closes them later than the client, never in between."""

from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI

import cli
from sandbox.server import _server

CLIENT_S = httpx.Limits().keepalive_expiry


def test_the_api_keeps_a_connection_longer_than_its_clients(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(uvicorn, "run", lambda _app, **how: given.update(how))
    cli.api()
    assert CLIENT_S is not None
    assert given["timeout_keep_alive"] > CLIENT_S


def test_the_sandboxes_do_too() -> None:
    assert CLIENT_S is not None
    assert _server(FastAPI(), 0).config.timeout_keep_alive > CLIENT_S
