"""Signed requests, as Retell sends them: at least once, again while nobody answers with 2xx."""

import asyncio
import hmac
import json
import time
from hashlib import sha256
from typing import Any

import httpx

SIGNATURE_HEADER = "X-Retell-Signature"
TRIES = 4  # the first and three more (Retell contract 1.3)
BETWEEN_TRIES_S = 1.0
TIMEOUT_S = 10.0


class UndeliveredError(Exception):
    """No 2xx after all tries: at Retell the event would be lost now."""


def signature(body: bytes, key: str, *, at_ms: int) -> str:
    """`v=<ms>,d=<hex>`: the MAC covers the raw body and the time, so neither can be changed."""
    digest = hmac.new(key.encode(), body + str(at_ms).encode(), sha256).hexdigest()
    return f"v={at_ms},d={digest}"


class RetellWire:
    """Posts events to one API with one workspace's signing key."""

    def __init__(self, client: httpx.AsyncClient, api_url: str, key: str) -> None:
        self._client = client
        self._api_url = api_url
        self._key = key

    async def report(self, event: dict[str, Any]) -> httpx.Response:
        """A lifecycle event."""
        return await self._post("/webhooks/retell", event)

    async def ask_inbound(self, event: dict[str, Any]) -> dict[str, Any]:
        """The answer's `call_inbound` object: variables, metadata and overrides."""
        answer = await self._post("/webhooks/retell/inbound", event)
        inbound = answer.json().get("call_inbound", {})
        return inbound if isinstance(inbound, dict) else {}

    async def _post(self, path: str, event: dict[str, Any]) -> httpx.Response:
        body = json.dumps(event, ensure_ascii=False).encode()
        said = ""
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(BETWEEN_TRIES_S)
            try:
                answer = await self._client.post(
                    f"{self._api_url}{path}",
                    content=body,
                    headers={
                        "Content-Type": "application/json",
                        # Signed anew each time, as a retry at Retell carries its own time.
                        SIGNATURE_HEADER: signature(body, self._key, at_ms=_now_ms()),
                    },
                    timeout=TIMEOUT_S,
                )
            except httpx.TransportError as error:
                said = f"{type(error).__name__}: {error}"
                continue
            if answer.is_success:
                return answer
            said = f"{answer.status_code} {answer.text[:200]}"
        raise UndeliveredError(f"{event['event']} to {path}: {said}")


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
