"""Log lines carry the ids of call and company and no personal data, whoever writes them."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, ValidationError

from observability.context import bound_ids, bound_to, learn_ids
from observability.logs import bind_call, configure_logs
from observability.privacy import scrub, scrub_text

Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines() -> Iterator[Lines]:
    """Everything logged so far, as JSON lines; the process's own set-up comes back afterwards."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    out = io.StringIO()
    configure_logs("json", "INFO", "test", out)
    with bound_to({}):
        yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+4917604069040", "+49…40"),
        ("call from +49 176 0406 9040 now", "call from +49…40 now"),
        ("+49 (0)30 23125-010", "+49…10"),
        ("0049 30 23125010", "+49…10"),
        ("0176 040 69040", "+49…40"),
        ("(030) 23125010", "(+49…10"),
        ("030/23125-010.", "+49…10."),
        ("4917604069040", "+49…40"),
        ("+436601234567", "+43…67"),
        ("<sip:+493023125019@sip.example.net>", "<sip:…@sip.example.net>"),
        ("anna.muster@example.org wrote", "…@example.org wrote"),
        ("sip:493023125019", "sip:+49…19"),
        ("two: +4917604069040, 017604069041", "two: +49…40, +49…41"),
    ],
)
def test_phones_and_mail_addresses_are_masked(text: str, expected: str) -> None:
    assert scrub_text(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-20T14:03:25+01:00",
        "2026-11-20 04:03:25.071234+00:00",
        "call:call_0176040690400176040690",
        "appointment:01234567-0123-4567-8901-012345678901",
        "01234567-0123-4567-8901-012345678901",
        "took 0.0123456789 s",
        "05.11.2026 at 17:00",
        "1795179807823",
        "port 54321, 12 rows",
        "POST /api/v1/calls 201",
    ],
)
def test_ids_instants_and_figures_stay(text: str) -> None:
    assert scrub_text(text) == text


def test_personal_keys_are_dropped_at_any_depth() -> None:
    value = {
        "customer": {"name": "Anna"},
        "branch_name": "Mitte",
        "rows": [{"customer_name": "Anna", "transcript": "User: …", "status": "booked"}],
        "to": "+4917604069040",
    }
    expected = {"branch_name": "Mitte", "rows": [{"status": "booked"}], "to": "+49…40"}
    assert scrub(value) == expected


def test_a_line_of_ours_and_one_of_a_library_carry_the_same_ids(lines: Lines) -> None:
    bind_call("call_1", "company-1")
    bind_call(appointment_id="appointment-1")
    structlog.get_logger("ours").info("event stored", kind="call_ended", body="{…}")
    logging.getLogger("theirs").warning("slow query for %s", "+4917604069040")
    ours, theirs = lines()
    ids = {"call_id": "call_1", "company_id": "company-1", "appointment_id": "appointment-1"}
    assert ours.items() >= {**ids, "process": "test", "kind": "call_ended"}.items()
    assert "body" not in ours
    assert theirs.items() >= {**ids, "event": "slow query for +49…40", "level": "warning"}.items()


def test_extra_fields_of_a_library_are_cleaned(lines: Lines) -> None:
    logging.getLogger("theirs").error("failed", extra={"email": "a@b.example", "try": 2})
    assert "email" not in lines()[0]
    assert lines()[0]["try"] == 2


def test_a_traceback_quotes_no_input(lines: Lines) -> None:
    class Customer(BaseModel):
        age: int

    given = "Anna Muster"  # by a variable: the traceback quotes its source lines
    try:
        Customer.model_validate({"age": given})
    except ValidationError:
        structlog.get_logger().exception("refused")
    assert "ValidationError" in lines()[0]["exception"]
    assert given not in lines()[0]["exception"]


def test_details_of_a_database_error_are_left_out() -> None:
    text = 'duplicate key\nDETAIL:  Key (name)=(Anna) exists.\n[parameters: {"n": "Anna"}]\n(Back'
    assert "Anna" not in scrub_text(text)
    assert "duplicate key" in scrub_text(text)


def test_access_lines_lose_the_query(lines: Lines) -> None:
    logging.getLogger("uvicorn.access").info(
        '%s - "%s %s HTTP/%s" %d', "127.0.0.1:1", "GET", "/api/v1/calls?key=s3cret", "1.1", 200
    )
    assert "/api/v1/calls HTTP/1.1" in lines()[0]["event"]
    assert "s3cret" not in json.dumps(lines())


def test_urls_that_the_http_client_requests_are_not_logged(lines: Lines) -> None:
    logging.getLogger("httpx").info("HTTP Request: GET https://cal.example?attendeeEmail=a")
    assert lines() == []


def test_a_line_of_the_engine_shows_its_workflow_and_call(lines: Lines) -> None:
    details = {"workflow_id": "call:call_7", "workflow_type": "CallWorkflow", "attempt": 1}
    logging.getLogger("temporalio.worker").warning("late", extra={"temporal_workflow": details})
    expected = {"workflow_id": "call:call_7", "call_id": "call_7", "workflow_type": "CallWorkflow"}
    assert lines()[0].items() >= expected.items()
    assert "temporal_workflow" not in lines()[0]


def test_lines_for_a_terminal_are_cleaned_too(lines: Lines) -> None:
    out = io.StringIO()
    configure_logs("console", "INFO", "test", out)
    bind_call("call_1")
    structlog.get_logger().info("rang", to="+4917604069040", name="Anna")
    assert "call_1" in out.getvalue()
    assert "+49…40" in out.getvalue()
    assert "Anna" not in out.getvalue()


def test_setting_up_twice_writes_each_line_once(lines: Lines) -> None:
    out = io.StringIO()
    configure_logs("json", "INFO", "test", out)
    configure_logs("json", "INFO", "test", out)
    structlog.get_logger().info("once")
    assert len(out.getvalue().splitlines()) == 1


def test_what_is_learned_later_is_on_lines_of_the_same_work() -> None:
    class Recorded(BaseModel):
        company_id: str = "company-1"
        retell_call_id: str | None = None

    ids = {"call_id": "call_1"}
    with bound_to(ids):
        learn_ids(ids, Recorded(retell_call_id="call_2"))
        assert bound_ids() == {"call_id": "call_1", "company_id": "company-1"}
    assert "company_id" not in bound_ids()


def test_lines_go_to_stderr_by_default() -> None:
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    configure_logs("json", "INFO", "test")
    (handler,) = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    assert handler.stream is sys.stderr
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()
