"""`POST /sandbox/setup`: one tenant with its people and event types, as often as one likes."""

import uuid
from datetime import time
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from sandbox.calcom.model import (
    FULL_WEEK,
    NO_MX_DOMAINS,
    CustomField,
    DateHours,
    EventType,
    Key,
    Role,
    Row,
    Schedule,
    Tenant,
    User,
    Webhook,
    WeekHours,
)
from sandbox.calcom.state import World
from sandbox.calcom.validation import is_zone

DEFAULT_HOURS = (WeekHours(days=FULL_WEEK[:5], start_time="09:00", end_time="17:00"),)

BOOKING_TRIGGERS = (
    "BOOKING_CREATED",
    "BOOKING_REQUESTED",
    "BOOKING_REJECTED",
    "BOOKING_RESCHEDULED",
    "BOOKING_CANCELLED",
    "BOOKING_NO_SHOW_UPDATED",
)


class SetupConflictError(Exception):
    """An id or a key belongs to another tenant."""


class ScheduleSetup(Row):
    time_zone: str | None = None
    availability: tuple[WeekHours, ...] = DEFAULT_HOURS
    overrides: tuple[DateHours, ...] = ()

    @field_validator("availability")
    @classmethod
    def _days_are_known(cls, value: tuple[WeekHours, ...]) -> tuple[WeekHours, ...]:
        for hours in value:
            unknown = set(hours.days) - set(FULL_WEEK)
            if unknown:
                raise ValueError(f"not a day: {', '.join(sorted(unknown))}")
        return value

    @model_validator(mode="after")
    def _hours_are_clocks(self) -> "ScheduleSetup":
        spans = [(hours.start_time, hours.end_time) for hours in self.availability]
        spans += [(hours.start_time, hours.end_time) for hours in self.overrides]
        for opens, closes in spans:
            time.fromisoformat(opens)
            if closes != "24:00":
                time.fromisoformat(closes)
        return self


class UserSetup(Row):
    username: str
    name: str
    email: str
    time_zone: str = "Europe/Berlin"
    role: Role = "member"
    id: int | None = None
    api_key: str | None = None
    schedule: ScheduleSetup = ScheduleSetup()

    @field_validator("time_zone")
    @classmethod
    def _zone_is_known(cls, value: str) -> str:
        if not is_zone(value):
            raise ValueError(f"not a time zone: {value}")
        return value


class EventTypeSetup(Row):
    slug: str
    title: str
    length_in_minutes: int = Field(ge=1)
    owner: str | None = None
    hosts: tuple[str, ...] = ()
    scheduling_type: Literal["roundRobin", "collective"] | None = None
    id: int | None = None
    description: str = ""
    length_in_minutes_options: tuple[int, ...] = ()
    slot_interval: int | None = Field(default=None, ge=1)
    minimum_booking_notice: int = Field(default=120, ge=0)
    before_event_buffer: int = Field(default=0, ge=0)
    after_event_buffer: int = Field(default=0, ge=0)
    booking_window: int | None = Field(default=None, ge=0)
    schedule: ScheduleSetup | None = None
    location: str | None = None
    requires_confirmation: bool = False
    block_unconfirmed_bookings_in_booker: bool = False
    seats_per_time_slot: int | None = None
    email_required: bool = True
    email_hidden: bool = False
    phone_required: bool = False
    check_deliverability: bool = True
    booking_fields: tuple[CustomField, ...] = ()
    booking_limit_per_day: int | None = None
    booker_active_bookings_limit: int | None = Field(default=None, ge=1)
    disable_cancelling: bool = False
    disable_rescheduling: bool = False
    minimum_reschedule_notice: int = Field(default=0, ge=0)
    booking_requires_authentication: bool = False
    managed_parent: bool = False

    @model_validator(mode="after")
    def _owner_or_team(self) -> "EventTypeSetup":
        if (self.owner is None) == (self.scheduling_type is None):
            raise ValueError("give owner (a personal type) or hosts with schedulingType (a team's)")
        return self


class WebhookSetup(Row):
    subscriber_url: str
    secret: str | None = None
    triggers: tuple[str, ...] = BOOKING_TRIGGERS
    version: Literal["2021-10-20", "2026-07-27"] = "2026-07-27"


class TenantSetup(Row):
    tenant: str = Field(min_length=1)
    api_key: str = Field(pattern="^cal_.")
    rate_limit_per_min: int = Field(default=120, ge=1)
    race: bool = False
    error_shape: Literal["hosted2026", "legacy"] = "hosted2026"
    no_mx_domains: tuple[str, ...] = NO_MX_DOMAINS
    confirms_twice: bool = True
    webhook_retries: int = Field(default=0, ge=0, le=3)
    webhook_retry_after_s: float = Field(default=1.0, ge=0, le=60)
    users: tuple[UserSetup, ...] = Field(min_length=1)
    event_types: tuple[EventTypeSetup, ...] = ()
    webhooks: tuple[WebhookSetup, ...] = ()


def _claim_key(world: World, key: str, user: User) -> None:
    held = world.keys.get(key)
    if held is not None and world.users[held.user_id].tenant != user.tenant:
        raise SetupConflictError("this api_key belongs to another tenant")
    world.put(Key(key=key, user_id=user.id))


