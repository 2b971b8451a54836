"""A function as Retell sends it, and what is stored of it."""

import json
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.queries.webhooks import read_events
from db.session import platform_session
from tests.builders.retell import call_json, dump, send

DOOR = "/api/mcp/retell/custom-function"
WORDS = [{"word": "Herrenhaarschnitt ", "start": 14.1, "end": 14.9}] * 12


def asked(call_id: str, name: str = "check_availability", **given: Any) -> dict[str, Any]:
    """As Retell sends it: the whole call so far, its words with their times and latencies."""
    turn = {"role": "user", "content": "Nächsten Freitag, gegen fünf. ", "words": WORDS}
    call = call_json(
        call_id,
        call_status="ongoing",
        end_timestamp=None,
        transcript_object=[turn] * 30,
        transcript_with_tool_calls=[turn] * 30,
        latency={"llm": {"p50": 512, "values": [512] * 40}},
        llm_token_usage={"values": [901] * 40},
        call_cost={"combined_cost": 3.1},
        metadata={"branch_id": "br_mitte"},
    )
    args = {"service": "Schnitt", "date_phrase": "nächsten Freitag", "time_phrase": "gegen fünf"}
    return {"name": name, "args": args, "call": call, **given}


async def ask(
    http: httpx.AsyncClient, body: dict[str, Any], path: str = DOOR
) -> tuple[int, dict[str, Any]]:
    answer = await send(http, dump(body), path)
    return answer.status_code, answer.json()


async def rows(owner_engine: AsyncEngine, call_id: str) -> list[Any]:
    query = text("SELECT * FROM webhook_events WHERE retell_call_id = :id ORDER BY received_at")
    async with owner_engine.connect() as connection:
        return list(await connection.execute(query, {"id": call_id}))


async def stored(engine: AsyncEngine, event_id: UUID) -> dict[str, Any]:
    async with platform_session(engine) as session:
        (event,) = await read_events(session, [event_id])
    body: dict[str, Any] = json.loads(event.body)
    return body
