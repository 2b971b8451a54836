"""The stack as a whole, here with its two servers: restarts, kills, and who may run it."""

import asyncio
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from temporalio.client import Client
from typing_extensions import override

from settings import Settings
from stack import supervisor
from stack.embedded import AlreadyRunningError, EmbeddedStack, stop_stack
from stack.errors import StackError
from stack.info import StackInfo, settings_for
from stack.ports import choose_ports, is_free
from stack.processes import ProcessIdentity, ProcessRecord
from stack.progress import SilentProgress
from stack.up import running_stack
from tests.builders.ports import base_port

SERVERS = ("postgres", "temporal")
WAIT_S = 40.0
# What `askproai up` does, without the parts that this test does not need.
KEEPER = """
import asyncio, sys
from pathlib import Path
from stack.embedded import EmbeddedStack
from stack.progress import SilentProgress

async def main():
    await EmbeddedStack(Path(sys.argv[1]), int(sys.argv[2]), {parts}).start(SilentProgress())
    await asyncio.Event().wait()

asyncio.run(main())
"""


class Notes(SilentProgress):
    def __init__(self) -> None:
        self.lines: list[str] = []

    @override
    def note(self, text: str) -> None:
        self.lines.append(text)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not holds():  # noqa: ASYNC110  other processes set no event of ours
            await asyncio.sleep(0.05)


