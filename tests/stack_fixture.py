"""The whole embedded stack, started once a test session as a user starts it, stopped at its end."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import pytest

from sandbox.caller.desk import Desk, wait_until
from sandbox.conversations.unhurried import RAISED_RATE_LIMIT
from stack.embedded import stop_stack
from stack.info import StackInfo, settings_for
from stack.processes import ProcessRecord
from stack.progress import SilentProgress
from tests.builders.referee import OPENAPI
from verifying import verify_everything

# On two busy cores; on idle ones it takes fifteen seconds.
START_TIMEOUT_S = 240.0
# A part that was killed is missed within a third of a second, and then starts as at the beginning.
REVIVED_WITHIN_S = 90.0


@pytest.fixture(scope="session")
def stack(temporal_binary: Path) -> Iterator[StackInfo]:
    """Processes of their own, as `askproai up --detach` leaves them."""
    del temporal_binary  # it is there before the clock of this start runs
    data_dir = Path(tempfile.mkdtemp(prefix="askproai-test-stack-"))
    try:
        _run(data_dir, "up", "--detach", "--data", str(data_dir))
        info = StackInfo.load(data_dir)
        yield info
        assert contract_violations(info) == []
    finally:
        stop_stack(data_dir, SilentProgress())
        shutil.rmtree(data_dir, ignore_errors=True)


def contract_violations(info: StackInfo) -> list[str]:
    """What this stack's Cal.com was asked or has answered against its document, if that is at hand:
    whatever the tests were about.
    """
    with httpx.Client(timeout=60, trust_env=False) as http:
        told = http.get(f"{info.calcom_url}/sandbox/violations").raise_for_status().json()
    assert (told["checked"] is not None) is OPENAPI.exists()
    return list(told["violations"])


def _run(data_dir: Path, *arguments: str) -> None:
    """A command of ours. Its output goes to a file: who starts a stack hands on its own output."""
    # Where bytecode is not kept, each part that is started again compiles everything anew: seconds.
    compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": str(data_dir / "compiled")}
    # Hundreds of calls in a minute would wait for the next one.
    limit = {"ASKPROAI_CALCOM_REQUESTS_PER_MINUTE": str(RAISED_RATE_LIMIT)}
    document = {"ASKPROAI_SANDBOX_OPENAPI": str(OPENAPI)} if OPENAPI.exists() else {}
    with tempfile.TemporaryFile() as told:
        done = subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=subprocess.STDOUT,
            timeout=START_TIMEOUT_S,
            check=False,
            env={**os.environ, **compiled, **limit, **document},
        )
        told.seek(0)
        assert done.returncode == 0, told.read().decode(errors="replace")


@pytest.fixture
async def desk(stack: StackInfo) -> AsyncIterator[Desk]:
    async with Desk(stack) as opened:
        yield opened


async def verify_stack(info: StackInfo) -> list[str]:
    """What `askproai verify` would print of broken invariants; empty when all hold."""
    return await verify_everything(settings_for(info.data_dir))


def kill_part(info: StackInfo, name: str) -> int:
    """SIGKILL, as the kernel does it when memory is short. Gives the id of who was killed."""
    identity = ProcessRecord(info.data_dir).all()[name]
    assert identity.find() is not None, f"{name} does not run"
    os.kill(identity.pid, signal.SIGKILL)
    return identity.pid


async def await_successor(info: StackInfo, name: str, killed: int) -> None:
    """Until the stack has started the part again, under another process id."""

    async def revived() -> bool | None:
        now = ProcessRecord(info.data_dir).all().get(name)
        return True if now is not None and now.pid != killed and now.find() else None

    assert await wait_until(revived, within_s=REVIVED_WITHIN_S), f"{name} was not started again"


async def await_ready(desk: Desk) -> None:
    """Until everything that a test asks answers, and whoever the API needs answers it."""
    info = desk.stack
    for url in (
        f"{info.calcom_url}/sandbox/health",
        f"{info.mail_url}/api/faults",
        f"{info.api_url}/health/ready",
    ):
        await _await_answer(desk, url)


async def _await_answer(desk: Desk, url: str) -> None:
    async def answers() -> bool | None:
        try:
            answer = await desk.http.get(url)
        except httpx.TransportError:
            return None
        return True if answer.is_success else None

    assert await wait_until(answers, within_s=REVIVED_WITHIN_S), f"{url} does not answer"
