"""One public reader of dates as a line process: a JSON row in, its answer and its seconds out.

Runs in the peers' own virtual environment, so it imports nothing of this project. All peers that
find pieces are treated alike: a date and a time apart are joined, else the longest piece counts.
"""

import datetime as dt
import json
import logging
import os
import shutil
import subprocess
import sys
import time
import warnings
import zoneinfo
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any

_DAY = dt.timedelta(days=1)
_TODAY = ("heute", "today", "tonight")
_MINUTE = dt.timedelta(minutes=1)


@dataclass
class Piece:
    start: dt.datetime | None
    end: dt.datetime | None
    grain: str
    date: bool  # it says which day
    clock: bool  # it says which time of day
    length: int


Reader = Callable[[str, str, dt.datetime], list[Piece]]


def chosen(pieces: list[Piece]) -> dict[str, Any] | None:
    pieces = sorted((p for p in pieces if p.start or p.end), key=lambda p: -p.length)
    if not pieces:
        return None
    best = pieces[0]
    day = next((p.start for p in pieces if p.date and not p.clock and p.start), None)
    hour = next((p for p in pieces if p.clock and not p.date), None)
    start, end = best.start, best.end
    if day and hour and not any(p.date and p.clock for p in pieces):
        best = hour
        start, end = (
            at and dt.datetime.combine(day.date(), at.time()) for at in (hour.start, hour.end)
        )
    return {
        "start": start and start.isoformat(),
        "end": end and end.isoformat(),
        "grain": best.grain,
    }


def duckling() -> Reader:
    peer: Any = import_module("duckling")
    folder = next(p for p in zoneinfo.TZPATH if os.path.isdir(p))  # noqa: PTH112 - a plain check
    zones, dims = peer.load_time_zones(folder), peer.parse_dimensions(["time"])
    tongues = {
        lang: peer.parse_locale(name, peer.default_locale_lang(peer.parse_lang(lang.upper())))
        for lang, name in (("de", "DE_DE"), ("en", "EN_US"))
    }

    def at(value: dict[str, Any] | None) -> dt.datetime | None:
        return dt.datetime.fromisoformat(value["value"][:19]) if value else None

    def read(text: str, lang: str, ref: dt.datetime) -> list[Piece]:
        stamp = int(ref.replace(tzinfo=zoneinfo.ZoneInfo("Europe/Berlin")).timestamp())
        now = peer.parse_ref_time(zones, "Europe/Berlin", stamp)
        pieces = []
        for found in peer.parse(text, peer.Context(now, tongues[lang]), dims, True):  # noqa: FBT003
            value = found["value"]
            low, high = value.get("from"), value.get("to")
            start, end = (at(low), at(high)) if value["type"] == "interval" else (at(value), None)
            grain = ((low or high) if value["type"] == "interval" else value)["grain"]
            if start and end and grain == "minute":
                end -= _MINUTE  # its ends lie one grain behind what was said
            clock = grain in {"hour", "minute", "second"}
            times = [at(v) or at(v.get("from")) if "value" in v else at(v.get("from"))
                     for v in value.get("values", [])]  # fmt: skip
            daily = len(times) > 1 and times[0] and times[1] and times[1] - times[0] == _DAY
            size = found["end"] - found["start"]
            pieces.append(Piece(start, end, grain, not (clock and daily), clock, size))
        return pieces

    return read


