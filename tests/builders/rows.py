"""Rows for tests: plain keyword functions over the real loading code, with invented companies."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from db.models import Resource
from db.queries.appointments import NewAppointment, insert_appointment_once
from db.queries.catalogue import list_branches, list_services, list_staff
from db.queries.customers import upsert_customer
from db.queries.holds import rows_of_call
from db.queries.loading import company_id_of, insert_company
from db.session import tenant_session
from domain.slots.model import Allocation
from domain.timespan import TimeSpan


def week() -> dict[str, list[list[str]]]:
    """A new one each time: tests change what they were given."""
    workdays = ("mon", "tue", "wed", "thu", "fri")
    return {day: [["09:00", "18:00"]] for day in workdays} | {"sat": [], "sun": []}


def company_json(slug: str = "salon-muster", *, number: int = 1) -> dict[str, Any]:
    """One branch, two staff members, one room, two services. `number` keeps phone numbers apart."""
    branch, anna, ben = f"br_{slug}", f"st_{slug}_anna", f"st_{slug}_ben"
    return {
        "id": f"co_{slug}",
        "slug": slug,
        "name": slug.title(),
        "spoken_names": [slug],
        "industry": "hair_salon",
        "locale": "de-DE",
        "languages": ["de", "en"],
        "timezone": "Europe/Berlin",
        "booking_model": "simple",
        "hotline": None,
        "rules": {
            "minimum_notice_minutes": 60,
            "horizon_days": 90,
            "cancel_limit_hours": 24,
            "hold_minutes": 5,
            "slot_interval_minutes": 15,
        },
        "branches": [
            {
                "id": branch,
                "name": "Mitte",
                "spoken_names": ["Mitte"],
                "address": {
                    "street": "Beispielweg 1",
                    "postal_code": "10115",
                    "city": "Berlin",
                    "country": "DE",
                },
                "bundesland": "BE",
                "phone_numbers": [f"+49302312{number:04d}"],
                "staff_phone_number": f"+49302399{number:04d}",
                "forwarded_from_numbers": [f"+49302399{number:04d}"],
                "retell_agent_ids": [f"agent_{slug}"],
                "email": f"mitte@{slug}.example",
                "opening_hours": week(),
                "special_days": [{"date": "2030-12-24", "opening_hours": [["09:00", "12:00"]]}],
                "closed_on_public_holidays": True,
                "resources": [{"id": f"res_{slug}", "name": "Kabine", "type": "cabin"}],
            }
        ],
        "staff": [
            _person(anna, "Anna Beispiel", branch),
            _person(ben, "Ben Muster", branch),
        ],
        "services": [
            _service(f"svc_{slug}_schnitt", "Schnitt", branch, [anna, ben], minutes=30),
            _service(f"svc_{slug}_farbe", "Farbe", branch, [anna], minutes=90, resources=["cabin"])
            | {"staff_overrides": {anna: {"duration_minutes": 75}}},
        ],
        "generic_terms": {"Haare": [f"svc_{slug}_schnitt", f"svc_{slug}_farbe"]},
    }


def _person(ref: str, name: str, branch: str) -> dict[str, Any]:
    return {
        "id": ref,
        "name": name,
        "display_name": name.split(maxsplit=1)[0],
        "aliases": [name.split(maxsplit=1)[0]],
        "role": "Friseurin",
        "branches": [branch],
        "working_hours": {branch: week()},
    }


def _service(
    ref: str,
    name: str,
    branch: str,
    staff: list[str],
    *,
    minutes: int,
    resources: list[str] | None = None,
) -> dict[str, Any]:
    return {
        "id": ref,
        "name": name,
        "aliases": [name.lower()],
        "description": None,
        "duration_minutes": minutes,
        "buffer_before_minutes": 0,
        "buffer_after_minutes": 10,
        "price_cents": 4_200,
        "price_is_from": False,
        "price_note": None,
        "currency": "EUR",
        "staff": staff,
        "resources": [{"type": kind, "count": 1} for kind in resources or ()],
        "bookable_by_phone_agent": True,
        "branches": [branch],
    }


@dataclass(frozen=True, kw_only=True)
class Salon:
    """A company in the database. `staff` and `services` are in the order of its JSON."""

    company_id: UUID
    branch_id: UUID
    staff: tuple[UUID, ...]
    staff_resources: tuple[int, ...]
    room_id: int
    services: tuple[UUID, ...]
    dialled: str
    agent_id: str


async def make_salon(engine: AsyncEngine, slug: str = "salon-muster", *, number: int = 1) -> Salon:
    company = company_json(slug, number=number)
    company_id = company_id_of(company)
    async with tenant_session(engine, company_id) as session:
        await insert_company(session, company)
        branches, staff = await list_branches(session), await list_staff(session)
        services = await list_services(session)
        refs = await session.execute(select(Resource.ref, Resource.id))
        resources = {row.ref: row.id for row in refs}
    return Salon(
        company_id=company_id,
        branch_id=branches[0].id,
        staff=tuple(person.id for person in staff),
        staff_resources=tuple(resources[person.ref] for person in staff),
        room_id=resources[company["branches"][0]["resources"][0]["id"]],
        services=tuple(service.id for service in services),
        dialled=company["branches"][0]["phone_numbers"][0],
        agent_id=company["branches"][0]["retell_agent_ids"][0],
    )


async def make_customer(
    session: AsyncSession, *, name: str = "Erika Beispiel", key: str = ""
) -> UUID:
    unique = key or uuid4().hex
    return await upsert_customer(
        session,
        name=name,
        phone="+493012345",
        phone_hash=f"phone-{unique}",
        email=f"{unique}@kundin.example",
        email_hash=f"mail-{unique}",
        language="de",
    )


async def make_appointment(
    session: AsyncSession,
    salon: Salon,
    *,
    start_at: datetime,
    minutes: int = 30,
    customer_id: UUID | None = None,
    retell_call_id: str | None = None,
    appointment_id: UUID | None = None,
) -> UUID:
    """A held appointment without any slot yet."""
    new = NewAppointment(
        id=appointment_id or uuid4(),
        branch_id=salon.branch_id,
        service_id=salon.services[0],
        customer_id=customer_id or await make_customer(session),
        start_at=start_at,
        end_at=start_at + timedelta(minutes=minutes),
        retell_call_id=retell_call_id,
    )
    assert await insert_appointment_once(session, new)
    return new.id


def make_allocation(
    salon: Salon,
    *,
    start_at: datetime,
    minutes: int = 30,
    buffer_minutes: int = 10,
    staff: int = 0,
    room: bool = False,
) -> Allocation:
    end_at = start_at + timedelta(minutes=minutes)
    rooms = (salon.room_id,) if room else ()
    return Allocation(
        staff_id=salon.staff[staff],
        resource_ids=(salon.staff_resources[staff], *rooms),
        span=TimeSpan(start_at, end_at),
        during=TimeSpan(start_at, end_at + timedelta(minutes=buffer_minutes)),
    )


async def held_for(session: AsyncSession, retell_call_id: str) -> list[UUID]:
    """Appointments that a call holds and that are nobody's yet."""
    rows = await rows_of_call(session, retell_call_id)
    return [row.appointment_id for row in rows if row.is_nobodys]
