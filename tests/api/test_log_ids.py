"""Each line of API, workflows and activities carries the call, and its company once known."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.worker import Worker

from observability.interceptors import LogIds
from observability.logs import configure_logs
from tests.api.log_id_workflow import Chatty, Start, plan, record
from tests.api.test_appointments import new_api_key
from tests.builders.retell import event_body, new_call_id, send
from tests.builders.rows import Salon

Lines = Callable[[], dict[str, dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Lines by their event."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    out = io.StringIO()
    configure_logs("json", "INFO", "test", out)
    yield lambda: {line["event"]: line for line in map(json.loads, out.getvalue().splitlines())}
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


async def test_lines_of_workflow_and_activities_carry_call_and_company(
    temporal_client: Client, lines: Lines
) -> None:
    call_id = new_call_id()
    queue = f"log-ids-{uuid4().hex}"
    async with Worker(
        temporal_client,
        task_queue=queue,
        workflows=[Chatty],
        activities=[record, plan],
        interceptors=[LogIds()],
    ):
        handle = await temporal_client.start_workflow(
            Chatty.run, Start(retell_call_id=call_id), id=f"call:{call_id}", task_queue=queue
        )
        await handle.signal(Chatty.poke)
        await handle.result()
    told = lines()
    ids = {"call_id": call_id, "workflow_id": f"call:{call_id}"}
    for event in ("begun", "recording for +49…40", "recorded", "planning", "poked", "went wrong"):
        assert told[event].items() >= ids.items(), event
    for event in ("recorded", "planning", "went wrong"):
        assert told[event]["company_id"] == "company-of-the-number", event
    assert (
        "invalid literal for int() with base 10: '…@example.org'" in told["went wrong"]["exception"]
    )


async def test_lines_of_the_api_carry_call_and_company(
    http: httpx.AsyncClient, engine: AsyncEngine, salon: Salon, lines: Lines
) -> None:
    call_id = new_call_id()
    await send(http, event_body("call_started", call_id))
    taken = lines()["event taken"]
    assert taken.items() >= {"call_id": call_id, "outcome": "signalled"}.items()
    assert lines()["answered"].items() >= {"call_id": call_id, "status": 204}.items()
    headers = {"X-API-Key": await new_api_key(engine, salon.company_id)}
    await http.get(f"/api/v1/calls/{call_id}?name=Anna", headers=headers)
    answered = lines()["answered"]
    assert answered["company_id"] == str(salon.company_id)
    assert answered["route"] == "/api/v1/calls/{retell_call_id}"
    assert "Anna" not in json.dumps(lines(), ensure_ascii=False)
    assert "17604069040" not in json.dumps(lines(), ensure_ascii=False)
