"""All points of the contract's section 8 have their tests, and the table in the docs says which."""

import ast
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
POINTS = range(1, 53)
NAME = re.compile(r"test_point_(\d\d)_[a-z0-9_]+")
ROW = re.compile(r"^\| (\d+) \| (.+) \| (.+) \| (.+) \|$", flags=re.MULTILINE)


@cache
def _files() -> dict[int, set[str]]:
    """Point -> endings of the files that hold its tests."""
    found = defaultdict(set)
    for path in (ROOT / "tests" / "contract").glob("test_calcom_*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                named = NAME.fullmatch(node.name)
                if named:
                    found[int(named.group(1))].add(path.stem.removeprefix("test_calcom_"))
    return found


def _names(cell: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", cell))


def _rows() -> dict[int, tuple[str, str]]:
    page = (ROOT / "docs" / "calcom-sandbox.md").read_text(encoding="utf-8")
    return {int(point): (where, tests) for point, _what, where, tests in ROW.findall(page)}


def test_each_of_the_52_points_has_a_test() -> None:
    assert sorted(_files()) == list(POINTS)


def test_the_table_names_the_files_in_which_they_are() -> None:
    assert {point: _names(tests) for point, (_, tests) in _rows().items()} == _files()


def test_the_table_names_modules_that_are_there() -> None:
    named = {name for where, _ in _rows().values() for name in _names(where)}
    assert {name for name in named if not (ROOT / f"sandbox/calcom/{name}.py").exists()} == set()
    assert len(named) > 15
