"""The command of `make bench-nlu`: what it asks for and what it says of itself."""

import pytest

from benchmarks.nlu_table import parser


def test_it_teaches_its_use(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["--help"])
    assert ended.value.code == 0
    told = capsys.readouterr().out
    assert "--ours" in told
    assert "docs/understanding.md" in told


def test_a_table_of_ours_alone_is_not_kept() -> None:
    assert not parser().parse_args([]).ours
    with pytest.raises(SystemExit) as ended:
        parser().parse_args(["--ours", "--write"])
    assert ended.value.code == 2
