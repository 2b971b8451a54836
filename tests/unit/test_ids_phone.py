"""Identities are the same whenever they are built again; numbers are E.164 or nothing."""

import re
from uuid import UUID

import pytest

from domain.ids import (
    appointment_id_for_call,
    appointment_id_for_key,
    appointment_workflow_id,
    attendee_address,
    call_workflow_id,
    change_update_id,
    message_id,
    seeded_id,
)
from domain.phone import masked, phone_hash, takes_texts, to_e164

COMPANY, OTHER = UUID(int=1), UUID(int=2)


def test_workflow_ids_name_their_kind() -> None:
    assert call_workflow_id("call_1") == "call:call_1"
    assert appointment_workflow_id(COMPANY) == f"appointment:{COMPANY}"


def test_one_intent_of_one_call_is_one_appointment() -> None:
    assert appointment_id_for_call("call_1", 0) == appointment_id_for_call("call_1", 0)
    ids = {
        appointment_id_for_call(call, number) for call in ("call_1", "call_2") for number in (0, 1)
    }
    assert len(ids) == 4


def test_one_key_of_one_company_is_one_appointment() -> None:
    assert appointment_id_for_key(COMPANY, "k") == appointment_id_for_key(COMPANY, "k")
    assert appointment_id_for_key(COMPANY, "k") != appointment_id_for_key(OTHER, "k")


def test_ids_of_different_kinds_do_not_meet() -> None:
    assert seeded_id("staff", "x") != seeded_id("service", "x")
    assert seeded_id("call", "a:appointment:0") == seeded_id("call", "a:appointment:0")


def test_changes_of_a_call_have_fixed_update_ids_and_no_others() -> None:
    assert change_update_id("call_1", "cancel") == "call:call_1:cancel"
    with pytest.raises(ValueError, match="not a change"):
        change_update_id("call_1", "book")


def test_callers_never_share_an_address_and_companies_neither() -> None:
    one = attendee_address(COMPANY, "+4917604069025", "Anrufer.Example")
    assert one == attendee_address(COMPANY, "+4917604069025", "anrufer.example")
    assert re.fullmatch(r"k-[0-9a-f]{20}@anrufer\.example", one)
    assert one != attendee_address(COMPANY, "+4917604069026", "anrufer.example")
    assert one != attendee_address(OTHER, "+4917604069025", "anrufer.example")


def test_message_ids_differ_in_every_part_of_the_identity() -> None:
    parts = [("confirmation", "customer", 0), ("confirmation", "branch", 0)]
    parts += [("confirmation", "customer", 1), ("apology", "customer", 0)]
    ids = {message_id(COMPANY, *part, "mail.example") for part in parts}
    assert len(ids) == 4
    assert all(re.fullmatch(r"<[^<>@\s]+@mail\.example>", text) for text in ids)


@pytest.mark.parametrize(
    ("raw", "e164"),
    [
        ("0176 04069025", "+4917604069025"),
        ("+49 176 0406 9025", "+4917604069025"),
        ("0049 176 04069025", "+4917604069025"),
        ("+43 660 1234567", "+436601234567"),
        ("+41 79 000 00 01", "+41790000001"),
        (" +447700900123 ", "+447700900123"),
        ("030 23125010", "+493023125010"),
    ],
)
def test_numbers_become_e164(raw: str, e164: str) -> None:
    assert to_e164(raw) == e164


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        "  ",
        "anonymous",
        "Anonymous",
        "RESTRICTED",
        "unknown",
        "+266696687",
        "+266 696 687",
        "{{caller_phone_number}}",
        "+49",
        "0176",
        "0176 040",
        "sip:anonymous@anonymous.invalid",
        "null eins sieben sechs",
        "+4917604069025123456",
    ],
)
def test_withheld_templated_and_impossible_numbers_are_none(raw: str | None) -> None:
    assert to_e164(raw) is None


def test_national_numbers_are_read_in_the_region_given() -> None:
    assert to_e164("0660 1234567", "AT") == "+436601234567"
    assert to_e164("079 000 00 01", "CH") == "+41790000001"


def test_masked_number_shows_little() -> None:
    assert masked("+4917604069040") == "+49…40"
    assert masked(None) == masked("") == "withheld"
    assert "176" not in masked("+4917604069040")


@pytest.mark.parametrize(
    ("e164", "takes"),
    [
        ("+4917604069040", True),
        ("+436641234567", True),
        ("+41791234567", True),
        ("+12025550123", True),  # mobile or not, nobody can tell
        ("+493012345678", False),
        ("+498001234567", False),
        ("not a number", False),
    ],
)
def test_texts_go_to_mobile_numbers_only(e164: str, takes: bool) -> None:
    assert takes_texts(e164) == takes


def test_hash_finds_equal_numbers_and_depends_on_the_key() -> None:
    one = phone_hash("+4917604069025", "key")
    assert re.fullmatch(r"[0-9a-f]{32}", one)
    assert one == phone_hash("+4917604069025", "key")
    assert one != phone_hash("+4917604069025", "other")
    assert one != phone_hash("+4917604069026", "key")
