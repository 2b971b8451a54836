"""The referee: each request and answer of a Cal.com sandbox against the OpenAPI document.

The document lies beside the project where it is developed and is not part of it: without it the
referee has nothing to say, and the tests pass all the same.
"""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema

from sandbox.calcom.exchange import Exchange

SHARED = Path(__file__).parents[2].parent / "shared" / "contracts" / "calcom"
OPENAPI = SHARED / "openapi-v2.json"
SUCCESS = range(200, 300)
CONFLICT = 409
# What a body is no witness of: it was ordered to be broken.
BREAKING = frozenset({"malformed", "truncate"})


def _has_old_version(exchange: Exchange) -> bool:
    return exchange.is_legacy


def _is_unknown_path(exchange: Exchange) -> bool:
    return exchange.operation == "unknown"


def _lists_memberships(exchange: Exchange) -> bool:
    return exchange.operation == "memberships" and exchange.status in SUCCESS


def _has_webhook_twice(exchange: Exchange) -> bool:
    return exchange.operation == "webhooks" and exchange.status == CONFLICT


# Where the document does not speak, or is wrong: which exchanges, and why.
DEVIATIONS: tuple[tuple[Callable[[Exchange], bool], str], ...] = (
    (
        _has_old_version,
        "answered by a controller of 2024-04-15, of which the document says nothing (contract 1.1)",
    ),
    (_is_unknown_path, "no path of the document: Cal.com's router answers 404 (contract 1.1)"),
    (
        _lists_memberships,
        "the document says one membership where the operation pages through them (take, skip)",
    ),
    (
        _has_webhook_twice,
        "the document names no conflict of webhooks: one address twice is 409 (contract 3)",
    ),
)


def _as_json_schema(node: Any) -> Any:
    """OpenAPI 3.0 says `nullable`, JSON Schema says null."""
    if isinstance(node, list):
        return [_as_json_schema(one) for one in node]
    if not isinstance(node, dict):
        return node
    out = {key: _as_json_schema(value) for key, value in node.items() if key != "nullable"}
    if node.get("nullable"):
        if "enum" in out:
            out["enum"] = [*out["enum"], None]
        return {"anyOf": [out, {"type": "null"}]}
    return out


@cache
def _document() -> dict[str, Any] | None:
    if not OPENAPI.exists():
        return None
    document = json.loads(OPENAPI.read_text())
    components = document["components"]
    components["schemas"] = _as_json_schema(components["schemas"])
    return {"paths": document["paths"], "components": components}


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    document = _document()
    paths = document["paths"] if document else {}
    by_fewest_holes = sorted(paths, key=lambda path: path.count("{"))
    return tuple((re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in by_fewest_holes)


@cache
def _path_of(method: str, path: str) -> str | None:
    document = _document()
    for pattern, template in _patterns():
        if pattern.fullmatch(path) and document and method in document["paths"][template]:
            return template
    return None


@cache
def _validator(
    template: str, method: str, status: int | None
) -> jsonschema.Draft202012Validator | None:
    """Of the answer with that status, or of the request's body where it is None."""
    document = _document()
    assert document is not None
    operation = document["paths"][template][method]
    part = _request(operation) if status is None else _answer(document, operation, status)
    content = (part or {}).get("content", {}).get("application/json")
    if not content:
        return None
    schema = {**_as_json_schema(content["schema"]), "components": document["components"]}
    return jsonschema.Draft202012Validator(schema)


def _request(operation: dict[str, Any]) -> dict[str, Any] | None:
    body: dict[str, Any] | None = operation.get("requestBody")
    return body


def _answer(
    document: dict[str, Any], operation: dict[str, Any], status: int
) -> dict[str, Any] | None:
    answers = operation["responses"]
    answer: dict[str, Any] | None = answers.get(str(status)) or answers.get(f"{status // 100}XX")
    if answer is not None and "$ref" in answer:
        named: dict[str, Any] = document["components"]["responses"]
        answer = named[answer["$ref"].rpartition("/")[2]]
    return answer


def offence(validator: jsonschema.Draft202012Validator, body: bytes) -> str | None:
    """The first thing that is wrong with the body, or None."""
    error = jsonschema.exceptions.best_match(validator.iter_errors(json.loads(body)))
    return f"{error.json_path}: {error.message[:300]}" if error is not None else None


def offences(exchange: Exchange) -> list[str]:
    """What is against the document; an exchange of which it says nothing is an offence as well."""
    template = _path_of(exchange.method.lower(), exchange.bare_path)
    where = f"{exchange.method} {exchange.path} -> {exchange.status}"
    if template is None:
        return [f"{where}: not in the document"]
    answers = _validator(template, exchange.method.lower(), exchange.status)
    if answers is None:
        return [f"{where}: the document has no such answer"]
    found = [offence(answers, exchange.answer)]
    asks = _validator(template, exchange.method.lower(), None)
    # What was refused may have been sent to be refused.
    if asks is not None and exchange.status in SUCCESS and exchange.body:
        wrong = offence(asks, exchange.body)
        found.append(wrong and f"request {wrong}")
    return [f"{where}: {one}" for one in found if one]


@dataclass
class Referee:
    """A witness of sandboxes: `running(witness=referee)`. Called from the servers' threads."""

    checked: int = 0
    found: list[str] = field(default_factory=list)
    excused: Counter[str] = field(default_factory=Counter)

    def __call__(self, exchange: Exchange) -> None:
        if exchange.crash is not None:
            self.found.append(f"the sandbox crashed: {exchange.crash}")
        if _document() is None or not exchange.status:
            return
        is_page = "html" in exchange.answer_header("content-type")
        if is_page or not BREAKING.isdisjoint(exchange.faults):
            return
        if "status" in exchange.faults:
            # A test ordered it, whether or not Cal.com ever says so.
            return
        for applies, reason in DEVIATIONS:
            if applies(exchange):
                self.excused[reason] += 1
                return
        self.checked += 1
        self.found += offences(exchange)

    def take(self) -> list[str]:
        """What was found since the last time."""
        taken, self.found = self.found, []
        return taken
