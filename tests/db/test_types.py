"""What is encrypted stays readable through a rotation of keys, and unreadable without them."""

from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import Dialect
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import TypeDecorator

from db import types
from db.types import (
    Encrypted,
    EncryptedBytes,
    EncryptedJson,
    EncryptionNotConfiguredError,
    configure_encryption,
    decrypted,
    encrypted,
    rotated,
)

DIALECT: Dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's own
OLD, NEW = Fernet.generate_key().decode(), Fernet.generate_key().decode()


@pytest.fixture(autouse=True)
def _keys_of_the_session() -> Iterator[None]:
    before = types._Ring.fernet
    yield
    types._Ring.fernet = before


def test_values_come_back_as_they_were() -> None:
    configure_encryption([OLD])
    cases: tuple[tuple[TypeDecorator[Any], Any], ...] = (
        (Encrypted(), "Jörg Ünlü"),
        (EncryptedBytes(), b"\x00\xff"),
        (EncryptedJson(), {"name": "Jörg", "list": [1, None, {"a": True}]}),
    )
    for column, value in cases:
        token = column.process_bind_param(value, DIALECT)
        assert isinstance(token, bytes)
        assert "Jörg".encode() not in token
        assert column.process_result_value(token, DIALECT) == value


def test_nothing_stays_nothing() -> None:
    for column in (Encrypted(), EncryptedBytes(), EncryptedJson()):
        assert column.process_bind_param(None, DIALECT) is None
        assert column.process_result_value(None, DIALECT) is None


def test_a_new_key_in_front_reads_what_the_old_one_wrote() -> None:
    configure_encryption([OLD])
    token = encrypted(b"+49301")
    configure_encryption([NEW, OLD])
    assert decrypted(token) == b"+49301"
    moved = rotated(token)
    configure_encryption([NEW])
    assert decrypted(moved) == b"+49301"
    with pytest.raises(InvalidToken):
        decrypted(token)


def test_without_keys_nothing_is_stored_in_the_clear() -> None:
    types._Ring.fernet = None
    with pytest.raises(EncryptionNotConfiguredError):
        Encrypted().process_bind_param("Erika", DIALECT)
    with pytest.raises(EncryptionNotConfiguredError):
        configure_encryption([])
