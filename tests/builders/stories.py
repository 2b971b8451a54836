"""What callers, clocks and calendars may do in any order, carried out and watched at every step."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from hypothesis import currently_in_test_context, note
from hypothesis import strategies as st

from contracts.functions import FunctionAnswer, FunctionName
from db.engine import make_engine
from db.models import Absence
from db.session import tenant_session
from tests.builders.postgres import TestDatabase
from tests.builders.talking import (
    ANNA,
    BEN,
    BERLIN,
    COMPANY,
    DAYS,
    WITHHELD,
    in_days,
    said,
    shop_json,
)
from tests.builders.talks import Says, Talk, World, must
from tests.builders.watching import (
    Rules,
    Seen,
    check_always,
    check_over,
    check_said,
    look,
    read_rules,
)

CALLERS = ("+4917604069040", "+4917604069040", "+4917604069099", WITHHELD)
NAMES = ("Jonas Feldmann", "Jonas Feldmann", "Mia Muster", "Nora Neumann")
CLOCKS = ("10:00", "10:15", "10:30", "11:00", "11:30", "09:00")
FROM, UNTIL = "10:00", "12:00"  # two hours are soon full
EACH_WITHIN_S = 20
A_LITTLE_LATER = timedelta(seconds=11)  # than the wire repeats anything


def small_shop() -> dict[str, Any]:
    """The tests' shop, open from ten to twelve."""
    company = shop_json()
    hours = {day: [[FROM, UNTIL]] for day in DAYS}
    for branch in company["branches"]:
        branch["opening_hours"] = hours
    for person in company["staff"]:
        person["working_hours"] = dict.fromkeys(person["branches"], hours)
    return company


# --- what may happen --------------------------------------------------------------------------


@dataclass(frozen=True)
class Ask:
    """`args` as the agent sends them. `hold`: which of the holds of `of` is named, 0 the latest.
    `later`: so that it is no repetition of the wire.
    """

    line: int
    name: FunctionName
    args: dict[str, Any] = field(default_factory=dict)
    hold: int | None = None
    of: int | None = None
    later: bool = True


@dataclass(frozen=True)
class Together:
    """Asked at the same moment."""

    asks: Sequence[Ask]


@dataclass(frozen=True)
class Expires:
    line: int
    fires: bool


@dataclass(frozen=True)
class ReleasedAgain:
    line: int


@dataclass(frozen=True)
class HangsUp:
    line: int


@dataclass(frozen=True)
class IsAway:
    staff_id: UUID
    clock: str


@dataclass(frozen=True)
class CalendarSays:
    """Of the bookings from here on, and of the oldest that it has said nothing about."""

    says: Says


Command = Ask | Together | Expires | ReleasedAgain | HangsUp | IsAway | CalendarSays

wishes = st.fixed_dictionaries(
    {
        "service": st.sampled_from(("Schnitt", "Schnitt", "Farbe", "Föhnen")),
        "date": st.just(said()),
        "time": st.sampled_from(CLOCKS),
    },
    optional={
        "staff": st.sampled_from(("Anna", "nur Anna", "nur Ben")),
        "additional": st.just(True),
    },
)
visits = st.fixed_dictionaries(
    {
        "services": st.sampled_from((["Farbe", "Föhnen"], ["Schnitt", "Föhnen"])),
        "date": st.just(said()),
        "time": st.sampled_from(CLOCKS),
    }
)
pairs = st.fixed_dictionaries(
    {
        "service": st.sampled_from(("Schnitt", "Föhnen")),
        "date": st.just(said()),
        "time": st.sampled_from(CLOCKS),
        "people": st.just(2),
    }
)
windows = st.fixed_dictionaries(
    {"service": st.just("Schnitt"), "date": st.just(said())},
    optional={"branch": st.just("Nord"), "time": st.just("vormittags")},
)


def who(line: int) -> dict[str, Any]:
    spoken = {"telefonnummer": "0176 04069041"} if CALLERS[line] == WITHHELD else {}
    return {"name": NAMES[line], **spoken}


@st.composite
def scenes(draw: st.DrawFn) -> list[Command]:  # noqa: PLR0911 - one return a scene
    """A caller's question and what may follow upon it, or something that happens meanwhile."""
    line = draw(st.integers(0, len(CALLERS) - 1))
    later = draw(st.booleans())
    check = Ask(
        line, "check_availability", draw(wishes | wishes | visits | pairs | windows), later=later
    )
    more = {"additional": True} if draw(st.booleans()) else {}
    hold = draw(st.sampled_from((None, 0, 0, 1)))
    book = Ask(line, "book_appointment", who(line) | more, hold, later=later)
    match draw(st.integers(0, 11)):
        case 0 | 1 | 2:
            return [check, book]
        case 3:
            return [check, Expires(line, draw(st.booleans())), book, book]
        case 4 | 5:
            to = draw(st.sampled_from(CLOCKS))
            move = Ask(line, "reschedule_appointment", {"new_date": said(), "new_time": to})
            return [draw(st.sampled_from((check, book))), move]
        case 6:
            return [Ask(line, "cancel_appointment"), draw(st.sampled_from((check, book)))]
        case 7:
            agreed = {"bestaetigung": draw(st.booleans())}
            return [
                Ask(line, "collect_appointment_data", draw(wishes | visits) | agreed | who(line))
            ]
        case 8:
            other = draw(st.integers(0, len(CALLERS) - 1))
            theirs = Ask(other, "check_availability", draw(wishes))
            return [Together([check, theirs, Ask(other, "book_appointment", who(other))])]
        case 9:
            other = draw(st.integers(0, len(CALLERS) - 1))
            return [check, Ask(other, "book_appointment", who(other), 0, line)]
        case 10:
            return [check, ReleasedAgain(line), Ask(line, "find_next_slot", draw(windows))]
        case _:
            return [draw(happenings(line))]


