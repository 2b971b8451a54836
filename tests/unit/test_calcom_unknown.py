"""What Cal.com says for the first time: counted for those who run this, logged without secrets."""

import logging

import pytest
from prometheus_client import REGISTRY

from integrations.calcom import unknown
from integrations.calcom.errors import Problem, classify
from wiring import count_unknown_message

METRIC = "askproai_calcom_unknown_messages_total"


def _counted(operation: str, status: str) -> float:
    labels = {"operation": operation, "status": status}
    return REGISTRY.get_sample_value(METRIC, labels) or 0.0


@pytest.fixture
def new() -> Problem:
    body = b'{"statusCode":418,"message":"The till is shut for kaethe@anrufer.example"}'
    return classify(418, body, request_id="r-1", is_write=True)


def test_each_is_counted_once_however_often_counting_was_asked_for(new: Problem) -> None:
    before = _counted("confirm_booking", "418")
    unknown.tell_of_unknown(count_unknown_message)
    unknown.tell_of_unknown(count_unknown_message)
    unknown.report("confirm_booking", new)
    assert _counted("confirm_booking", "418") == before + 1


def test_its_text_is_logged_without_addresses(
    new: Problem, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        unknown.report("confirm_booking", new)
    said = vars(caplog.records[-1])
    assert said["said"] == "The till is shut for …"
    assert (said["operation"], said["status"], said["calcom_request_id"]) == (
        "confirm_booking",
        418,
        "r-1",
    )


def test_what_is_known_is_neither_counted_nor_logged(caplog: pytest.LogCaptureFixture) -> None:
    unknown.tell_of_unknown(count_unknown_message)
    before = _counted("confirm_booking", "400")
    known = classify(400, b'{"message":"Booking already confirmed"}', is_write=True)
    unknown.report("confirm_booking", known)
    assert (_counted("confirm_booking", "400"), caplog.records) == (before, [])
