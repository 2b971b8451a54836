"""The migrated schema is what the models say, and the way there goes both ways."""

from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from db.models import Base
from db.schema import alembic_config, downgrade, upgrade
from tests.builders.postgres import PostgresForTests, TestDatabase

_COLUMNS = """
    SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
        a.attidentity::text, pg_get_expr(d.adbin, d.adrelid)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p')
      AND NOT c.relispartition AND c.relname <> 'alembic_version' AND NOT a.attisdropped
"""
_CONSTRAINTS = """
    SELECT c.relname, k.conname, pg_get_constraintdef(k.oid)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
      AND c.relname <> 'alembic_version'
"""
_INDEXES = """
    SELECT c.relname, i.relname, pg_get_indexdef(i.oid)
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
    WHERE c.relnamespace = 'public'::regnamespace AND NOT c.relispartition
      AND c.relname <> 'alembic_version'
"""


def snapshot(url: str) -> dict[str, set[tuple[object, ...]]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = {
            name: {tuple(row) for row in connection.execute(text(query))}
            for name, query in (
                ("columns", _COLUMNS),
                ("constraints", _CONSTRAINTS),
                ("indexes", _INDEXES),
            )
        }
        functions = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        found["functions"] = {tuple(row) for row in connection.execute(text(functions))}
    engine.dispose()
    return found


def test_models_and_migrations_make_the_same_schema(
    postgres: PostgresForTests, database: TestDatabase
) -> None:
    with postgres.database(template="template0") as from_models:
        engine = create_engine(from_models.owner_url)
        Base.metadata.create_all(engine)
        engine.dispose()
        modelled, migrated = snapshot(from_models.owner_url), snapshot(database.owner_url)
    for what in ("columns", "constraints", "indexes"):
        assert migrated[what] - modelled[what] == set()
        assert modelled[what] - migrated[what] == set()
    assert len(migrated["constraints"]) > 100


def test_alembic_finds_nothing_to_do(database: TestDatabase) -> None:
    command.check(alembic_config(database.owner_url))


def test_there_is_one_head() -> None:
    script = ScriptDirectory.from_config(alembic_config("postgresql+psycopg://unused"))
    assert len(script.get_heads()) == 1


def test_up_down_and_up_again_gives_the_same(postgres: PostgresForTests) -> None:
    with postgres.database(template="template0") as fresh:
        nothing = snapshot(fresh.owner_url)
        upgrade(fresh.owner_url)
        first = snapshot(fresh.owner_url)
        downgrade(fresh.owner_url)
        assert snapshot(fresh.owner_url) == nothing
        upgrade(fresh.owner_url)
        assert snapshot(fresh.owner_url) == first
        upgrade(fresh.owner_url)
        assert snapshot(fresh.owner_url) == first


def test_the_platform_owns_what_nobody_else_does(database: TestDatabase) -> None:
    engine = create_engine(database.owner_url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT id::text, slug FROM companies"))
        assert [tuple(row) for row in rows] == [
            ("00000000-0000-0000-0000-000000000000", "_unrouted")
        ]
        ahead = text(
            "SELECT to_regclass('calls_' || to_char(now() + interval '11 months', 'YYYY_MM'))"
        )
        assert connection.scalar(ahead) is not None
    engine.dispose()
