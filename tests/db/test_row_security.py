"""No row of one tenant is seen, written or moved by another; generated over all tables."""

from collections.abc import AsyncIterator, Iterator
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db.engine import make_engine
from db.models import Base
from db.session import PLATFORM_COMPANY_ID, tenant_session
from tests.builders.everything import insert_everywhere
from tests.builders.postgres import PostgresForTests, TestDatabase
from tests.builders.rows import Salon, make_salon

TABLES = sorted(Base.metadata.tables)
TENANT_TABLES = [name for name in TABLES if name != "companies"]
WRITABLE = [n for n in TENANT_TABLES if n not in {"webhook_events", "catalogue_versions"}]


def test_every_table_belongs_to_a_tenant() -> None:
    without = [n for n in TENANT_TABLES if "company_id" not in Base.metadata.tables[n].columns]
    assert without == []


@pytest.fixture(scope="module")
def database(postgres: PostgresForTests) -> Iterator[TestDatabase]:
    """One for the module: its tests try to change rows and must not be able to."""
    with postgres.database() as made:
        yield made


@pytest.fixture(scope="module")
async def engine(database: TestDatabase) -> AsyncIterator[AsyncEngine]:
    made = make_engine(database.app_url, pool_size=5, application_name="test")
    yield made
    await made.dispose()


@pytest.fixture(scope="module")
async def owner_engine(database: TestDatabase) -> AsyncIterator[AsyncEngine]:
    made = make_engine(database.owner_url, pool_size=5, application_name="test-owner")
    yield made
    await made.dispose()


@pytest.fixture(scope="module")
async def two(engine: AsyncEngine, owner_engine: AsyncEngine) -> tuple[Salon, Salon]:
    first = await make_salon(engine, "erster", number=1)
    second = await make_salon(engine, "zweiter", number=2)
    await insert_everywhere(owner_engine, first, "a")
    await insert_everywhere(owner_engine, second, "b")
    return first, second


async def test_each_tenant_sees_its_rows_of_every_table_and_no_others(
    engine: AsyncEngine, owner_engine: AsyncEngine, two: tuple[Salon, Salon]
) -> None:
    for salon in two:
        for name in TABLES:
            column = "id" if name == "companies" else "company_id"
            async with tenant_session(engine, salon.company_id) as session:
                seen = await session.execute(text(f"SELECT {column} FROM {name}"))  # noqa: S608
                owners = [row[0] for row in seen]
            async with owner_engine.connect() as connection:
                query = text(f"SELECT count(*) FROM {name} WHERE {column} = :id")  # noqa: S608
                own = await connection.scalar(query, {"id": salon.company_id})
            assert own, f"no row of {name} to tell anything by"
            assert owners == [salon.company_id] * own, name


async def _refusals(url: str, *, used: bool) -> dict[str, str]:
    """What each table answers to a connection without a tenant, new or back from the pool."""
    engine = make_engine(url, pool_size=1, application_name="test-no-tenant")
    answers = {}
    if used:
        async with tenant_session(engine, PLATFORM_COMPANY_ID) as session:
            await session.execute(text("SELECT * FROM branches"))
    for name in TABLES:
        async with engine.connect() as connection:
            try:
                rows = await connection.execute(text(f"SELECT * FROM {name}"))  # noqa: S608
                answers[name] = f"{len(list(rows))} rows"
            except DBAPIError as error:
                answers[name] = type(error.orig).__name__
    await engine.dispose()
    return answers


async def test_without_a_tenant_there_is_an_error_not_an_empty_answer(
    database: TestDatabase, two: tuple[Salon, Salon], postgres: PostgresForTests
) -> None:
    new = dict.fromkeys(TABLES, "UndefinedObject")
    assert await _refusals(database.app_url, used=False) == new
    with postgres.database() as empty:
        assert await _refusals(empty.app_url, used=False) == new


async def test_a_connection_that_served_a_tenant_forgets_it(
    database: TestDatabase, two: tuple[Salon, Salon]
) -> None:
    forgotten = dict.fromkeys(TABLES, "InvalidTextRepresentation")
    assert await _refusals(database.app_url, used=True) == forgotten


async def _as_other_tenant(
    engine: AsyncEngine, owner_engine: AsyncEngine, table: Table, owner: UUID, asker: UUID
) -> tuple[str, AsyncConnection]:
    """The asker's transaction with a row of the owner at hand, as a literal."""
    async with owner_engine.connect() as connection:
        query = text(f"SELECT {table.name}::text FROM {table.name} WHERE company_id = :id LIMIT 1")  # noqa: S608
        row = str(await connection.scalar(query, {"id": owner}))
    connection = await engine.connect()
    await connection.begin()
    set_tenant = text("SELECT set_config('askproai.company_id', :id, true)")
    await connection.execute(set_tenant, {"id": str(asker)})
    return row, connection


