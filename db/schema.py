"""Bringing a database to a version of the schema, from Python."""

import re
from pathlib import Path

from alembic import command
from alembic.config import Config

_HOME = Path(__file__).resolve().parent.parent
_PARTITION = re.compile(r"calls_(default|\d{4}_\d{2})$")


def is_ours(name: str | None, kind: str) -> bool:
    """Partitions of `calls` are made by a function, not by the models."""
    return not (kind == "table" and name is not None and _PARTITION.match(name))


def alembic_config(owner_url: str) -> Config:
    config = Config(str(_HOME / "alembic.ini"))
    config.set_main_option("script_location", str(_HOME / "migrations").replace("%", "%%"))
    config.attributes["url"] = owner_url
    return config


def upgrade(owner_url: str, revision: str = "head") -> None:
    """Blocking; takes well under a second when there is nothing to do."""
    command.upgrade(alembic_config(owner_url), revision)


def downgrade(owner_url: str, revision: str = "base") -> None:
    command.downgrade(alembic_config(owner_url), revision)
