"""Cal.com's answers in one class each; what is secret in them stays out of sight."""

import json
from pathlib import Path

import httpx
import pytest

from integrations.calcom.errors import KNOWN_MESSAGES, classify
from integrations.calcom.redaction import redact
from integrations.calcom.transport import retry_after_s

SAMPLES = Path(__file__).parents[2].parent / "shared" / "contracts" / "calcom" / "http_samples.json"
UID = "f4xTq9mZ7LrKpW2cVbN8yD"


def _shape_a(status: int, message: str) -> bytes:
    details = {"message": message, "error": "x", "statusCode": status}
    error = {"code": "BadRequestException", "message": message, "details": details}
    return json.dumps({"status": "error", "timestamp": "x", "path": "/", "error": error}).encode()


CAUSES: dict[str, list[tuple[int, str]]] = {
    "slot_gone": [
        (400, "User either already has booking at this time or is not available"),
        (400, "One of the hosts either already has booking at this time or is not available"),
        (409, "booking_conflict_error"),
        (409, "No more seats left at this seated booking."),
        (409, "Invalid Input: Trying to create a record that already exists."),
        (400, "fixed_hosts_unavailable_for_booking"),
        (400, "no_available_users_found_error"),
        (422, "This time slot is already reserved by another user. Please"),
        (422, "Can't reserve a slot if the event is already booked."),
        (422, "Booking with id=880101 has no more seats left."),
        (404, "Slot with uid=0d4dcf88-4be1-463c-818b-cbf00652e154 not found"),
        (400, "Can't reassign the booking because no other host is available at that time."),
    ],
    "time_policy": [
        (400, 'The event type can\'t be booked at the "start" time provided. This'),
        (400, "Attempting to book a meeting in the past."),
        (400, "Cannot cancel a booking that has already ended"),
        (400, "Bookings can only be marked as absent after their scheduled start time. Current"),
        (403, "Rescheduling is not allowed within the minimum reschedule notice of 60 minutes"),
        (400, "Invalid time range given - check the 'start' and 'end' query parameters."),
    ],
    "caller_data": [
        (400, "Attendee must have at least one contact method (email or phone number)"),
        (400, "phoneNumber property is wrong,Invalid phone number format. Please"),
        (400, "attendee property is wrong, email property is wrong,Invalid email format "),
        (400, "responses - {attendeePhoneNumber}invalid_number, "),
        (400, "responses - {email}error_required_field, "),
        (400, "Missing attendee phone number - it is required by the event type. Pass it as"),
        (400, "email_domain_cannot_receive_mail"),
        (400, "This email address cannot receive mail. Please use a valid email."),
        (400, "emails_must_be_unique_valid"),
        (400, "Emails must be unique and valid"),
        (400, "Missing required booking field response: versicherung - it is"),
        (400, "Invalid option 'v' for booking field 'X'. Allowed options are: a"),
        (
            400,
            "Attendee can't book because the maximum number of active bookings has been reached.",
        ),
        (400, "booker_limit_exceeded_error"),
    ],
    "configuration": [
        (400, "foo property is wrong,property foo should not exist "),
        (400, "each value in triggers must be one of | property foo should not exist"),
        (400, "metadata property is wrong,Metadata must have at most 50 keys"),
        (400, "Metadata must have at most 50 keys, each key up to 40 characters"),
        (400, "start must be a valid ISO 8601 date string"),
        (400, "Bad Request Exception"),
        (400, "Request body is not valid JSON"),
        (400, "Can't specify 'lengthInMinutes' because event type does not have"),
        (400, "Provided 'lengthInMinutes' is not one of the possible lengths"),
        (400, "Booking location with type T not valid for event type with id=1"),
        (400, "Either eventTypeId or eventTypeSlug + username or … must be provided"),
        (400, "Event type with id=1 is the parent managed event type that can't be booked"),
        (400, "You passed 'slotDuration' but this event type is not a variable length event type."),
        (400, "Cannot reserve a slot for a team event without any hosts"),
        (400, "slotFormat must be either 'range' or 'time'"),
        (400, "Cancellation reason is required"),
        (400, "This event type does not allow cancellations"),
        (400, "This event type does not allow rescheduling"),
        (400, "Can't reschedule booking with uid=x because it has been cancelled. Please"),
        (400, "Can't reschedule booking with uid=x because it has been rejected. Please"),
        (400, "Invalid seatUid: x is not a seat of this booking"),
        (400, "User with id=4102 is not a valid Round Robin host - make sure it is"),
        (400, "Invalid status. Allowed are upcoming, recurring, past, cancelled, unconfirmed"),
        (400, "User already has an event type with this slug."),
        (404, "Event Type not found"),
        (404, "Event type with id 999 not found."),
        (404, "Event Type with ID=999 not found"),
        (404, "Event type with slug x belonging to user y not found."),
        (404, "User with username x not found"),
        (404, "Team with slug x not found"),
        (404, "Booking with uid=x was not found in the database"),
        (404, "Booking with seatUid=x was not found in the database"),
        (404, "Schedule with id=1 not found"),
        (404, "Webhook (0d4dcf88-4be1-463c-818b-cbf00652e154) not found"),
        (404, "Cannot GET /v2/slots?eventTypeId=1"),
        (404, "Cannot POST /v2/bookings/x/reschedule"),
        (404, "Cannot PATCH /v2/slots/reservations/x"),
        (404, "Cannot DELETE /v2/slots/reservations/x"),
        (422, "Can't book this team event type because it has no hosts. Please"),
        (401, "ApiAuthStrategy - api key - Your api key is not valid"),
        (401, "ApiAuthStrategy - No authentication method provided. Either pass an API key"),
        (401, "CustomThrottlerGuard - Invalid API Key"),
        (401, "Your api key is expired"),
        (401, "checkBookingRequiresAuthentication - this event type"),
        (401, "reservationDuration can only be used for authenticated requests - use"),
        (403, "PermissionsGuard - no authentication provided. Provide"),
        (403, "User is not authorised to manage this booking"),
        (403, "User is not authorized to manage this booking"),
    ],
    "done_already": [
        (400, "Can't cancel booking with uid=x because it has been cancelled already. Please"),
        (400, "Booking already confirmed"),
        (400, "because it has been cancelled and rescheduled already to booking with uid=x. You"),
        (409, "Webhook with this subscriber url already exists for this user"),
    ],
}


