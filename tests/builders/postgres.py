"""One PostgreSQL a test session; every test or module gets a database of its own in milliseconds.

A template is migrated once; `CREATE DATABASE … TEMPLATE` copies it.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from db.schema import upgrade
from stack.postgres import OWNER_ROLE, Postgres, start_postgres

TEMPLATE = "askproai_template"


@dataclass(frozen=True, kw_only=True)
class TestDatabase:
    __test__ = False

    name: str
    owner_url: str
    app_url: str
    superuser_url: str


@dataclass(kw_only=True)
class PostgresForTests:
    postgres: Postgres
    _made: int = 0

    def create(self, template: str = TEMPLATE) -> TestDatabase:
        self._made += 1
        name = f"test_{self._made}_{uuid4().hex[:8]}"
        self._run(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(template), sql.Identifier(OWNER_ROLE)
            )
        )
        return self.at(name)

    def drop(self, database: TestDatabase) -> None:
        self._run(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database.name))
        )

    @contextmanager
    def database(self, template: str = TEMPLATE) -> Iterator[TestDatabase]:
        made = self.create(template)
        try:
            yield made
        finally:
            self.drop(made)

    def at(self, name: str) -> TestDatabase:
        return TestDatabase(
            name=name,
            owner_url=_with_database(self.postgres.owner_url, name),
            app_url=_with_database(self.postgres.app_url, name),
            superuser_url=_with_database(self.postgres.superuser_url, name),
        )

    def _run(self, statement: sql.Composed) -> None:
        url = make_url(self.postgres.superuser_url).set(
            drivername="postgresql", database="postgres"
        )
        with psycopg.connect(
            url.render_as_string(hide_password=False), autocommit=True
        ) as connection:
            connection.execute(statement)


def _with_database(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


@contextmanager
def postgres_for_tests() -> Iterator[PostgresForTests]:
    """Starts the server, migrates the template, stops it and removes its data."""
    folder = Path(tempfile.mkdtemp(prefix="askproai-test-pg-"))
    postgres = start_postgres(folder)
    try:
        tests = PostgresForTests(postgres=postgres)
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            # Nothing here outlives the session, and no test pulls the plug on the server.
            tests._run(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(setting)))
        tests._run(sql.SQL("SELECT pg_reload_conf()").format())
        tests._run(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 OWNER {}").format(
                sql.Identifier(TEMPLATE), sql.Identifier(OWNER_ROLE)
            )
        )
        upgrade(tests.at(TEMPLATE).owner_url)
        yield tests
    finally:
        postgres.stop()
        shutil.rmtree(folder, ignore_errors=True)
