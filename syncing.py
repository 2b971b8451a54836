"""`askproai sync`: how it stands with both calendars, and comparing them at once."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client, WorkflowHandle
from temporalio.common import WorkflowIDConflictPolicy
from temporalio.service import RPCError

from contracts.names import TaskQueue
from contracts.sync import CalendarSynced, SyncCalendar
from db.queries import catalogue, sync
from db.queries.sync import CalendarOfCompany, ProposalRecord, StateRecord
from db.session import platform_session, tenant_session
from domain.ids import sync_now_workflow_id
from settings import Settings
from wiring import connect_temporal, open_database
from workflows.sync import CalendarSyncWorkflow

CONNECTIONS_MAX = 1_000
LOOK_EVERY_S = 0.5
# A poll comes each two minutes: with two missed, something keeps it.
LATE = timedelta(minutes=6)


@dataclass(frozen=True, kw_only=True)
class CalendarStatus:
    """`webhook`: class of the last answer to registering it. `drifts`: open ones by kind."""

    company: str
    connection_id: UUID
    state: StateRecord
    webhook: str | None
    drifts: dict[str, int]
    proposals: list[ProposalRecord]

    @property
    def is_well(self) -> bool:
        return self.state.failed_with is None and not self.drifts


def show_status(settings: Settings, company: str | None, console: Console) -> int:
    """Prints a line for each connection; 0 if all is well, 1 if not or there is none."""
    found = asyncio.run(_status(settings, company))
    return _print_status(found, console)


def sync_now(settings: Settings, company: str | None, console: Console) -> int:
    """Compares both calendars of each connection and waits for it; 0 if all came to their end."""
    return asyncio.run(_sync_now(settings, company, console))


# --- status -------------------------------------------------------------------------------------


async def _status(settings: Settings, company: str | None) -> list[CalendarStatus]:
    async with _database(settings) as engine:
        calendars = await _calendars(engine, company)
        return [await _status_of(engine, slug, calendar) for slug, calendar in calendars]


async def _calendars(
    engine: AsyncEngine, company: str | None
) -> list[tuple[str, CalendarOfCompany]]:
    """With their companies' slugs; of one company where one is named."""
    async with platform_session(engine) as session:
        listed = await sync.list_calendars(session, limit=CONNECTIONS_MAX)
    found: list[tuple[str, CalendarOfCompany]] = []
    for calendar in listed:
        async with tenant_session(engine, calendar.company_id) as session:
            slug = (await catalogue.get_company(session)).slug
        if company in (None, slug):
            found.append((slug, calendar))
    return sorted(found, key=lambda one: one[0])


async def _status_of(engine: AsyncEngine, slug: str, calendar: CalendarOfCompany) -> CalendarStatus:
    connection_id = calendar.connection_id
    async with tenant_session(engine, calendar.company_id) as session:
        return CalendarStatus(
            company=slug,
            connection_id=connection_id,
            state=await sync.get_state(session, connection_id),
            webhook=await sync.last_told_of(session, connection_id, "ensure_webhook"),
            drifts=await sync.open_drifts(session, connection_id),
            proposals=await sync.list_proposals(session, connection_id),
        )


def _print_status(found: Sequence[CalendarStatus], console: Console) -> int:
    if not found:
        console.print("No company has a connection to Cal.com.")
        return 1
    now = datetime.now(UTC)
    columns = ("company", "read", "compared", "differs", "webhook", "event types")
    table = Table(*columns, box=None, pad_edge=False)
    for one in found:
        table.add_row(
            one.company,
            _read(one.state, now),
            _compared(one.state, now),
            _counted(one.drifts) or "-",
            one.webhook or "not yet",
            _counted(Counter(proposal.status for proposal in one.proposals)) or "not yet",
        )
    console.print(table)
    for one in found:
        _print_proposals(one, console)
    return int(not all(one.is_well for one in found))


def _read(state: StateRecord, now: datetime) -> str:
    if state.failed_with is not None:
        return f"{_ago(state.polled_at, now)}, then {state.failed_with}"
    late = state.polled_at is not None and now - state.polled_at > LATE
    return f"{_ago(state.polled_at, now)}{' (late)' if late else ''}"


def _compared(state: StateRecord, now: datetime) -> str:
    if state.compared_at is None:
        return "never"
    counts = f"{state.compared_appointments} ours, {state.compared_bookings} theirs"
    return f"{_ago(state.compared_at, now)}: {counts}"


