"""The client's account side against a running sandbox: reservations, schedules, teams, webhooks."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import httpx
import pytest

from integrations.calcom.client import CalcomClient
from integrations.calcom.errors import CalcomRejected, CalcomUnavailable
from integrations.calcom.outcomes import (
    Created,
    EventTypeCreated,
    Refused,
    Registered,
    Released,
    Reserved,
    WebhookDeleted,
)
from integrations.calcom.requests import HostBody, NewEventTypeBody, NewTeamEventTypeBody
from integrations.calcom.schemas import BookingFilter, NewAttendee, Trigger
from tests.builders.calcom import TUESDAY, Desk, Desks, make_type, make_user

NINE = datetime.fromisoformat(f"{TUESDAY}T09:00:00+00:00")
TEN = NINE + timedelta(hours=1)
SECRET = "s1"
URL = "http://127.0.0.1:1/webhooks/calcom/1"
TRIGGERS: tuple[Trigger, ...] = ("BOOKING_CREATED", "BOOKING_CANCELLED")


@pytest.fixture
async def client(desk: Desk) -> AsyncIterator[CalcomClient]:
    async with CalcomClient(desk.url, desk.key) as made:
        yield made


# --- reservations ---------------------------------------------------------------------------


async def test_a_reservation_hides_its_time_moves_and_ends(
    client: CalcomClient, desk: Desk
) -> None:
    held = await client.create_reservation(event_type_id=desk.type_id, start_at=NINE, hold_min=3)
    assert isinstance(held, Reserved)
    reservation = held.reservation
    assert (reservation.start_at, reservation.end_at) == (NINE, NINE + timedelta(minutes=30))
    assert await client.get_reservation(reservation.uid) == reservation
    left = await client.slots(event_type_id=desk.type_id, start_at=NINE, end_at=TEN)
    assert [slot.start_at for slot in left] == [NINE + timedelta(minutes=30)]
    moved = await client.update_reservation(
        reservation.uid, event_type_id=desk.type_id, start_at=TEN
    )
    assert isinstance(moved, Reserved)
    assert (moved.reservation.uid, moved.reservation.start_at) == (reservation.uid, TEN)
    for _ in range(2):
        assert isinstance(await client.delete_reservation(reservation.uid), Released)
    assert await client.get_reservation(reservation.uid) is None


async def test_a_time_is_reserved_once(client: CalcomClient, desk: Desk) -> None:
    await client.create_reservation(event_type_id=desk.type_id, start_at=NINE)
    again = await client.create_reservation(event_type_id=desk.type_id, start_at=NINE)
    gone = await client.update_reservation("u", event_type_id=desk.type_id, start_at=NINE)
    assert isinstance(again, Refused)
    assert isinstance(gone, Refused)
    assert (again.cause, gone.cause, gone.status) == ("slot_gone", "slot_gone", 404)


# --- whose key it is ------------------------------------------------------------------------


async def test_schedules_are_read(client: CalcomClient, desk: Desk) -> None:
    default = await client.default_schedule()
    assert default is not None
    assert default.is_default
    assert default.availability[0].days[0] == "Monday"
    assert default.id in [one.id for one in await client.schedules()]
    assert await client.schedule(default.id) == default
    assert await client.schedule(1) is None


@pytest.fixture
def team(desks: Desks) -> Desk:
    return desks(
        users=[make_user("jana", role="owner"), make_user("mehmet")],
        event_types=[
            make_type("team", hosts=["jana", "mehmet"], schedulingType="roundRobin"),
            make_type("kurs", seatsPerTimeSlot=3, requiresConfirmation=True),
        ],
    )


async def test_a_team_says_who_sees_colleagues(team: Desk) -> None:
    async with CalcomClient(team.url, team.key) as client:
        teams = await client.teams()
        members = await client.memberships(teams[0].id)
        me = await client.me()
    assert [one.slug for one in teams] == [team.tenant]
    assert {one.user_id: one.sees_colleagues for one in members} == {
        team.users["jana"]: True,
        team.users["mehmet"]: False,
    }
    assert me.id == team.users["jana"]


async def test_event_types_come_with_hosts_and_options(team: Desk) -> None:
    async with CalcomClient(team.url, team.key) as client:
        shared = await client.team_event_types((await client.teams())[0].id)
        own = await client.event_type(team.types["kurs"])
        assert await client.event_type(1) is None
    assert own is not None
    assert (shared[0].scheduling_type, set(shared[0].host_ids)) == (
        "roundRobin",
        set(team.users.values()),
    )
    assert (shared[0].seats, shared[0].confirmation_policy) == (None, None)
    assert own.host_ids == (team.users["jana"],)
    assert own.seats is not None
    assert own.confirmation_policy is not None
    assert own.seats.seats_per_time_slot == 3
    assert [one.slug for one in own.booking_fields if one.required] == ["email", "title"]
    assert not own.is_managed_parent


async def test_event_types_are_made(team: Desk) -> None:
    async with CalcomClient(team.url, team.key) as client:
        personal = await client.create_event_type(
            NewEventTypeBody(length_in_minutes=30, title="Bart", slug="bart", slot_interval=15)
        )
        shared = await client.create_team_event_type(
            (await client.teams())[0].id,
            NewTeamEventTypeBody(
                length_in_minutes=60,
                title="Farbe",
                slug="farbe",
                scheduling_type="collective",
                hosts=(HostBody(user_id=team.users["mehmet"]),),
            ),
        )
    assert isinstance(personal, EventTypeCreated)
    assert isinstance(shared, EventTypeCreated)
    assert (personal.event_type.slug, personal.event_type.slot_interval) == ("bart", 15)
    assert shared.event_type.host_ids == (team.users["mehmet"],)


async def test_a_teams_bookings_are_listed(team: Desk) -> None:
    async with CalcomClient(team.url, team.key) as client:
        attendee = NewAttendee(name="K", email=team.email, time_zone="UTC")
        made = await client.create_booking(
            event_type_id=team.types["team"], start_at=NINE, attendee=attendee, metadata={}
        )
        page = await client.list_team_bookings((await client.teams())[0].id, BookingFilter())
        with pytest.raises(CalcomRejected) as caught:
            await client.list_team_bookings(1, BookingFilter())
    assert isinstance(made, Created)
    assert [one.uid for one in page.bookings] == [made.booking.uid]
    assert caught.value.problem.cause == "configuration"


# --- webhooks -------------------------------------------------------------------------------


async def _ensured(client: CalcomClient, secret: str = SECRET) -> Registered:
    outcome = await client.ensure_webhook(URL, TRIGGERS, secret)
    assert isinstance(outcome, Registered)
    return outcome


async def test_our_webhook_is_registered_once_however_often(
    client: CalcomClient, desk: Desk
) -> None:
    first, second = await _ensured(client), await _ensured(client)
    assert (first.change, second.change) == ("created", "unchanged")
    assert first.webhook.id == second.webhook.id
    assert [one.subscriber_url for one in await client.webhooks()] == [URL]
    assert [one["method"] for one in desk.requests("webhooks")].count("POST") == 1


async def test_a_webhook_is_brought_to_what_is_wanted(client: CalcomClient) -> None:
    made = await _ensured(client)
    other = await client.create_webhook(
        subscriber_url=f"{URL}/other", triggers=TRIGGERS, secret="others"
    )
    assert isinstance(other, Registered)
    await client.update_webhook(made.webhook.id, active=False, triggers=["MEETING_ENDED"])
    back = await _ensured(client, secret="s2")
    assert (back.change, back.webhook.id, back.webhook.active) == ("updated", made.webhook.id, True)
    assert set(back.webhook.triggers) == set(TRIGGERS)
    assert back.webhook.secret is not None
    assert back.webhook.secret.get_secret_value() == "s2"
    assert (await _ensured(client, secret="s2")).change == "unchanged"
    untouched = next(one for one in await client.webhooks() if one.id == other.webhook.id)
    assert untouched == other.webhook


@pytest.mark.parametrize("fault", ["commit_then_drop", "commit_then_status", "drop"])
async def test_an_unclear_registration_makes_no_second(
    client: CalcomClient, desk: Desk, fault: str
) -> None:
    # The first request of the two that registering takes is the look-up.
    desk.order_fault(operation="webhooks", fault="delay", times=1)
    desk.order_fault(operation="webhooks", fault=fault, times=None)
    with pytest.raises(CalcomUnavailable):
        await client.ensure_webhook(URL, TRIGGERS, SECRET)
    desk.http.delete("/sandbox/faults")
    await _ensured(client)
    assert len(await client.webhooks()) == 1


async def test_a_lost_answer_to_the_registration_is_looked_up(desk: Desk) -> None:
    """The POST is made and its answer lost: the webhook is found in the same call."""

    async def lose_answers_to_posts(request: httpx.Request) -> None:
        if request.method == "POST":
            order = {"operation": "webhooks", "fault": "commit_then_drop", "api_key": desk.key}
            desk.http.post("/sandbox/faults", json=order).raise_for_status()

    async with httpx.AsyncClient(event_hooks={"request": [lose_answers_to_posts]}) as http:
        outcome = await CalcomClient(desk.url, desk.key, http=http).ensure_webhook(
            URL, TRIGGERS, SECRET
        )
    assert isinstance(outcome, Registered)
    assert outcome.change == "unchanged"
    assert [one["status"] for one in desk.requests("webhooks")] == [200, 0, 200]


async def test_whoever_was_faster_is_found(desk: Desk) -> None:
    """Another worker registers between our look and our POST: 409, and theirs is taken."""
    body = {"active": True, "subscriberUrl": URL, "triggers": ["MEETING_ENDED"], "secret": "x"}

    async def be_faster(request: httpx.Request) -> None:
        if request.method == "POST":
            desk.http.post("/v2/webhooks", json=body, headers=desk.auth)

    async with httpx.AsyncClient(event_hooks={"request": [be_faster]}) as http:
        outcome = await CalcomClient(desk.url, desk.key, http=http).ensure_webhook(
            URL, TRIGGERS, SECRET
        )
    assert isinstance(outcome, Registered)
    assert (outcome.change, set(outcome.webhook.triggers)) == ("updated", set(TRIGGERS))
    assert len(desk.get("/v2/webhooks", {}).json()["data"]) == 1


async def test_what_cannot_be_registered_is_said(client: CalcomClient, desk: Desk) -> None:
    refused = await client.ensure_webhook("ftp://nowhere", TRIGGERS, SECRET)
    assert isinstance(refused, Refused)
    assert (refused.cause, refused.status) == ("configuration", 400)


async def test_a_webhook_is_deleted_once(client: CalcomClient) -> None:
    made = await _ensured(client)
    gone = await client.delete_webhook(made.webhook.id)
    again = await client.delete_webhook(made.webhook.id)
    assert isinstance(gone, WebhookDeleted)
    assert isinstance(again, Refused)
    assert (again.status, await client.webhooks()) == (404, ())


async def test_the_secret_stays_out_of_what_is_shown(client: CalcomClient) -> None:
    made = await _ensured(client, secret="geheim-4711")
    assert "geheim-4711" not in repr(made) + str(made.webhook)


@pytest.fixture
def many(desk: Desk) -> int:
    """More webhooks than one page has."""
    for number in range(251):
        body = {"active": True, "subscriberUrl": f"{URL}/{number}", "triggers": []}
        desk.http.post("/v2/webhooks", json=body, headers=desk.auth)
    return 251


async def test_lists_are_read_to_their_end(client: CalcomClient, many: int) -> None:
    assert len(await client.webhooks()) == many
    assert (await _ensured(client)).change == "created"


async def test_a_server_that_knows_no_pages_is_not_asked_for_ever(desk: Desk, many: int) -> None:
    async def without_paging(request: httpx.Request) -> None:
        request.url = request.url.copy_with(query=None)

    async with httpx.AsyncClient(event_hooks={"request": [without_paging]}) as http:
        found = await CalcomClient(desk.url, desk.key, http=http).webhooks()
    assert len(found) == 250
    assert len([one for one in desk.requests("webhooks") if one["method"] == "GET"]) == 2


# --- versions -------------------------------------------------------------------------------


async def test_each_resource_is_asked_at_its_pinned_version(
    client: CalcomClient, desk: Desk
) -> None:
    """Without it Cal.com serves the behaviour of 2024-04-15 (its issues 28512, 28561, 28762)."""
    await client.me()
    await client.webhooks()
    await client.schedules()
    await client.event_types()
    await client.list_bookings(BookingFilter())
    await client.slots(event_type_id=desk.type_id, start_at=NINE, end_at=TEN)
    await client.create_reservation(event_type_id=desk.type_id, start_at=NINE)
    await client.team_event_types((await client.teams())[0].id)
    asked = desk.http.get("/sandbox/requests", params={"api_key": desk.key}).json()["requests"]
    versions = {(one["operation"], one["path"].partition("?")[0]): one["version"] for one in asked}
    by_operation = {operation: version for (operation, _), version in versions.items()}
    assert by_operation["get_me"] is None
    assert by_operation["webhooks"] is None
    assert by_operation["teams"] is None
    assert by_operation["schedules"] == "2024-06-11"
    assert by_operation["list_bookings"] == "2024-08-13"
    assert by_operation["get_slots"] == by_operation["create_reservation"] == "2024-09-04"
    assert versions["event_types", "/v2/event-types"] == "2024-06-14"
