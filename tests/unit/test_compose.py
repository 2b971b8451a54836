"""docker-compose.yml is valid, holds no secret, and says the same as the embedded stack."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from contracts.names import TaskQueue
from settings import Settings
from stack.temporal_server import DYNAMIC_CONFIG, NAMESPACE, SEARCH_ATTRIBUTES

ROOT = Path(__file__).parents[2]
SCHEMA = ROOT / "tests" / "contract" / "compose" / "compose-spec.json"
OURS = ("api", "migrate", "worker-calls", "worker-integrations", "worker-notify")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return document


@pytest.fixture(scope="module")
def schema() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text()))


def test_the_file_is_valid_against_the_compose_specification(
    compose: dict[str, Any], schema: jsonschema.Draft202012Validator
) -> None:
    assert [error.message for error in schema.iter_errors(compose)] == []


@pytest.mark.parametrize(
    ("service", "wrong"),
    [
        ("api", {"comand": ["api"]}),
        ("postgres", {"healthcheck": {"every": "5s"}}),
        ("temporal", {"depends_on": {"postgres": {"condition": "is_up"}}}),
        ("temporal-ui", {"ports": {"8080": 8080}}),
    ],
)
def test_the_schema_finds_what_is_wrong(
    compose: dict[str, Any],
    schema: jsonschema.Draft202012Validator,
    service: str,
    wrong: dict[str, Any],
) -> None:
    services = compose["services"]
    broken = {**compose, "services": {**services, service: {**services[service], **wrong}}}
    assert list(schema.iter_errors(broken))


def test_every_task_queue_has_a_deployment_of_its_own(compose: dict[str, Any]) -> None:
    commands = [s.get("command", []) for s in compose["services"].values()]
    queues = [command[2] for command in commands if command[:2] == ["worker", "--queue"]]
    assert sorted(queues) == sorted(queue.value for queue in TaskQueue)


def test_every_variable_given_to_us_is_a_setting(compose: dict[str, Any]) -> None:
    for name in OURS:
        for variable in compose["services"][name]["environment"]:
            assert variable.removeprefix("ASKPROAI_").lower() in Settings.model_fields


def test_only_the_migration_gets_the_owner(compose: dict[str, Any]) -> None:
    holders = [
        name
        for name in OURS
        if "ASKPROAI_DATABASE_OWNER_URL" in compose["services"][name]["environment"]
    ]
    assert holders == ["migrate"]


def test_every_secret_is_demanded_from_outside(compose: dict[str, Any]) -> None:
    secret = re.compile(r"PASSWORD|PWD|_KEYS?$")
    given = [
        (variable, str(value))
        for service in compose["services"].values()
        for variable, value in service.get("environment", {}).items()
        if secret.search(variable)
    ]
    assert given
    for variable, value in given:
        assert re.fullmatch(r"\$\{[A-Z_]+:\?\}", value), variable


def test_every_image_has_a_version(compose: dict[str, Any]) -> None:
    for name, service in compose["services"].items():
        assert re.search(r":(\d+\.\d+|\$\{ASKPROAI_VERSION)", service["image"]), name


def test_the_owner_and_the_engine_cannot_be_reached_from_outside(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for name in ("postgres", "temporal", "temporal-schema", "temporal-namespace", "migrate"):
        assert services[name]["networks"] == ["inside"]
        assert "ports" not in services[name]
    assert compose["networks"]["inside"]["internal"] is True


def test_the_server_is_tuned_as_the_embedded_one() -> None:
    text = (ROOT / "deploy" / "temporal" / "dynamicconfig.yaml").read_text()
    values = {key: entries[0]["value"] for key, entries in yaml.safe_load(text).items()}
    assert values == DYNAMIC_CONFIG


def test_the_namespace_gets_the_search_attributes_of_the_embedded_one(
    compose: dict[str, Any],
) -> None:
    script = (ROOT / "deploy" / "temporal" / "namespace.sh").read_text()
    attributes = dict(re.findall(r"\b([A-Z]\w+)=(Keyword|Datetime|Text|Int)\b", script))
    assert attributes == SEARCH_ATTRIBUTES
    namespace = compose["services"]["temporal-namespace"]["environment"]["TEMPORAL_NAMESPACE"]
    assert namespace == NAMESPACE


def test_everything_that_the_containers_mount_is_in_the_repository(compose: dict[str, Any]) -> None:
    for service in compose["services"].values():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in compose["volumes"] or (ROOT / source).is_dir()
