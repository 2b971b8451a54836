"""Whether our own processes answer yet."""

import socket
import urllib.error
import urllib.request

from stack.ports import HOST

TIMEOUT_S = 2.0
# Whatever proxy the user's environment names, it is not for this machine's own addresses.
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(url: str) -> bytes | None:
    """The body of an answer with 200; None for any other, or none in time."""
    try:
        with _opener.open(url, timeout=TIMEOUT_S) as answer:
            body: bytes = answer.read()
    except (OSError, urllib.error.URLError):
        return None
    return body


def answers(url: str, containing: bytes = b"") -> bool:
    """Whether there is an answer with these bytes in it."""
    body = get(url)
    return body is not None and containing in body


def accepts(port: int) -> bool:
    """Whether something takes connections there."""
    try:
        with socket.create_connection((HOST, port), timeout=TIMEOUT_S):
            return True
    except OSError:
        return False
