"""Rows on disk, so that a restart of the sandbox loses no booking."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path


class Store:
    """Key-value rows by kind in one SQLite file; in memory when there is no path."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(
            path or ":memory:", isolation_level=None, check_same_thread=False
        )
        # A killed process loses nothing with WAL and NORMAL; only a power cut may.
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS row_of"
            " (kind TEXT, key TEXT, body TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID"
        )

    def put(self, kind: str, key: str, body: str) -> None:
        self._db.execute(
            "INSERT INTO row_of VALUES (?, ?, ?)"
            " ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body",
            (kind, key, body),
        )

    def drop(self, kind: str, key: str) -> None:
        self._db.execute("DELETE FROM row_of WHERE kind = ? AND key = ?", (kind, key))

    def clear(self) -> None:
        self._db.execute("DELETE FROM row_of")

    def rows(self, kind: str) -> Iterator[str]:
        for (body,) in self._db.execute("SELECT body FROM row_of WHERE kind = ?", (kind,)):
            yield body

    def close(self) -> None:
        self._db.close()
