"""Whether the database has this checkout's schema, found out without loading the migrations."""

import hashlib
from pathlib import Path

import psycopg

from stack.files import read_object, write_object

FILE = "schema.json"
VERSIONS = Path(__file__).resolve().parents[1] / "migrations" / "versions"


def is_current(data_dir: Path, owner_url: str) -> bool:
    """Nothing to migrate: same migrations as last time, and the database is where they led.

    Asking Alembic costs two seconds of every start; this costs one query.
    """
    last = read_object(data_dir / FILE)
    return last == {"migrations": _fingerprint(), "revision": _revision(owner_url)}


def remember(data_dir: Path, owner_url: str) -> None:
    write_object(data_dir / FILE, {"migrations": _fingerprint(), "revision": _revision(owner_url)})


def _fingerprint() -> str:
    digest = hashlib.sha256()
    for path in sorted(VERSIONS.rglob("*")):
        if path.suffix in {".py", ".sql"}:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _revision(owner_url: str) -> str | None:
    with psycopg.connect(owner_url.replace("postgresql+psycopg://", "postgresql://")) as connection:
        try:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return str(row[0]) if row else None