def ctparse() -> Reader:
    peer: Any = import_module("ctparse")

    def at(value: Any, ref: dt.datetime) -> dt.datetime | None:
        if value is None:
            return None
        if not value.hasDate:  # a time of day alone: its next occurrence
            if value.hour is None:
                return None
            near = ref.replace(hour=value.hour, minute=value.minute or 0)
            return near if near >= ref else near + _DAY
        if value.hour is None and not value.POD:
            return dt.datetime(value.year, value.month, value.day)  # noqa: DTZ001 - wall time
        return value.start.dt  # type: ignore[no-any-return]  # a library without types

    def read(text: str, _: str, ref: dt.datetime) -> list[Piece]:
        found = peer.ctparse(text, ts=ref, latent_time=True, timeout=2.0)
        value = found and found.resolution
        if value is None:
            return []
        ends = (value.t_from, value.t_to) if hasattr(value, "t_from") else (value, None)
        clocks = [e.hour is not None for e in ends if e is not None and hasattr(e, "hour")]
        if not clocks:
            return []
        grain = "minute" if any(clocks) else "day"
        return [Piece(at(ends[0], ref), at(ends[1], ref), grain, True, any(clocks), len(text))]  # noqa: FBT003

    return read


def dateparser() -> Reader:
    search: Any = import_module("dateparser.search")
    parser: Any = import_module("dateparser.date")

    def read(text: str, lang: str, ref: dt.datetime) -> list[Piece]:
        settings = {"PREFER_DATES_FROM": "future", "RELATIVE_BASE": ref,
                    "DATE_ORDER": "DMY" if lang == "de" else "MDY",
                    "RETURN_TIME_AS_PERIOD": True}  # fmt: skip
        whole = parser.DateDataParser(languages=[lang], settings=settings).get_date_data(text)
        if whole and whole.date_obj:
            grain = {"time": "minute"}.get(whole.period, whole.period)
            return [Piece(whole.date_obj, None, grain, True, grain == "minute", len(text))]  # noqa: FBT003
        pieces = []
        for words, at in search.search_dates(text, languages=[lang], settings=settings) or []:
            one = parser.DateDataParser(languages=[lang], settings=settings).get_date_data(words)
            clock = bool(one and one.period == "time")
            day = not clock or at.date() != ref.date() or any(w in words.lower() for w in _TODAY)
            pieces.append(Piece(at, None, "minute" if clock else "day", day, clock, len(words)))
        return pieces

    return read


def parsedatetime() -> Reader:
    peer: Any = import_module("parsedatetime")
    calendars = {}
    for lang, name in (("de", "de_DE"), ("en", "en_US")):
        constants = peer.Constants(localeID=name, usePyICU=False)
        calendars[lang] = peer.Calendar(constants, version=peer.VERSION_CONTEXT_STYLE)

    def read(text: str, lang: str, ref: dt.datetime) -> list[Piece]:
        return [
            Piece(at, None, "minute" if c.hasTime else "day", bool(c.hasDate), bool(c.hasTime),
                  high - low)
            for at, c, low, high, _ in calendars[lang].nlp(text, sourceTime=ref) or []
        ]  # fmt: skip

    return read


def timefhuman() -> Reader:
    peer: Any = import_module("timefhuman")

    def read(text: str, lang: str, ref: dt.datetime) -> list[Piece]:
        if lang != "en":
            raise LookupError(lang)
        found = peer.timefhuman(text, config=peer.tfhConfig(now=ref, infer_datetimes=True))
        while isinstance(found, list) and found:
            found = found[0]
        ends = found if isinstance(found, tuple) else (found, None)
        start, end = (
            e if isinstance(e, dt.datetime)
            else dt.datetime.combine(e, dt.time()) if isinstance(e, dt.date)
            else dt.datetime.combine(ref.date(), e) if isinstance(e, dt.time) else None
            for e in ends
        )  # fmt: skip
        clock = not isinstance(ends[0], dt.date) or isinstance(ends[0], dt.datetime)
        return [Piece(start, end, "minute" if clock else "day", True, clock, len(text))]  # noqa: FBT003

    return read