@pytest.mark.parametrize("name", WRITABLE)
async def test_a_row_for_another_tenant_is_refused(
    engine: AsyncEngine, owner_engine: AsyncEngine, two: tuple[Salon, Salon], name: str
) -> None:
    """The very row that the other tenant has, inserted again: row security speaks first."""
    first, second = (salon.company_id for salon in two)
    table = Base.metadata.tables[name]
    row, connection = await _as_other_tenant(engine, owner_engine, table, first, second)
    columns = [column.name for column in table.columns if column.identity is None]
    listed = ", ".join(columns)
    values = ", ".join(f"(CAST(:row AS {name})).{column}" for column in columns)
    try:
        with pytest.raises(ProgrammingError, match="row-level security"):
            await connection.execute(
                text(f"INSERT INTO {name} ({listed}) SELECT {values}"),
                {"row": row},
            )
    finally:
        await connection.close()


@pytest.mark.parametrize("name", WRITABLE)
async def test_rows_of_another_tenant_cannot_be_changed_or_removed(
    engine: AsyncEngine, owner_engine: AsyncEngine, two: tuple[Salon, Salon], name: str
) -> None:
    first, second = (salon.company_id for salon in two)
    async with owner_engine.connect() as connection:
        count = text(f"SELECT count(*) FROM {name} WHERE company_id = :id")  # noqa: S608
        before = await connection.scalar(count, {"id": first})
    for statement in (
        f"UPDATE {name} SET company_id = :second WHERE company_id = :first",  # noqa: S608
        f"DELETE FROM {name} WHERE company_id = :first",  # noqa: S608
    ):
        try:
            async with tenant_session(engine, second) as session:
                done = await session.execute(text(statement), {"first": first, "second": second})
                assert done.rowcount == 0  # type: ignore[attr-defined]  # a cursor result
        except ProgrammingError as error:
            assert "permission denied" in str(error)  # noqa: PT017  (either answer is right)
    async with owner_engine.connect() as connection:
        assert await connection.scalar(count, {"id": first}) == before


@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE customers DISABLE ROW LEVEL SECURITY",
        "DROP POLICY customers_one_tenant ON customers",
        "CREATE POLICY all_of_it ON customers USING (true)",
        "TRUNCATE customers",
        "DROP TABLE customers",
        "CREATE TABLE mine (id int)",
        "ALTER ROLE askproai_app BYPASSRLS",
        "SET ROLE askproai_owner",
        "SELECT * FROM calls_default",
        "DELETE FROM audit_log",
        "UPDATE audit_log SET actor = 'nobody'",
        "DELETE FROM reservations",
        (
            "INSERT INTO webhook_events (id, source, event_id, kind, body)"
            " VALUES (gen_random_uuid(), 's', 'e', 'k', '')"
        ),
        "CREATE FUNCTION find_number(text, int) RETURNS int LANGUAGE sql AS 'SELECT 1'",
    ],
)
async def test_the_application_cannot_get_round_it(engine: AsyncEngine, statement: str) -> None:
    async with engine.connect() as connection:
        await connection.execute(
            text("SELECT set_config('askproai.company_id', :id, true)"),
            {"id": str(PLATFORM_COMPANY_ID)},
        )
        with pytest.raises(ProgrammingError, match=r"must be owner|permission denied"):
            await connection.execute(text(statement))


async def test_row_security_is_on_for_every_table_and_its_partitions(
    owner_engine: AsyncEngine,
) -> None:
    query = text(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        " AND relkind IN ('r', 'p') AND NOT relrowsecurity"
    )
    async with owner_engine.connect() as connection:
        assert [row[0] for row in await connection.execute(query)] == ["alembic_version"]


async def test_functions_of_the_owner_are_pinned_and_not_for_everybody(
    owner_engine: AsyncEngine,
) -> None:
    query = text(
        "SELECT proname, proconfig::text, has_function_privilege('public', oid, 'execute'),"
        " has_function_privilege('askproai_app', oid, 'execute') FROM pg_proc"
        " WHERE pronamespace = 'public'::regnamespace AND prosecdef"
        " AND prorettype <> 'trigger'::regtype"  # nobody calls those
    )
    async with owner_engine.connect() as connection:
        rows = list(await connection.execute(query))
    assert len(rows) >= 12
    for name, config, for_all, for_app in rows:
        assert "search_path=pg_catalog, public, pg_temp" in config, name
        assert (for_all, for_app) == (False, True), name


async def test_references_cannot_cross_tenants(
    engine: AsyncEngine, two: tuple[Salon, Salon]
) -> None:
    first, second = two
    async with tenant_session(engine, second.company_id) as session:
        with pytest.raises(DBAPIError, match="agents_company_id_branch_id_fkey"):
            await session.execute(
                text("INSERT INTO agents (id, retell_agent_id, branch_id) VALUES (:id, 'x', :b)"),
                {"id": uuid4(), "b": first.branch_id},
            )
