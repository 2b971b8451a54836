"""Everything that Retell is known to send is read; what is wrong is named by its field."""

import copy
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from integrations.retell.schemas import (
    CallEvent,
    FunctionEvent,
    InboundEvent,
    RetellCall,
    UnknownEvent,
    parse_event,
)

SHEET = Path(__file__).parents[2].parent / "shared" / "contracts" / "retell"
SENDER = ("call_", "transfer_", "transcript_")
PHONE_CALL: dict[str, Any] = {
    "call_id": "call_000000000000000000000000a01",
    "call_type": "phone_call",
    "agent_id": "agent_1",
    "agent_version": 3,
    "call_status": "ended",
    "from_number": "+4917604069001",
    "to_number": "+493023125001",
    "direction": "inbound",
    "start_timestamp": 1_795_179_807_823,
    "end_timestamp": 1_795_179_867_823,
    "transcript": "Agent: Guten Tag.\nUser: Hallo.\n",
    "transcript_object": [{"role": "agent", "content": "Guten Tag. ", "words": []}],
}


def event(name: str = "call_ended", /, **call: Any) -> dict[str, Any]:
    return {"event": name, "call": {**copy.deepcopy(PHONE_CALL), **call}}


def call_of(payload: dict[str, Any]) -> RetellCall:
    parsed = parse_event(payload)
    assert isinstance(parsed, CallEvent)
    return parsed.call


def wrong_field(payload: object) -> str:
    with pytest.raises(ValidationError) as caught:
        parse_event(payload)
    return ".".join(str(part) for part in caught.value.errors()[0]["loc"])


@pytest.mark.parametrize(
    "name",
    sorted(
        p.name for p in SHEET.glob("*.json") if p.name.startswith(SENDER) and "resp" not in p.name
    )
    or ["absent"],
)
def test_each_webhook_of_the_contract_sheet_is_read(name: str) -> None:
    if name == "absent":
        pytest.skip("the contract sheet is not beside this checkout")
    payload = json.loads((SHEET / name).read_text("utf-8"))
    parsed = parse_event(payload)
    assert isinstance(parsed, CallEvent | InboundEvent)
    assert parsed.event == payload["event"]
    assert "+49" not in parsed.event_id


def test_instants_are_aware_and_in_utc() -> None:
    expected = datetime(2026, 11, 20, 13, 3, 27, 823_000, tzinfo=UTC)
    assert call_of(event()).started_at == expected


def test_a_web_call_has_no_numbers() -> None:
    payload = event(call_type="web_call")
    for field in ("from_number", "to_number", "direction"):
        del payload["call"][field]
    call = call_of(payload)
    assert (call.our_number, call.their_number) == (None, None)


def test_the_branch_number_of_an_outbound_call_is_the_one_it_came_from() -> None:
    call = call_of(event(direction="outbound"))
    assert (call.our_number, call.their_number) == ("+4917604069001", "+493023125001")


@pytest.mark.parametrize("empty", [[], None, "", {}])
def test_empty_analysis_data_of_any_form_is_an_empty_mapping(empty: object) -> None:
    call = call_of(event("call_analyzed", call_analysis={"custom_analysis_data": empty}))
    assert call.call_analysis is not None
    assert call.call_analysis.custom_analysis_data == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("call_analysis", "n/a"),
        ("call_analysis", {"in_voicemail": {"a": 1}}),
        ("call_cost", []),
        ("metadata", "free text"),
        ("custom_sip_headers", None),
    ],
)
def test_an_odd_extra_counts_as_absent(field: str, value: object) -> None:
    assert not getattr(call_of(event(**{field: value})), field)


def test_new_values_of_enums_and_new_fields_pass() -> None:
    call = call_of(event(disconnection_reason="abducted", call_status="dreaming", brand_new=1))
    assert call.disconnection_reason == "abducted"
    assert not hasattr(call, "brand_new")


def test_only_the_call_id_is_indispensable() -> None:
    assert call_of({"event": "call_started", "call": {"call_id": "call_1"}}).call_id == "call_1"


@pytest.mark.parametrize(
    ("payload", "field"),
    [
        ([], ""),
        ("call_ended", ""),
        ({}, "event"),
        ({"event": "call_ended", "call": {}}, "call.call_id"),
        ({"event": ""}, "event"),
        ({"event": "call_ended"}, "call"),
        ({"event": "call_ended", "call": []}, "call"),
        (event(call_id=""), "call.call_id"),
        (event(call_id="call:1/../x"), "call.call_id"),
        (event(call_id="a" * 101), "call.call_id"),
        (event(start_timestamp="soon"), "call.start_timestamp"),
        (event(start_timestamp=10**18), "call.start_timestamp"),
        (event(transcript_object=[{"content": "x"}]), "call.transcript_object.0.role"),
        ({"event": "call_inbound"}, "call_inbound"),
    ],
)
def test_what_is_wrong_is_named(payload: object, field: str) -> None:
    assert wrong_field(payload) == field


@pytest.mark.parametrize("name", ["chat_ended", "voicemail_detected", "call_teleported"])
def test_an_unknown_event_is_told_apart_from_a_bad_one(name: str) -> None:
    assert parse_event({"event": name}) == UnknownEvent(event=name)


def test_each_delivery_of_an_event_has_the_same_id_and_other_events_have_others() -> None:
    names = ("call_started", "call_ended", "call_analyzed", "transcript_updated")
    ids = [parse_event(event(n, duration_ms=d)) for n in names for d in (1, 2)]
    assert {e.event_id for e in ids if isinstance(e, CallEvent)} == {
        f"{n}:{PHONE_CALL['call_id']}" for n in names
    }


def test_transfers_to_two_numbers_are_two_events() -> None:
    def transfer_id(number: object) -> str:
        parsed = parse_event({**event("transfer_started"), "transfer_destination": number})
        assert isinstance(parsed, CallEvent)
        return parsed.event_id

    first = transfer_id({"number": "+498999998031"})
    assert first == transfer_id("+498999998031")
    assert first != transfer_id({"number": "+498999998032"})
    assert transfer_id(7) == transfer_id(None)


def test_an_inbound_question_without_call_id_is_known_by_numbers_and_instant() -> None:
    def inbound_id(at_ms: int, **asked: str) -> str:
        parsed = parse_event(
            {
                "event": "call_inbound",
                "event_timestamp": at_ms,
                "call_inbound": {"from_number": "anonymous", "to_number": "+493023125001"} | asked,
            }
        )
        assert isinstance(parsed, InboundEvent)
        return parsed.event_id

    assert inbound_id(1) == inbound_id(1)
    assert inbound_id(1) != inbound_id(2)
    assert inbound_id(1, call_id="call_9") == "call_inbound:call_9"


def test_a_stored_function_is_read_with_its_arguments_and_its_call() -> None:
    asked = event("function_called") | {
        "name": "check_availability",
        "args": {"date_phrase": "nächsten Freitag", "people": 2},
    }
    parsed = parse_event(asked)
    assert isinstance(parsed, FunctionEvent)
    assert (parsed.name, parsed.args["people"]) == ("check_availability", 2)
    assert (parsed.call_id, parsed.our_number) == (PHONE_CALL["call_id"], "+493023125001")
    assert not parsed.replaces_earlier
    assert parsed.event_id == FunctionEvent.model_validate(asked).event_id
    assert parsed.event_id != FunctionEvent.model_validate(asked | {"args": {}}).event_id
    assert wrong_field(event("function_called")) == "name"
    nothing = FunctionEvent.model_validate(asked | {"args": None})
    assert nothing.args == {}
