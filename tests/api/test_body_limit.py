"""Ten megabytes at the door: how much of it is ever taken in."""

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from api.deps import ApiRuntime
from api.main import create_app
from api.middleware import BodyLimit
from settings import Settings
from tests.api.conftest import make_settings, serving
from tests.api.test_retell_webhooks import HOOK, raw_exchange, rows

TEN_MB = 10_000_000
CHUNK = 0x10000


class Wire:
    """A sender that counts what is asked of it."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.asked = 0

    async def receive(self) -> Message:
        self.asked += 1
        body = b"a" * min(CHUNK, self.left)
        self.left -= len(body)
        return {"type": "http.request", "body": body, "more_body": self.left > 0}


class Reader:
    """Takes in all that comes, as a route does that wants the body."""

    def __init__(self) -> None:
        self.buffered = 0
        self.begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.begun = True
        more = True
        while more:
            message = await receive()
            self.buffered += len(message["body"])
            more = message["more_body"]


def scope_for(runtime: ApiRuntime, headers: list[tuple[bytes, bytes]]) -> Scope:
    return {"type": "http", "app": create_app(runtime), "method": "POST", "headers": headers}


@pytest.fixture(scope="module")
def settings() -> Settings:
    """With the limit as it is shipped."""
    return make_settings(max_body_bytes=Settings.model_fields["max_body_bytes"].default)


async def test_an_announced_ten_megabytes_are_refused_before_any_is_asked_for(
    runtime: ApiRuntime,
) -> None:
    reader, wire, sent = Reader(), Wire(TEN_MB), list[Message]()

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"content-length", str(TEN_MB).encode())]
    await BodyLimit(reader)(scope_for(runtime, headers), wire.receive, send)
    assert (wire.asked, reader.begun, sent[0]["status"]) == (0, False, 413)


async def test_ten_megabytes_of_unknown_length_are_cut_off_at_the_limit(
    runtime: ApiRuntime,
) -> None:
    reader, wire = Reader(), Wire(TEN_MB)

    async def send(message: Message) -> None:
        raise AssertionError(message)

    with pytest.raises(HTTPException) as refused:
        await BodyLimit(reader)(scope_for(runtime, []), wire.receive, send)
    assert refused.value.status_code == 413
    limit = runtime.settings.max_body_bytes
    assert limit == 2_000_000
    assert limit - CHUNK <= reader.buffered <= limit
    assert wire.asked == reader.buffered // CHUNK + 1


@pytest.mark.parametrize(
    ("length", "chunks"),
    [(f"Content-Length: {TEN_MB}", 0), ("Transfer-Encoding: chunked", TEN_MB // CHUNK)],
    ids=["announced", "of unknown length"],
)
async def test_ten_megabytes_over_http_are_413_and_nothing_is_stored(
    runtime: ApiRuntime, owner_engine: AsyncEngine, length: str, chunks: int
) -> None:
    async with serving(create_app(runtime)) as url:
        head = f"POST {HOOK} HTTP/1.1\r\nHost: x\r\n{length}\r\n\r\n"
        status, _ = await raw_exchange(url, head, chunks)
    assert status.startswith("HTTP/1.1 413 ")
    assert await rows(owner_engine) == []
