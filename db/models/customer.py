"""People who call. Names and addresses are encrypted; keyed hashes find them again."""

from sqlalchemy import Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Identified, Stamped, Tenant, company_key, referable
from db.types import Encrypted


class Customer(Identified, Tenant, Stamped, Base):
    __tablename__ = "customers"

    name: Mapped[str | None] = mapped_column(Encrypted())
    phone: Mapped[str | None] = mapped_column(Encrypted())
    email: Mapped[str | None] = mapped_column(Encrypted())
    phone_hash: Mapped[str | None]
    email_hash: Mapped[str | None]
    language: Mapped[str | None]
    no_email: Mapped[bool] = mapped_column(server_default=text("false"))
    no_sms: Mapped[bool] = mapped_column(server_default=text("false"))

    __table_args__ = (
        company_key(),
        referable("customers"),
        Index(
            "customers_one_per_phone",
            "company_id",
            "phone_hash",
            unique=True,
            postgresql_where=text("phone_hash IS NOT NULL"),
        ),
        Index(
            "customers_one_per_email",
            "company_id",
            "email_hash",
            unique=True,
            postgresql_where=text("email_hash IS NOT NULL"),
        ),
        Index("customers_page_idx", "company_id", "created_at", "id"),
    )