def _put_schedule(
    world: World, setup: ScheduleSetup, *, number: int | None, owner: User, name: str
) -> Schedule:
    return world.put(
        Schedule(
            id=number if number is not None else world.take_id(Schedule),
            owner_id=owner.id,
            name=name,
            time_zone=setup.time_zone or owner.time_zone,
            availability=setup.availability,
            overrides=setup.overrides,
            is_default=number == owner.schedule_id,
        )
    )


def _put_user(world: World, tenant: str, setup: UserSetup) -> User:
    known = {user.username: user for user in world.users_of(tenant)}
    before = world.users.get(setup.id) if setup.id is not None else known.get(setup.username)
    if before is not None and before.tenant != tenant:
        raise SetupConflictError(f"user id {before.id} belongs to another tenant")
    number = setup.id if setup.id is not None else before.id if before else world.take_id(User)
    user = User(
        id=number,
        tenant=tenant,
        username=setup.username,
        name=setup.name,
        email=setup.email.lower(),
        time_zone=setup.time_zone,
        role=setup.role,
        schedule_id=before.schedule_id if before else world.take_id(Schedule),
    )
    world.put(user)
    _put_schedule(world, setup.schedule, number=user.schedule_id, owner=user, name="Working hours")
    if setup.api_key is not None:
        _claim_key(world, setup.api_key, user)
    return user


def _find_type(
    world: World, tenant: str, setup: EventTypeSetup, owner: int | None
) -> EventType | None:
    if setup.id is not None:
        found = world.event_types.get(setup.id)
        if found is not None and found.tenant != tenant:
            raise SetupConflictError(f"event type id {setup.id} belongs to another tenant")
        return found
    for event_type in world.event_types.values():
        same_slug = event_type.tenant == tenant and event_type.slug == setup.slug
        if same_slug and event_type.owner_id == owner:
            return event_type
    return None


def _put_event_type(
    world: World, tenant: str, setup: EventTypeSetup, users: dict[str, User]
) -> EventType:
    people = [*setup.hosts, *([setup.owner] if setup.owner else [])]
    for username in people:
        if username not in users:
            raise SetupConflictError(f"event type {setup.slug}: no user {username} in this setup")
    owner = users[setup.owner] if setup.owner else None
    before = _find_type(world, tenant, setup, owner.id if owner else None)
    number = setup.id if setup.id is not None else before.id if before else None
    schedule_id: int | None = None
    if setup.schedule is not None:
        keeper = owner or users[setup.hosts[0]]
        kept = before.schedule_id if before else None
        name = f"Hours of {setup.slug}"
        schedule = _put_schedule(world, setup.schedule, number=kept, owner=keeper, name=name)
        schedule_id = schedule.id
    place = setup.location
    fields = setup.model_dump(exclude={"owner", "hosts", "schedule", "location", "id"})
    return world.put(
        EventType(
            id=number if number is not None else world.take_id(EventType),
            tenant=tenant,
            owner_id=owner.id if owner else None,
            host_ids=tuple(users[username].id for username in setup.hosts),
            schedule_id=schedule_id,
            locations=[{"type": "address", "address": place, "public": True}] if place else [],
            **fields,
        )
    )


def _put_webhook(world: World, setup: WebhookSetup, owner: User) -> None:
    """One subscription an address, on the owner's level."""
    same = [
        hook
        for hook in world.webhooks.values()
        if hook.user_id == owner.id and hook.subscriber_url == setup.subscriber_url
    ]
    number = same[0].id if same else str(uuid.uuid4())
    world.put(Webhook(id=number, user_id=owner.id, **setup.model_dump()))


def apply(world: World, setup: TenantSetup) -> dict[str, Any]:
    """Adds or changes the tenant; what the setup does not name stays as it is."""
    before = world.tenants.get(setup.tenant)
    world.put(
        Tenant(
            slug=setup.tenant,
            team_id=before.team_id if before else world.take_id(Tenant),
            rate_limit_per_min=setup.rate_limit_per_min,
            race=setup.race,
            error_shape=setup.error_shape,
            no_mx_domains=setup.no_mx_domains,
            confirms_twice=setup.confirms_twice,
            webhook_retries=setup.webhook_retries,
            webhook_retry_after_s=setup.webhook_retry_after_s,
        )
    )
    users = {one.username: _put_user(world, setup.tenant, one) for one in setup.users}
    owner = next((user for user in users.values() if user.role == "owner"), None)
    if owner is None:
        first = next(iter(users.values()))
        owner = users[first.username] = world.put(first.model_copy(update={"role": "owner"}))
    _claim_key(world, setup.api_key, owner)
    for one in setup.webhooks:
        _put_webhook(world, one, owner)
    names = {user.id: user.username for user in users.values()}
    types = [_put_event_type(world, setup.tenant, one, users) for one in setup.event_types]
    return {
        "tenant": setup.tenant,
        "api_key": setup.api_key,
        "users": [
            {"id": u.id, "username": u.username, "email": u.email, "scheduleId": u.schedule_id}
            for u in users.values()
        ],
        "event_types": [
            {
                "id": one.id,
                "slug": one.slug,
                "owner": names[one.owner_id] if one.owner_id is not None else None,
                "hosts": [names[host] for host in one.hosts],
            }
            for one in types
        ],
    }
