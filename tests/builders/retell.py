"""Signed requests as Retell sends them."""

import json
import time
from typing import Any
from uuid import uuid4

import httpx

from integrations.retell.signature import SIGNATURE_HEADER, sign

KEY = "key_invented_for_tests"


def new_call_id() -> str:
    return f"call_{uuid4().hex[:27]}"


def call_json(call_id: str, **given: Any) -> dict[str, Any]:
    """A finished call to the first invented salon; `given` replaces fields, None takes them out."""
    call = {
        "call_id": call_id,
        "call_type": "phone_call",
        "agent_id": "agent_salon-muster",
        "agent_version": 1,
        "call_status": "ended",
        "from_number": "+4917604069040",
        "to_number": "+493023120001",
        "direction": "inbound",
        "start_timestamp": 1_795_179_807_823,
        "end_timestamp": 1_795_179_867_823,
        "transcript": "Agent: Guten Tag.\nUser: Grüß Gott, übermorgen um halb drei.\n",
        **given,
    }
    return {name: value for name, value in call.items() if value is not None}


def event_body(event: str, call_id: str, **given: Any) -> bytes:
    return dump({"event": event, "call": call_json(call_id, **given)})


def dump(payload: object) -> bytes:
    """As Retell writes it: compact, umlauts as they are."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()


def signed(body: bytes, key: str = KEY, *, age_ms: int = 0) -> dict[str, str]:
    at_ms = time.time_ns() // 1_000_000 - age_ms
    return {SIGNATURE_HEADER: sign(body, key, at_ms), "Content-Type": "application/json"}


async def send(
    http: httpx.AsyncClient, body: bytes, path: str = "/webhooks/retell", key: str = KEY
) -> httpx.Response:
    return await http.post(path, content=body, headers=signed(body, key))
