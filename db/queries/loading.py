"""Loading one company of the catalogue's JSON shape. Loading it again changes nothing."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, time
from typing import Any
from uuid import UUID

from sqlalchemy import delete, literal_column
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    Agent,
    Base,
    Branch,
    Company,
    OpeningHours,
    PhoneNumber,
    Resource,
    Service,
    ServiceBranch,
    SpecialDay,
    StaffBranch,
    StaffMember,
    StaffService,
    StaffSpecialDay,
    WorkingHours,
)
from db.queries.catalogue import STAFF_TYPE
from domain.ids import seeded_id

Json = Mapping[str, Any]
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def company_id_of(company: Json) -> UUID:
    """The tenant under which `insert_company` has to run."""
    return seeded_id("company", company["id"])


async def insert_company(session: AsyncSession, company: Json) -> UUID:
    """In a tenant session of `company_id_of(company)`. Ids follow from the references.

    Rows that are there are brought up to date; hours, days off and the matrix are replaced.
    """
    company_id = company_id_of(company)
    await _upsert(session, Company, [_company(company_id, company)])
    await _upsert(session, Branch, list(_branches(company)))
    await _reach(session, company)
    await _opening(session, company)
    resource_ids = await _resources(session, company)
    await _upsert(session, Service, list(_services(company)))
    await _upsert(session, StaffMember, list(_staff(company, resource_ids)))
    await _matrix(session, company)
    await _work(session, company)
    return company_id


def _company(company_id: UUID, company: Json) -> dict[str, Any]:
    rules, hotline = company["rules"], company.get("hotline") or {}
    terms = {
        term: [str(seeded_id("service", ref)) for ref in refs]
        for term, refs in company.get("generic_terms", {}).items()
    }
    copied = ("slug", "name", "spoken_names", "industry", "locale", "languages", "timezone")
    limits = (
        "minimum_notice_minutes",
        "horizon_days",
        "cancel_limit_hours",
        "hold_minutes",
        "slot_interval_minutes",
    )
    return {
        "id": company_id,
        "ref": company["id"],
        **{name: company[name] for name in copied},
        "booking_model": company["booking_model"],
        **{name: rules[name] for name in limits},
        "generic_terms": terms,
        "hotline_email": hotline.get("email"),
    }


def _branches(company: Json) -> Iterator[dict[str, Any]]:
    for position, branch in enumerate(company["branches"]):
        address = branch["address"]
        yield {
            "id": seeded_id("branch", branch["id"]),
            "ref": branch["id"],
            "name": branch["name"],
            "spoken_names": branch.get("spoken_names", []),
            "street": address["street"],
            "postal_code": address["postal_code"],
            "city": address["city"],
            "country": address["country"],
            "subdivision": branch.get("bundesland"),
            "timezone": branch.get("timezone", company["timezone"]),
            "email": branch.get("email"),
            "staff_phone_number": branch.get("staff_phone_number"),
            "closed_on_public_holidays": branch.get("closed_on_public_holidays", True),
            "position": position,
            "district": branch.get("district"),
        }


async def _reach(session: AsyncSession, company: Json) -> None:
    """Numbers and agents, of the branches and of the hotline. A number of another tenant fails."""
    numbers: list[dict[str, Any]] = []
    agents: list[dict[str, Any]] = []
    for place in (*company["branches"], company.get("hotline") or {}):
        branch_id = seeded_id("branch", place["id"]) if "id" in place else None
        kinds = (
            ("dialled", place.get("phone_numbers", ())),
            ("forwarded_from", place.get("forwarded_from_numbers", ())),
        )
        numbers += [
            {
                "id": seeded_id("phone_number", e164),
                "e164": e164,
                "branch_id": branch_id,
                "kind": kind,
            }
            for kind, listed in kinds
            for e164 in listed
        ]
        agents += [
            {"id": seeded_id("agent", ref), "retell_agent_id": ref, "branch_id": branch_id}
            for ref in place.get("retell_agent_ids", ())
        ]
    await _upsert(session, PhoneNumber, numbers)
    await _upsert(session, Agent, agents)


async def _opening(session: AsyncSession, company: Json) -> None:
    hours: list[dict[str, Any]] = []
    days: list[dict[str, Any]] = []
    for branch in company["branches"]:
        branch_id = seeded_id("branch", branch["id"])
        key = f"opening_hours:{branch['id']}"
        hours += [{**row, "branch_id": branch_id} for row in _week(key, branch["opening_hours"])]
        days += [
            {
                "id": seeded_id("special_day", f"{branch['id']}:{day['date']}"),
                "branch_id": branch_id,
                "date": date.fromisoformat(day["date"]),
                "intervals": day["opening_hours"],
            }
            for day in branch.get("special_days", ())
        ]
    await _replace(session, OpeningHours, hours)
    await _replace(session, SpecialDay, days)


async def _resources(session: AsyncSession, company: Json) -> dict[str, int]:
    """Reference -> the number that the database gave it, for rooms and for staff."""
    wanted = [
        {
            "ref": resource["id"],
            "branch_id": seeded_id("branch", branch["id"]),
            "type": resource["type"],
            "name": resource["name"],
        }
        for branch in company["branches"]
        for resource in branch.get("resources", ())
    ]
    wanted += [
        {"ref": person["id"], "branch_id": None, "type": STAFF_TYPE, "name": person["name"]}
        for person in company["staff"]
    ]
    new = insert(Resource).values(wanted)
    keep = {name: new.excluded[name] for name in ("branch_id", "type", "name")}
    rows = await session.execute(
        new.on_conflict_do_update(index_elements=["company_id", "ref"], set_=keep).returning(
            Resource.ref, Resource.id
        )
    )
    return {row.ref: row.id for row in rows}


def _staff(company: Json, resource_ids: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    for position, person in enumerate(company["staff"]):
        yield {
            "id": seeded_id("staff", person["id"]),
            "ref": person["id"],
            "name": person["name"],
            "display_name": person.get("display_name", person["name"]),
            "aliases": person.get("aliases", []),
            "role": person.get("role"),
            "resource_id": resource_ids[person["id"]],
            "position": position,
        }


def _services(company: Json) -> Iterator[dict[str, Any]]:
    for position, service in enumerate(company["services"]):
        yield {
            "id": seeded_id("service", service["id"]),
            "ref": service["id"],
            "name": service["name"],
            "aliases": service.get("aliases", []),
            "description": service.get("description"),
            "duration_minutes": service["duration_minutes"],
            "buffer_before_minutes": service.get("buffer_before_minutes", 0),
            "buffer_after_minutes": service.get("buffer_after_minutes", 0),
            "price_cents": service.get("price_cents"),
            "price_is_from": service.get("price_is_from", False),
            "price_note": service.get("price_note"),
            "currency": service.get("currency", "EUR"),
            "resource_needs": service.get("resources", []),
            "bookable_by_phone_agent": service.get("bookable_by_phone_agent", True),
            "position": position,
        }


async def _matrix(session: AsyncSession, company: Json) -> None:
    where: list[dict[str, Any]] = []
    who: list[dict[str, Any]] = []
    for service in company["services"]:
        service_id = seeded_id("service", service["id"])
        overrides = service.get("staff_overrides", {})
        where += [
            {"service_id": service_id, "branch_id": seeded_id("branch", ref)}
            for ref in service["branches"]
        ]
        who += [
            {
                "staff_id": seeded_id("staff", ref),
                "service_id": service_id,
                "duration_minutes": overrides.get(ref, {}).get("duration_minutes"),
                "price_cents": overrides.get(ref, {}).get("price_cents"),
            }
            for ref in service["staff"]
        ]
    await _replace(session, ServiceBranch, where)
    await _replace(session, StaffService, who)


async def _work(session: AsyncSession, company: Json) -> None:
    """Where and when each person works; `special_days` replace the week's hours of a date."""
    places: list[dict[str, Any]] = []
    hours: list[dict[str, Any]] = []
    days: list[dict[str, Any]] = []
    for person in company["staff"]:
        staff_id = seeded_id("staff", person["id"])
        for ref in person["branches"]:
            place = {"staff_id": staff_id, "branch_id": seeded_id("branch", ref)}
            places.append(place)
            week = person.get("working_hours", {}).get(ref, {})
            hours += [
                {**row, **place} for row in _week(f"working_hours:{person['id']}:{ref}", week)
            ]
            days += [
                {
                    "id": seeded_id("staff_special_day", f"{person['id']}:{ref}:{day['date']}"),
                    **place,
                    "date": date.fromisoformat(day["date"]),
                    "intervals": day["working_hours"],
                }
                for day in person.get("special_days", {}).get(ref, ())
            ]
    await _replace(session, StaffBranch, places)
    await _replace(session, WorkingHours, hours)
    await _replace(session, StaffSpecialDay, days)


def _week(key: str, week: Mapping[str, Sequence[Sequence[str]]]) -> Iterator[dict[str, Any]]:
    for weekday, name in enumerate(WEEKDAYS):
        for opens, closes in week.get(name, ()):
            yield {
                "id": seeded_id("hours", f"{key}:{name}:{opens}"),
                "weekday": weekday,
                "from_time": time.fromisoformat(opens),
                "to_time": time.fromisoformat(closes),
            }


async def _upsert(session: AsyncSession, model: type[Base], rows: list[dict[str, Any]]) -> None:
    if not rows:
        return
    new = insert(model).values(rows)
    keep = {name: new.excluded[name] for name in rows[0] if name != "id"}
    keep["updated_at"] = literal_column("now()")
    await session.execute(new.on_conflict_do_update(index_elements=["id"], set_=keep))


async def _replace(session: AsyncSession, model: type[Base], rows: list[dict[str, Any]]) -> None:
    """The tenant's rows of a table, all of them: row security keeps the delete to the tenant."""
    await session.execute(delete(model).execution_options(synchronize_session=False))
    if rows:
        await session.execute(insert(model).values(rows))
