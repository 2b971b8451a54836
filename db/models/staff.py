"""Staff, services and which of them go together, where, for how long and at what price."""

from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Identified, Stamped, Tenant, company_key, referable, same_company
from db.models.company import EMPTY_LIST


class StaffMember(Identified, Tenant, Stamped, Base):
    __tablename__ = "staff"

    ref: Mapped[str]
    name: Mapped[str]
    display_name: Mapped[str]
    aliases: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    role: Mapped[str | None]
    resource_id: Mapped[int] = mapped_column(BigInteger)
    position: Mapped[int]

    __table_args__ = (
        company_key(),
        referable("staff"),
        same_company("resource_id", "resources"),
        UniqueConstraint("company_id", "ref", name="staff_one_per_ref"),
        UniqueConstraint("resource_id", name="staff_one_resource_each"),
    )


class Service(Identified, Tenant, Stamped, Base):
    """`resource_needs` is `[{"type": "cabin", "count": 1}]`, besides the staff member."""

    __tablename__ = "services"

    ref: Mapped[str]
    name: Mapped[str]
    aliases: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    description: Mapped[str | None]
    duration_minutes: Mapped[int]
    buffer_before_minutes: Mapped[int]
    buffer_after_minutes: Mapped[int]
    price_cents: Mapped[int | None]
    price_is_from: Mapped[bool]
    price_note: Mapped[str | None]
    currency: Mapped[str]
    resource_needs: Mapped[list[Any]] = mapped_column(server_default=EMPTY_LIST)
    bookable_by_phone_agent: Mapped[bool]
    position: Mapped[int]

    __table_args__ = (
        company_key(),
        referable("services"),
        UniqueConstraint("company_id", "ref", name="services_one_per_ref"),
        CheckConstraint(
            "duration_minutes > 0 AND buffer_before_minutes >= 0 AND buffer_after_minutes >= 0",
            name="services_take_time",
        ),
        CheckConstraint("price_cents >= 0", name="services_price_not_negative"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="services_currency_iso_4217"),
    )


class ServiceBranch(Tenant, Stamped, Base):
    __tablename__ = "service_branches"

    service_id: Mapped[UUID] = mapped_column(primary_key=True)
    branch_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        company_key(),
        same_company("service_id", "services"),
        same_company("branch_id", "branches"),
        Index("service_branches_branch_id_idx", "branch_id"),
    )


class StaffService(Tenant, Stamped, Base):
    """The matrix. Length and price replace the service's own where they are set."""

    __tablename__ = "staff_services"

    staff_id: Mapped[UUID] = mapped_column(primary_key=True)
    service_id: Mapped[UUID] = mapped_column(primary_key=True)
    duration_minutes: Mapped[int | None]
    price_cents: Mapped[int | None]

    __table_args__ = (
        company_key(),
        same_company("staff_id", "staff"),
        same_company("service_id", "services"),
        Index("staff_services_service_id_idx", "service_id"),
        CheckConstraint("duration_minutes > 0", name="staff_services_take_time"),
        CheckConstraint("price_cents >= 0", name="staff_services_price_not_negative"),
    )


class StaffBranch(Tenant, Stamped, Base):
    __tablename__ = "staff_branches"

    staff_id: Mapped[UUID] = mapped_column(primary_key=True)
    branch_id: Mapped[UUID] = mapped_column(primary_key=True)

    __table_args__ = (
        company_key(),
        same_company("staff_id", "staff"),
        same_company("branch_id", "branches"),
        Index("staff_branches_branch_id_idx", "branch_id"),
    )


class WorkingHours(Identified, Tenant, Stamped, Base):
    """Wall-clock time in the branch's zone, half-open; Monday is 0; `to <= from` ends next day."""

    __tablename__ = "working_hours"

    staff_id: Mapped[UUID]
    branch_id: Mapped[UUID]
    weekday: Mapped[int]
    from_time: Mapped[time]
    to_time: Mapped[time]

    __table_args__ = (
        company_key(),
        same_company("staff_id", "staff"),
        same_company("branch_id", "branches"),
        UniqueConstraint(
            "staff_id", "branch_id", "weekday", "from_time", name="working_hours_one_per_start"
        ),
        Index("working_hours_branch_id_idx", "branch_id"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="working_hours_weekday"),
    )


class Absence(Identified, Tenant, Stamped, Base):
    __tablename__ = "absences"

    staff_id: Mapped[UUID]
    start_at: Mapped[datetime]
    end_at: Mapped[datetime]
    kind: Mapped[str]

    __table_args__ = (
        company_key(),
        same_company("staff_id", "staff"),
        Index("absences_staff_id_start_at_idx", "staff_id", "start_at"),
        CheckConstraint("start_at < end_at", name="absences_not_empty"),
    )


class StaffSpecialDay(Identified, Tenant, Stamped, Base):
    """Replaces the week's working hours on a date: `[["09:00", "13:00"]]`, or `[]` for off."""

    __tablename__ = "staff_special_days"

    staff_id: Mapped[UUID]
    branch_id: Mapped[UUID]
    date: Mapped[date]
    intervals: Mapped[list[Any]] = mapped_column(server_default=EMPTY_LIST)

    __table_args__ = (
        company_key(),
        same_company("staff_id", "staff"),
        same_company("branch_id", "branches"),
        UniqueConstraint("staff_id", "branch_id", "date", name="staff_special_days_one_per_date"),
    )
