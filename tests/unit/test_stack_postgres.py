"""PostgreSQL out of the wheel: roles, passwords, and what a killed one leaves behind."""

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import LiteralString

import psutil
import psycopg
import pytest

from stack.errors import StackError
from stack.postgres import Postgres, start_postgres


def plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def ask(url: str, query: LiteralString) -> object:
    with psycopg.connect(plain(url)) as connection:
        row = connection.execute(query).fetchone()
        return row[0] if row else None


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("postgres")


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[Postgres]:
    server = start_postgres(folder)
    yield server
    server.stop()


def test_it_is_version_18_in_utf8_with_synced_writes(server: Postgres) -> None:
    assert str(ask(server.app_url, "SHOW server_version")).startswith("18.")
    assert ask(server.app_url, "SHOW server_encoding") == "UTF8"
    assert ask(server.app_url, "SHOW fsync") == "on"
    assert ask(server.app_url, "SHOW timezone") == "UTC"


def test_neither_role_can_get_round_row_level_security(server: Postgres) -> None:
    query = """
        SELECT count(*) FILTER (WHERE rolsuper OR rolbypassrls OR rolcreaterole OR rolreplication),
               count(*)
        FROM pg_roles WHERE rolname LIKE 'askproai%'
    """
    with psycopg.connect(plain(server.app_url)) as connection:
        assert connection.execute(query).fetchone() == (0, 2)


def test_the_owner_owns_the_database_and_the_application_does_not(server: Postgres) -> None:
    query = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'askproai'"
    assert ask(server.app_url, query) == "askproai_owner"
    with (
        psycopg.connect(plain(server.app_url)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute("CREATE TABLE public.mine ()")


def test_a_wrong_password_is_refused(server: Postgres) -> None:
    url = server.app_url.replace("askproai_app:", "askproai_app:x")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(plain(url))


def test_it_does_not_run_as_root_and_the_folder_is_its_own(server: Postgres, folder: Path) -> None:
    assert psutil.Process(server.child.pid).uids().effective != 0
    assert stat.S_IMODE((folder / "postgres").stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "secrets.json").stat().st_mode) == 0o600


def make_table(server: Postgres) -> None:
    with psycopg.connect(plain(server.owner_url)) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")


def test_data_and_passwords_survive_a_kill_of_everything(tmp_path: Path) -> None:
    first = start_postgres(tmp_path)
    try:
        make_table(first)
        os.kill(first.child.pid, signal.SIGKILL)
        first.child.exit_code()
        second = start_postgres(tmp_path)
        try:
            assert second.app_url.split("@")[0] == first.app_url.split("@")[0]
            assert ask(second.owner_url, "SELECT answer FROM kept") == 42
        finally:
            second.stop()
    finally:
        first.stop()


def test_one_that_still_runs_on_the_data_is_stopped_first(tmp_path: Path) -> None:
    first = start_postgres(tmp_path)
    try:
        make_table(first)
        second = start_postgres(tmp_path)
        try:
            assert ask(second.owner_url, "SELECT answer FROM kept") == 42
            assert first.child.exit_code() is not None
        finally:
            second.stop()
    finally:
        first.stop()


def test_a_lock_file_that_names_a_stranger_is_no_obstacle(tmp_path: Path) -> None:
    """After a reboot the id in postmaster.pid may be anybody's, here this test's own."""
    first = start_postgres(tmp_path)
    lock_file = tmp_path / "postgres" / "postmaster.pid"
    lines = lock_file.read_text().splitlines()
    first.stop()
    lock_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    second = start_postgres(tmp_path)
    try:
        assert ask(second.app_url, "SELECT 1") == 1
    finally:
        second.stop()


def test_an_interrupted_initdb_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "postgres.new").mkdir()
    (tmp_path / "postgres.new" / "half").write_text("written")
    server = start_postgres(tmp_path)
    try:
        assert ask(server.app_url, "SELECT 1") == 1
    finally:
        server.stop()


def test_lost_keys_are_told_and_not_made_anew_silently(tmp_path: Path) -> None:
    start_postgres(tmp_path).stop()
    (tmp_path / "secrets.json").unlink()
    with pytest.raises(StackError, match=r"secrets\.json does not hold the passwords"):
        start_postgres(tmp_path)
