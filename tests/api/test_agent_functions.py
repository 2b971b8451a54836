"""Definitions that can be pasted into an agent of Retell's, and a prompt that fits them."""

import re
from dataclasses import replace
from typing import Any, get_args

import httpx
import pytest
from jsonschema import Draft202012Validator
from sqlalchemy.ext.asyncio import AsyncEngine

from api.deps import ApiRuntime
from api.functions.definitions import agent_functions, agent_prompt
from api.main import create_app
from contracts.functions import AnswerStatus, FunctionName
from db.queries.connections import upsert_connection
from db.session import tenant_session
from domain.asking.arguments import read_arguments
from domain.asking.model import Arguments
from domain.speech import Lang
from tests.api.conftest import serving
from tests.api.test_appointments import new_api_key
from tests.api.test_greeting import told
from tests.builders.rows import Salon, make_salon

PATH = "/api/v1/retell/functions"
DOOR = "/api/mcp/retell/custom-function"
LANGS: tuple[Lang, ...] = ("de", "en")
# As an LLM of Retell's takes it: create-retell-llm, `general_tools`, type `custom`.
TOOL = {
    "type": "object",
    "required": ["type", "name", "description", "url", "method", "parameters", "args_at_root"],
    "additionalProperties": False,
    "properties": {
        "type": {"const": "custom"},
        "name": {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"},
        "description": {"type": "string", "minLength": 40, "maxLength": 1024},
        "url": {"type": "string", "pattern": "^https?://"},
        "method": {"const": "POST"},
        "args_at_root": {"const": False},
        "parameter_type": {"const": "json"},
        "parameters": {
            "type": "object",
            "required": ["type", "properties", "required"],
            "additionalProperties": False,
            "properties": {
                "type": {"const": "object"},
                "required": {"type": "array", "items": {"type": "string"}},
                "properties": {
                    "type": "object",
                    "minProperties": 1,
                    "additionalProperties": {
                        "type": "object",
                        "required": ["type", "description"],
                        "additionalProperties": False,
                        "properties": {
                            "type": {"enum": ["string", "integer", "boolean"]},
                            "description": {"type": "string", "minLength": 10},
                        },
                    },
                },
            },
        },
        "speak_during_execution": {"const": True},
        "execution_message_type": {"const": "static_text"},
        "execution_message_description": {"type": "string", "maxLength": 60},
        "speak_after_execution": {"const": True},
        "enable_typing_sound": {"const": False},
        "timeout_ms": {"type": "integer", "minimum": 1000, "maximum": 600_000},
        "max_retry": {"const": 0},
        "response_variables": {"type": "object", "additionalProperties": {"type": "string"}},
    },
}


@pytest.fixture(scope="module")
async def api_key(engine: AsyncEngine, salon: Salon) -> str:
    return await new_api_key(engine, salon.company_id)


async def asked(http: httpx.AsyncClient, api_key: str, **params: str) -> dict[str, Any]:
    answer = await http.get(PATH, params=params, headers={"X-API-Key": api_key})
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


@pytest.mark.parametrize("lang", LANGS)
async def test_all_ten_are_given_in_the_form_that_retell_takes(
    http: httpx.AsyncClient, api_key: str, api_url: str, lang: Lang
) -> None:
    found = await asked(http, api_key, language=lang)
    Draft202012Validator.check_schema(TOOL)
    validator = Draft202012Validator(TOOL)
    for tool in found["general_tools"]:
        validator.validate(tool)
        assert set(tool["parameters"]["required"]) <= tool["parameters"]["properties"].keys()
        texts = [tool["description"]]
        texts += [each["description"] for each in tool["parameters"]["properties"].values()]
        assert not any("{" in text for text in texts)
    assert [tool["name"] for tool in found["general_tools"]] == list(get_args(FunctionName))
    assert {tool["url"] for tool in found["general_tools"]} == {f"{api_url}{DOOR}"}
    assert found["prompt"] == agent_prompt(lang)


async def test_fillers_and_samples_are_in_the_agents_language(
    http: httpx.AsyncClient, api_key: str
) -> None:
    german, english = [await asked(http, api_key, language=lang) for lang in LANGS]
    first = german["general_tools"][0]
    assert first["execution_message_description"] == "Einen kleinen Moment, ich schaue nach."
    assert "übermorgen" in first["parameters"]["properties"]["date_phrase"]["description"]
    assert "übermorgen" not in str(english)
    assert (
        english["general_tools"][0]["execution_message_description"]
        in (english["general_tools"][0]["description"])
    )


@pytest.mark.parametrize(
    ("public", "given", "base"),
    [
        (None, "https://eu.example.com/askproai/", "https://eu.example.com/askproai"),
        ("https://booking.example.com/", None, "https://booking.example.com"),
        ("https://booking.example.com", "https://b.example", "https://b.example"),
    ],
)
async def test_the_address_is_the_one_asked_for_or_the_one_that_is_set(
    runtime: ApiRuntime, api_key: str, public: str | None, given: str | None, base: str
) -> None:
    settings = runtime.settings.model_copy(update={"public_url": public})
    async with (
        serving(create_app(replace(runtime, settings=settings))) as url,
        httpx.AsyncClient(base_url=url, trust_env=False) as http,
    ):
        found = await asked(http, api_key, **({"base_url": given} if given else {}))
    assert found["url"] == found["general_tools"][0]["url"] == f"{base}{DOOR}"


async def test_a_company_with_its_own_workspace_gets_its_own_address(
    http: httpx.AsyncClient, engine: AsyncEngine
) -> None:
    own = await make_salon(engine, "salon-eigen", number=7)
    async with tenant_session(engine, own.company_id) as session:
        connection_id = await upsert_connection(
            session, provider="retell", base_url="https://retell.example", api_key="key_own"
        )
    found = await asked(http, await new_api_key(engine, own.company_id))
    assert found["url"].endswith(f"{DOOR}/{connection_id}")


@pytest.mark.parametrize(
    "params",
    [{"language": "fr"}, {"base_url": "ftp://x"}, {"base_url": "https://x/{{a}}"}],
)
async def test_a_wrong_parameter_is_named(
    http: httpx.AsyncClient, api_key: str, params: dict[str, str]
) -> None:
    answer = await http.get(PATH, params=params, headers={"X-API-Key": api_key})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].removeprefix("query.") in params
    assert (await http.get(PATH)).status_code == 401


def test_every_argument_is_one_that_the_engine_reads() -> None:
    for tool in agent_functions("https://x.example", "de"):
        kinds = tool.parameters["properties"]
        for name, schema in kinds.items():
            value = {"string": "Mehmet", "integer": 3, "boolean": True}[schema["type"]]
            assert read_arguments(tool.name, {name: value}) != Arguments(), (tool.name, name)


@pytest.mark.parametrize("lang", LANGS)
def test_the_prompt_says_what_to_do_with_every_status_and_names_no_other(lang: Lang) -> None:
    named = set(re.findall(r"`([a-z_]+)`", agent_prompt(lang)))
    functions = set(get_args(FunctionName))
    assert named - functions == {*get_args(AnswerStatus), "status", "message", "hold_id"}


@pytest.mark.parametrize("lang", LANGS)
def test_the_prompt_uses_variables_that_are_always_there(lang: Lang) -> None:
    used = set(re.findall(r"\{\{(\w+)\}\}", agent_prompt(lang)))
    assert used
    assert used <= told(14).keys()
