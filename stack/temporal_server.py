"""Temporal's development server, tuned: a database file, a Web UI, our namespace and attributes."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from stack.errors import StackError
from stack.loopback import get
from stack.ports import HOST, free_port, wait_until_free
from stack.processes import Child

NAMESPACE = "askproai"
START_TIMEOUT_S = 30.0
RETENTION = "720h"

# Ids and categories only: search attributes are stored in the clear.
SEARCH_ATTRIBUTES: dict[str, str] = {
    "CompanyId": "Keyword",
    "BranchId": "Keyword",
    "CallOutcome": "Keyword",
    "PhoneHash": "Keyword",
    "AppointmentStatus": "Keyword",
    "AppointmentStart": "Datetime",
}

# Each has its reason in the design: untuned, a hop of a workflow waits up to 50 ms for its queue
# to be polled (20 polls a second), and a timer fires up to a second late.
DYNAMIC_CONFIG: dict[str, object] = {
    "history.transferProcessorMaxPollRPS": 200,
    "history.timerProcessorMaxPollRPS": 200,
    "history.timerProcessorMaxTimeShift": "10ms",
    "matching.enableFairness": True,
    # A worker that stops gives its open polls back; otherwise a task may be handed to nobody.
    "frontend.enableCancelWorkerPollsOnShutdown": True,
}


@dataclass(kw_only=True)
class TemporalServer:
    child: Child
    address: str
    ui_url: str
    metrics_url: str
    namespace: str

    def stop(self) -> None:
        self.child.stop()


def start_temporal(
    data_dir: Path,
    binary: Path,
    *,
    port: int | None = None,
    ui_port: int | None = None,
    metrics_port: int | None = None,
    http_port: int | None = None,
    persistent: bool = True,
    headless: bool = False,
    dynamic_config: Mapping[str, object] | None = None,
) -> TemporalServer:
    """Starts it and returns when the namespace `askproai` answers with its search attributes.

    `persistent=False` keeps everything in memory; `dynamic_config` is laid over ours (tests add
    `frontend.WorkflowTimeSkippingEnabled`). Ports not given are chosen free.
    """
    server = prepare_temporal(
        data_dir,
        binary,
        port=port or free_port(),
        ui_port=ui_port or free_port(),
        metrics_port=metrics_port or free_port(),
        http_port=http_port or free_port(),
        persistent=persistent,
        headless=headless,
        dynamic_config=dynamic_config or {},
    )
    server.child.before_start()
    server.child.start()
    try:
        server.child.wait_ready(START_TIMEOUT_S)
    except BaseException:
        server.child.stop()
        raise
    return server


def prepare_temporal(
    data_dir: Path,
    binary: Path,
    *,
    port: int,
    ui_port: int,
    metrics_port: int,
    http_port: int,
    persistent: bool = True,
    headless: bool = False,
    dynamic_config: Mapping[str, object] | None = None,
) -> TemporalServer:
    """Everything up to the start of the process."""
    data_dir = data_dir.resolve()
    data_dir.mkdir(parents=True, exist_ok=True)
    command = [
        *(str(binary), "server", "start-dev", "--log-level", "warn", "--ip", HOST),
        *("--port", str(port), "--http-port", str(http_port), "--metrics-port", str(metrics_port)),
        *("--namespace", NAMESPACE),
        *(["--headless"] if headless else ["--ui-port", str(ui_port), "--ui-disable-news-fetch"]),
        *(_database_options(data_dir) if persistent else []),
    ]
    for name, kind in SEARCH_ATTRIBUTES.items():
        command += ["--search-attribute", f"{name}={kind}"]
    for key, value in {**DYNAMIC_CONFIG, **(dynamic_config or {})}.items():
        command += ["--dynamic-config-value", f"{key}={json.dumps(value)}"]
    return TemporalServer(
        child=Child(
            name="temporal",
            command=command,
            log_path=data_dir / "logs" / "temporal.log",
            is_ready=partial(_answers, http_port),
            before_start=partial(wait_until_free, (port, ui_port, metrics_port, http_port)),
            # The CLI reads a profile file and TEMPORAL_* settings of whoever runs it: not ours.
            env={"TEMPORAL_CONFIG_FILE": str(data_dir / "no-temporal-profile.toml")},
        ),
        address=f"{HOST}:{port}",
        ui_url=f"http://{HOST}:{ui_port}",
        metrics_url=f"http://{HOST}:{metrics_port}/metrics",
        namespace=NAMESPACE,
    )


def keep_histories(server: TemporalServer, binary: Path) -> None:
    """start-dev makes namespaces that forget a closed workflow after a day; ours keeps a month."""
    command = [
        *(str(binary), "operator", "namespace", "update", "--namespace", server.namespace),
        *("--retention", RETENTION, "--address", server.address),
    ]
    done = subprocess.run(
        command, capture_output=True, check=False, timeout=START_TIMEOUT_S, text=True
    )
    if done.returncode != 0:
        raise StackError(f"The retention of histories could not be set: {done.stderr.strip()}")


def trigger_schedule(address: str, namespace: str, binary: Path, schedule_id: str) -> bool:
    """Once now, behind a run that is under way. False where there is no such schedule (yet)."""
    command = [
        *(str(binary), "schedule", "trigger", "--schedule-id", schedule_id),
        *("--overlap-policy", "BufferOne", "--address", address, "--namespace", namespace),
    ]
    done = subprocess.run(
        command, capture_output=True, check=False, timeout=START_TIMEOUT_S, text=True
    )
    return done.returncode == 0


def _database_options(data_dir: Path) -> list[str]:
    # Write-ahead log: half the server's CPU of the default journal, and readers do not wait.
    pragmas = ("journal_mode=WAL", "synchronous=NORMAL")
    options = ["--db-filename", str(data_dir / "temporal.db")]
    for pragma in pragmas:
        options += ["--sqlite-pragma", pragma]
    return options


def _answers(http_port: int) -> bool:
    """The namespace is made last but one, the search attributes last."""
    url = f"http://{HOST}:{http_port}/cluster/namespaces/{NAMESPACE}/search-attributes"
    body = get(url)
    if body is None:
        return False
    known: dict[str, str] = json.loads(body).get("customAttributes", {})
    return known.keys() >= SEARCH_ATTRIBUTES.keys()
