"""The sandbox's own side: set-up, faults, restart, page."""

import concurrent.futures
import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from sandbox.calcom import example
from tests.builders.calcom import (
    BOOKINGS,
    NOW,
    PAUSE,
    TUESDAY,
    Desk,
    Desks,
    RunSandbox,
    make_type,
    make_user,
    meeting_of,
    ticking_from,
)
from tests.builders.inbox import Inbox

NINE = f"{TUESDAY}T09:00:00Z"
TEN = f"{TUESDAY}T10:00:00Z"


def _setup(name: str) -> dict[str, object]:
    return {
        "tenant": name,
        "api_key": f"cal_test_{name}",
        "users": [make_user("jana", role="owner")],
        "event_types": [make_type("schnitt", lengthInMinutes=45)],
    }


def test_the_same_setup_gives_the_same_ids_and_keeps_bookings(desk: Desk) -> None:
    body = _setup("zweimal")
    first = desk.http.post("/sandbox/setup", json=body).json()
    number = first["event_types"][0]["id"]
    headers = BOOKINGS | {"Authorization": "Bearer cal_test_zweimal"}
    booked = desk.http.post(
        "/v2/bookings", json=desk.booking_body(NINE, eventTypeId=number), headers=headers
    )
    assert booked.json()["data"]["duration"] == 45
    assert desk.http.post("/sandbox/setup", json=body).json() == first
    assert len(desk.http.get("/v2/bookings", headers=headers).json()["data"]) == 1


def test_a_setup_changes_what_it_names(desk: Desk) -> None:
    body = _setup("geaendert")
    desk.http.post("/sandbox/setup", json=body)
    body["event_types"] = [make_type("schnitt", lengthInMinutes=60), make_type("bart")]
    made = desk.http.post("/sandbox/setup", json=body).json()
    number = made["event_types"][0]["id"]
    headers = {"cal-api-version": "2024-06-14", "Authorization": "Bearer cal_test_geaendert"}
    shown = desk.http.get(f"/v2/event-types/{number}", headers=headers).json()["data"]
    assert (shown["lengthInMinutes"], len(made["event_types"])) == (60, 2)


def test_ids_and_keys_of_other_tenants_are_refused(desk: Desk) -> None:
    body = _setup("fremd") | {"api_key": desk.key}
    assert desk.http.post("/sandbox/setup", json=body).status_code == 409
    body = _setup("fremd2") | {"event_types": [make_type("schnitt", id=desk.type_id)]}
    assert desk.http.post("/sandbox/setup", json=body).status_code == 409


@pytest.mark.parametrize(
    "changes",
    [
        {"api_key": "kein_cal"},
        {"users": []},
        {"users": [make_user("jana", timeZone="Mond")]},
        {"event_types": [make_type("x", farbe="rot")]},
        {"event_types": [{"slug": "x", "title": "X", "lengthInMinutes": 30}]},
    ],
)
def test_a_malformed_setup_is_refused(desk: Desk, changes: dict[str, object]) -> None:
    body = _setup("falsch") | changes
    assert desk.http.post("/sandbox/setup", json=body).status_code == 422


def test_bookings_survive_a_restart(tmp_path: Path, run_sandbox: RunSandbox) -> None:
    with (
        run_sandbox(data_dir=tmp_path, clock=ticking_from(NOW)) as first,
        Desks(first.url) as desks,
    ):
        desk = desks()
        old = desk.booked(NINE)
        new = desk.act(old["uid"], "reschedule", start=TEN).json()["data"]
    with (
        run_sandbox(data_dir=tmp_path, clock=ticking_from(NOW)) as second,
        httpx.Client(base_url=second.url, headers=BOOKINGS | desk.auth) as http,
    ):
        listed = http.get("/v2/bookings").json()["data"]
        taken = http.post("/v2/bookings", json=desk.booking_body(TEN))
        booked = http.post("/v2/bookings", json=desk.booking_body(NINE)).json()["data"]
    assert [(one["uid"], one["status"]) for one in listed] == [
        (old["uid"], "cancelled"),
        (new["uid"], "accepted"),
    ]
    assert listed[1].items() <= new.items()
    assert taken.status_code == 400
    assert booked["id"] > new["id"]


def test_reset_forgets_everything(tmp_path: Path, run_sandbox: RunSandbox) -> None:
    with run_sandbox(data_dir=tmp_path) as server, Desks(server.url) as desks:
        desk = desks()
        desk.booked(NINE)
        desk.http.post("/sandbox/reset").raise_for_status()
        assert desk.get("/v2/me", {}).status_code == 401
        assert desk.http.get("/sandbox/bookings").json() == {"bookings": []}


