"""What a tenant's language model has used up in a month."""

from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, PrimaryKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, Stamped, Tenant, company_key


class ModelUsage(Tenant, Stamped, Base):
    __tablename__ = "model_usage"

    month: Mapped[date]
    tokens: Mapped[int] = mapped_column(BigInteger)
    requests: Mapped[int]

    __table_args__ = (
        PrimaryKeyConstraint("company_id", "month", name="model_usage_pkey"),
        company_key(),
        CheckConstraint("tokens >= 0 AND requests >= 0", name="model_usage_counts_from_zero"),
    )
