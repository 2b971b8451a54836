"""Composition root: settings in, connected parts out. Processes and tests build through it."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncEngine
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.runtime import Runtime
from temporalio.worker import Worker
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.asking import ConnectionGauges
from activities.availability import Availability
from activities.calendar import CompanyCalendar
from activities.calendar_events import CalendarEvents
from activities.calendar_looks import CalendarLooks
from activities.calendar_view import CalendarView
from activities.calls import PostgresCalls
from activities.changes import EngineChanges
from activities.free_times import FreeTimes
from activities.functions import PostgresFunctions, code_of
from activities.life import PostgresLife
from activities.live import RetellLive
from activities.notify import Notices
from activities.slots import PostgresSlots
from activities.sms_outbox import SmsOutbox
from activities.sync import CalendarSync
from activities.sync_schedules import SyncSchedules
from activities.texting import TextNotices
from activities.understanding import ModelWitness
from activities.upkeep import Upkeep
from api.calendar_events import start_calendar_event
from api.runtime import ApiRuntime
from api.webhooks.passing_on import pass_on
from contracts.names import TaskQueue
from db.engine import make_engine
from db.types import configure_encryption
from domain.slots import holidays_of
from integrations.calcom.limits import Gates
from integrations.calcom.shared import Shared, open_shared
from integrations.calcom.unknown import tell_of_unknown
from integrations.caldav.breaker import CaldavGates
from integrations.mail import MailClient
from observability.interceptors import LogIds
from observability.logs import configure_logs
from observability.metrics import CALCOM_UNKNOWN_MESSAGES
from settings import Settings, get_settings
from workflows.appointment import AppointmentWorkflow
from workflows.calendar_event import (
    CalendarEventWorkflow,
    CalendarSweepWorkflow,
)
from workflows.call import CallWorkflow
from workflows.schedules import ensure_schedules, ensure_syncs
from workflows.sync import CalendarSyncWorkflow, SyncConnectionsWorkflow
from workflows.upkeep import MonthsAheadWorkflow, WebhookSweepWorkflow

if TYPE_CHECKING:
    from fastapi import FastAPI

# A worker that stops lets its activities end; a mail or a request to Cal.com takes no longer.
SHUTDOWN_GRACE = timedelta(seconds=12)
# Cached workflows: appointments live for weeks but are read from history when they wake.
CACHED_WORKFLOWS = 500
CONNECT_TRIES = 8
CONNECT_WAIT_S = 0.25
# Cal.com allows 120 requests a minute for each key: more hands than this only queue up there.
CALENDAR_HANDS = 20
NOTICE_HANDS = 10
# Workflows get their own modules anew for each run. Messages and pure rules have no state, and
# building their classes again was 85 % of a worker's CPU with fifty calls at once: workflow tasks
# ran out of their ten seconds, were repeated, and the queue grew instead of shrinking. Building the
# workflows' own modules was half of what a caller waits for the first answer (decision 0015); tests
# leave these in the sandbox, which finds there what is not deterministic.
WORKFLOW_RUNNER = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules(
        "contracts", "domain", "workflows"
    )
)


def plain(secret: SecretStr | None) -> str | None:
    return secret.get_secret_value() if secret is not None else None


def open_database(settings: Settings, process: str, *, owner: bool = False) -> AsyncEngine:
    """The pool of this process; also hands the encryption keys to the column types."""
    configure_encryption([key.get_secret_value() for key in settings.encryption_keys])
    url = settings.database_owner_url if owner else settings.database_url
    return make_engine(
        url.get_secret_value(),
        pool_size=settings.database_pool_size,
        application_name=f"askproai-{process}",
    )


async def connect_temporal(settings: Settings, runtime: Runtime | None = None) -> Client:
    """Tries for half a minute: at boot the server may be a moment behind. Raises RuntimeError."""
    for attempt in range(CONNECT_TRIES):
        try:
            return await Client.connect(
                settings.temporal_address,
                namespace=settings.temporal_namespace,
                data_converter=pydantic_data_converter,
                identity=f"askproai-{os.getpid()}",
                runtime=runtime,
            )
        except RuntimeError:
            if attempt == CONNECT_TRIES - 1:
                raise
            await asyncio.sleep(CONNECT_WAIT_S * 2**attempt)
    raise AssertionError("the last try either returned or raised")


def make_mail_client(settings: Settings) -> MailClient:
    return MailClient(
        settings.smtp_host,
        settings.smtp_port,
        username=settings.smtp_username,
        password=plain(settings.smtp_password),
        starttls=settings.smtp_starttls,
    )


def count_unknown_message(operation: str, status: int) -> None:
    CALCOM_UNKNOWN_MESSAGES.labels(operation=operation, status=status).inc()


def make_workers(
    settings: Settings,
    client: Client,
    engine: AsyncEngine,
    http: httpx.AsyncClient,
    queues: Sequence[TaskQueue],
    *,
    shared: Shared,
) -> list[Worker]:
    """One worker for each queue that this process serves."""
    gates = make_gates(settings, shared)
    makers = {
        TaskQueue.CALLS: lambda: _calls_worker(
            settings, client, engine, make_functions(settings, engine, gates)
        ),
        TaskQueue.INTEGRATIONS: lambda: _integrations_worker(settings, client, engine, http, gates),
        TaskQueue.NOTIFY: lambda: _notify_worker(settings, client, engine, http),
    }
    return [makers[queue]() for queue in queues]


def make_functions(settings: Settings, engine: AsyncEngine, gates: Gates) -> PostgresFunctions:
    """With Cal.com's free times as all workers know them, or this process alone."""
    return PostgresFunctions(
        engine,
        phone_key=settings.phone_hash_key.get_secret_value(),
        calendar=CalendarView(engine, FreeTimes(gates.shared.cache)),
    )