def happenings(line: int) -> st.SearchStrategy[Command]:
    return st.one_of(
        st.just(HangsUp(line)),
        st.just(Expires(line, fires=False)),
        st.builds(IsAway, st.sampled_from((ANNA, BEN)), st.sampled_from(CLOCKS[:4])),
        st.builds(CalendarSays, st.sampled_from(("booked", "refused", "nothing"))),
        st.builds(CalendarSays, st.sampled_from(("booked", "refused", "nothing"))),
    )


# --- carried out ------------------------------------------------------------------------------


@dataclass
class Story:
    """The callers of one world, and what they are told; `check_*` raise BrokenError."""

    world: World
    talks: list[Talk]
    rules: Rules

    async def _look(self) -> Seen:
        return await look(self.world.engine, self.rules)

    async def carry_out(self, command: Command) -> None:
        match command:
            case Ask():
                await self._ask(command)
            case Together(asks=asks):
                await asyncio.gather(*(self._answer(ask) for ask in asks))
            case Expires(line=line, fires=fires):
                await self.talks[line].time_passes()
                if fires:
                    await self.talks[line].timer_fires()
            case ReleasedAgain(line=line):
                await self.talks[line].released_again()
            case HangsUp(line=line):
                await self.talks[line].hang_up()
            case IsAway(staff_id=staff_id, clock=clock):
                await self._is_away(staff_id, clock)
            case CalendarSays(says=says):
                self.world.calendar = says
                for one in list(self.world.open)[:1]:
                    await self.world.calendar_says(one, says)
        check_always(self.world, await self._look())

    async def _ask(self, ask: Ask) -> None:
        before = await self._look()
        talk = self.talks[ask.line]
        wanted = self._exact(ask)
        free = wanted is not None and before.is_bookable(
            "Mitte", *wanted, without=before.nobodys(talk.call_id)
        )
        answer = await self._answer(ask)
        if currently_in_test_context():  # printed of what fails, when it has been made short
            note(
                f"{ask.line}: {answer.status} {'again ' if answer.replayed else ''}{answer.fields}"
            )
        if talk._is_over:
            return  # what it holds for a moment is gone by now
        after = await self._look()
        check_said(talk, answer, after, moves=ask.name == "reschedule_appointment")
        if wanted is not None and ask.name == "check_availability":
            known = answer.status in ("booked", "reserved")
            must(known or free == (answer.status == "held"), f"free: {free}, and told {answer}")

    def _exact(self, ask: Ask) -> tuple[str, datetime, str | None] | None:
        """(service, start, person): one start is wished for, with anybody or one person only."""
        staff = ask.args.get("staff")
        if ask.name != "check_availability" or staff == "Anna" or "people" in ask.args:
            return None
        if "service" not in ask.args or ask.args.get("time") not in CLOCKS:
            return None
        person = staff.removeprefix("nur ") if staff else None
        return ask.args["service"], _at(ask.args["time"]), person

    async def _answer(self, ask: Ask) -> FunctionAnswer:
        if ask.later:
            self.world.later += A_LITTLE_LATER
        args = dict(ask.args)
        if ask.hold is not None:
            named = self.talks[ask.line if ask.of is None else ask.of].holds
            args["hold_id"] = named[ask.hold].hold_id if ask.hold < len(named) else "hold_invented"
        return await self.talks[ask.line].ask(ask.name, args)

    async def _is_away(self, staff_id: UUID, clock: str) -> None:
        start_at = _at(clock)
        async with tenant_session(self.world.engine, COMPANY) as session:
            session.add(
                Absence(
                    staff_id=staff_id,
                    start_at=start_at,
                    end_at=start_at + timedelta(minutes=30),
                    kind="sick",
                )
            )
        self.rules = await read_rules(self.world.engine)

    async def end(self) -> None:
        for talk in self.talks:
            await talk.hang_up()
        seen = await self._look()
        check_always(self.world, seen)
        check_over(self.world, seen)


def _at(clock: str) -> datetime:
    return datetime.combine(in_days(), time.fromisoformat(clock), BERLIN).astimezone(UTC)


@asynccontextmanager
async def story(made: TestDatabase, twice: Sequence[bool] = ()) -> AsyncIterator[Story]:
    engine = make_engine(made.app_url, pool_size=4, application_name="test-story")
    world = World(engine, twice=_again_and_again(twice))
    try:
        with world.without_engine():
            talks = [Talk(world, number) for number in CALLERS]
            yield Story(world, talks, await read_rules(engine))
    finally:
        for talk in world.talks:
            await talk.stop()
        await engine.dispose()


def _again_and_again(twice: Sequence[bool]) -> Iterator[bool]:
    return itertools.cycle(twice) if twice else iter(())


async def carry_out(
    made: TestDatabase, told: Iterable[Command], twice: Sequence[bool] = ()
) -> None:
    async with story(made, twice) as now:
        for command in told:
            async with asyncio.timeout(EACH_WITHIN_S):
                await now.carry_out(command)
        await now.end()
