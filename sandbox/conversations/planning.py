"""Gives a scenario its day: free starts for its wishes, phones, words, and the call's own time."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.caller.calls import Line
from sandbox.caller.diary import AHEAD, NoFreeStartError, Taken, Wish, opening, starts_on
from sandbox.caller.plans import UNKNOWN_AGENT, UNKNOWN_LINE_NUMBER
from sandbox.companies import WEEKDAYS, DemoCompany, demo_company
from sandbox.conversations.model import ANONYMOUS, HOTLINE, UNKNOWN, Scenario, WishSpec
from sandbox.conversations.phones import Phones
from sandbox.conversations.wording import words_of

# The phone has just been taken up.
RANG_AGO = timedelta(seconds=5)
GRID = timedelta(minutes=15)
MAIN = "wish"
# Rooms and buffers of neighbours end within this.
_A_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who phones. `phone` is their own also where it is withheld; `line` is what Retell sees."""

    name: str
    phone: str
    email: str | None
    line: Line
    words: dict[str, str] = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A scenario on its day. `starts`: by wish, local and aware; of a skipped hour its wall time.

    `fault`: the row of the matrix; `number` counts the trials of one scenario under it from 1.
    `claims`: what no other trial is given.
    """

    key: str
    scenario: Scenario
    fault: str
    number: int
    people: tuple[Person, ...]
    starts: dict[str, datetime]
    said_at: datetime
    claims: tuple[Taken, ...] = ()

    @property
    def company(self) -> DemoCompany:
        return demo_company(self.scenario.company)

    def service_of(self, wish: str) -> str | None:
        spec = self.scenario.wishes[wish]
        return spec.service or (self.service_of(spec.same_as) if spec.same_as else None)

    def staff_of(self, wish: str) -> str | None:
        spec = self.scenario.wishes[wish]
        return spec.staff or (self.staff_of(spec.same_as) if spec.same_as else None)

    def branch_of(self, wish: str) -> str:
        spec = self.scenario.wishes[wish]
        if spec.branch is None and spec.same_as is not None:
            return self.branch_of(spec.same_as)
        return spec.branch or home(self.scenario, self.company)


def home(scenario: Scenario, company: DemoCompany) -> str:
    """The dialled branch; of a hotline or an unknown number the first one."""
    return company.branches[0].ref if scenario.branch in {HOTLINE, UNKNOWN} else scenario.branch


class Planner:
    """Plans many trials so that none stands in another one's way, or in that of what is there."""

    def __init__(self, now: datetime) -> None:
        self._now = now
        self._claimed: dict[str, list[Taken]] = {}
        self._phones: dict[str, Phones] = {}
        self._count = 0

    def know(self, company: str, taken: Iterable[Taken], phones: Iterable[str] = ()) -> None:
        """What a company has already."""
        self._claimed.setdefault(company, []).extend(taken)
        self._phones.setdefault(company, Phones(phones))

    def plan(self, key: str, scenario: Scenario, *, fault: str = "none", number: int = 1) -> Trial:
        """Raises NoFreeStartError."""
        company = demo_company(scenario.company)
        starts: dict[str, datetime] = {}
        claimed = self._claimed.setdefault(company.slug, [])
        before = len(claimed)
        for name, spec in scenario.wishes.items():
            starts[name] = self._start(scenario, company, spec, starts)
        said_at = self._said_at(scenario, company, starts)
        phones = self._phones.setdefault(company.slug, Phones())
        people = []
        for index in range(scenario.callers):
            self._count += 1
            withheld = scenario.caller == ANONYMOUS
            phone = phones.take("+49" if withheld else scenario.caller, german=withheld)
            name = NTH_NAMES[index] if scenario.callers > 1 else ""
            who = f"{scenario.name} {name}".strip()
            email = scenario.email.replace("@", f"{self._count}@") if scenario.email else None
            words = words_of(
                scenario.language, starts, said_at=said_at, name=who, phone=phone, email=email
            )
            line = _line(scenario, company, ANONYMOUS if withheld else phone)
            people.append(Person(name=who, phone=phone, email=email, line=line, words=words))
        return Trial(
            key=key,
            scenario=scenario,
            fault=fault,
            number=number,
            people=tuple(people),
            starts=starts,
            said_at=said_at,
            claims=tuple(claimed[before:]),
        )

    # --- starts --------------------------------------------------------------------------------

    def _start(
        self,
        scenario: Scenario,
        company: DemoCompany,
        spec: WishSpec,
        starts: dict[str, datetime],
    ) -> datetime:
        zone = ZoneInfo(company.timezone)
        if spec.same_as is not None:
            # Wall time: the same place of the clock, whatever the clocks do that night.
            return starts[spec.same_as] + timedelta(minutes=spec.plus)
        if spec.soon is not None:
            return soon(self._now, timedelta(minutes=spec.soon), zone)
        if spec.edge == "clocks_forward":
            return skipped_hour(self._now, zone)
        branch = spec.branch or home(scenario, company)
        wish = _wish(company, branch, spec)
        free = self._free(company, wish, spec)
        for start in free:
            begin, end = _claim(company, spec, start)
            self._claimed.setdefault(company.slug, []).append(
                Taken(branch=branch, start_at=begin, end_at=end)
            )
            return start
        raise NoFreeStartError(f"{spec.service} at {branch}: nothing free within the horizon")

    def _free(self, company: DemoCompany, wish: Wish, spec: WishSpec) -> Iterator[datetime]:
        """In its order of days; the claims of this run and all that was there are stepped round."""
        zone = ZoneInfo(company.timezone)
        earliest = self._now + AHEAD
        first = earliest.astimezone(zone).date()
        horizon = company.rules.horizon_days - 2
        offsets = range(
            spec.days_ahead, min(horizon, spec.days_ahead + (spec.within_days or horizon))
        )
        if spec.edge == "across_clock_change":
            offsets = _beyond_change(self._now, zone, offsets)
        taken = [t for t in self._claimed.get(company.slug, []) if t.branch == wish.branch]
        for offset in offsets:
            day = first + timedelta(days=offset)
            if spec.weekdays and WEEKDAYS[day.weekday()] not in spec.weekdays:
                continue
            if spec.edge == "closing":
                starts: Iterable[datetime] = _too_late(company, wish, day)
            else:
                starts = starts_on(company, wish, day)
            for start in starts:
                begin, end = _claim(company, spec, start)
                if start < earliest or any(t.blocks(wish.branch, begin, end) for t in taken):
                    continue
                whole = start + timedelta(minutes=_length(company, spec))
                if _all_work(company, spec, wish.branch, start, whole):
                    yield start

    def _said_at(
        self, scenario: Scenario, company: DemoCompany, starts: dict[str, datetime]
    ) -> datetime:
        zone = ZoneInfo(company.timezone)
        now = (self._now - RANG_AGO).astimezone(zone)
        said = scenario.said
        if said is None or MAIN not in starts:
            return now
        wished = starts[MAIN]
        monday = wished.date() - timedelta(days=wished.weekday(), weeks=said.weeks)
        day = monday + timedelta(days=WEEKDAYS.index(said.weekday))
        return datetime(day.year, day.month, day.day, said.hour, 20, tzinfo=zone)


