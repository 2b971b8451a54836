"""A branch's override reaches Retell only as far as Retell is known to take it."""

from typing import Any

import pytest
from structlog.testing import capture_logs

from api.webhooks.overrides import override_of

WORDS = {"first_name": "Jonas", "last_name": "Feldmann", "branch": "Mitte"}
WHOLE: dict[str, Any] = {
    "override_agent_id": "agent_89c7bfd47762134ebb81b0a95f",
    "override_agent_version": 12,
    "agent": {
        "language": ["de-DE", "en-GB"],
        "voice_id": "11labs-Carola",
        "webhook_url": "https://booking.example.com/webhooks/retell",
        "webhook_timeout_ms": 10_000,
        "boosted_keywords": ["Mehmet", "Balayage"],
        "responsiveness": 1,
        "max_call_duration_ms": 900_000,
        "timezone": "Europe/Berlin",
        "post_call_analysis_data": [
            {"type": "enum", "name": "intent", "choices": ["book"], "required": True}
        ],
    },
    "retell_llm": {
        "begin_message": "Guten Tag.",
        "model_config": {"type": "cascading", "primary": {"model": "gpt-4.1"}},
    },
}


def left_out(wanted: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    with capture_logs() as lines:
        override = override_of(wanted, WORDS, ["Anna"])
    return override, [name for line in lines for name in line["fields"]]


def test_what_fits_goes_through_as_it_is() -> None:
    override, dropped = left_out(WHOLE)
    assert dropped == []
    assert override == {
        "override_agent_id": WHOLE["override_agent_id"],
        "override_agent_version": 12,
        "agent_override": {"agent": WHOLE["agent"], "retell_llm": WHOLE["retell_llm"]},
    }


@pytest.mark.parametrize(
    ("wanted", "dropped"),
    [
        ({"override_agent_id": "agent x"}, "override_agent_id"),
        ({"override_agent_version": -1}, "override_agent_version"),
        ({"reject": True}, "reject"),
        ({"dynamic_variables": {"company_id": "co_other"}}, "dynamic_variables"),
        ({"metadata": {}}, "metadata"),
        ({"agent": "Lena"}, "agent"),
        ({"agent": {"voice": "Carola"}}, "agent.voice"),
        ({"agent": {"language": "german"}}, "agent.language"),
        ({"agent": {"timezone": "Berlin"}}, "agent.timezone"),
        ({"agent": {"webhook_url": "http://plain.example"}}, "agent.webhook_url"),
        ({"agent": {"webhook_url": "https://{{host}}/x"}}, "agent.webhook_url"),
        ({"agent": {"webhook_timeout_ms": "10000"}}, "agent.webhook_timeout_ms"),
        ({"agent": {"boosted_keywords": ["x"] * 101}}, "agent.boosted_keywords"),
        ({"agent": {"responsiveness": 2}}, "agent.responsiveness"),
        ({"agent": {"enable_backchannel": 1}}, "agent.enable_backchannel"),
        ({"agent": {"end_call_after_silence_ms": 5}}, "agent.end_call_after_silence_ms"),
        ({"agent": {"post_call_analysis_data": [{}]}}, "agent.post_call_analysis_data"),
        ({"retell_llm": {"general_prompt": "…"}}, "retell_llm.general_prompt"),
        ({"retell_llm": {"begin_message": "x" * 1_001}}, "retell_llm.begin_message"),
        ({"retell_llm": {"model_config": {"type": "best"}}}, "retell_llm.model_config"),
        ({"begin_message": 7}, "retell_llm.begin_message"),
        ({"begin_message": "Guten Tag {name}!"}, "retell_llm.begin_message"),
    ],
)
def test_what_does_not_fit_is_left_out_and_named(wanted: dict[str, Any], dropped: str) -> None:
    override, named = left_out({"override_agent_id": "agent_1", **wanted})
    assert named == [dropped]
    kept = {} if dropped == "override_agent_id" else {"override_agent_id": "agent_1"}
    assert override == {**kept, "agent_override": {"agent": {"boosted_keywords": ["Anna"]}}}


@pytest.mark.parametrize(
    ("template", "first_name", "said"),
    [
        ("Guten Tag {first_name}, hier ist Lena.", "Jonas", "Guten Tag Jonas, hier ist Lena."),
        ("Guten Tag {first_name}, hier ist Lena.", "", "Guten Tag, hier ist Lena."),
        ("{branch}, {{greeting}} {last_name}!", "", "Mitte, {{greeting}} Feldmann!"),
        ("Guten Tag.", "{branch}", "Guten Tag."),
        ("Tag {first_name}.", "{branch}", "Tag {branch}."),
    ],
)
def test_the_first_sentence_is_filled_with_what_is_known(
    template: str, first_name: str, said: str
) -> None:
    override = override_of({"begin_message": template}, {**WORDS, "first_name": first_name}, [])
    assert override["agent_override"]["retell_llm"] == {"begin_message": said}


def test_the_sentence_in_its_own_place_comes_before_the_short_form() -> None:
    wanted = {"begin_message": "Kurz.", "retell_llm": {"begin_message": "Eigen."}}
    override = override_of(wanted, WORDS, [])
    assert override["agent_override"]["retell_llm"] == {"begin_message": "Eigen."}


def test_at_most_a_hundred_names_are_listened_for_each_once() -> None:
    names = ["Anna", "Anna", " ", "B" * 80, *(f"Service {n}" for n in range(200))]
    told = override_of({}, WORDS, names)["agent_override"]["agent"]["boosted_keywords"]
    assert (len(told), told[:3]) == (100, ["Anna", "B" * 60, "Service 0"])
