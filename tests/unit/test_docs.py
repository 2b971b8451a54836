"""What the documents say is so: each name that a reader may need is there, and none is made up."""

import os
import re
import subprocess
from contextlib import AbstractAsyncContextManager
from functools import cache
from pathlib import Path
from typing import Any, get_args
from urllib.parse import urlsplit

import pytest
import typer.main
from pydantic import SecretStr
from pydantic.fields import FieldInfo
from temporalio.common import SearchAttributeKey

from api import errors as api_errors
from api.deps import ApiRuntime
from api.main import create_app
from cli import app as command_line
from contracts import names
from domain.appointment.states import State
from domain.errors import HANDLING, DomainError
from domain.routing.decide import Reason
from domain.speech.sentences import SENTENCES
from integrations.calcom.errors import Cause
from settings import Settings
from stack.temporal_server import DYNAMIC_CONFIG
from workflows.schedules import SCHEDULES

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
# The step itself waits these out; neither becomes an answer.
NEVER_TOLD = {"retry", "unclear"}


def _read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def _pages() -> list[Path]:
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


PAGES = [str(page.relative_to(ROOT)) for page in _pages()]


def _everything() -> str:
    return "\n".join(_read(page) for page in PAGES)


def _rows(page: str) -> dict[str, list[str]]:
    """First cell, without its backticks -> the other cells, for tables whose rows begin so."""
    rows: dict[str, list[str]] = {}
    for line in _read(page).splitlines():
        if line.startswith("| `"):
            first, *others = [cell.strip() for cell in line.strip("|").split(" | ")]
            for name in re.findall(r"`([^`]+)`", first):
                # A code may come again further down, as one among others.
                rows.setdefault(name, [cell.strip("| ") for cell in others])
    return rows


def _slug(heading: str) -> str:
    """The anchor that a heading gets on the usual hosts."""
    kept = re.sub(r"[^\w\- ]", "", heading.strip().lower())
    return kept.replace(" ", "-")


@cache
def _anchors(page: Path) -> frozenset[str]:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return frozenset(_slug(found) for found in re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE))


@cache
def _tracked() -> tuple[Path, ...]:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout: what is tracked is not known")
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True
    )
    return tuple(ROOT / name for name in listed.stdout.split("\0") if name)


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else str(value)


# --- settings -----------------------------------------------------------------------------------


def test_every_setting_is_explained_with_its_default() -> None:
    rows = _rows("docs/settings.md")
    for name, field in Settings.model_fields.items():
        default, meaning = rows[f"ASKPROAI_{name.upper()}"]
        assert default.strip("`") == _default(field), name
        assert meaning


def test_no_setting_is_made_up() -> None:
    known = {f"ASKPROAI_{name.upper()}" for name in Settings.model_fields}
    named = set(re.findall(r"ASKPROAI_[A-Z_]+[A-Z]", _read("docs/settings.md")))
    assert named - known <= {"ASKPROAI_NAME"}


# --- commands -----------------------------------------------------------------------------------


def _commands() -> dict[str, Any]:
    group: Any = typer.main.get_command(command_line)
    commands: dict[str, Any] = group.commands
    return commands


@pytest.mark.parametrize("name", sorted(_commands()))
def test_every_command_is_shown(name: str) -> None:
    shown = re.compile(rf"askproai {name}\b|`(?:[^`\n]*, )?{name}(?: [^`\n]*)?`")
    assert shown.search(_read("README.md"))


@pytest.mark.parametrize("name", sorted(_commands()))
def test_every_option_of_a_command_is_shown(name: str) -> None:
    text = _everything()
    for option in _commands()[name].params:
        if option.param_type_name == "option" and not option.hidden and option.name != "help":
            assert any(form in text for form in option.opts), (name, option.opts)


def test_no_command_is_made_up() -> None:
    shown = set(re.findall(r"askproai ([a-z][a-z-]+)", _everything()))
    assert shown <= _commands().keys()


