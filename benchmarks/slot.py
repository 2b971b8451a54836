"""The slot constraint alone: PostgreSQL without engine, API or calendar."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from activities.slots import PostgresSlots
from benchmarks.diary import PLAIN_CALL
from benchmarks.figures import Row, Section
from benchmarks.timing import BenchmarkError, Sizes, Tell, one_by_one, started
from contracts.appointments import ReserveSlot, SlotHeld, SlotRefused
from db.engine import make_engine
from db.queries.appointments import NewAppointment, insert_appointment_once
from db.queries.audit import write_audit
from db.queries.catalogue import load_branch_plan
from db.queries.customers import upsert_customer
from db.queries.loading import company_id_of, insert_company
from db.queries.slots import try_reserve
from db.schema import upgrade
from db.session import tenant_session
from db.types import configure_encryption
from domain.ids import seeded_id
from domain.slots import Allocation
from domain.timespan import TimeSpan
from sandbox.caller.diary import Taken, Wish, pick
from sandbox.caller.plans import length
from sandbox.catalogue import catalogue_shape
from sandbox.companies import demo_company
from stack.keys import load_keys
from stack.postgres import Postgres, start_postgres

RIVALS = 50
WARM_UP = 5
LENGTH, APART = timedelta(minutes=30), timedelta(hours=1)
PLAIN, RESERVE, RACE = "plain", "reserve", "race"


@dataclass(frozen=True, kw_only=True)
class _Salon:
    """One demo company in a database of its own, with a customer for each rival."""

    engine: AsyncEngine
    company_id: UUID
    wish: Wish
    staff_id: UUID
    resource_id: int
    customers: Sequence[UUID]

    @property
    def branch_id(self) -> UUID:
        return seeded_id("branch", self.wish.branch)

    @property
    def service_id(self) -> UUID:
        return seeded_id("service", self.wish.service)


async def measure_slot(sizes: Sizes, folder: Path, tell: Tell) -> Section:
    async with AsyncExitStack() as stack:
        tell("slot: starting PostgreSQL")
        postgres = await stack.enter_async_context(
            started(partial(start_postgres, folder), Postgres.stop)
        )
        await asyncio.to_thread(upgrade, postgres.owner_url)
        configure_encryption([load_keys(folder).encryption_key])
        # A connection for each rival, so that all of them are at the database at once.
        engine = make_engine(postgres.app_url, pool_size=RIVALS, application_name="benchmarks")
        stack.push_async_callback(engine.dispose)
        bench = _Bench(salon=await _load(engine))
        version = await _warm_up(bench)
        for number in range(sizes.rounds):
            tell(f"slot: round {number + 1} of {sizes.rounds}")
            await bench.round(sizes.reserves_each, sizes.races_each)
    return Section(
        title="The slot constraint alone", notes=_notes(version), rows=_rows(bench.samples)
    )


async def _load(engine: AsyncEngine) -> _Salon:
    wish = PLAIN_CALL.wish
    if wish is None or wish.staff is None:
        raise BenchmarkError(f"{PLAIN_CALL.key} wishes for nobody")
    shape = catalogue_shape(demo_company(wish.company), datetime.now(UTC).date())
    company_id, staff_id = company_id_of(shape), seeded_id("staff", wish.staff)
    async with tenant_session(engine, company_id) as session:
        await insert_company(session, shape)
        plan = await load_branch_plan(session, seeded_id("branch", wish.branch))
        customers = [await _customer(session, number) for number in range(RIVALS)]
    return _Salon(
        engine=engine,
        company_id=company_id,
        wish=wish,
        staff_id=staff_id,
        resource_id=next(person.resource_id for person in plan.staff if person.id == staff_id),
        customers=customers,
    )


async def _customer(session: AsyncSession, number: int) -> UUID:
    return await upsert_customer(
        session,
        name=f"Benno Messner {number}",
        phone=None,
        phone_hash=None,
        email=f"benno.messner{number}@example.org",
        email_hash=f"benchmark-{number}",
    )


async def _warm_up(bench: "_Bench") -> str:
    """Opens every connection that will be used; gives the server's version."""
    everybody_is_in = asyncio.Barrier(RIVALS)

    async def connect() -> str:
        async with tenant_session(bench.salon.engine, bench.salon.company_id) as session:
            await everybody_is_in.wait()
            return str(await session.scalar(text("SHOW server_version")))

    versions = await asyncio.gather(*(connect() for _ in range(RIVALS)))
    await bench.round(WARM_UP, 0)
    await bench.race(bench.claim(), rivals=WARM_UP)
    bench.samples.clear()
    return versions[0].split()[0]