def _calls_worker(
    settings: Settings, client: Client, engine: AsyncEngine, functions: PostgresFunctions
) -> Worker:
    slots, life = PostgresSlots(engine), PostgresLife(engine)
    runtime = make_api_runtime(settings, client, engine)
    calls, upkeep = runtime.calls, Upkeep(engine, partial(pass_on, runtime))
    changes = EngineChanges(client)
    events = CalendarEvents(engine, client, partial(start_calendar_event, client, engine))
    steps: Sequence[Any] = [
        changes.change,
        functions.take,
        functions.conclude_booking,
        functions.conclude_change,
        functions.release,
        slots.reserve,
        slots.confirm,
        slots.release,
        slots.find_offers,
        slots.check_change,
        slots.mark_passed,
        life.plan,
        life.follow_calendar,
        life.mark_missed,
        calls.record_events,
        calls.plan,
        calls.settle,
        upkeep.find_lost_events,
        upkeep.pass_on_events,
        upkeep.ensure_months,
        events.decide,
        events.note_unheard,
        events.make_room,
        events.find_lost,
        events.start_lost,
        SyncSchedules(engine, partial(ensure_syncs, client)).ensure_schedules,
    ]
    return Worker(
        client,
        task_queue=TaskQueue.CALLS,
        workflows=[
            CallWorkflow,
            AppointmentWorkflow,
            CalendarEventWorkflow,
            CalendarSweepWorkflow,
            CalendarSyncWorkflow,
            SyncConnectionsWorkflow,
            WebhookSweepWorkflow,
            MonthsAheadWorkflow,
        ],
        activities=steps,
        workflow_runner=WORKFLOW_RUNNER,
        max_cached_workflows=CACHED_WORKFLOWS,
        # A task waits for its local steps inside its own ten seconds: more of them than can have
        # a connection soon would run out of time here instead of waiting in their queue.
        max_concurrent_workflow_tasks=2 * settings.database_pool_size,
        max_concurrent_local_activities=settings.database_pool_size,
        graceful_shutdown_timeout=SHUTDOWN_GRACE,
        interceptors=[LogIds()],
    )


def make_gates(settings: Settings, shared: Shared) -> Gates:
    """What every request to Cal.com goes through; one for all queues of a process."""
    return Gates(
        shared,
        per_minute=settings.calcom_requests_per_minute,
        open_s=settings.calcom_breaker_open_s,
        watch=ConnectionGauges(),
    )