def test_no_option_is_made_up() -> None:
    for name, rest in re.findall(r"askproai ([a-z-]+)([^`\n|#]*)", _everything()):
        known = {form for option in _commands()[name].params for form in option.opts}
        assert set(re.findall(r"--[a-z][a-z-]+", rest)) <= known | {"--help"}, name


def test_every_make_target_is_shown_and_none_is_made_up() -> None:
    targets = set(re.findall(r"^([a-z]+):.*##", _read("Makefile"), flags=re.MULTILINE))
    shown = set(re.findall(r"`make ([a-z]+)`", _read("README.md")))
    assert targets
    assert shown == targets
    assert set(re.findall(r"`make ([a-z]+)[ `]", _everything())) <= targets


# --- the HTTP interface -------------------------------------------------------------------------


def _never_opened() -> AbstractAsyncContextManager[ApiRuntime]:
    raise AssertionError("the interface is described without a server")


def _operations() -> set[tuple[str, str]]:
    paths: dict[str, dict[str, Any]] = create_app(_never_opened).openapi()["paths"]
    return {(method.upper(), path) for path, methods in paths.items() for method in methods}


def _operations_in_docs() -> set[tuple[str, str]]:
    """From the first cells of the table: `GET`, `POST /path`, `GET /path/{id}`."""
    found: set[tuple[str, str]] = set()
    for line in _read("docs/api.md").splitlines():
        if re.match(r"\| `(GET|POST|PUT|PATCH|DELETE)", line):
            waiting: list[str] = []
            for span in re.findall(r"`([^`]+)`", line.split(" | ")[0]):
                method, _, path = span.partition(" ")
                waiting.append(method)
                if path:
                    found |= {(each, path) for each in waiting}
                    waiting = []
    return found


def test_every_operation_is_in_the_table_and_none_is_made_up() -> None:
    # Not in the OpenAPI document: it answers Prometheus in a form of its own.
    assert _operations_in_docs() == _operations() | {("GET", "/metrics")}


# --- codes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", sorted(HANDLING))
def test_every_fact_is_explained_as_the_table_handles_it(code: str) -> None:
    status, sentence, retry, meaning = _rows("docs/errors.md")[code]
    handling = HANDLING[code]
    assert (status, sentence.strip("`"), retry) == (
        str(handling.http_status),
        handling.sentence,
        handling.retry,
    )
    assert handling.sentence in SENTENCES
    assert meaning


def _codes_of_the_tree(kind: type[DomainError] = DomainError) -> set[str]:
    return {kind.code}.union(*(_codes_of_the_tree(each) for each in kind.__subclasses__()))


def test_every_code_of_the_tree_is_named() -> None:
    text = _read("docs/errors.md")
    assert [code for code in sorted(_codes_of_the_tree()) if f"`{code}`" not in text] == []


def test_every_code_of_the_interface_is_explained_with_its_status() -> None:
    rows = _rows("docs/errors.md")
    for status, code in api_errors._CODES_BY_STATUS.items():
        assert rows[code][0] == str(status)
    for code in (api_errors.SIGNATURE_REFUSED, api_errors.INTERNAL):
        assert rows[code]


@pytest.mark.parametrize(
    "code",
    [
        *get_args(Reason),
        *(cause for cause in get_args(Cause) if cause not in NEVER_TOLD),
        *(f"is_{state}" for state in get_args(State) if state != "booked"),
    ],
)
def test_every_reason_is_explained(code: str) -> None:
    assert code in _rows("docs/errors.md")


# --- the engine ---------------------------------------------------------------------------------


def _search_attributes() -> list[SearchAttributeKey[Any]]:
    return [each for each in vars(names).values() if isinstance(each, SearchAttributeKey)]


def test_every_queue_and_search_attribute_is_in_the_architecture() -> None:
    rows = _rows("docs/architecture.md")
    assert _search_attributes()
    for key in _search_attributes():
        assert rows[key.name][0] == key.indexed_value_type.name.title()
    for queue in names.TaskQueue:
        assert rows[queue.value]


