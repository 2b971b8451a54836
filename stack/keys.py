"""Passwords and keys of one data folder: made once, at random, and kept in `secrets.json`."""

import secrets
from pathlib import Path

from cryptography.fernet import Fernet
from pydantic import BaseModel, ConfigDict, Field

from stack.files import lock, write_atomically

FILE = "secrets.json"
PASSWORD_BYTES = 24
LOCK_TIMEOUT_S = 10.0


def _password() -> str:
    # URL-safe by its alphabet: it goes into connection URLs unquoted.
    return secrets.token_urlsafe(PASSWORD_BYTES)


def _retell_key() -> str:
    return f"key_{secrets.token_hex(14)}"


def _fernet_key() -> str:
    return Fernet.generate_key().decode()


class StackKeys(BaseModel):
    """Without this file the data beside it cannot be read any more: it is part of the data."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    postgres_superuser_password: str = Field(default_factory=_password)
    postgres_owner_password: str = Field(default_factory=_password)
    postgres_app_password: str = Field(default_factory=_password)
    retell_api_key: str = Field(default_factory=_retell_key)
    phone_hash_key: str = Field(default_factory=_password)
    encryption_key: str = Field(default_factory=_fernet_key)


def load_keys(data_dir: Path) -> StackKeys:
    """The folder's keys. A key that an older version did not know is added to the file."""
    path = data_dir / FILE
    with lock(data_dir / ".secrets.lock", lambda _waited_s: None, LOCK_TIMEOUT_S):
        known = StackKeys.model_validate_json(path.read_text()) if path.exists() else StackKeys()
        text = known.model_dump_json(indent=2) + "\n"
        if not path.exists() or path.read_text() != text:
            write_atomically(path, text)
    return known