def test_bookings_are_shown_by_key_and_metadata(desk: Desk) -> None:
    ours = desk.booked(NINE, metadata={"appointment_id": "a1"})["uid"]
    desk.booked(TEN, metadata={"appointment_id": "a2"})
    params = {"api_key": desk.key, "metadata_key": "appointment_id", "metadata_value": "a1"}
    shown = desk.http.get("/sandbox/bookings", params=params).json()["bookings"]
    assert [(one["uid"], one["tenant"]) for one in shown] == [(ours, desk.tenant)]


def test_requests_are_shown_with_their_answers(desk: Desk) -> None:
    answer = desk.book(NINE)
    shown = desk.requests("create_booking")
    assert [one["request_id"] for one in shown] == [answer.headers["X-Request-Id"]]
    assert (shown[0]["status"], '"attendee"' in shown[0]["body"]) == (201, True)


def test_the_page_shows_bookings_and_hides_their_keys(desk: Desk) -> None:
    attendee = desk.booking_body(NINE)["attendee"] | {"name": "<b>Käthe</b>"}
    uid = desk.booked(NINE, attendee=attendee)["uid"]
    page = desk.http.get("/", params={"day": TUESDAY}).text
    assert "&lt;b&gt;Käthe&lt;/b&gt;" in page
    assert uid not in page


def test_the_page_marks_what_is_booked_twice(desks: Desks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PAUSE, meeting_of(2))
    desk = desks(race=True)
    starts = (f"{TUESDAY}T09:00:00Z", f"{TUESDAY}T09:03:00Z")
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        codes = [answer.status_code for answer in pool.map(desk.book, starts)]
    page = desk.http.get("/", params={"day": TUESDAY}).text
    assert codes == [201, 201]
    assert 'class="entry accepted doubled"' in page


def test_the_page_shows_faults_refusals_and_webhooks(desk: Desk, inbox: Inbox) -> None:
    hook = {"active": True, "subscriberUrl": inbox.url, "triggers": ["BOOKING_CREATED"]}
    desk.http.post("/v2/webhooks", json=hook, headers=desk.auth)
    desk.booked(NINE)
    inbox.next()
    desk.book(NINE)
    desk.order_fault(operation="teams", fault="commit_then_drop", times=None)
    page = desk.http.get("/", params={"day": "kein Tag"}).text
    for part in (inbox.url, "until cleared", "User either already has booking at this time"):
        assert part in page
    desk.http.delete("/sandbox/faults")


def test_the_clock_says_what_it_is_told(desk: Desk) -> None:
    christmas = "2026-12-24T08:00:00+00:00"
    try:
        said = desk.http.post("/sandbox/clock", json={"now": christmas}).json()["now"]
        assert datetime.fromisoformat(said) - datetime.fromisoformat(christmas) < timedelta(
            seconds=1
        )
    finally:
        back = desk.http.post("/sandbox/clock", json={"offset_s": 0}).json()["now"]
    assert back.startswith("2026-11-16")
    both = {"now": christmas, "offset_s": 1}
    assert desk.http.post("/sandbox/clock", json=both).status_code == 422


def test_the_example_is_ready_to_be_booked(run_sandbox: RunSandbox) -> None:
    with run_sandbox(clock=ticking_from(NOW)) as server, httpx.Client(base_url=server.url) as http:
        made = http.post("/sandbox/setup", json=example.EXAMPLE)
        steps = example.first_steps(server.url, NOW.date())
        slots = re.search(r"'(http[^']*/v2/slots[^']*)'", steps)
        assert slots is not None
        free = http.get(slots.group(1), headers={"cal-api-version": "2024-09-04"}).json()["data"]
        body = re.search(r"-d '(\{\"eventTypeId.*?\}\})'", steps, flags=re.DOTALL)
        assert body is not None
        start = next(iter(free.values()))[0]["start"]
        order = json.loads(body.group(1)) | {"start": start}
        headers = BOOKINGS | {"Authorization": f"Bearer {example.KEY}"}
        booked = http.post("/v2/bookings", json=order, headers=headers)
    assert (made.status_code, booked.status_code) == (200, 201)


def test_the_setup_in_the_docs_gives_the_answer_in_the_docs(run_sandbox: RunSandbox) -> None:
    text = (Path(__file__).parents[2] / "docs" / "calcom-sandbox.md").read_text()
    blocks = [part.partition("```")[0] for part in text.split("```json\n")[1:]]
    with run_sandbox() as server, httpx.Client(base_url=server.url) as http:
        made = http.post("/sandbox/setup", json=json.loads(blocks[0]))
        ordered = http.post("/sandbox/faults", json=json.loads(blocks[2]))
    assert made.json() == json.loads(blocks[1])
    assert ordered.status_code == 201
