"""The whole system on one machine: servers, sandbox, API and worker, below one data folder."""

import asyncio
import os
import signal
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from stack import catalogue, children, schema
from stack.errors import StackError
from stack.files import try_lock
from stack.info import FILE, DemoCompany, StackInfo, describe
from stack.ports import choose_ports
from stack.postgres import make_roles_and_database, prepare_postgres, stop_leftovers
from stack.processes import Child, ProcessIdentity, ProcessRecord
from stack.progress import Progress, SilentProgress
from stack.supervisor import Supervisor
from stack.temporal_cli import get_temporal
from stack.temporal_server import keep_histories, prepare_temporal, trigger_schedule

PARTS = ("postgres", "temporal", "sandbox", "schema", "catalogue", "api", "worker")
# Those who ask are stopped before those who are asked.
STOP_WAVES = (("worker", "api"), ("sandbox", "temporal", "postgres"))
LOCK_FILE = "up.lock"
SUPERVISOR = "up"
# Of `workflows/schedules.py`: each connection gets a schedule, and each new one its webhook.
CONNECTIONS_SCHEDULE = "sync-connections"
# Longer than all its waves take, if each part has to be killed.
SUPERVISOR_STOP_TIMEOUT_S = 60.0


class AlreadyRunningError(StackError):
    """Another process keeps a stack running on the same data folder."""


class EmbeddedStack:
    """`await start(progress)`, then it is kept alive until `await stop()`.

    `parts` leaves some out, for tests that need only the servers; what depends on a part that
    is left out must be left out too.
    """

    def __init__(
        self, data_dir: Path, port_base: int | None = None, parts: Collection[str] = PARTS
    ) -> None:
        if unknown := set(parts) - set(PARTS):
            raise StackError(f"Unknown parts: {', '.join(sorted(unknown))}; there are {PARTS}.")
        self.data_dir = data_dir.resolve()
        self._port_base = port_base
        self._parts = frozenset(parts)
        self._held = ExitStack()
        self._record = ProcessRecord(self.data_dir)
        self._progress: Progress = SilentProgress()
        self._supervisor = Supervisor(self._record, self._pids_changed)
        self._info: StackInfo | None = None

    async def start(self, progress: Progress) -> StackInfo:
        """Ready when it returns. If a part cannot be started, all are stopped and it is raised."""
        self._progress = progress
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self._held.enter_context(try_lock(self.data_dir / LOCK_FILE)):
            raise AlreadyRunningError(
                f"A stack is running on {self.data_dir} already: `askproai down` stops it."
            )
        try:
            await asyncio.to_thread(stop_recorded, self.data_dir, progress)
            self._record.add(SUPERVISOR, ProcessIdentity.of(os.getpid()))
            info = await self._start_parts()
        except BaseException:
            await self.stop()
            raise
        self._info = info.model_copy(update={"pids": self._pids()})
        self._info.save()
        self._supervisor.tell(progress)
        self._supervisor.watch()
        return self._info

    def tell(self, progress: Progress) -> None:
        """From now on restarts are told there."""
        self._supervisor.tell(progress)

    def interrupt(self) -> None:
        """Makes a `start` that is still at work fail soon."""
        self._supervisor.interrupt()

    async def stop(self) -> None:
        """Stops every part in order. Data, ports and keys stay for the next time."""
        (self.data_dir / FILE).unlink(missing_ok=True)
        await self._supervisor.stop(*STOP_WAVES)
        self._record.remove(SUPERVISOR)
        self._held.close()

    def _pids(self) -> dict[str, int]:
        return {SUPERVISOR: os.getpid(), **self._supervisor.pids}

    def _pids_changed(self) -> None:
        if self._info is not None:
            self._info = self._info.model_copy(update={"pids": self._pids()})
            self._info.save()

    async def _start_parts(self) -> StackInfo:
        binary = await asyncio.to_thread(self._get_temporal) if "temporal" in self._parts else None
        # Held until all is stopped: a part that is started again finds its port free.
        ports = self._held.enter_context(choose_ports(self.data_dir, self._port_base))
        info = describe(self.data_dir, ports, binary)
        await self._together(
            postgres=lambda: self._start_postgres(ports["postgres"]),
            temporal=lambda: self._start_temporal(binary, ports),
        )
        # Nobody works on the data while they are migrated.
        await self._together(schema=lambda: self._migrate(info))
        companies: list[DemoCompany] = []
        await self._together(
            sandbox=lambda: companies.extend(self._start_sandbox(info, ports)),
            api=lambda: self._start_child(info.api_url, children.api(self.data_dir, info)),
            worker=lambda: self._start_child(
                f"metrics {info.worker_metrics_url}", children.worker(self.data_dir, info)
            ),
        )
        return info.model_copy(update={"companies": companies})

    async def _together(self, **starts: Callable[[], None]) -> None:
        """Each in a thread; waits for all of them also if one fails, so that none starts later."""
        wanted = [start for name, start in starts.items() if name in self._parts]
        results = await asyncio.gather(
            *(asyncio.to_thread(start) for start in wanted), return_exceptions=True
        )
        for result in results:
            if isinstance(result, BaseException):
                raise result

    def _get_temporal(self) -> Path:
        self._progress.say("temporal", "looking for its CLI")
        told: set[str] = set()

        def say(text: str) -> None:
            if text.startswith(("passed over", "not downloaded")) and text not in told:
                told.add(text)
                self._progress.note(text)
            else:
                self._progress.say("temporal", text)

        return get_temporal(say)

    def _start_child(self, what: str, child: Child) -> None:
        self._progress.say(child.name, "starting")
        self._supervisor.start(child)
        self._progress.done(child.name, what)

    def _start_postgres(self, port: int) -> None:
        fresh = not (self.data_dir / "postgres" / "PG_VERSION").exists()
        self._progress.say("postgres", "making a new database" if fresh else "starting")
        server = prepare_postgres(self.data_dir, port)
        self._supervisor.start(server.child)
        make_roles_and_database(self.data_dir, port)
        self._progress.done("postgres", f"127.0.0.1:{port}")

    def _start_temporal(self, binary: Path | None, ports: Mapping[str, int]) -> None:
        if binary is None:
            raise StackError("Temporal cannot be started without its CLI.")
        self._progress.say("temporal", "starting")
        server = prepare_temporal(
            self.data_dir,
            binary,
            port=ports["temporal"],
            ui_port=ports["temporal_ui"],
            metrics_port=ports["temporal_metrics"],
            http_port=ports["temporal_http"],
        )
        self._supervisor.start(server.child)
        keep_histories(server, binary)
        self._progress.done("temporal", f"{server.address}, Web UI {server.ui_url}")

    def _start_sandbox(self, info: StackInfo, ports: Mapping[str, int]) -> list[DemoCompany]:
        what = f"Cal.com {info.calcom_url}, mails {info.mail_url}, SMS {info.sms_url}"
        self._start_child(what, children.sandbox(self.data_dir, ports, info))
        if "catalogue" not in self._parts:
            return []
        self._progress.say("catalogue", "loading the demo companies")
        companies = catalogue.loaded_today(self.data_dir, info)
        if companies is None:
            companies = children.load_demo(self.data_dir, info)
            catalogue.remember(self.data_dir, info, companies)
            self._tell_of_connections(info)
        self._progress.done("catalogue", f"{len(companies)} companies")
        return companies

    def _tell_of_connections(self, info: StackInfo) -> None:
        """A worker that came up before them would hear of them minutes later, and people's bookings
        with it. One that comes up after them looks at once, and makes the schedule when it does.
        """
        if info.temporal_cli and "temporal" in self._parts:
            trigger_schedule(
                info.temporal_address,
                info.temporal_namespace,
                Path(info.temporal_cli),
                CONNECTIONS_SCHEDULE,
            )

    def _migrate(self, info: StackInfo) -> None:
        self._progress.say("schema", "migrating the database")
        if not schema.is_current(self.data_dir, info.database_owner_url):
            children.migrate(self.data_dir, info)
            schema.remember(self.data_dir, info.database_owner_url)
        self._progress.done("schema", "up to date")


