"""What all tables share: naming, tenancy, time stamps."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKeyConstraint,
    MetaData,
    Text,
    UniqueConstraint,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# A transaction's company. No tenant set is an error in PostgreSQL itself (unknown parameter, or
# the empty string that a pooled connection keeps, which is no uuid), never an empty answer.
CURRENT_COMPANY = "current_setting('askproai.company_id')::uuid"


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(constraint_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy declares it so)
        datetime: DateTime(timezone=True),
        str: Text(),
        UUID: Uuid(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
        list[str]: JSONB(),
    }


class Stamped:
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), sort_order=90)
    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), onupdate=func.now(), sort_order=91
    )


class Tenant:
    """Rows of one company. The default is the transaction's tenant: inserts need not name it."""

    company_id: Mapped[UUID] = mapped_column(server_default=text(CURRENT_COMPANY), sort_order=-5)


class Identified:
    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4, sort_order=-10)


def company_key() -> ForeignKeyConstraint:
    return ForeignKeyConstraint(["company_id"], ["companies.id"])


def same_company(column: str, target: str, target_column: str = "id") -> ForeignKeyConstraint:
    """A reference that cannot cross tenants: the pair (company, id) must exist there."""
    return ForeignKeyConstraint(
        ["company_id", column], [f"{target}.company_id", f"{target}.{target_column}"]
    )


def referable(table: str, column: str = "id") -> UniqueConstraint:
    """What `same_company` points at."""
    return UniqueConstraint("company_id", column, name=f"{table}_company_id_{column}_key")


def one_of(name: str, column: str, *values: str) -> CheckConstraint:
    """An enumeration as text, so that a value is added without rewriting a type."""
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=name)