def recognizers() -> Reader:
    peer: Any = import_module("recognizers_date_time")

    def at(value: str | None, ref: dt.datetime) -> dt.datetime | None:
        if not value or value == "not resolved":
            return None
        if value[2:3] == ":":
            return dt.datetime.combine(ref.date(), dt.time.fromisoformat(value))
        return dt.datetime.fromisoformat(value.replace(" ", "T"))

    def read(text: str, lang: str, ref: dt.datetime) -> list[Piece]:
        if lang != "en":
            raise LookupError(lang)  # the Python package has no German
        pieces = []
        for found in peer.recognize_datetime(text, "en-us", reference=ref):
            kind = found.type_name.split(".")[-1]
            readings = [
                (at(v.get("value") or v.get("start"), ref), at(v.get("end"), ref))
                for v in (found.resolution or {}).get("values") or []
                if kind not in {"duration", "set"}
            ]
            readings = [r for r in readings if r[0] or r[1]]
            ahead = [r for r in readings if (r[1] or r[0] or ref) >= ref.replace(hour=0, minute=0)]
            if readings:
                start, end = (ahead or readings)[0]
                clock, date = "time" in kind, kind not in {"time", "timerange"}
                grain = "minute" if clock else "day"
                pieces.append(Piece(start, end, grain, date, clock, found.end - found.start + 1))
        return pieces

    return read


_NODE = """
const chrono = require("chrono-node");
require("readline").createInterface({input: process.stdin}).on("line", line => {
  const row = JSON.parse(line), [y, mo, d, h, mi] = row.ref.match(/\\d+/g).map(Number);
  const own = row.lang === "de" ? chrono.de : chrono.en;
  const at = c => c && {t: ["year", "month", "day", "hour", "minute"].map(k => c.get(k) || 0),
    clock: c.isCertain("hour"), date: ["day", "weekday", "month"].some(k => c.isCertain(k))};
  const found = own.parse(row.text, new Date(y, mo - 1, d, h, mi), {forwardDate: true});
  console.log(JSON.stringify(found.map(f => ({s: at(f.start), e: at(f.end), n: f.text.length}))));
});
"""


def chrono_node() -> Reader:
    program = shutil.which("node")
    if program is None:
        sys.exit("node is missing")
    node = subprocess.Popen(  # noqa: S603 - our own text, run by the Node found on the path
        [program, "-e", _NODE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        bufsize=1,
        env={**os.environ, "TZ": "UTC"},
    )

    def read(text: str, lang: str, ref: dt.datetime) -> list[Piece]:
        if node.stdin is None or node.stdout is None:
            raise LookupError(text)
        node.stdin.write(json.dumps({"text": text, "lang": lang, "ref": ref.isoformat()}) + "\n")
        node.stdin.flush()
        line = node.stdout.readline()
        if not line:
            sys.exit("chrono-node is missing")
        return [
            Piece(dt.datetime(*f["s"]["t"]), dt.datetime(*f["e"]["t"]) if f["e"] else None,  # noqa: DTZ001
                  "minute" if f["s"]["clock"] else "day", f["s"]["date"], f["s"]["clock"], f["n"])
            for f in json.loads(line)
        ]  # fmt: skip

    read("morgen", "de", dt.datetime(2026, 1, 1))  # noqa: DTZ001 - only to learn whether it is there
    return read


PEERS: dict[str, Callable[[], Reader]] = {
    "Duckling": duckling,
    "ctparse": ctparse,
    "dateparser": dateparser,
    "parsedatetime": parsedatetime,
    "timefhuman": timefhuman,
    "recognizers-text": recognizers,
    "chrono-node": chrono_node,
}


def main() -> None:
    warnings.simplefilter("ignore")
    logging.disable()
    read = PEERS[sys.argv[1]]()
    # CPU time, which other work on the machine does not lengthen; Node's is not ours to measure.
    clock = time.perf_counter if sys.argv[1] == "chrono-node" else time.process_time
    for line in sys.stdin:
        row = json.loads(line)
        begun = clock()
        try:
            answer = chosen(read(row["text"], row["lang"], dt.datetime.fromisoformat(row["ref"])))
        except Exception:  # noqa: BLE001 - a crash is no answer
            answer = None
        print(json.dumps({"answer": answer, "s": clock() - begun}), flush=True)


if __name__ == "__main__":
    main()