def soon(now: datetime, ahead: timedelta, zone: ZoneInfo) -> datetime:
    """On the quarter hour that follows."""
    local = (now + ahead).astimezone(zone)
    over = timedelta(
        minutes=local.minute % 15, seconds=local.second, microseconds=local.microsecond
    )
    return local - over + GRID


def skipped_hour(now: datetime, zone: ZoneInfo) -> datetime:
    """Half past two in the next night in which the clocks go forward: a time that is none."""
    day = now.astimezone(zone).date()
    for _ in range(370):
        day += _A_DAY
        wall = datetime(day.year, day.month, day.day, 2, 30, tzinfo=zone)
        there = wall.timestamp()
        if datetime.fromtimestamp(there, zone).hour != wall.hour:
            return wall
    raise NoFreeStartError(f"the clocks of {zone.key} never go forward")


def _beyond_change(now: datetime, zone: ZoneInfo, offsets: range) -> range:
    """From the day after the next change of the clocks, if that comes within the range."""
    offset_now = now.astimezone(zone).utcoffset()
    for days in offsets:
        if (now + timedelta(days=days)).astimezone(zone).utcoffset() != offset_now:
            return range(days, offsets.stop)
    return offsets


def _wish(company: DemoCompany, branch: str, spec: WishSpec) -> Wish:
    service = spec.service or ""
    return Wish(
        company=company.slug,
        branch=branch,
        service=service,
        staff=spec.staff,
        minutes=frozenset(spec.every),
        hours=range(spec.hours[0], spec.hours[1] + 1),
    )


def _length(company: DemoCompany, spec: WishSpec) -> int:
    service = company.service(spec.service or "")
    own = service.minutes_with(spec.staff) if spec.staff else service.minutes
    return max(own, spec.length or 0)


def _claim(company: DemoCompany, spec: WishSpec, start: datetime) -> tuple[datetime, datetime]:
    """What nobody else is given."""
    apart = timedelta(minutes=spec.apart)
    return start - apart, start + timedelta(minutes=_length(company, spec)) + apart


def _too_late(company: DemoCompany, wish: Wish, day: date) -> Iterator[datetime]:
    """The last start of a day that is open still, and whose service would end after closing."""
    zone = ZoneInfo(company.timezone)
    for _, closes in opening(company.branch(wish.branch), day):
        start = datetime.combine(day, closes) - GRID
        if start.minute in wish.minutes and start.hour in wish.hours:
            yield start.replace(tzinfo=zone)


def _all_work(
    company: DemoCompany, spec: WishSpec, branch: str, start: datetime, end: datetime
) -> bool:
    # Of a visit the diary knows its first part only: whoever does all of it is there to its end.
    whole = [spec.staff] if spec.staff and spec.length else []
    for ref in [*spec.together, *whole]:
        hours = company.person(ref).hours.get(branch, {}).get(WEEKDAYS[start.weekday()], [])
        if not any(begin <= start.time() and end.time() <= until for begin, until in hours):
            return False
    return True


# --- people -------------------------------------------------------------------------------------


# Family names of those who phone at the same time.
NTH_NAMES = tuple(
    f"{first}{second}"
    for first in ("Ahl", "Berg", "Feld", "Hoff", "Lind", "Moor", "Stein", "Tann", "Wald", "Wies")
    for second in ("mann", "ner", "huber", "bach", "eck")
)


def _line(scenario: Scenario, company: DemoCompany, caller: str) -> Line:
    if scenario.branch == UNKNOWN:
        number, agent, name = UNKNOWN_LINE_NUMBER, UNKNOWN_AGENT, "An agent of nobody"
    elif scenario.branch == HOTLINE:
        if company.hotline is None:
            raise ValueError(f"{company.slug} has no hotline")
        number, agent = company.hotline.phone_numbers[0], company.hotline.agents[0]
        name = f"{company.name} ({scenario.language})"
    else:
        branch = company.branch(scenario.branch)
        number, agent = branch.phone_numbers[0], branch.agents[0]
        name = f"{company.name} {branch.name} ({scenario.language})"
    return Line(caller=caller, dialled=number, agent_id=agent, agent_name=name)