@pytest.mark.parametrize(
    ("status", "message", "cause"),
    [(status, text, cause) for cause, known in CAUSES.items() for status, text in known],
)
def test_each_known_message_has_its_class(status: int, message: str, cause: str) -> None:
    problem = classify(status, _shape_a(status, message), request_id="r1", is_write=True)
    assert (problem.cause, problem.known, problem.request_id) == (cause, True, "r1")


def test_no_entry_of_the_table_stands_in_the_shadow_of_another() -> None:
    """Each is the first to match some message above: else it could never decide."""
    texts = [text.lower() for known in CAUSES.values() for _, text in known]
    deciding = {next(one.part for one in KNOWN_MESSAGES if one.part in text) for text in texts}
    assert {one.part for one in KNOWN_MESSAGES} - deciding == set()


@pytest.mark.parametrize(
    "body",
    [
        b'{"statusCode":409,"message":"booking_conflict_error"}',
        b'{"statusCode":409,"message":"booking_conflict_error","error":{"message":"Zu spaet"}}',
        _shape_a(409, "booking_conflict_error"),
    ],
    ids=["C", "B", "A"],
)
def test_all_three_shapes_are_read(body: bytes) -> None:
    problem = classify(409, body, is_write=True)
    assert (problem.cause, problem.known) == ("slot_gone", True)


def test_the_token_counts_where_the_text_is_new() -> None:
    body = {"statusCode": 400, "message": "email_domain_cannot_receive_mail", "error": {
        "code": "HttpError", "message": "Diese Adresse geht nicht."}}  # fmt: skip
    assert classify(400, json.dumps(body).encode(), is_write=True).cause == "caller_data"