def _integrations_worker(
    settings: Settings,
    client: Client,
    engine: AsyncEngine,
    http: httpx.AsyncClient,
    gates: Gates,
) -> Worker:
    tell_of_unknown(count_unknown_message)
    times = FreeTimes(gates.shared.cache)
    caldav = CaldavGates(
        open_s=settings.calcom_breaker_open_s, changed=ConnectionGauges().caldav_breaker
    )
    calendar = CompanyCalendar(
        engine,
        http,
        attendee_domain=settings.attendee_domain,
        gates=gates,
        view=CalendarView(engine, times),
        caldav=caldav,
    )
    looks = CalendarLooks(
        engine,
        http,
        attendee_domain=settings.attendee_domain,
        public_url=settings.public_url,
        gates=gates,
        view=CalendarView(engine, times),
        start=partial(start_calendar_event, client, engine),
    )
    sync = CalendarSync(engine, http, gates, partial(start_calendar_event, client, engine))
    availability = Availability(
        engine, http, gates, times, warming=settings.warm_free_times, caldav=caldav
    )
    live = RetellLive(
        engine,
        http,
        base_url=settings.retell_api_base_url,
        api_key=next((plain(key) for key in settings.retell_api_keys), None),
    )
    return Worker(
        client,
        task_queue=TaskQueue.INTEGRATIONS,
        activities=[
            calendar.book,
            calendar.move,
            calendar.cancel,
            calendar.withdraw,
            availability.fetch,
            availability.find_cold,
            availability.warm,
            looks.look,
            looks.cancel_seen,
            looks.verify_alone,
            looks.ensure_webhook,
            sync.poll,
            sync.compare,
            sync.finish,
            sync.read_mapping,
            live.tell_live,
            ModelWitness(engine, http).ask_model,
        ],
        max_concurrent_activities=CALENDAR_HANDS,
        graceful_shutdown_timeout=SHUTDOWN_GRACE,
        interceptors=[LogIds()],
    )


def _notify_worker(
    settings: Settings, client: Client, engine: AsyncEngine, http: httpx.AsyncClient
) -> Worker:
    texts = TextNotices(
        engine,
        SmsOutbox(engine, http),
        mail_domain=settings.mail_domain,
        code_of=code_of(settings.phone_hash_key.get_secret_value()),
        public_url=settings.public_url,
    )
    notices = Notices(
        engine,
        make_mail_client(settings),
        texts,
        sender=settings.mail_from,
        mail_domain=settings.mail_domain,
    )
    return Worker(
        client,
        task_queue=TaskQueue.NOTIFY,
        activities=[notices.appointment, notices.call, notices.code],
        max_concurrent_activities=NOTICE_HANDS,
        graceful_shutdown_timeout=SHUTDOWN_GRACE,
        interceptors=[LogIds()],
    )


def make_api_runtime(
    settings: Settings, client: Client, engine: AsyncEngine, shared: Shared | None = None
) -> ApiRuntime:
    calls = PostgresCalls(engine, phone_key=settings.phone_hash_key.get_secret_value())
    calendars = make_gates(settings, shared) if shared is not None and shared.by_all else None
    return ApiRuntime(
        engine=engine, temporal=client, settings=settings, calls=calls, calendars=calendars
    )


@asynccontextmanager
async def open_api(settings: Settings) -> AsyncIterator[ApiRuntime]:
    """What the API answers with; closed when the block is left."""
    async with AsyncExitStack() as stack:
        engine = open_database(settings, "api")
        stack.push_async_callback(engine.dispose)
        client = await connect_temporal(settings)
        shared = await stack.enter_async_context(open_shared(settings.cache_url))
        yield make_api_runtime(settings, client, engine, shared)


def make_api() -> "FastAPI":
    """Factory for uvicorn: `wiring:make_api`."""
    # Workers and the command line come through this module as well: FastAPI costs them a second.
    from api.main import create_app  # noqa: PLC0415

    settings = get_settings()
    configure_logs(settings.log_format, settings.log_level, "api")
    return create_app(partial(open_api, settings))


@asynccontextmanager
async def running_workers(
    settings: Settings,
    queues: Sequence[TaskQueue] = tuple(TaskQueue),
    runtime: Runtime | None = None,
) -> AsyncIterator[Client]:
    """Connected, polling workers; leaving the block lets running steps end and closes all."""
    async with AsyncExitStack() as stack:
        engine = open_database(settings, "worker")
        stack.push_async_callback(engine.dispose)
        # The library loads a country when first asked, which takes a second: not in a call's step.
        for country in ("DE", "AT", "CH"):
            await asyncio.to_thread(holidays_of, country, None, datetime.now(UTC).year)
        client = await connect_temporal(settings, runtime)
        http = await stack.enter_async_context(httpx.AsyncClient())
        shared = await stack.enter_async_context(open_shared(settings.cache_url))
        for worker in make_workers(settings, client, engine, http, queues, shared=shared):
            await stack.enter_async_context(worker)
        if TaskQueue.CALLS in queues:
            await ensure_schedules(client)
        yield client
