"""The referee: each request and answer of a Cal.com sandbox against Cal.com's OpenAPI document.

The document is not part of the project: whoever has it names it (`Rules.read`). Needs `jsonschema`.
"""

import json
import queue
import re
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonschema

from sandbox.calcom.exchange import Exchange

SUCCESS = range(200, 300)
CONFLICT = 409
# What a body is no witness of: it was ordered to be broken.
BREAKING = frozenset({"malformed", "truncate"})
# A test ordered the answer, whether or not Cal.com ever says so.
ORDERED = frozenset({"status", "commit_then_status"})
# Words whose value is as much of an answer's form as their type.
WORDS = frozenset({"status", "type", "role", "schedulingType", "triggers"})


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


Validator = jsonschema.Draft202012Validator


class Rules:
    """What the document allows."""

    def __init__(self, document: dict[str, Any]) -> None:
        components = document["components"]
        components = {**components, "schemas": _as_json_schema(components["schemas"])}
        self._paths: dict[str, Any] = document["paths"]
        self._components: dict[str, Any] = components
        by_fewest_holes = sorted(self._paths, key=lambda path: path.count("{"))
        self._patterns: list[tuple[re.Pattern[str], str]] = [
            (re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in by_fewest_holes
        ]
        self._validators: dict[tuple[str, str, int | None], Validator | None] = {}

    @classmethod
    def read(cls, path: Path) -> "Rules":
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def offences(self, exchange: Exchange) -> list[str]:
        """What is against the document; of what it says nothing is an offence as well."""
        method = exchange.method.lower()
        template = self._template(method, exchange.bare_path)
        where = f"{exchange.method} {exchange.path} -> {exchange.status}"
        if template is None:
            return [f"{where}: not in the document"]
        answers = self._validator(template, method, exchange.status)
        if answers is None:
            return [f"{where}: the document has no such answer"]
        found = [offence(answers, exchange.answer)]
        asks = self._validator(template, method, None)
        # What was refused may have been sent to be refused.
        if asks is not None and exchange.status in SUCCESS and exchange.body:
            wrong = offence(asks, exchange.body)
            found.append(wrong and f"request {wrong}")
        return [f"{where}: {one}" for one in found if one]

    def _template(self, method: str, path: str) -> str | None:
        for pattern, template in self._patterns:
            if pattern.fullmatch(path) and method in self._paths[template]:
                return template
        return None

    def _validator(self, template: str, method: str, status: int | None) -> Validator | None:
        """Of the answer with that status, or of the request's body where it is None."""
        key = (template, method, status)
        if key not in self._validators:
            operation = self._paths[template][method]
            part = self._answer(operation, status) if status else operation.get("requestBody")
            content = (part or {}).get("content", {}).get("application/json")
            schema = content and {
                **_as_json_schema(content["schema"]),
                "components": self._components,
            }
            self._validators[key] = Validator(schema) if schema else None
        return self._validators[key]

    def _answer(self, operation: dict[str, Any], status: int) -> dict[str, Any] | None:
        answers = operation["responses"]
        answer: dict[str, Any] | None = answers.get(str(status)) or answers.get(
            f"{status // 100}XX"
        )
        if answer is not None and "$ref" in answer:
            named: dict[str, Any] = self._components["responses"]
            answer = named[answer["$ref"].rpartition("/")[2]]
        return answer


def offence(validator: Validator, body: bytes) -> str | None:
    """The first thing that is wrong with the body, or None."""
    error = jsonschema.exceptions.best_match(validator.iter_errors(json.loads(body)))
    return f"{error.json_path}: {error.message[:300]}" if error is not None else None


@dataclass
class Referee:
    """A witness of sandboxes: `running(witness=referee)`. Called from the servers' threads.

    `rules` None: the document is not at hand, and only crashes of the sandbox are seen.
    """

    rules: Rules | None
    checked: int = 0
    found: list[str] = field(default_factory=list)
    excused: Counter[str] = field(default_factory=Counter)

    def __call__(self, exchange: Exchange) -> None:
        if exchange.crash is not None:
            self.found.append(f"the sandbox crashed: {exchange.crash}")
        if self.rules is None or not exchange.status:
            return
        is_page = "html" in exchange.answer_header("content-type")
        if is_page or not (BREAKING | ORDERED).isdisjoint(exchange.faults):
            return
        for applies, reason in DEVIATIONS:
            if applies(exchange):
                self.excused[reason] += 1
                return
        self.checked += 1
        self.found += self.rules.offences(exchange)

    def take(self) -> list[str]:
        """What was found since the last time."""
        taken, self.found = self.found, []
        return taken


class Overseer:
    """A referee beside a sandbox that others use: nobody waits for it, and it looks at each form of
    request and answer once. `path`: where what it found outlives the process.
    """

    def __init__(self, rules: Rules, path: Path | None = None) -> None:
        self._referee = Referee(rules)
        self._path = path
        self._forms: set[tuple[object, ...]] = set()
        self._seen = 0
        self._found = path.read_text("utf-8").splitlines() if path and path.exists() else []
        self._waiting: queue.Queue[Exchange] = queue.Queue()
        threading.Thread(target=self._look_forever, name="referee", daemon=True).start()

    def __call__(self, exchange: Exchange) -> None:
        self._waiting.put(exchange)

    def told(self) -> dict[str, Any]:
        """Once everything until now has been looked at: blocks so long."""
        self._waiting.join()
        return {
            "seen": self._seen,
            "checked": self._referee.checked,
            "excused": dict(self._referee.excused),
            "violations": list(self._found),
        }

    def _look_forever(self) -> None:
        while True:
            exchange = self._waiting.get()
            try:
                self._look(exchange)
            except Exception as error:  # noqa: BLE001 (whatever it is, it is to be seen)
                self._note([f"the referee failed: {error!r} at {exchange.path}"])
            finally:
                self._waiting.task_done()

    def _look(self, exchange: Exchange) -> None:
        self._seen += 1
        form = form_of(exchange)
        if form in self._forms and exchange.crash is None:
            return
        self._forms.add(form)
        self._referee(exchange)
        self._note([one.replace("\n", " ") for one in self._referee.take()])

    def _note(self, found: list[str]) -> None:
        self._found += found
        if found and self._path is not None:
            with self._path.open("a", encoding="utf-8") as kept:
                kept.write("".join(f"{one}\n" for one in found))


def form_of(exchange: Exchange) -> tuple[object, ...]:
    """Equal for exchanges that differ in nothing but numbers, names and times."""
    bodies = (_form_of_text(exchange.body), _form_of_text(exchange.answer))
    faults = tuple(sorted(set(exchange.faults)))
    return (
        exchange.operation,
        exchange.method,
        exchange.status,
        exchange.is_legacy,
        faults,
        bodies,
    )


def _form_of_text(body: bytes) -> object:
    try:
        return _form(json.loads(body))
    except ValueError:
        return bool(body)


def _form(value: Any, name: str = "") -> object:
    if isinstance(value, dict):
        return tuple((key, _form(value[key], key)) for key in sorted(value))
    if isinstance(value, list):
        return ("list", frozenset(_form(each, name) for each in value))
    return value if name in WORDS else type(value).__name__
