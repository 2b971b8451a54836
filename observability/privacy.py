"""Takes personal data out of log lines: the last line of defence, not a licence to log it."""

import re
from collections.abc import Mapping
from typing import Any

from domain.phone import masked

# Keys whose values are dropped, wherever they stand in a line.
PERSONAL_KEYS = frozenset(
    {
        "address",
        "api_key",
        "arguments",
        "attendee",
        "authorization",
        "body",
        "content",
        "cookie",
        "customer",
        "display_name",
        "dsn",
        "email",
        "first_name",
        "full_name",
        "guests",
        "html",
        "last_name",
        "mail",
        "name",
        "note",
        "notes",
        "parameters",
        "params",
        "password",
        "payload",
        "secret",
        "signature",
        "subject",
        "token",
        "transcript",
        "transcript_object",
        "transcript_with_tool_calls",
        "words",
    }
)
PERSONAL_ENDINGS = ("_email", "_name", "_notes", "_password", "_secret", "_token", "_transcript")
HARMLESS_KEYS = frozenset(
    {"branch_name", "company_name", "file_name", "func_name", "process_name", "service_name"}
)
DEEPEST = 6  # nested values below that are left out; no line of ours is that deep

_GAP = r"[ \u00a0().\-/]{0,3}"
_PHONE = re.compile(
    # Not inside ids, decimals, times and dates.
    r"(?<![\w.:\-])"
    r"(?!\d{2}\.\d{2}\.\d{4}(?!\d))"
    r"(?:"
    rf"\+[1-9](?:{_GAP}\d){{6,14}}"  # +49 30 23125-010
    rf"|00[1-9](?:{_GAP}\d){{6,14}}"  # 0049 30 23125010
    rf"|0[1-9](?:{_GAP}\d){{5,12}}"  # (030) 23125010, 0176 040 69040
    r"|49[1-9]\d{7,11}"  # as exchanges write it, without a plus
    r")"
    r"(?![\w\-]|:\d)"
)
_SIP = re.compile(r"(?<=sip:)\+?\d{5,16}")
_EMAIL = re.compile(r"[\w.%+\-]+@(?=[\w\-]+(?:\.[\w\-]+)+)")
# Pydantic quotes what it was given; PostgreSQL quotes the row; SQLAlchemy its parameters.
_QUOTED = re.compile(r"input_value=.*?(?=, input_type=)|(?<=\[parameters: ).*?(?=\]\s)", re.DOTALL)
_DETAIL = re.compile(r"(?m)^DETAIL: .*$")


def scrub_text(text: str) -> str:
    """Phones become `+49…40`, mail addresses lose what is before the @, quoted input goes."""
    text = _QUOTED.sub("…", text)
    text = _DETAIL.sub("DETAIL: …", text)
    text = _EMAIL.sub("…@", text)
    text = _SIP.sub(_masked, text)
    return _PHONE.sub(_masked, text)


def scrub(value: Any, depth: int = 0) -> Any:
    """`value` without personal data: texts masked, personal keys dropped, at any depth."""
    if isinstance(value, Mapping) and depth < DEEPEST:
        return {
            str(key): scrub(item, depth + 1)
            for key, item in value.items()
            if not is_personal(str(key))
        }
    if isinstance(value, list | tuple | set | frozenset) and depth < DEEPEST:
        return [scrub(item, depth + 1) for item in value]
    return _scrub_leaf(value)


def _scrub_leaf(value: Any) -> Any:
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, Mapping | list | tuple | set | frozenset):
        return "…"
    text = str(value)
    clean = scrub_text(text)
    return value if isinstance(value, int) and clean == text else clean


def is_personal(key: str) -> bool:
    key = key.lower()
    if key in HARMLESS_KEYS:
        return False
    return key in PERSONAL_KEYS or key.endswith(PERSONAL_ENDINGS)


def _masked(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    if found[0].startswith("+"):
        return masked(f"+{digits}")
    if digits.startswith("00"):
        return masked(f"+{digits[2:]}")
    return masked(f"+49{digits[1:]}" if digits.startswith("0") else f"+{digits}")
