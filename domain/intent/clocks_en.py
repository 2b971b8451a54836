"""English clock times, British and American. "Half four" is 4:30 here, unlike in German."""

from dataclasses import replace
from typing import Any, Literal

from domain.intent.clocks_de import around, at
from domain.intent.grammar import Layer
from domain.intent.moment import Clock, Moment

clocks = Layer("clocks-en")
rule = clocks.rule

AT = "at|@|for|around|about|circa|approximately|by|till"


def halved(moment: Moment | None, half: Literal["am", "pm"]) -> Moment | None:
    if moment is None or moment.clock is None:
        return None
    if moment.clock.hour > 12:  # noqa: PLR2004 - "15:00 pm": the figure is clear by itself
        return moment
    return replace(moment, clock=replace(moment.clock, half=half))


@rule("CLOCK", "HOUR o'clock|oclock", ex="four o'clock")
def o_clock(hour: int, *_: Any) -> Moment | None:  # noqa: ANN401
    return at(hour)


@rule("CLOCK", "FIGCLOCK", "POINTCLOCK", ex=("15:30", "at 8.30"))
def figures(clock: Clock) -> Moment:
    return Moment(clock=clock)


@rule("CLOCK", "at|around|about|@? half past? HOUR", ex=("half past three", "half four"))
def half_past(hour: int) -> Moment:
    return at(hour, 30)


@rule("CLOCK", "HOUR MIN", ex="four thirty")
def hour_minute(hour: int, minute: int) -> Moment | None:
    return at(hour, minute) if minute >= 10 else None  # noqa: PLR2004


@rule("CLOCK", "at|around|about|@ HOUR", ex="at five")
def bare_hour(hour: int) -> Moment:
    return at(hour)


_ = around
