"""Scenario files: YAML, each mistake with its line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError
from typing_extensions import override

from sandbox.companies import demo_companies
from sandbox.conversations.model import HOTLINE, UNKNOWN, Scenario, WishSpec
from stack.errors import StackError

FOLDER = Path(__file__).parents[1] / "data" / "scenarios"
SUFFIX = ".yaml"


class ScenarioError(StackError):
    """A file that is no scenario; the message names it, the line and what is wrong there."""


class _Loader(yaml.SafeLoader):
    """Refuses keys that come twice: the last one would win without a word."""

    @override
    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[object] = set()
        for key, _ in node.value:
            name = self.construct_object(key, deep=True)
            if name in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {name} comes twice", key.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep=deep)


# `on:` is a word of ours, +49… a phone and 10:30 a time: YAML 1.1 would make truths and numbers of
# them. Only these are values of their own; all else is text.
_Loader.yaml_implicit_resolvers = {}
for _tag, _form, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^-?(?:0|[1-9][0-9]*)$", "-0123456789"),
    ("float", r"^-?[0-9]+\.[0-9]+$", "-0123456789"),
    ("null", r"^(?:null|~|)$", ["n", "~", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_form), list(_first))


def load(path: Path) -> Scenario:
    """Raises ScenarioError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise ScenarioError(f"{path}: {error.strerror}") from error
    return parse(text, str(path))


def parse(text: str, name: str) -> Scenario:
    try:
        node = yaml.compose(text, Loader=_Loader)
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 (a SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f":{mark.line + 1}" if mark else ""
        raise ScenarioError(f"{name}{line}: {error.problem or error.context}") from error
    try:
        scenario = Scenario.model_validate(content)
    except ValidationError as error:
        raise ScenarioError("\n".join(_told(error, node, name))) from error
    _check_names(scenario, node, name)
    return scenario


def shipped() -> dict[str, Scenario]:
    """Those that come with the program, by the name of their file."""
    return {path.stem: load(path) for path in sorted(FOLDER.glob(f"*{SUFFIX}"))}


def find(name: str) -> Path:
    """A file, or one of the shipped by its name."""
    path = Path(name)
    if path.exists() or path.suffix == SUFFIX:
        return path
    known = FOLDER / f"{name}{SUFFIX}"
    if not known.exists():
        raise ScenarioError(f"{name}: no such file, and no scenario of that name is shipped")
    return known


# --- mistakes -----------------------------------------------------------------------------------


def _told(error: ValidationError, node: yaml.Node | None, name: str) -> list[str]:
    lines = []
    for one in error.errors():
        place = [part for part in one["loc"] if not _of_the_model(part)]
        key = ".".join(str(part) for part in place) or "the file"
        what = "no such key" if one["type"] == "extra_forbidden" else one["msg"]
        lines.append(f"{name}:{_line(node, place)}: {key}: {what}")
    return list(dict.fromkeys(lines))


def _of_the_model(part: str | int) -> bool:
    """Pydantic names the member of a union as well, which nobody wrote."""
    return isinstance(part, str) and (part == "CalcomFault" or part.startswith("literal["))


def _line(node: yaml.Node | None, place: Sequence[str | int]) -> int:
    """Of the innermost thing on the way that is written down."""
    line = node.start_mark.line + 1 if node is not None else 1
    for part in place:
        following = _within(node, part)
        if following is None:
            return line
        line, node = following
    return line


def _within(node: yaml.Node | None, part: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(part):
                return key.start_mark.line + 1, value
        return None
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item: yaml.Node = node.value[part]
        return item.start_mark.line + 1, item
    # One of something, written without its list.
    return (node.start_mark.line + 1, node) if node is not None and part == 0 else None


def _check_names(scenario: Scenario, node: yaml.Node | None, name: str) -> None:
    """Companies, branches, services, people and wishes that are not there."""
    for place, what in _unknown(scenario):
        key = ".".join(str(part) for part in place)
        raise ScenarioError(f"{name}:{_line(node, place)}: {key}: {what}")


Mistake = tuple[Sequence[str | int], str]


def _unknown(scenario: Scenario) -> Iterator[Mistake]:
    company = next((c for c in demo_companies() if c.slug == scenario.company), None)
    if company is None:
        yield ["company"], f"no company {scenario.company}"
        return
    branches = {branch.ref for branch in company.branches}
    if scenario.branch not in branches | {HOTLINE, UNKNOWN}:
        yield ["branch"], f"no branch {scenario.branch} of {company.slug}"
    known: Mapping[str, set[str]] = {
        "branch": branches,
        "service": {service.ref for service in company.services},
        "staff": {person.ref for person in company.staff},
        "same_as": set(scenario.wishes),
    }
    for wish, spec in scenario.wishes.items():
        yield from _unknown_in_wish(wish, spec, known)
    for number, given in enumerate(scenario.given):
        for field in ("appointment", "taken"):
            value = getattr(given, field)
            if value is not None and value not in scenario.wishes:
                yield ["given", number, field], f"no wish {value}"


def _unknown_in_wish(wish: str, spec: WishSpec, known: Mapping[str, set[str]]) -> Iterator[Mistake]:
    for field, names in known.items():
        value = getattr(spec, field)
        if value is not None and value not in names:
            yield ["wishes", wish, field], f"no {field} {value}"
    if spec.service is None and spec.same_as is None:
        yield ["wishes", wish], "a service, or the wish that it is the same as"
