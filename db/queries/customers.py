"""Customers: found by keyed hashes of phone and mail address, made once."""

from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, and_, or_, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Customer
from db.queries.paging import Page, decode_cursor, make_page, page_size


@dataclass(frozen=True, kw_only=True)
class CustomerRecord:
    id: UUID
    name: str | None = field(repr=False)
    phone: str | None = field(repr=False)
    email: str | None = field(repr=False)
    phone_hash: str | None
    language: str | None
    no_email: bool
    no_sms: bool
    created_at: datetime


@dataclass(frozen=True)
class _Said:
    name: str | None
    phone: str | None
    phone_hash: str | None
    email: str | None
    email_hash: str | None
    language: str | None


async def upsert_customer(
    session: AsyncSession,
    *,
    name: str | None = None,
    phone: str | None = None,
    phone_hash: str | None = None,
    email: str | None = None,
    email_hash: str | None = None,
    language: str | None = None,
) -> UUID:
    """Finds by phone, else makes; what is new is added, the last name and address count.

    A mail address finds only where no phone is given, or whom nothing but it is known of: a family
    shares one, and what is said for one number must not be told to another. Without phone and mail
    address (an anonymous caller) each call makes a customer of its own.
    """
    said = _Said(name, phone, phone_hash, email, email_hash, language)
    found = await _find(session, phone_hash, email_hash)
    if found is None:
        made = await _make(session, said)
        if made is not None:
            return made
        found = await _find(session, phone_hash, email_hash)
        if found is None:
            raise LookupError("a customer vanished between two statements")
    await _complete(session, found, said)
    return found.id


async def get_customer(session: AsyncSession, customer_id: UUID) -> CustomerRecord | None:
    customer = await session.get(Customer, customer_id)
    return _record(customer) if customer else None


async def find_customer_by_phone(session: AsyncSession, phone_hash: str) -> CustomerRecord | None:
    customer = await session.scalar(select(Customer).where(Customer.phone_hash == phone_hash))
    return _record(customer) if customer else None


async def list_customers(
    session: AsyncSession, *, limit: int = 50, cursor: str | None = None
) -> Page[CustomerRecord]:
    """Newest first."""
    query = select(Customer).order_by(Customer.created_at.desc(), Customer.id.desc())
    if cursor is not None:
        at, key = decode_cursor(cursor)
        query = query.where(tuple_(Customer.created_at, Customer.id) < (at, UUID(key)))
    rows = [_record(c) for c in await session.scalars(query.limit(page_size(limit) + 1))]
    return make_page(rows, limit, lambda customer: (customer.created_at, customer.id))


async def _find(
    session: AsyncSession, phone_hash: str | None, email_hash: str | None
) -> Customer | None:
    keys: list[ColumnElement[bool]] = []
    if phone_hash is not None:
        keys.append(Customer.phone_hash == phone_hash)
    if email_hash is not None:
        of_address = Customer.email_hash == email_hash
        no_phone = Customer.phone_hash.is_(None)
        keys.append(of_address if phone_hash is None else and_(of_address, no_phone))
    if not keys:
        return None
    found = await session.scalars(
        select(Customer).where(or_(*keys)).order_by(Customer.created_at).with_for_update()
    )
    # Who has the phone, or nothing but the address; of a family that shares it, the first.
    return min(found, key=lambda c: c.phone_hash != phone_hash, default=None)


async def _make(session: AsyncSession, said: _Said) -> UUID | None:
    """None when somebody else made this customer at the same moment."""
    new = insert(Customer).values(id=uuid4(), **asdict(said))
    return await session.scalar(new.on_conflict_do_nothing().returning(Customer.id))


async def _complete(session: AsyncSession, customer: Customer, said: _Said) -> None:
    customer.name = said.name or customer.name
    customer.language = said.language or customer.language
    if said.phone_hash is not None and customer.phone_hash is None:
        customer.phone, customer.phone_hash = said.phone, said.phone_hash
    if said.email_hash is not None and customer.email_hash != said.email_hash:
        customer.email, customer.email_hash = said.email, said.email_hash
    await session.flush()


def _record(customer: Customer) -> CustomerRecord:
    return CustomerRecord(
        **{name: getattr(customer, name) for name in CustomerRecord.__dataclass_fields__}
    )