@dataclass(kw_only=True)
class _Bench:
    salon: _Salon
    samples: dict[str, list[tuple[float, ...]]] = field(default_factory=dict)
    _claimed: list[Taken] = field(default_factory=list)
    # Beyond every slot that the rivals want.
    _next_at: datetime = field(
        default_factory=lambda: datetime.now(UTC).replace(minute=0) + timedelta(days=365)
    )

    async def round(self, reserves: int, races: int) -> None:
        self._keep(PLAIN, await one_by_one(range(reserves), self._insert))
        wanted = [await self._appointment() for _ in range(reserves)]
        self._keep(RESERVE, await one_by_one(wanted, self._reserve))
        starts = [self.claim() for _ in range(races)]
        self._keep(RACE, await one_by_one(starts, self.race))

    def _keep(self, name: str, samples: tuple[float, ...]) -> None:
        self.samples.setdefault(name, []).append(samples)

    async def _insert(self, number: int) -> None:
        """The least that a step of ours can do: a row under row-level security, committed."""
        async with tenant_session(self.salon.engine, self.salon.company_id) as session:
            await write_audit(
                session,
                actor="benchmark",
                action="benchmark.nothing",
                subject_type="benchmark",
                subject_id=str(number),
            )

    async def _appointment(self) -> NewAppointment:
        """Its row, as it is before the slot is taken; this is not measured."""
        salon, start_at = self.salon, self._next_at
        self._next_at += APART
        new = NewAppointment(
            id=uuid4(),
            branch_id=salon.branch_id,
            service_id=salon.service_id,
            customer_id=salon.customers[0],
            start_at=start_at,
            end_at=start_at + LENGTH,
        )
        async with tenant_session(salon.engine, salon.company_id) as session:
            await insert_appointment_once(session, new)
        return new

    async def _reserve(self, wanted: NewAppointment) -> None:
        span = TimeSpan(wanted.start_at, wanted.end_at)
        allocation = Allocation(
            staff_id=self.salon.staff_id,
            resource_ids=(self.salon.resource_id,),
            span=span,
            during=span,
        )
        async with tenant_session(self.salon.engine, self.salon.company_id) as session:
            took = await try_reserve(
                session, appointment_id=wanted.id, revision=0, allocation=allocation
            )
        if not took:
            raise BenchmarkError(f"a free slot was refused: {wanted.start_at}")

    def claim(self) -> datetime:
        wish = self.salon.wish
        start = pick(wish, now=datetime.now(UTC), taken=self._claimed)
        end = start + length(wish)
        self._claimed.append(Taken(branch=wish.branch, start_at=start, end_at=end))
        return start

    async def race(self, start_at: datetime, rivals: int = RIVALS) -> None:
        """The step as the saga takes it, by all at once; over when the last one has its answer."""
        salon, slots = self.salon, PostgresSlots(self.salon.engine)
        found = await asyncio.gather(
            *(
                slots.reserve(
                    ReserveSlot(
                        appointment_id=uuid4(),
                        company_id=salon.company_id,
                        branch_id=salon.branch_id,
                        service_id=salon.service_id,
                        staff_id=salon.staff_id,
                        staff_hard=True,
                        customer_id=customer_id,
                        start_at=start_at,
                    )
                )
                for customer_id in salon.customers[:rivals]
            )
        )
        answers = [each.answer for each in found]
        won = sum(isinstance(answer, SlotHeld) for answer in answers)
        offered = sum(isinstance(a, SlotRefused) and len(a.offers) > 0 for a in answers)
        if (won, offered) != (1, rivals - 1):
            raise BenchmarkError(f"{won} of {rivals} got the slot, {offered} got offers")


def _rows(samples: dict[str, list[tuple[float, ...]]]) -> list[Row]:
    plain = Row(
        key="c1",
        what="a plain insert, committed",
        unit="ms",
        rounds=samples[PLAIN],
    )
    reserve = Row(
        key="c2",
        what="a free slot taken (`try_reserve`), committed",
        unit="ms",
        rounds=samples[RESERVE],
        against=plain,
    )
    race = Row(
        key="c3",
        what=f"{RIVALS} at once for one slot: 1 holds it, {RIVALS - 1} have offers",
        unit="ms",
        rounds=samples[RACE],
    )
    return [plain, reserve, race]


def _notes(version: str) -> str:
    return f"""\
- PostgreSQL {version}, as embedded: every commit is written through to disk.
- Each sample is one transaction with its own round trips, from a Python client. The plain insert
  (an audit entry) is the floor of any step that writes.
- The race is the saga's whole first step, {RIVALS} times on {RIVALS} connections at once: read the
  branch's rules, judge the wish, take the slot, or look for the nearest free starts. It counts only
  with exactly one winner and offers for all others.
"""