def test_every_step_and_schedule_is_in_the_architecture() -> None:
    text = _read("docs/architecture.md")
    signatures = "\n".join(path.read_text(encoding="utf-8") for path in _contracts())
    steps = re.findall(r'@activity\.defn\(name="([a-z_.]+)"\)', signatures)
    assert steps
    assert [name for name in [*steps, *SCHEDULES] if f"`{name}`" not in text] == []


def _contracts() -> list[Path]:
    return sorted((ROOT / "contracts").glob("*.py"))


def test_every_tuning_of_the_server_has_its_value_and_reason() -> None:
    rows = _rows("docs/architecture.md")
    for name, value in DYNAMIC_CONFIG.items():
        told, reason = rows[name]
        assert told.strip("`").lower() == str(value).lower()
        assert reason


# --- links and places ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_somewhere(name: str) -> None:
    page = ROOT / name
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if urlsplit(target).scheme:
            continue
        place, _, anchor = target.partition("#")
        found = (page.parent / place).resolve() if place else page
        assert found.exists(), target
        if anchor:
            assert anchor in _anchors(found), target


def test_every_page_is_in_the_index() -> None:
    index = _read("docs/README.md")
    others = [page.relative_to(DOCS) for page in _pages()[1:] if page != DOCS / "README.md"]
    assert [str(page) for page in others if f"]({page})" not in index] == []


@pytest.mark.parametrize("name", PAGES)
def test_files_that_are_named_are_there(name: str) -> None:
    named = re.findall(r"`((?:[a-z_]+/)+[a-z0-9_.-]+\.(?:py|json|yaml|sh|md))`", _read(name))
    rooms = {path.name for path in ROOT.iterdir() if path.is_dir()}
    of_ours = [path for path in named if path.split("/")[0] in rooms]
    # A page names files from the top, or from the folder that it is about.
    assert [path for path in of_ours if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("name", PAGES)
def test_tests_that_are_named_are_there(name: str) -> None:
    named = set(re.findall(r"`(test_[a-z0-9_]+)`", _read(name)))
    if not named:
        return
    texts = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tests").rglob("*.py"))
    assert {test for test in named if f"def {test}(" not in texts} == set()


def test_decisions_are_numbered_without_gaps_and_say_all_four_things() -> None:
    records = sorted((DOCS / "decisions").glob("*.md"))
    assert [int(record.name[:4]) for record in records] == list(range(1, len(records) + 1))
    for record in records:
        text = record.read_text(encoding="utf-8")
        assert text.startswith(f"# {record.name[:4]} ")
        headings = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
        assert headings == ["Context", "Decision", "Alternatives", "How it is checked"]


# --- nothing of one machine ---------------------------------------------------------------------


def _hosts_of_registries() -> set[str]:
    """Those that packages are usually taken from, and those that this machine takes them from."""
    usual = {"pypi" + ".org", "files.python" + "hosted.org", "proxy.golang" + ".org"}
    usual |= {"sum.golang" + ".org", "registry.npm" + "js.org"}
    variables = ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX")
    given = " ".join(os.environ.get(name, "") for name in (*variables, "GOPROXY"))
    hosts = {urlsplit(url).hostname for url in re.split(r"[\s,|]+", given) if "//" in url}
    return usual | {host for host in hosts if host}


def _places_of_this_machine() -> set[str]:
    usual = {f"/{name}/" for name in ("work", "root", "Users")}
    home = str(Path.home())
    return usual | {f"{place}/" for place in (str(ROOT), home) if len(place) > 1}


def test_no_file_names_this_machine_or_a_registry() -> None:
    forbidden = _hosts_of_registries() | _places_of_this_machine()
    pattern = re.compile("|".join(rf"(?<![\w.~]){re.escape(each)}" for each in sorted(forbidden)))
    found = []
    for path in _tracked():
        try:
            text = path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):  # no text; or just being removed
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
            for number, line in enumerate(text.splitlines(), 1)
            if pattern.search(line)
        ]
    assert found == []