@pytest.mark.parametrize("status", [400, 409, 422])
def test_half_a_refusal_is_no_refusal_because_its_text_alone_says_of_what(status: int) -> None:
    whole = _shape_a(status, "attendee property is wrong, Invalid phone number format")
    assert classify(status, whole, is_write=True).cause == "caller_data"
    half = whole[: len(whole) // 2]
    assert classify(status, half, is_write=True).cause == "unclear"
    assert classify(status, half, is_write=False).cause == "retry"


@pytest.mark.parametrize("status", [500, 502, 503, 524, 408])
@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"", _shape_a(500, "x")])
def test_servers_that_fail_make_writes_unclear_and_reads_repeatable(
    status: int, body: bytes
) -> None:
    assert classify(status, body, is_write=True).cause == "unclear"
    assert classify(status, body, is_write=False).cause == "retry"


def test_a_message_that_nobody_has_seen_is_kept() -> None:
    problem = classify(400, _shape_a(400, "Die Kasse ist zu."), is_write=True)
    assert (problem.cause, problem.known, problem.message) == (
        "configuration",
        False,
        "Die Kasse ist zu.",
    )


def test_the_successor_is_read_and_not_shown() -> None:
    text = f"because it has been cancelled and rescheduled already to booking with uid={UID}. You"
    problem = classify(400, _shape_a(400, text), is_write=True)
    assert problem.successor_uid == UID
    assert UID not in repr(problem)


@pytest.mark.parametrize(
    "text",
    [
        f"GET https://api.cal.com/v2/bookings/{UID}",
        f"/v2/bookings/{UID}/cancel",
        f"Booking with uid={UID} not found",
        f"You probably want to reschedule {UID} instead",
        f"/v2/slots?bookingUidToReschedule={UID}&x=1",
    ],
)
def test_uids_are_redacted(text: str) -> None:
    assert UID not in redact(text)


def test_addresses_are_redacted() -> None:
    text = "/v2/bookings?attendeeEmail=anruf-49%40telefon.example&take=50 a@b.example"
    assert redact(text) == "/v2/bookings?attendeeEmail=…&take=50 …"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Blocked: +49 171 3920042, sorry", "Blocked: …, sorry"),
        ("phone 0171/3920042 is wrong", "phone … is wrong"),
        (
            "Invalid option 'Käthe Größler' for booking field",
            "Invalid option '…' for booking field",
        ),
    ],
)
def test_what_a_caller_said_is_redacted(text: str, shown: str) -> None:
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "Current time in UTC+0: 2026-11-21T10:16:00.000Z, Booking start time in UTC+0",
        "Event type with id 70015 not found. at most 250 characters",
        "start 2026-11-30T09:00:00+01:00",
    ],
)
def test_times_and_ids_stay_readable(text: str) -> None:
    assert redact(text) == text


@pytest.mark.skipif(not SAMPLES.exists(), reason="the recorded samples are not at hand")
def test_every_recorded_refusal_is_known() -> None:
    samples = json.loads(SAMPLES.read_text())["samples"]
    refused = [one for one in samples if one["response"]["status"] >= 400]
    unknown = [
        one["name"]
        for one in refused
        if not classify(
            one["response"]["status"],
            json.dumps(one["response"]["body"]).encode(),
            is_write=one["request"]["method"] != "GET",
        ).known
    ]
    assert len(refused) > 20
    assert unknown == []


def test_the_reset_header_is_read_with_any_suffix_and_as_an_epoch() -> None:
    assert retry_after_s(httpx.Headers({"X-RateLimit-Reset-Custom": "17"})) == 17
    assert retry_after_s(httpx.Headers({"X-RateLimit-Reset-Default": "1000001"})) == 0
    assert retry_after_s(httpx.Headers({"Retry-After": "5"})) == 5
    assert retry_after_s(httpx.Headers({})) == 60
