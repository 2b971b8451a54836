"""Recorded bodies of Cal.com's webhooks, as bytes, with signatures that others made for them."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

DATA = Path(__file__).parents[1] / "contract" / "data" / "calcom_webhooks.json"


@dataclass(frozen=True, kw_only=True)
class RecordedHook:
    name: str
    version: str | None
    secret: str
    signature: str
    body: bytes

    @property
    def payload(self) -> dict[str, Any]:
        told = json.loads(self.body)
        found: dict[str, Any] = told.get("payload", told)
        return found


@cache
def recorded_hooks() -> dict[str, RecordedHook]:
    return {
        each["name"]: RecordedHook(**{**each, "body": each["body"].encode()})
        for each in json.loads(DATA.read_text(encoding="utf-8"))
    }


def hook_body(trigger: str = "BOOKING_CREATED", uid: str | None = None, **payload: Any) -> bytes:
    """A small one, of a booking of its own."""
    told = {"uid": uid or uuid4().hex[:22], "status": "ACCEPTED", **payload}
    return json.dumps({"triggerEvent": trigger, "payload": told}).encode()
