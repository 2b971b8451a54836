"""The month's budget of a language model: taken before asking, set right after it."""

from datetime import date

from sqlalchemy import Date, cast, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import ModelUsage

_THIS_MONTH = cast(func.date_trunc("month", func.timezone("UTC", func.now())), Date)


async def take_tokens(session: AsyncSession, *, tokens: int, budget: int) -> date | None:
    """The month they were taken from, or None: then they would have gone past the budget.

    One statement, so that calls which ask at the same moment cannot spend the same rest.
    """
    first = select(_THIS_MONTH, literal(tokens), literal(1)).where(literal(tokens) <= budget)
    new = insert(ModelUsage).from_select(["month", "tokens", "requests"], first)
    taken = new.on_conflict_do_update(
        constraint="model_usage_pkey",
        set_={
            "tokens": ModelUsage.tokens + tokens,
            "requests": ModelUsage.requests + 1,
            "updated_at": func.now(),
        },
        where=ModelUsage.tokens + tokens <= budget,
    ).returning(ModelUsage.month)
    return await session.scalar(taken)


async def set_tokens_right(session: AsyncSession, month: date, *, taken: int, used: int) -> None:
    """`used` is what the endpoint counted, more or less than was taken."""
    await session.execute(
        update(ModelUsage)
        .where(ModelUsage.month == month)
        .values(tokens=func.greatest(ModelUsage.tokens - taken + used, 0))
    )


async def tokens_of_month(session: AsyncSession) -> int:
    """Used, or taken and not yet set right, in the running month (UTC)."""
    query = select(ModelUsage.tokens).where(ModelUsage.month == _THIS_MONTH)
    return await session.scalar(query) or 0
