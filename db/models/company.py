"""Companies and how they are reached: branches, numbers, agents, opening hours."""

from datetime import date, time
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Identity,
    Index,
    PrimaryKeyConstraint,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import (
    CURRENT_COMPANY,
    Base,
    Identified,
    Stamped,
    Tenant,
    company_key,
    one_of,
    referable,
    same_company,
)

EMPTY_LIST = text("'[]'::jsonb")
EMPTY_OBJECT = text("'{}'::jsonb")


class Company(Identified, Stamped, Base):
    __tablename__ = "companies"

    slug: Mapped[str] = mapped_column(unique=True)
    ref: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    spoken_names: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    industry: Mapped[str]
    locale: Mapped[str]
    languages: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    timezone: Mapped[str]
    booking_model: Mapped[str]
    minimum_notice_minutes: Mapped[int]
    horizon_days: Mapped[int]
    cancel_limit_hours: Mapped[int]
    hold_minutes: Mapped[int]
    slot_interval_minutes: Mapped[int]
    generic_terms: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)
    hotline_email: Mapped[str | None]
    # Minutes before the start, the longest first; none between `quiet_from` and `quiet_to`.
    reminder_minutes: Mapped[list[Any]] = mapped_column(server_default=text("'[1440, 120]'::jsonb"))
    quiet_from: Mapped[time] = mapped_column(server_default=text("'20:00'::time"))
    quiet_to: Mapped[time] = mapped_column(server_default=text("'08:00'::time"))
    follow_up_missed: Mapped[bool] = mapped_column(server_default=text("true"))
    # What is offered first where a wish cannot be met.
    offer_order: Mapped[list[Any]] = mapped_column(
        server_default=text(
            '\'["same_staff", "other_staff", "other_time", "other_branch"]\'::jsonb'
        )
    )
    # So many appointments a branch takes as `reserved` while Cal.com is away.
    outage_bookings_max: Mapped[int] = mapped_column(server_default=text("20"))

    __table_args__ = (
        one_of(
            "companies_known_booking_model",
            "booking_model",
            "simple",
            "multi_branch_hotline",
            "complex_service_matrix",
        ),
        CheckConstraint(
            "minimum_notice_minutes >= 0 AND horizon_days > 0 AND cancel_limit_hours >= 0"
            " AND hold_minutes > 0 AND slot_interval_minutes > 0",
            name="companies_sensible_rules",
        ),
        CheckConstraint("outage_bookings_max >= 0", name="companies_outage_bookings_not_negative"),
    )


class Branch(Identified, Tenant, Stamped, Base):
    __tablename__ = "branches"

    ref: Mapped[str]
    name: Mapped[str]
    spoken_names: Mapped[list[str]] = mapped_column(server_default=EMPTY_LIST)
    street: Mapped[str]
    postal_code: Mapped[str]
    city: Mapped[str]
    country: Mapped[str]
    subdivision: Mapped[str | None]  # ISO 3166-2 without the country, decides public holidays
    timezone: Mapped[str]
    email: Mapped[str | None]
    staff_phone_number: Mapped[str | None]
    closed_on_public_holidays: Mapped[bool]
    position: Mapped[int]
    district: Mapped[str | None]
    # What Retell's inbound answer sets for this branch: `docs/api.md`, "Before a call is answered".
    agent_override: Mapped[dict[str, Any]] = mapped_column(server_default=EMPTY_OBJECT)

    __table_args__ = (
        company_key(),
        referable("branches"),
        UniqueConstraint("company_id", "ref", name="branches_one_per_ref"),
    )


class PhoneNumber(Identified, Tenant, Stamped, Base):
    """A number that callers reach us by. Without a branch it is a hotline."""

    __tablename__ = "phone_numbers"

    e164: Mapped[str]
    branch_id: Mapped[UUID | None]
    kind: Mapped[str]

    __table_args__ = (
        company_key(),
        same_company("branch_id", "branches"),
        UniqueConstraint("e164", name="phone_numbers_one_tenant_per_number"),
        one_of("phone_numbers_known_kind", "kind", "dialled", "forwarded_from"),
        CheckConstraint(r"e164 ~ '^\+[1-9][0-9]{4,14}$'", name="phone_numbers_e164"),
    )


class Agent(Identified, Tenant, Stamped, Base):
    """A Retell agent that speaks for a branch, or for the company's hotline."""

    __tablename__ = "agents"

    retell_agent_id: Mapped[str]
    branch_id: Mapped[UUID | None]

    __table_args__ = (
        company_key(),
        same_company("branch_id", "branches"),
        UniqueConstraint("retell_agent_id", name="agents_one_tenant_per_agent"),
    )


class OpeningHours(Identified, Tenant, Stamped, Base):
    """Wall-clock time in the branch's zone, half-open; Monday is 0; `to <= from` ends next day."""

    __tablename__ = "opening_hours"

    branch_id: Mapped[UUID]
    weekday: Mapped[int]
    from_time: Mapped[time]
    to_time: Mapped[time]

    __table_args__ = (
        company_key(),
        same_company("branch_id", "branches"),
        UniqueConstraint("branch_id", "weekday", "from_time", name="opening_hours_one_per_start"),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="opening_hours_weekday"),
    )


class SpecialDay(Identified, Tenant, Stamped, Base):
    """Replaces the week's hours on a date: `[["09:00", "13:00"]]`, or `[]` for closed."""

    __tablename__ = "special_days"

    branch_id: Mapped[UUID]
    date: Mapped[date]
    intervals: Mapped[list[Any]] = mapped_column(server_default=EMPTY_LIST)

    __table_args__ = (
        company_key(),
        same_company("branch_id", "branches"),
        UniqueConstraint("branch_id", "date", name="special_days_one_per_date"),
    )


class Resource(Stamped, Base):
    """What a reservation blocks: a staff member (type `staff`), a room or a device.

    The id is a bigint of the whole platform, so the exclusion constraint needs no tenant and no
    extension: a resource belongs to one company.
    """

    __tablename__ = "resources"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    company_id: Mapped[UUID] = mapped_column(server_default=text(CURRENT_COMPANY))
    branch_id: Mapped[UUID | None]
    ref: Mapped[str]
    type: Mapped[str]
    name: Mapped[str]

    __table_args__ = (
        company_key(),
        referable("resources"),
        same_company("branch_id", "branches"),
        UniqueConstraint("company_id", "ref", name="resources_one_per_ref"),
        CheckConstraint("type <> ''", name="resources_have_a_type"),
        Index("resources_branch_id_type_idx", "branch_id", "type"),
    )


class CatalogueVersion(Tenant, Stamped, Base):
    """Raised by triggers with whatever changes in the catalogue, once a transaction."""

    __tablename__ = "catalogue_versions"

    version: Mapped[int] = mapped_column(BigInteger)
    changed_in: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (
        PrimaryKeyConstraint("company_id", name="catalogue_versions_pkey"),
        company_key(),
    )
