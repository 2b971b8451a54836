"""A real server that webhooks come to."""

import json
import queue
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from typing_extensions import override

# How soon a receiver that is told to stop does so.
POLL_S = 0.01


@dataclass
class Received:
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        parsed: dict[str, Any] = json.loads(self.raw)
        return parsed

    @property
    def payload(self) -> dict[str, Any]:
        found: dict[str, Any] = self.body["payload"]
        return found


class Inbox:
    """A receiver that answers 200, or what it is told to."""

    def __init__(self) -> None:
        self.came: queue.Queue[Received] = queue.Queue()
        self.status = 200
        inbox = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                inbox.came.put(Received(dict(self.headers), raw))
                self.send_response(inbox.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            @override
            def log_message(self, format: str, *args: Any) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_S,), daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/cal"

    def next(self) -> Received:
        return self.came.get(timeout=20)

    def take(self, count: int) -> list[Received]:
        """The next ones, in the order in which they come, which is no promise of Cal.com's."""
        return [self.next() for _ in range(count)]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
