"""A company's calendars on a CalDAV server: connected by a file, tried before they are kept."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine

import connecting
import wiring
from db.queries.connections import ConnectionRecord, get_connection, list_event_types
from db.session import tenant_session
from settings import Settings
from stack.errors import StackError
from tests.builders.caldav import PASSWORD, USER, Person, Radicale, running_radicale
from tests.builders.postgres import TestDatabase
from tests.builders.rows import Salon, make_salon

ANNA, BEN = "Anna Beispiel", "Ben Muster"


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with running_radicale(tmp_path_factory.mktemp("radicale")) as running:
        yield running


@pytest.fixture
def person(radicale: Radicale) -> Iterator[Person]:
    made = radicale.person()
    yield made
    made.close()


@pytest.fixture
async def salon(engine: AsyncEngine) -> Salon:
    return await make_salon(engine)


@pytest.fixture
def settings(database: TestDatabase, monkeypatch: pytest.MonkeyPatch) -> Settings:
    # The keys of this run are known already.
    monkeypatch.setattr(wiring, "configure_encryption", lambda _: None)
    return Settings(
        _env_file=None,
        database_url=SecretStr(database.app_url),
        database_owner_url=SecretStr(database.superuser_url),
        encryption_keys=[],
    )


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "calendars.yaml"


def write(file: Path, url: str, **calendars: str) -> None:
    """`anna` and `ben`: where their calendars are."""
    names = {"anna": ANNA, "ben": BEN, "ida": "Ida Unbekannt"}
    listed = [
        {"staff": names[who], "branch": "Mitte", "calendar": path}
        for who, path in calendars.items()
    ]
    told = {"url": url, "username": USER, "calendars": listed}
    file.write_text(yaml.safe_dump(told), encoding="utf-8")


async def connect(settings: Settings, file: Path, password: str = PASSWORD) -> int:
    return await asyncio.to_thread(connecting.connect, settings, "salon-muster", file, password)


async def stored(engine: AsyncEngine, salon: Salon) -> ConnectionRecord | None:
    async with tenant_session(engine, salon.company_id) as session:
        return await get_connection(session, provider="caldav")


async def test_each_person_has_a_number_that_stays_theirs(
    engine: AsyncEngine, salon: Salon, settings: Settings, file: Path, person: Person
) -> None:
    first, second, third = (person.new_calendar() for _ in range(3))
    write(file, person.url, anna=first, ben=second)
    assert await connect(settings, file) == 2
    write(file, person.url, ben=third)
    assert await connect(settings, file) == 1
    async with tenant_session(engine, salon.company_id) as session:
        [ben] = await list_event_types(session)
    found = await stored(engine, salon)
    assert found is not None
    assert (ben.staff_id, ben.lengths_minutes) == (salon.staff[1], [])
    assert found.settings["calendars"] == {str(ben.calcom_event_type_id): third}
    assert (found.base_url, found.api_key) == (person.url, PASSWORD)


async def test_a_wrong_password_or_address_or_name_is_said_and_nothing_kept(
    engine: AsyncEngine, salon: Salon, settings: Settings, file: Path, person: Person
) -> None:
    path = person.new_calendar()
    write(file, person.url, anna=path)
    with pytest.raises(StackError, match="HTTP 401"):
        await connect(settings, file, "ein anderes")
    write(file, person.url, anna=path, ben=f"/{USER}/weg/")
    with pytest.raises(StackError, match="HTTP 404"):
        await connect(settings, file)
    write(file, person.url, ida=path)
    with pytest.raises(StackError, match=r"Ida Unbekannt is none of: .*Anna Beispiel"):
        await connect(settings, file)
    assert await stored(engine, salon) is None
