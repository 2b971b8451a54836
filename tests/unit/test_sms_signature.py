"""Twilio's signature over URL and form, and what is read out of a form that has one.

The expected values were computed with RequestValidator of twilio 9.13.0; the package itself, with
its HTTP stack of four more, is not worth having for them.
"""

import base64
import hashlib
from urllib.parse import urlencode

import pytest

from integrations.sms import DeliveryReport, InboundSms, read_inbound, read_report
from integrations.sms.signature import MAX_FIELDS, Rejected, Verified, sign, verify

URL = "https://api.askproai.example/webhooks/sms/1"
TOKEN = "token-eins"
Form = list[tuple[str, str]]
STATUS: Form = [
    ("MessageSid", "SM00000000000000000000000000000001"),
    ("MessageStatus", "delivered"),
    ("From", "+4917604069080"),
    ("To", "+4917604069025"),
]
INBOUND: Form = [
    ("MessageSid", "SM2"),
    ("Body", "Grüße & Küsse: 10 € + Trinkgeld 😀\nzweite Zeile"),
    ("OptOutType", ""),
    ("From", "+4917604069025"),
    ("To", "+4917604069080"),
]
OF_A_CALL: Form = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675309"),
    ("Digits", "1234"),
    ("From", "+14158675309"),
    ("To", "+18005551212"),
]
REPEATED: Form = [("b", "2"), ("B", "1"), ("a", "3"), ("a", "1"), ("a", "1")]
VECTORS: list[tuple[str, str, Form, str]] = [
    (
        "https://mycompany.com/myapp.php?foo=1&bar=2",
        "12345",
        OF_A_CALL,
        "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
    ),
    (f"{URL}?reference=7", TOKEN, STATUS, "FdOsYedhofq4CAdE7luR/2VkYM4="),
    (URL, TOKEN, INBOUND, "MruG57IMoOjAzuvDdy2vikxCoeo="),
    (
        "http://127.0.0.1:8000/webhooks/sms/1",
        "token-zwei",
        REPEATED,
        "z+0vjiI90+w7034Z4WRv4JeS9jQ=",
    ),
    (URL, TOKEN, [], "VsVFFYPDiGMOzDNnPS8i+2Ct1Tg="),
]


def body_of(form: Form) -> bytes:
    return urlencode(form).encode()


def hmac_sha1_by_hand(key: bytes, message: bytes) -> bytes:
    """RFC 2104, without the library that the code under test uses."""
    padded = key.ljust(64, b"\0")
    inner = hashlib.sha1(bytes(byte ^ 0x36 for byte in padded) + message).digest()  # noqa: S324
    return hashlib.sha1(bytes(byte ^ 0x5C for byte in padded) + inner).digest()  # noqa: S324


@pytest.mark.parametrize(("url", "token", "form", "expected"), VECTORS)
def test_signatures_are_those_of_twilios_own_library(
    url: str, token: str, form: Form, expected: str
) -> None:
    assert sign(url, form, token) == expected
    answer = verify(url, body_of(form), [token], expected)
    assert answer == Verified(dict(form))


def test_the_signature_is_an_hmac_over_url_and_sorted_fields() -> None:
    said = (
        f"{URL}From+4917604069080MessageSidSM00000000000000000000000000000001"
        "MessageStatusdeliveredTo+4917604069025"
    )
    by_hand = base64.b64encode(hmac_sha1_by_hand(TOKEN.encode(), said.encode())).decode()
    assert verify(URL, body_of(STATUS), [TOKEN], by_hand) == Verified(dict(STATUS))


@pytest.mark.parametrize(
    "changed",
    [
        [*STATUS[:1], ("MessageStatus", "failed"), *STATUS[2:]],
        [*STATUS, ("New", "field")],
        [*STATUS, ("New", "")],
        STATUS[:-1],
        [],
    ],
)
def test_a_form_that_was_changed_is_refused(changed: Form) -> None:
    signed = sign(URL, STATUS, TOKEN)
    assert verify(URL, body_of(changed), [TOKEN], signed) == Rejected("forged")


