"""Operators see whether the process lives, whether it can work, and what it has counted."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine

from api.deps import ApiRuntime
from api.main import create_app
from db.engine import make_engine
from tests.api.conftest import away, serving
from tests.builders.retell import event_body, new_call_id, send, signed


async def test_the_process_lives(http: httpx.AsyncClient) -> None:
    answer = await http.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_ready_when_database_and_engine_answer(http: httpx.AsyncClient) -> None:
    answer = await http.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"postgresql": "ok", "temporal": "ok"}}


async def test_not_ready_says_which_part_is_away(runtime: ApiRuntime) -> None:
    gone = make_engine("postgresql+psycopg://x:y@127.0.0.1:9/z", application_name="test")
    cut_off = replace(runtime, engine=gone, temporal=await away())
    async with (
        serving(create_app(cut_off)) as url,
        httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as http,
    ):
        answer = await http.get("/health/ready")
        assert (await http.get("/health/live")).status_code == 200
        hook = await send(http, event_body("call_started", new_call_id()))
    await gone.dispose()
    assert answer.status_code == 503
    assert answer.json()["status"] == "unavailable"
    assert all(check != "ok" for check in answer.json()["checks"].values())
    assert (hook.status_code, hook.json()["code"]) == (503, "temporarily_unavailable")


async def test_metrics_count_by_route_and_name_nobody(http: httpx.AsyncClient) -> None:
    call_id = new_call_id()
    await send(http, event_body("call_started", call_id))
    await http.post("/webhooks/retell", content=b"{}")
    await http.get(f"/api/v1/calls/{call_id}")
    await http.get("/nobody/knows/this")
    page = (await http.get("/metrics")).text
    for line in (
        'askproai_http_requests_total{method="POST",route="/webhooks/retell",status="204"}',
        'askproai_http_requests_total{method="GET",route="/api/v1/calls/{retell_call_id}",',
        'askproai_http_requests_total{method="any",route="unmatched",status="404"}',
        'askproai_webhooks_total{kind="call_started",outcome="signalled",source="retell"}',
        'askproai_signature_failures_total{reason="missing",source="retell"}',
        'askproai_http_request_seconds_bucket{le="0.1",method="POST",route="/webhooks/retell"}',
    ):
        assert line in page
    assert call_id not in page


async def test_an_unknown_path_and_a_wrong_method_are_problems(http: httpx.AsyncClient) -> None:
    missing = await http.get("/nobody/knows/this")
    assert (missing.status_code, missing.json()["code"]) == (404, "not_found")
    wrong = await http.get("/webhooks/retell")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert wrong.headers["content-type"] == "application/problem+json"


async def test_what_nobody_foresaw_is_a_problem_that_tells_nothing(
    runtime: ApiRuntime, engine: AsyncEngine
) -> None:
    broken = replace(runtime, settings=runtime.settings.model_copy(update={"retell_api_keys": 7}))
    body = event_body("call_started", new_call_id())
    async with (
        serving(create_app(broken)) as url,
        httpx.AsyncClient(base_url=url, timeout=20, trust_env=False) as http,
    ):
        answer = await http.post("/webhooks/retell", content=body, headers=signed(body))
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "int" not in answer.text.replace("internal_error", "").replace("Internal", "")


async def test_a_runtime_of_its_own_is_opened_and_closed_by_the_server(runtime: ApiRuntime) -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def opened() -> AsyncIterator[ApiRuntime]:
        seen.append("opened")
        yield runtime
        seen.append("closed")

    async with (
        serving(create_app(opened)) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        assert (await http.get("/health/ready")).status_code == 200
        assert seen == ["opened"]
    assert seen == ["opened", "closed"]
