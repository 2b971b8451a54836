"""Our signature check answers as Retell's own on every stored case."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from integrations.retell.signature import WINDOW_MS, Rejected, Verified, sign, verify

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "retell_signature_vectors.json").read_text("utf-8")
)["cases"]
SHEET = Path(__file__).parents[2].parent / "shared" / "contracts" / "retell"
KEY, OTHER_KEY, BODY, AT_MS = (
    "key_invented_1",
    "key_invented_2",
    b'{"event":"x"}',
    1_700_000_000_000,
)


@pytest.mark.parametrize("case", CASES, ids=[c["case"] for c in CASES])
def test_each_stored_case_is_answered_as_retell_answers_it(case: dict[str, Any]) -> None:
    result = verify(case["body"].encode(), [case["key"]], case["header"], case["clock_ms"])
    assert isinstance(result, Verified) is case["accepted"]


def test_both_answers_occur_among_the_stored_cases() -> None:
    assert {c["accepted"] for c in CASES} == {True, False}
    assert len(CASES) == 20


def test_the_published_example_is_signed_alike() -> None:
    expected = "d=470b3efd3687175397d66519286f40103b285c4c54e5c504e04b993bc703d9ee"
    assert sign(b'{"a":1}', "k", AT_MS) == f"v={AT_MS},{expected}"


def test_signed_files_of_the_contract_sheet_pass_byte_for_byte() -> None:
    sheet = SHEET / "signature_vectors.json"
    if not sheet.exists():
        pytest.skip("the contract sheet is not beside this checkout")
    for vector in json.loads(sheet.read_text("utf-8"))["file_vectors"]:
        body = (SHEET / vector["file"]).read_bytes()
        assert sha256(body).hexdigest() == vector["sha256"]
        header, at_ms = vector["header"], vector["timestamp_ms"]
        assert verify(body, [vector["api_key"]], header, at_ms) == Verified(at_ms)
        assert sign(body, vector["api_key"], at_ms) == header


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (None, "missing"),
        ("", "missing"),
        ("d=00", "malformed"),
        (f"v={'9' * 5000},d={'0' * 64}", "malformed"),
        (f"v=٣,d={'0' * 64}", "malformed"),
        (sign(BODY, KEY, AT_MS) + "\n", "malformed"),
        (sign(BODY, KEY, AT_MS - WINDOW_MS - 1), "stale"),
        (sign(BODY, KEY, AT_MS + WINDOW_MS + 1), "stale"),
        (sign(BODY + b" ", KEY, AT_MS), "forged"),
        (sign(BODY, OTHER_KEY, AT_MS), "forged"),
    ],
)
def test_the_reason_of_a_rejection_is_told_apart(header: str | None, reason: str) -> None:
    result = verify(BODY, [KEY], header, AT_MS)
    assert isinstance(result, Rejected)
    assert result.reason == reason


def test_old_and_new_key_are_both_accepted_during_a_rotation() -> None:
    for key in (KEY, OTHER_KEY):
        assert verify(BODY, [OTHER_KEY, KEY], sign(BODY, key, AT_MS), AT_MS) == Verified(AT_MS)


def test_without_a_key_nothing_is_accepted() -> None:
    for keys in ([], [""]):
        assert verify(BODY, keys, sign(BODY, "", AT_MS), AT_MS) == Rejected("no_key")