def stop_recorded(data_dir: Path, progress: Progress) -> list[str]:
    """Stops what an earlier run left behind; only processes that are provably of this folder.

    Gives the names of what was still running.
    """
    record = ProcessRecord(data_dir)
    known = record.all()
    stopped: list[str] = []

    def stop(name: str) -> None:
        identity = known[name]
        if identity.find() is not None:
            progress.note(f"stopping {name} of an earlier run (process {identity.pid})")
        if identity.stop(signal.SIGINT if name == "postgres" else signal.SIGTERM):
            stopped.append(name)
        record.remove(name)

    named = {name for wave in STOP_WAVES for name in wave} | {SUPERVISOR}
    rest = tuple(name for name in known if name not in named)
    for wave in ((SUPERVISOR,), *STOP_WAVES, rest):
        ours = [name for name in wave if name in known and known[name].pid != os.getpid()]
        with ThreadPoolExecutor(max_workers=max(1, len(ours))) as threads:
            list(threads.map(stop, ours))
    if (data_dir / "postgres").exists():
        stop_leftovers((data_dir / "postgres").resolve())
    (data_dir / FILE).unlink(missing_ok=True)
    return stopped


def stop_stack(data_dir: Path, progress: Progress) -> list[str]:
    """`askproai down`: ends the process that keeps the stack, then whatever that one left."""
    data_dir = data_dir.resolve()
    if not data_dir.exists():
        return []
    supervisor = ProcessRecord(data_dir).all().get(SUPERVISOR)
    stopped: list[str] = []
    if supervisor is not None and supervisor.find() is not None:
        progress.say(SUPERVISOR, "stopping all parts")
        supervisor.stop(timeout_s=SUPERVISOR_STOP_TIMEOUT_S)
        stopped.append(SUPERVISOR)
    return [*stopped, *stop_recorded(data_dir, progress)]
