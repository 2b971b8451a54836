"""`make bench-nlu`: ours and public readers of dates on the same rows in one run, as one table.

The peers live in a virtual environment of their own; one that cannot be had is named as missing.
`--write` puts the table into docs/understanding.md, between its two marks; `--ours` asks only our
own reader. The wishes and the texts without a time that were read as one follow in both cases.
"""

import argparse
import datetime as dt
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks.nlu import action, when

HERE = Path(__file__).parent
DATA = HERE.parent.parent / "shared" / "nlu"
PEERS_HOME = HERE.parent / ".askproai" / "peers"
PAGE = HERE.parent / "docs" / "understanding.md"
SETS = ("duckling_de", "recognizers_de", "rustling_de", "duckling_en", "recognizers_en", "sgd_en")
NAMES = ("Duckling", "ctparse", "dateparser", "parsedatetime", "timefhuman", "recognizers-text",
         "chrono-node")  # fmt: skip
ENGLISH_ONLY = ("timefhuman", "recognizers-text")
MARKS = ("<!-- bench-nlu -->", "<!-- /bench-nlu -->")

Row = dict[str, Any]
Answers = list[tuple[Any, float]]  # what was read, and the seconds of CPU it took


def scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("nlu_score", DATA / "nlu_score.py")
    if spec is None or spec.loader is None:
        raise LookupError(DATA)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def rows(name: str) -> list[Row]:
    return [r for r in _all_rows(name) if r["booking"] and r["expect"]["kind"] != "none"]


def prepare() -> Path:
    """The peers' environment, made where it is missing; each package may fail by itself."""
    python = PEERS_HOME / "venv" / "bin" / "python"
    if python.exists():
        return python
    PEERS_HOME.mkdir(parents=True, exist_ok=True)
    subprocess.run([sys.executable, "-m", "venv", PEERS_HOME / "venv"], check=True)  # noqa: S603 - fixed words
    for line in (HERE / "peers-requirements.txt").read_text(encoding="utf-8").splitlines():
        package = line.split("#")[0].strip()
        if package:
            subprocess.run([python, "-m", "pip", "install", "-q", package], check=False)  # noqa: S603 - fixed words
    npm = shutil.which("npm")
    if npm:
        subprocess.run(  # noqa: S603 - fixed words
            [npm, "install", "--prefix", PEERS_HOME, "--no-audit", "--no-fund", "--silent",
             "chrono-node@2.10.3"],
            check=False,
        )  # fmt: skip
    return python


def ours(data: Iterable[Row]) -> Answers:
    found: Answers = []
    for row in data:
        begun = time.process_time()  # other work on the machine does not lengthen it
        answer = when(row["text"], row["lang"], dt.datetime.fromisoformat(row["ref"]))
        found.append((answer, time.process_time() - begun))
    return found


def of_peer(name: str, python: Path, data: list[Row]) -> Answers | None:
    """None where it is not installed or gives up."""
    lines = "\n".join(json.dumps({k: r[k] for k in ("text", "lang", "ref")}) for r in data)
    done = subprocess.run(  # noqa: S603 - fixed words
        [python, HERE / "nlu_peers.py", name], input=lines, capture_output=True, text=True,
        check=False, timeout=600, env={**os.environ, "NODE_PATH": str(PEERS_HOME / "node_modules")},
    )  # fmt: skip
    found = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    if len(found) != len(data):
        return None
    return [(item["answer"], item["s"]) for item in found]


def line(name: str, data: dict[str, list[Row]], answers: Answers, score: ModuleType) -> str:
    """Right starts and wrong ones of each set, and the time of one utterance."""
    cells, at = [name], 0
    for rows_ in data.values():
        judged = [score.judge(r, a) for r, (a, _) in zip(rows_, answers[at:], strict=False)]
        at += len(rows_)
        right = sum(j["start"] for j in judged)
        wrong = sum(j["answered"] and not j["start"] for j in judged)
        empty = name in ENGLISH_ONLY and rows_[0]["lang"] == "de"
        share = f"{100 * right / len(judged):.1f} ({100 * wrong / len(judged):.1f})"
        cells.append("–" if empty else share)
    spent = sorted(seconds for _, seconds in answers)
    mean, late = sum(spent) / len(spent), spent[int(0.95 * len(spent))]
    return "| " + " | ".join((*cells, f"{1000 * mean:.1f}", f"{1000 * late:.1f}")) + " |"


WISHES = ("intent_de", "intent_en", "intent_de_dialect")


def _all_rows(name: str) -> list[Row]:
    lines = (DATA / "open" / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def beside() -> str:
    """Our wishes, and how often a text without a time was read as one."""
    out = []
    for name in WISHES:
        found = [action(r["text"], r["lang"]) == r["intent"] for r in _all_rows(name)]
        out.append(f"{name}: {100 * sum(found) / len(found):.1f} % of {len(found)} wishes right")
    silent = [r for name in SETS for r in _all_rows(name) if r["expect"]["kind"] == "none"]
    alarms = sum(answer is not None for answer, _ in ours(silent))
    return "\n".join((*out, f"false alarms: {alarms} of {len(silent)} texts without a time"))


def table(names: Iterable[str] = NAMES) -> str:
    data = {name: rows(name) for name in SETS}
    flat = [row for part in data.values() for row in part]
    if names:
        tell("making the environment of the public readers, if it is not there")
    python, score, missing = prepare() if names else HERE, scorer(), []
    tell(f"asking ours: {len(flat)} texts")
    out = [
        "| reader | " + " | ".join(SETS) + " | CPU ms mean | p95 |",
        "|---" * (len(SETS) + 3) + "|",
    ]
    out.append(line("**ours**", data, ours(flat), score))
    for name in names:
        tell(f"asking {name}")
        answers = of_peer(name, python, flat)
        if answers is None:
            missing.append(name)
        else:
            out.append(line(name, data, answers, score))
    out += ["", f"Not to be had here: {', '.join(missing)}."] if missing else []
    return "\n".join(out)


def tell(what: str) -> None:
    """Beside the table, which can be piped."""
    print(f"{what} …", file=sys.stderr, flush=True)


def write(text: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    PAGE.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}", encoding="utf-8")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="python -m benchmarks.nlu_table",
        description="Scores our reader of dates and public ones on the same rows of the open"
        " evaluation data, in one run: right start and (wrong) in per cent of the rows that"
        " matter for booking, and the CPU that a text takes. Then our reading of wishes.",
        epilog="The first run makes an environment of their own for the public readers, which"
        " takes a minute; one that cannot be had here is named as missing.",
    )
    which = made.add_mutually_exclusive_group()
    which.add_argument("--ours", action="store_true", help="our own reader alone: seconds")
    which.add_argument(
        "--write", action="store_true", help="keep the table in docs/understanding.md"
    )
    return made


def main() -> None:
    asked = parser().parse_args()
    if not (DATA / "open").exists():
        sys.exit("The evaluation data is not here; it is never shipped with this project.")
    text = table(() if asked.ours else NAMES)
    print(text)
    print(beside())
    if asked.write:
        write(text)


if __name__ == "__main__":
    main()
