"""`askproai connect-caldav`: calendars on a CalDAV server, tried before they are kept."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from uuid import UUID

import yaml
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from activities.providers.caldav import collection_url
from db.models import Company
from db.queries.catalogue import list_branches, list_staff
from db.queries.collections import PersonAtBranch, connect_caldav
from db.session import tenant_session
from integrations.caldav.client import CaldavClient
from integrations.caldav.outcomes import CaldavError
from settings import Settings
from stack.errors import StackError
from wiring import open_database

TRIED = timedelta(days=1)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OneCalendar(_Strict):
    """Names or references, as the catalogue has them."""

    staff: str
    branch: str
    calendar: str


class CaldavFile(_Strict):
    url: str = Field(pattern=r"^https?://")
    username: str | None = None
    auth: Literal["basic", "digest", "bearer"] = "basic"
    calendars: tuple[OneCalendar, ...] = Field(min_length=1)


def connect(settings: Settings, company: str, file: Path, password: str) -> int:
    """How many calendars are connected. Raises `StackError` with what is wrong; then none is."""
    try:
        told = CaldavFile.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise StackError(f"{file.name}: {error}") from error
    return asyncio.run(_connect(settings, company, told, password))


async def _connect(settings: Settings, company: str, told: CaldavFile, password: str) -> int:
    async with AsyncExitStack() as stack:
        owner = open_database(settings, "connect", owner=True)
        stack.push_async_callback(owner.dispose)
        engine = open_database(settings, "connect")
        stack.push_async_callback(engine.dispose)
        company_id = await _company(owner, company)
        collections = await _collections(engine, company_id, told)
        await _try(told, password)
        async with tenant_session(engine, company_id) as session:
            await connect_caldav(
                session,
                base_url=told.url,
                username=told.username,
                password=password,
                auth=told.auth,
                collections=collections,
            )
    return len(collections)


async def _company(owner: AsyncEngine, slug: str) -> UUID:
    async with AsyncSession(owner) as session:
        found = await session.scalar(select(Company.id).where(Company.slug == slug))
    if found is None:
        raise StackError(f"there is no company {slug}")
    return found


async def _collections(
    engine: AsyncEngine, company_id: UUID, told: CaldavFile
) -> dict[PersonAtBranch, str]:
    async with tenant_session(engine, company_id) as session:
        staff = {name: one.id for one in await list_staff(session) for name in (one.ref, one.name)}
        branches = {
            name: one.id for one in await list_branches(session) for name in (one.ref, one.name)
        }
    return {
        (_known(staff, one.staff), _known(branches, one.branch)): one.calendar
        for one in told.calendars
    }


def _known(known: Mapping[str, UUID], name: str) -> UUID:
    if name not in known:
        raise StackError(f"{name} is none of: {', '.join(sorted(known))}")
    return known[name]


async def _try(told: CaldavFile, password: str) -> None:
    """Reads a day of each: an address or a password that is wrong is said now, not in a call."""
    now = datetime.now(UTC)
    client = CaldavClient(
        told.url, username=told.username, password=password, auth=told.auth, intent="background"
    )
    async with client:
        for one in told.calendars:
            try:
                await client.events(collection_url(told.url, one.calendar), now, now + TRIED)
            except CaldavError as error:
                raise StackError(f"{one.calendar}: {error}") from error