def test_another_url_or_token_is_refused() -> None:
    signed = sign(URL, STATUS, TOKEN)
    body = body_of(STATUS)
    assert verify(f"{URL}?reference=8", body, [TOKEN], signed) == Rejected("forged")
    assert verify(URL.replace("https", "http"), body, [TOKEN], signed) == Rejected("forged")
    assert verify(URL, body, ["token-drei"], signed) == Rejected("forged")
    assert verify(URL, body, [TOKEN], signed.swapcase()) == Rejected("forged")
    assert verify(URL, body, [TOKEN], f"{signed}ü") == Rejected("forged")


def test_the_port_of_the_scheme_may_be_said_or_left_out() -> None:
    with_port = URL.replace(".example", ".example:443")
    body = body_of(STATUS)
    assert isinstance(verify(URL, body, [TOKEN], sign(with_port, STATUS, TOKEN)), Verified)
    assert isinstance(verify(with_port, body, [TOKEN], sign(URL, STATUS, TOKEN)), Verified)
    other = URL.replace(".example", ".example:8443")
    assert verify(URL, body, [TOKEN], sign(other, STATUS, TOKEN)) == Rejected("forged")


def test_while_a_token_is_replaced_both_are_accepted() -> None:
    signed = sign(URL, STATUS, "old")
    assert isinstance(verify(URL, body_of(STATUS), ["new", "old"], signed), Verified)


def test_without_a_token_nothing_is_accepted() -> None:
    signed = sign(URL, STATUS, "")
    assert verify(URL, body_of(STATUS), [], signed) == Rejected("no_key")
    assert verify(URL, body_of(STATUS), [""], signed) == Rejected("no_key")


@pytest.mark.parametrize("header", [None, ""])
def test_a_request_without_a_signature_is_refused(header: str | None) -> None:
    assert verify(URL, body_of(STATUS), [TOKEN], header) == Rejected("missing")


@pytest.mark.parametrize(
    "body", [b"Body=%ff", b"\xff", b"&".join(b"a=1" for _ in range(MAX_FIELDS + 1))]
)
def test_what_is_no_form_is_refused_before_anything_is_computed(body: bytes) -> None:
    assert verify(URL, body, [TOKEN], "x") == Rejected("malformed")


# --- what is read out of it ---------------------------------------------------------------------


def test_an_inbound_message_is_read_whole() -> None:
    fields = {**dict(INBOUND), "OptOutType": "STOP", "MessagingServiceSid": "MG1", "New": "x"}
    assert read_inbound(fields) == InboundSms(
        message_sid="SM2",
        from_number="+4917604069025",
        to_number="+4917604069080",
        body="Grüße & Küsse: 10 € + Trinkgeld 😀\nzweite Zeile",
        opt_out_type="STOP",
        messaging_service_sid="MG1",
    )


def test_an_inbound_message_may_have_no_text_and_no_decision() -> None:
    read = read_inbound({"MessageSid": "SM3", "From": "+1", "To": "+2", "OptOutType": "NEW"})
    assert read is not None
    assert (read.body, read.opt_out_type, read.wish) == ("", None, None)


@pytest.mark.parametrize("missing", ["MessageSid", "From", "To"])
def test_a_form_without_sid_or_numbers_is_no_message(missing: str) -> None:
    fields = {name: value for name, value in INBOUND if name != missing}
    assert read_inbound(fields) is None


@pytest.mark.parametrize(
    ("status", "is_final", "is_failed"),
    [
        ("queued", False, False),
        ("sent", False, False),
        ("delivered", True, False),
        ("undelivered", True, True),
        ("failed", True, True),
        ("brand_new", False, False),
    ],
)
def test_a_report_says_how_far_the_message_is(status: str, is_final: bool, is_failed: bool) -> None:
    read = read_report({"MessageSid": "SM1", "MessageStatus": status, "ErrorCode": "30003"})
    assert read == DeliveryReport(message_sid="SM1", status=status, error_code=30003)
    assert (read.is_final, read.is_failed) == (is_final, is_failed)


@pytest.mark.parametrize("code", ["", "0", "none", "-1", "²"])
def test_a_code_that_is_none_is_left_out(code: str) -> None:
    read = read_report({"MessageSid": "SM1", "MessageStatus": "sent", "ErrorCode": code})
    assert read is not None
    assert read.error_code is None


@pytest.mark.parametrize("missing", ["MessageSid", "MessageStatus"])
def test_a_form_without_sid_or_status_is_no_report(missing: str) -> None:
    fields = {name: value for name, value in STATUS if name != missing}
    assert read_report(fields) is None
