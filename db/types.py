"""Column types that are encrypted at rest: what leaves the process is a Fernet token.

The first configured key encrypts, every configured key decrypts, so a key is rotated by putting
the new one in front and rewriting rows at leisure (`rotated`).
"""

import json
from collections.abc import Sequence
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from sqlalchemy import Dialect, LargeBinary
from sqlalchemy.types import TypeDecorator
from typing_extensions import override


class EncryptionNotConfiguredError(RuntimeError):
    """`configure_encryption` was not called: storing plain text instead is not an option."""


class _Ring:
    fernet: MultiFernet | None = None


def configure_encryption(keys: Sequence[str]) -> None:
    """Sets the process's Fernet keys, newest first."""
    if not keys:
        raise EncryptionNotConfiguredError("no encryption keys were given")
    _Ring.fernet = MultiFernet([Fernet(key) for key in keys])


def _fernet() -> MultiFernet:
    if _Ring.fernet is None:
        raise EncryptionNotConfiguredError("call configure_encryption(keys) first")
    return _Ring.fernet


def encrypted(plain: bytes) -> bytes:
    """For SQL functions, which take what the column would have stored."""
    return _fernet().encrypt(plain)


def decrypted(token: bytes) -> bytes:
    return _fernet().decrypt(token)


def rotated(token: bytes) -> bytes:
    """The same value under the newest key."""
    return _fernet().rotate(token)


class EncryptedBytes(TypeDecorator[bytes]):
    impl = LargeBinary
    cache_ok = True

    @override
    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else encrypted(value)

    @override
    def process_result_value(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        return None if value is None else decrypted(bytes(value))


class Encrypted(TypeDecorator[str]):
    impl = LargeBinary
    cache_ok = True

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        return None if value is None else encrypted(value.encode())

    @override
    def process_result_value(self, value: bytes | None, dialect: Dialect) -> str | None:
        return None if value is None else decrypted(bytes(value)).decode()


class EncryptedJson(TypeDecorator[Any]):
    """Any JSON value. None is SQL NULL, never an encrypted `null`."""

    impl = LargeBinary
    cache_ok = True

    @override
    def process_bind_param(self, value: object, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return encrypted(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())

    @override
    def process_result_value(self, value: bytes | None, dialect: Dialect) -> Any:
        return None if value is None else json.loads(decrypted(bytes(value)))