def is_gone(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.fixture(scope="module")
def notes() -> Notes:
    return Notes()


@pytest.fixture(scope="module")
async def stack(
    tmp_path_factory: pytest.TempPathFactory, notes: Notes, temporal_binary: Path
) -> AsyncIterator[StackInfo]:
    del temporal_binary  # there before the clock of the test runs
    embedded = EmbeddedStack(tmp_path_factory.mktemp("stack"), base_port(), SERVERS)
    try:
        yield await embedded.start(notes)
    finally:
        await embedded.stop()


@pytest.fixture
def keeper(tmp_path: Path, temporal_binary: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that keeps a stack, as `askproai up` does."""
    del temporal_binary
    code = KEEPER.format(parts=SERVERS)
    command = [sys.executable, "-c", code, str(tmp_path), str(base_port())]
    with subprocess.Popen(command, start_new_session=True) as process:
        yield process
        process.kill()
    stop_stack(tmp_path, SilentProgress())


def wait_for_info(data_dir: Path, process: "subprocess.Popen[bytes]") -> StackInfo:
    deadline = time.monotonic() + WAIT_S
    while not (data_dir / "stack.json").exists():
        assert process.poll() is None, "the keeper ended"
        assert time.monotonic() < deadline
    return StackInfo.load(data_dir)


async def test_the_servers_answer_where_the_file_says(stack: StackInfo) -> None:
    with psycopg.connect(stack.database_url.replace("+psycopg", "")) as connection:
        assert connection.execute("SELECT current_user").fetchone() == ("askproai_app",)
    client = await Client.connect(stack.temporal_address, namespace=stack.temporal_namespace)
    counted = await client.count_workflows("CompanyId = 'nobody'")
    assert counted.count == 0


async def test_the_file_of_a_running_stack_makes_settings(stack: StackInfo) -> None:
    settings: Settings = settings_for(stack.data_dir)
    assert settings.database_url.get_secret_value() == stack.database_url
    assert settings.temporal_address == stack.temporal_address
    assert [key.get_secret_value() for key in settings.retell_api_keys] == [stack.retell_api_key]
    assert re.fullmatch(r"key_[0-9a-f]{28}", stack.retell_api_key)
    assert settings.smtp_port == stack.smtp_port
    assert (stack.data_dir / "stack.json").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("name", SERVERS)
async def test_a_server_killed_with_9_comes_back_by_itself(
    stack: StackInfo, notes: Notes, name: str
) -> None:
    notes.lines.clear()
    killed = StackInfo.load(stack.data_dir).pids[name]
    os.kill(killed, signal.SIGKILL)
    await until(lambda: any("runs again" in line for line in notes.lines))
    now = StackInfo.load(stack.data_dir)
    assert now.pids[name] != killed
    await test_the_servers_answer_where_the_file_says(now)


async def test_a_part_that_dies_again_and_again_is_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Restarts are allowed once in an hour here; the second death within it is the last."""
    monkeypatch.setattr(supervisor, "RESTARTS_WITHIN_S", 3_600.0)
    monkeypatch.setattr(supervisor, "RESTARTS_MAX", 1)
    notes = Notes()
    embedded = EmbeddedStack(tmp_path, base_port(), ["postgres"])
    info = await embedded.start(notes)
    try:
        os.kill(info.pids["postgres"], signal.SIGKILL)
        await until(lambda: any("runs again" in line for line in notes.lines))
        os.kill(StackInfo.load(tmp_path).pids["postgres"], signal.SIGKILL)
        await until(lambda: any("it is left so" in line for line in notes.lines))
    finally:
        await embedded.stop()


async def test_a_second_one_on_the_same_folder_is_refused(stack: StackInfo) -> None:
    second = EmbeddedStack(stack.data_dir, None, SERVERS)
    with pytest.raises(AlreadyRunningError):
        await second.start(SilentProgress())
    assert running_stack(stack.data_dir) is not None


async def test_no_other_stack_gets_a_port_of_a_running_one(
    stack: StackInfo, tmp_path: Path
) -> None:
    """Neither API nor worker listens here: as when one has died and is not back yet."""
    api = int(stack.api_url.rsplit(":", 1)[1])
    assert is_free(api)
    with choose_ports(tmp_path, api) as others:
        assert api not in others.values()


async def test_data_and_workflows_survive_down_and_up(
    tmp_path: Path, temporal_binary: Path
) -> None:
    del temporal_binary
    first = EmbeddedStack(tmp_path, base_port(), SERVERS)
    info = await first.start(SilentProgress())
    try:
        with psycopg.connect(info.database_owner_url.replace("+psycopg", "")) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS answer")
        client = await Client.connect(info.temporal_address, namespace=info.temporal_namespace)
        await client.start_workflow("Sleeper", id="sleeper", task_queue="nobody")
    finally:
        await first.stop()
    assert not (tmp_path / "stack.json").exists()
    second = EmbeddedStack(tmp_path, None, SERVERS)
    again = await second.start(SilentProgress())
    try:
        assert again.model_copy(update={"pids": {}}) == info.model_copy(update={"pids": {}})
        with psycopg.connect(again.database_owner_url.replace("+psycopg", "")) as connection:
            assert connection.execute("SELECT answer FROM kept").fetchone() == (42,)
        client = await Client.connect(again.temporal_address, namespace=again.temporal_namespace)
        described = await client.get_workflow_handle("sleeper").describe()
        assert described.status is not None
        assert described.status.name == "RUNNING"
    finally:
        await second.stop()


async def test_a_kill_of_up_leaves_nothing_that_blocks_the_next_one(
    keeper: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    info = await asyncio.to_thread(wait_for_info, tmp_path, keeper)
    keeper.kill()
    keeper.wait()
    assert not is_gone(info.pids["postgres"]), "its children outlive it: that is the point"
    assert running_stack(tmp_path) is None
    again = EmbeddedStack(tmp_path, None, SERVERS)
    new = await again.start(SilentProgress())
    try:
        assert is_gone(info.pids["postgres"])
        assert is_gone(info.pids["temporal"])
        assert (new.api_url, new.database_url) == (info.api_url, info.database_url)
        await test_the_servers_answer_where_the_file_says(new)
    finally:
        await again.stop()


async def test_down_ends_the_keeper_and_what_it_keeps(
    keeper: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    info = await asyncio.to_thread(wait_for_info, tmp_path, keeper)
    stopped = await asyncio.to_thread(stop_stack, tmp_path, SilentProgress())
    assert stopped[0] == "up"
    keeper.wait()
    assert all(is_gone(pid) for pid in info.pids.values())
    assert not (tmp_path / "stack.json").exists()
    assert ProcessRecord(tmp_path).all() == {}


def test_down_without_a_stack_does_nothing(tmp_path: Path) -> None:
    assert stop_stack(tmp_path / "nowhere", SilentProgress()) == []
    assert stop_stack(tmp_path, SilentProgress()) == []


def test_down_leaves_a_stranger_with_a_recorded_id_alone(tmp_path: Path) -> None:
    me = ProcessIdentity.of(os.getppid())
    stranger = ProcessIdentity(pid=me.pid, created_s=me.created_s - 3_600)
    ProcessRecord(tmp_path).add("worker", stranger)
    assert stop_stack(tmp_path, SilentProgress()) == []
    assert me.find() is not None


def test_asking_for_a_stack_that_does_not_run_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="askproai up"):
        StackInfo.load(tmp_path)


def test_unknown_parts_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="kitchen"):
        EmbeddedStack(tmp_path, None, ("postgres", "kitchen"))


async def test_a_start_that_fails_leaves_nothing_running(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, temporal_binary: Path
) -> None:
    """PostgreSQL's data are spoilt: Temporal, which started well meanwhile, is stopped too."""
    del temporal_binary
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "PG_VERSION").write_text("18\n")
    if os.geteuid() == 0:
        nobody = 65_534
        os.chown(tmp_path / "postgres", nobody, nobody)
    (tmp_path / "postgres").chmod(0o700)
    with pytest.raises(StackError, match="postgres ended with"):
        await EmbeddedStack(tmp_path, base_port(), SERVERS).start(SilentProgress())
    assert ProcessRecord(tmp_path).all() == {}
    assert not (tmp_path / "stack.json").exists()
