"""Loads the demo's companies: our tables, their Cal.com tenants, and the keys to both."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, date, datetime
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from db.engine import make_engine
from db.queries.api_keys import insert_api_key
from db.queries.connections import upsert_connection, upsert_event_type
from db.queries.loading import company_id_of, insert_company
from db.queries.routing import find_owner_of_api_key
from db.session import tenant_session
from db.types import configure_encryption
from domain.ids import seeded_id
from sandbox.calendars import derived_key, event_type_slug, lengths, tenant_setup
from sandbox.companies import (
    WEEKDAYS,
    DemoBranch,
    DemoCompany,
    DemoService,
    Hours,
    Interval,
    demo_companies,
)
from sandbox.sms_accounts import DemoSmsAccount, sender_of
from settings import Settings

Json = dict[str, Any]

KEY_NAME = "demo"
KEY_PREFIX_LENGTH = 8
SETUP_TIMEOUT_S = 20.0
# Special days are rules of every year in the data, and dates in the tables.
YEARS_AHEAD = 3


async def load_demo(
    settings: Settings, *, calcom_url: str, sms_url: str | None = None
) -> list[dict[str, object]]:
    """Idempotent. The answer is `companies` of `stack.json`: with API keys, fit for JSON.

    `calcom_url` is where the Cal.com sandbox listens, `sms_url` where the phone sandbox does; they
    are kept as each company's connections. Without `sms_url` those for SMS stay as they are.
    Keys follow from `settings.phone_hash_key`: loading the same stack again gives the same.
    """
    configure_encryption([key.get_secret_value() for key in settings.encryption_keys])
    engine = make_engine(
        settings.database_url.get_secret_value(), pool_size=2, application_name="askproai-load-demo"
    )
    secret = settings.phone_hash_key.get_secret_value()
    try:
        async with httpx.AsyncClient(base_url=calcom_url, timeout=SETUP_TIMEOUT_S) as calcom:
            loading = (_load(engine, calcom, company, secret) for company in demo_companies())
            told = list(await asyncio.gather(*loading))
        if sms_url:
            api_url = settings.public_url or f"http://{settings.api_host}:{settings.api_port}"
            await _load_sms(engine, sms_url, secret, api_url)
        return told
    finally:
        await engine.dispose()


async def _load(
    engine: AsyncEngine, calcom: httpx.AsyncClient, company: DemoCompany, secret: str
) -> dict[str, object]:
    today = datetime.now(UTC).date()
    api_key = derived_key(secret, f"api:{company.slug}", "ask_")
    calcom_key = derived_key(secret, f"calcom:{company.slug}", "cal_")
    setup = tenant_setup(company, api_key=calcom_key, today=today)
    answer = await calcom.post("/sandbox/setup", json=setup)
    answer.raise_for_status()
    event_types = {each["slug"]: each["id"] for each in answer.json()["event_types"]}
    shape = catalogue_shape(company, today)
    company_id = company_id_of(shape)
    async with tenant_session(engine, company_id) as session:
        await insert_company(session, shape)
        await _connect(session, company, event_types, str(calcom.base_url), calcom_key)
        await _keep_api_key(session, api_key)
    return _told(company, company_id, api_key, calcom_key)


async def _connect(
    session: AsyncSession,
    company: DemoCompany,
    event_types: dict[str, int],
    calcom_url: str,
    calcom_key: str,
) -> None:
    connection_id = await upsert_connection(
        session, provider="calcom", base_url=calcom_url, api_key=calcom_key
    )
    for person in company.staff:
        for branch_ref in person.hours:
            slug = event_type_slug(person, company.branch(branch_ref))
            await upsert_event_type(
                session,
                connection_id=connection_id,
                staff_id=seeded_id("staff", person.ref),
                branch_id=seeded_id("branch", branch_ref),
                calcom_event_type_id=event_types[slug],
                lengths_minutes=lengths(company, person, branch_ref),
            )


async def _load_sms(engine: AsyncEngine, sms_url: str, secret: str, api_url: str) -> None:
    """What customers write, and what becomes of our messages, goes to our own webhook."""
    async with httpx.AsyncClient(base_url=sms_url, timeout=SETUP_TIMEOUT_S) as sms:
        for company in demo_companies():
            account = DemoSmsAccount(company, secret)
            async with tenant_session(engine, seeded_id("company", company.ref)) as session:
                connect = partial(
                    upsert_connection,
                    session,
                    provider="twilio",
                    base_url=sms_url,
                    api_key=account.api_key,
                    webhook_secret=account.auth_token,
                )
                # The address has the connection's id in it.
                connection_id = await connect(settings=account.connection_settings())
                webhook = f"{api_url.rstrip('/')}/webhooks/twilio/{connection_id}"
                await connect(settings=account.connection_settings(webhook))
            answer = await sms.post("/sandbox/accounts", json=account.setup(webhook))
            answer.raise_for_status()


async def _keep_api_key(session: AsyncSession, key: str) -> None:
    digest = sha256(key.encode()).hexdigest()
    if await find_owner_of_api_key(session, digest) is None:
        await insert_api_key(
            session, name=KEY_NAME, prefix=key[:KEY_PREFIX_LENGTH], sha256=digest, scopes=()
        )


def _told(company: DemoCompany, company_id: UUID, api_key: str, calcom_key: str) -> Json:
    hotline = company.hotline.phone_numbers if company.hotline else []
    return {
        "slug": company.slug,
        "id": str(company_id),
        "name": company.name,
        "api_key": api_key,
        "calcom_api_key": calcom_key,
        "phone_numbers": [
            *hotline,
            *(n for branch in company.branches for n in branch.phone_numbers),
        ],
        "sms_number": sender_of(company),
        "branches": [
            {
                "ref": branch.ref,
                "id": str(seeded_id("branch", branch.ref)),
                "name": branch.name,
                "phone_number": branch.phone_numbers[0],
                "agent_id": branch.agents[0],
                "email": branch.email,
            }
            for branch in company.branches
        ],
        "services": [
            {"id": str(seeded_id("service", service.ref)), "name": service.name}
            for service in company.services
        ],
        "staff": [
            {"id": str(seeded_id("staff", person.ref)), "name": person.name}
            for person in company.staff
        ],
    }


# --- the shape that the tables are loaded from ----------------------------------------------------


def catalogue_shape(company: DemoCompany, today: date) -> Json:
    """What `insert_company` reads. Rules of every year become dates of this and the next years."""
    hotline = company.hotline
    return {
        **company.model_dump(
            include={
                "slug",
                "name",
                "spoken_names",
                "industry",
                "locale",
                "languages",
                "timezone",
                "booking_model",
                "rules",
                "generic_terms",
            }
        ),
        "id": company.ref,
        "hotline": hotline
        and {
            "phone_numbers": hotline.phone_numbers,
            "retell_agent_ids": hotline.agents,
            "email": hotline.email,
        },
        "branches": [_branch(branch, today) for branch in company.branches],
        "staff": list(_staff(company)),
        "services": [_service(company, service) for service in company.services],
    }


def _branch(branch: DemoBranch, today: date) -> Json:
    copied = {"name", "spoken_names", "address", "bundesland", "phone_numbers", "email"}
    return {
        **branch.model_dump(include={*copied, "staff_phone_number"}),
        "id": branch.ref,
        "forwarded_from_numbers": branch.forwarded_from,
        "retell_agent_ids": branch.agents,
        "opening_hours": _week(branch.hours),
        "special_days": [
            {"date": f"{year}-{month_day}", "opening_hours": _spans(spans)}
            for year in range(today.year, today.year + YEARS_AHEAD)
            for month_day, spans in branch.special_days.items()
        ],
        "closed_on_public_holidays": branch.closed_on_holidays,
        "resources": [
            {"id": room.ref, "name": room.name, "type": room.kind} for room in branch.resources
        ],
    }


def _staff(company: DemoCompany) -> Iterator[Json]:
    for person in company.staff:
        yield {
            **person.model_dump(include={"name", "display_name", "aliases", "role"}),
            "id": person.ref,
            "branches": list(person.hours),
            "working_hours": {ref: _week(hours) for ref, hours in person.hours.items()},
        }


def _service(company: DemoCompany, service: DemoService) -> Json:
    copied = {"name", "aliases", "description", "price_cents", "price_is_from", "price_note"}
    buffers = {"buffer_before_minutes", "buffer_after_minutes"}
    return {
        **service.model_dump(include={*copied, *buffers, "branches"}),
        "id": service.ref,
        "duration_minutes": service.minutes,
        "currency": "EUR",
        "staff": [person.ref for person in company.staff if service.ref in person.services],
        "staff_overrides": {
            ref: {"duration_minutes": other.minutes, "price_cents": other.price_cents}
            for ref, other in service.overrides.items()
        },
        "resources": [{"type": kind, "count": n} for kind, n in service.resources.items()],
        "bookable_by_phone_agent": service.bookable_by_phone,
    }


def _week(hours: Hours) -> dict[str, list[list[str]]]:
    return {weekday: _spans(hours.get(weekday, [])) for weekday in WEEKDAYS}


def _spans(spans: list[Interval]) -> list[list[str]]:
    return [[f"{begin:%H:%M}", f"{end:%H:%M}"] for begin, end in spans]
