"""Cal.com's webhook signatures: the recorded vectors, and our own for when they are not here."""

import json
from pathlib import Path
from typing import Any

import pytest

from integrations.calcom.signature import HEADER, is_signed, sign

SHARED = Path(__file__).parents[2].parent / "shared" / "contracts" / "calcom"
VECTORS = SHARED / "signature_vectors.json"
BODY = '{"triggerEvent":"BOOKING_CREATED","payload":{"title":"Färben"}}'.encode()
SECRET = "Schlüssel-2026"
# Made with `openssl dgst -sha256 -hmac`, not with the code under test.
SIGNATURE = "d243d09a9e254d633be141bc4d67266cce23a721cdefd93a2b253f4d6629ecd0"


def _vectors() -> list[dict[str, Any]]:
    if not VECTORS.exists():
        return []
    found: list[dict[str, Any]] = json.loads(VECTORS.read_text())["vectors"]
    return found


@pytest.mark.skipif(not VECTORS.exists(), reason="the recorded vectors are not at hand")
@pytest.mark.parametrize("vector", _vectors(), ids=lambda vector: vector["name"])
def test_recorded_vectors(vector: dict[str, Any]) -> None:
    if "body_file" in vector:
        body = (SHARED / vector["body_file"]).read_bytes()
    else:
        body = vector["body_utf8"].encode()
    expected = vector["valid"]
    if vector["name"] == "no_secret_configured":
        # Cal.com sends that; a receiver without a secret has no way to know and refuses.
        expected = False
    assert is_signed(body, vector["headers"].get(HEADER), [vector["secret"]]) is expected


def test_the_signature_is_over_the_bytes_as_they_came() -> None:
    again = json.dumps(json.loads(BODY)).encode()
    assert is_signed(BODY, SIGNATURE, [SECRET])
    assert not is_signed(again, SIGNATURE, [SECRET])
    assert not is_signed(BODY + b"\n", SIGNATURE, [SECRET])


def test_signing_gives_what_openssl_gives() -> None:
    assert sign(BODY, SECRET) == SIGNATURE


@pytest.mark.parametrize("secrets", [[SECRET, "alt"], ["alt", SECRET]])
def test_both_secrets_of_a_rotation_are_accepted(secrets: list[str]) -> None:
    assert is_signed(BODY, SIGNATURE, secrets)


@pytest.mark.parametrize(
    "header", [None, "", "no-secret-provided", SIGNATURE.upper(), f"sha256={SIGNATURE}", "ü"]
)
def test_anything_else_is_refused(header: str | None) -> None:
    assert not is_signed(BODY, header, [SECRET])
    assert not is_signed(BODY, header, [])
    assert not is_signed(BODY, header, [""])
