"""Our own processes: API, worker and sandbox as children, migrations and the loader as steps."""

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from stack.errors import PartDiedError
from stack.info import DemoCompany, StackInfo
from stack.loopback import accepts, answers
from stack.ports import wait_until_free
from stack.processes import Child, parse_json_line, run_to_end

MIGRATE_TIMEOUT_S = 120.0
LOAD_TIMEOUT_S = 120.0
# Running steps are given their time to end (wiring.SHUTDOWN_GRACE), and some more.
WORKER_STOP_TIMEOUT_S = 25.0
# The worker's own counter of open polls: the port alone is open before it asks for work.
POLLERS = b"num_pollers"

COMMAND = (sys.executable, "-m", "cli")
_COMPANIES = TypeAdapter(list[DemoCompany])


def api(data_dir: Path, info: StackInfo) -> Child:
    return Child(
        name="api",
        command=[*COMMAND, "api"],
        log_path=_log(data_dir, "api"),
        is_ready=partial(answers, f"{info.api_url}/health/ready"),
        before_start=partial(wait_until_free, (_port(info.api_url),)),
        env=info.environment(),
    )


def worker(data_dir: Path, info: StackInfo) -> Child:
    return Child(
        name="worker",
        command=[*COMMAND, "worker"],
        log_path=_log(data_dir, "worker"),
        is_ready=partial(answers, info.worker_metrics_url, POLLERS),
        before_start=partial(wait_until_free, (_port(info.worker_metrics_url),)),
        stop_timeout_s=WORKER_STOP_TIMEOUT_S,
        env=info.environment(),
    )


def sandbox(data_dir: Path, ports: Mapping[str, int], info: StackInfo) -> Child:
    used = (ports["calcom"], ports["mail"], ports["smtp"], ports["phone"])
    return Child(
        name="sandbox",
        command=[
            *(*COMMAND, "sandbox", "--data", str(data_dir)),
            *("--calcom-port", str(ports["calcom"])),
            *("--mail-port", str(ports["mail"]), "--smtp-port", str(ports["smtp"])),
            *("--phone-port", str(ports["phone"])),
        ],
        log_path=_log(data_dir, "sandbox"),
        is_ready=lambda: all(accepts(port) for port in used),
        before_start=partial(wait_until_free, used),
        env=info.environment(),
    )


def migrate(data_dir: Path, info: StackInfo) -> None:
    run_to_end(
        "migrations",
        [*COMMAND, "migrate"],
        log_path=_log(data_dir, "migrate"),
        env=info.environment(),
        timeout_s=MIGRATE_TIMEOUT_S,
    )


def load_demo(data_dir: Path, info: StackInfo) -> list[DemoCompany]:
    """What the loader prints: the companies with their keys, as JSON on its last line."""
    log_path = _log(data_dir, "load-demo")
    sms = ["--sms-url", info.sms_url] if info.sms_url else []
    printed = run_to_end(
        "load-demo",
        [*COMMAND, "load-demo", "--json", "--calcom-url", info.calcom_url, *sms],
        log_path=log_path,
        env=info.environment(),
        timeout_s=LOAD_TIMEOUT_S,
    )
    try:
        return _COMPANIES.validate_python(parse_json_line(printed))
    except ValidationError as error:
        raise PartDiedError("load-demo", f"printed no companies ({error})", log_path) from error


def _log(data_dir: Path, name: str) -> Path:
    return data_dir / "logs" / f"{name}.log"


def _port(url: str) -> int:
    return int(url.removeprefix("http://").split("/")[0].split(":")[1])
