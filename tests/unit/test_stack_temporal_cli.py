"""Which `temporal` is taken, and what is said where there is none."""

import os
import sys
import threading
from pathlib import Path

import pytest

from stack import temporal_cli, temporal_get
from stack.errors import StackError
from stack.files import try_lock
from stack.temporal_cli import cached_binary, find_temporal, get_temporal, server_version
from stack.temporal_get import go_version

NEW = "temporal version 1.9.1 (Server 1.32.0, UI 2.54.1)"
NEWER = "temporal version 1.12.0 (Server 1.33.1, UI 2.60.0)"
OLD = "temporal version 1.5.1 (Server 1.29.1, UI 2.42.1)"


def make_program(path: Path, says: str, code: int = 0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho '{says}'\nexit {code}\n")
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """No temporal, no Go: only what a test puts there."""
    monkeypatch.delenv("TEMPORAL_CLI", raising=False)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}{os.pathsep}/usr/bin{os.pathsep}/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_the_version_of_the_server_inside_is_read(tmp_path: Path) -> None:
    assert server_version(make_program(tmp_path / "t", NEW)) == (1, 32, 0)


def test_what_does_not_run_has_no_version(tmp_path: Path) -> None:
    (tmp_path / "t").write_bytes(b"\x7fELF of another machine")
    (tmp_path / "t").chmod(0o755)
    assert server_version(tmp_path / "t") is None


def test_the_named_one_comes_before_path_and_cache(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = make_program(bare_machine / "mine", NEWER)
    make_program(bare_machine / "bin" / "temporal", NEW)
    make_program(cached_binary(), NEW)
    monkeypatch.setenv("TEMPORAL_CLI", str(named))
    assert find_temporal(print) == named


def test_an_older_one_is_passed_over_with_a_word_why(bare_machine: Path) -> None:
    make_program(bare_machine / "bin" / "temporal", OLD)
    cached = make_program(cached_binary(), NEW)
    said: list[str] = []
    assert find_temporal(said.append) == cached
    assert len(said) == 1
    assert "1.29.1" in said[0]
    assert "1.32.0" in said[0]


def test_a_named_one_that_is_not_there_is_told(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_CLI", str(bare_machine / "nowhere"))
    said: list[str] = []
    assert find_temporal(said.append) is None
    assert "nowhere" in said[0]


def test_without_download_and_go_it_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(temporal_get, "download", lambda *_arguments: "no way out")
    with pytest.raises(StackError, match=r"no Go to build it.*go.dev/dl"):
        get_temporal(print)


def test_a_go_that_is_too_old_is_told(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_program(bare_machine / "bin" / "go", "go version go1.22.3 linux/amd64")
    monkeypatch.setattr(temporal_get, "download", lambda *_arguments: "no way out")
    with pytest.raises(StackError, match=r"too old.*go1.22.3.*1.26.8"):
        get_temporal(print)


def test_a_build_that_fails_shows_what_the_compiler_said(
    bare_machine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go = bare_machine / "bin" / "go"
    go.parent.mkdir()
    go.write_text(
        '#!/bin/sh\n[ "$1" = version ] && { echo go version go1.26.8 linux/amd64; exit 0; }\n'
        "echo 'undefined: moon' >&2; exit 1\n"
    )
    go.chmod(0o755)
    monkeypatch.setattr(temporal_get, "download", lambda *_arguments: "no way out")
    with pytest.raises(StackError, match=r"(?s)go build.*undefined: moon"):
        get_temporal(print)
    assert not cached_binary().exists()
    assert list(cached_binary().parent.glob(".building-*")) == []


def test_a_download_that_stalls_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = make_program(tmp_path / "python", "unused")
    stuck.write_text("#!/bin/sh\nexec sleep 600\n")
    monkeypatch.setattr(sys, "executable", str(stuck))
    monkeypatch.setattr(temporal_get, "STALL_TIMEOUT_S", 0.0)
    assert "nothing came" in str(temporal_get.download(tmp_path / "t", "v1.9.1", print))
    assert not (tmp_path / "t").exists()


def test_who_waits_for_another_build_takes_what_that_one_made(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(temporal_get, "download", lambda *_arguments: "must not be asked")
    waiting = threading.Event()
    found: list[Path] = []
    with try_lock(temporal_cli.cache_folder() / ".lock") as ours:
        assert ours
        other = threading.Thread(
            target=lambda: found.append(get_temporal(lambda _text: waiting.set()))
        )
        other.start()
        assert waiting.wait(20)
        make_program(cached_binary(), NEW)
    other.join(20)
    assert found == [cached_binary()]


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("go version go1.26.8 linux/amd64", (1, 26, 8)),
        ("go version go1.27 darwin/arm64", (1, 27, 0)),
        ("go version devel", None),
        ("", None),
    ],
)
def test_versions_of_go_are_read(text: str, version: tuple[int, int, int] | None) -> None:
    assert go_version(text) == version
