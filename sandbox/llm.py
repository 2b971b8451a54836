"""A stand-in for a language model: a real HTTP server that speaks chat completions, with faults.

It understands nothing: it says what it was told to say (`script.answer`), in the form and with the
fault that were asked for. What it was sent is kept for looking at.
"""

import asyncio
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from typing_extensions import override

START_S = 20.0
Json = dict[str, Any]
Fault = Literal[
    "none",
    "slow",
    "broken_down",
    "limited",
    "out_of_quota",
    "unpaid",
    "no_such_model",
    "redirected",
    "refuses_json_schema",
    "truncated",
    "refused",
    "no_choice",
    "no_json",
    "no_completion",
    "endless",
    "without_usage",
]
NOTHING_SAID: Json = {
    "action": "none",
    "start_local": None,
    "service": None,
    "staff": None,
    "branch": None,
    "customer_name": None,
    "confirmed_by_caller": False,
    "confirmed_in_turn": None,
}


@dataclass
class Script:
    """What the model says next. `content` is written as it is, in place of the JSON of `answer`."""

    answer: Json = field(default_factory=lambda: dict(NOTHING_SAID))
    content: str | None = None
    fault: Fault = "none"
    tokens: int = 1_234
    api_key: str | None = None
    requests: list[Json] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)

    def says(self, **changes: Any) -> None:
        self.answer = NOTHING_SAID | changes


_STATUS: dict[Fault, tuple[int, str]] = {
    "broken_down": (500, "server_error"),
    "limited": (429, "rate_limit_exceeded"),
    "out_of_quota": (429, "insufficient_quota"),
    "unpaid": (402, "payment_required"),
    "no_such_model": (404, "model_not_found"),
}


def create_llm_app(script: Script) -> FastAPI:
    app = FastAPI(title="Language model, a stand-in")

    @app.post("/v1/chat/completions")
    async def chat_completions(request: Request) -> Response:
        body: Json = await request.json()
        script.requests.append(body)
        if script.api_key and request.headers.get("authorization") != f"Bearer {script.api_key}":
            return _problem(401, "invalid_api_key")
        if script.fault in _STATUS:
            return _problem(*_STATUS[script.fault])
        if script.fault == "redirected":
            return Response(status_code=307, headers={"Location": "/v1/elsewhere"})
        if script.fault == "refuses_json_schema" and "response_format" in body:
            return _problem(400, "unsupported_parameter")
        if script.fault == "slow":
            await asyncio.to_thread(script.released.wait)
        return _completion(script, str(body["model"]))

    return app


def _completion(script: Script, model: str) -> Response:
    if script.fault == "no_completion":
        return Response("<html>welcome</html>", media_type="text/html")
    if script.fault == "endless":
        return Response(b" " * 1_000_000, media_type="application/json")
    usage = {
        "prompt_tokens": script.tokens - 34,
        "completion_tokens": 34,
        "total_tokens": script.tokens,
    }
    completion = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [] if script.fault == "no_choice" else [_choice(script)],
        "usage": None if script.fault == "without_usage" else usage,
    }
    return JSONResponse(completion)


def _choice(script: Script) -> Json:
    content = json.dumps(script.answer) if script.content is None else script.content
    if script.fault == "no_json":
        content = "The caller would like a haircut."
    message: Json = {"role": "assistant", "content": content, "refusal": None}
    if script.fault == "refused":
        message |= {"content": None, "refusal": "I cannot help with that."}
    if script.fault == "truncated":
        message |= {"content": content[: len(content) // 2]}
    reason = "length" if script.fault == "truncated" else "stop"
    return {"index": 0, "message": message, "finish_reason": reason}


def _problem(status: int, code: str) -> JSONResponse:
    error = {"message": "not today", "type": "invalid_request_error", "code": code}
    return JSONResponse({"error": error}, status_code=status)


# --- as a server ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Running:
    base_url: str
    script: Script


class _Server(uvicorn.Server):
    """Tells when it listens."""

    def __init__(self, config: uvicorn.Config, when_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._when_ready = when_ready

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        self._when_ready()


@contextmanager
def running_llm(*, api_key: str | None = None, port: int = 0) -> Iterator[Running]:
    """In a thread of its own; yields once it answers, and leaves nothing behind."""
    script, ready = Script(api_key=api_key), threading.Event()
    config = uvicorn.Config(
        create_llm_app(script),
        host="127.0.0.1",
        port=port,
        log_level="critical",
        timeout_graceful_shutdown=1,
    )
    server = _Server(config, ready.set)
    thread = threading.Thread(target=server.run, name="llm-sandbox", daemon=True)
    thread.start()
    try:
        if not ready.wait(START_S) or not server.started:
            raise RuntimeError("the stand-in for the model did not start")
        bound = server.servers[0].sockets[0].getsockname()[1]
        yield Running(base_url=f"http://127.0.0.1:{bound}/v1", script=script)
    finally:
        script.released.set()
        server.should_exit = True
        thread.join(START_S)