def _ago(at: datetime | None, now: datetime) -> str:
    if at is None:
        return "never"
    seconds = max(0, round((now - at).total_seconds()))
    if seconds < 120:  # noqa: PLR2004 (two minutes)
        return f"{seconds} s ago"
    return f"{seconds // 60} min ago"


def _counted(counts: dict[str, int]) -> str:
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items()))


def _print_proposals(status: CalendarStatus, console: Console) -> None:
    for one in status.proposals:
        if one.status == "mapped":
            continue
        what = {
            "proposed": f"looks like a calendar of ours ({one.to.score} %)",
            "unmatched": "fits nobody by name",
            "gone": "is mapped, and Cal.com has it no more",
        }[one.status]
        title = f" “{one.title}”" if one.title else ""
        console.print(
            f"{status.company}: event type {one.event_type_id}{title} {what}",
            markup=False,
            highlight=False,
        )


# --- now ----------------------------------------------------------------------------------------


async def _sync_now(settings: Settings, company: str | None, console: Console) -> int:
    async with _database(settings) as engine:
        calendars = await _calendars(engine, company)
    if not calendars:
        console.print("No such connection to Cal.com.")
        return 1
    client = await connect_temporal(settings)
    done = await asyncio.gather(
        *(_run(client, slug, calendar, console) for slug, calendar in calendars)
    )
    # How it stands now. It also lets the SDK's threads come to rest: one that hands over an answer
    # while the interpreter ends takes the process down with it.
    _print_status(await _status(settings, company), console)
    return int(not all(done))


async def _run(client: Client, slug: str, calendar: CalendarOfCompany, console: Console) -> bool:
    handle = await client.start_workflow(
        CalendarSyncWorkflow.run,
        SyncCalendar(
            company_id=calendar.company_id, connection_id=calendar.connection_id, compare=True
        ),
        id=sync_now_workflow_id(calendar.connection_id),
        task_queue=TaskQueue.CALLS,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary=f"{slug}: both calendars beside each other, now",
    )
    over = asyncio.Event()
    watching = asyncio.create_task(_watch(handle, slug, console, over))
    try:
        result = await handle.result()
    finally:
        # Never cancelled: a request that is under way when the interpreter ends takes it down.
        over.set()
        await watching
    for line in told(result):
        _say(console, slug, line)
    return result.failed is None


async def _watch(
    handle: WorkflowHandle[CalendarSyncWorkflow, CalendarSynced],
    slug: str,
    console: Console,
    over: asyncio.Event,
) -> None:
    """Says each time that something has been done; that nothing is known yet is no news."""
    before = ""
    while not await _is_over(over):
        try:
            so_far = await handle.query(CalendarSyncWorkflow.so_far)
        except RPCError:  # no worker yet, or it has just ended: the result says so
            continue
        at = f"{so_far.polled.seen} changes read"
        if so_far.compared is not None:
            at += f", {so_far.compared.bookings} bookings compared"
        if at != before:
            _say(console, slug, f"{at} …")
        before = at


async def _is_over(over: asyncio.Event) -> bool:
    try:
        async with asyncio.timeout(LOOK_EVERY_S):
            return await over.wait()
    except TimeoutError:
        return False


def told(result: CalendarSynced) -> list[str]:
    """What a run has found and what was done about it, a line each."""
    polled, compared = result.polled, result.compared
    lines = [f"{polled.seen} changes read, {polled.told} of them news and passed on"]
    if compared is not None:
        lines.append(
            f"{compared.appointments} appointments beside {compared.bookings} bookings:"
            f" {_counted(compared.found) or 'no difference'}"
        )
        lines.append(
            f"{compared.passed_on} to be settled by themselves, {compared.asked} new tasks for"
            f" people, {compared.ended} earlier differences gone"
        )
    if result.mapping is not None:
        counts = _counted({k: n for k, n in result.mapping.model_dump().items() if n})
        lines.append(f"event types at Cal.com: {counts or 'none'}")
    if result.failed is not None:
        lines.append(f"not to its end: {result.failed}; the clock goes on with it")
    return lines


def _say(console: Console, slug: str, line: str) -> None:
    console.print(f"{slug}: {line}", markup=False, highlight=False)


@asynccontextmanager
async def _database(settings: Settings) -> AsyncIterator[AsyncEngine]:
    async with AsyncExitStack() as stack:
        engine = open_database(settings, "sync")
        stack.push_async_callback(engine.dispose)
        yield engine
