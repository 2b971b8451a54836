"""What the booking saga may rely on, whoever keeps the calendar: run by each provider's tests."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from typing_extensions import override

from activities.providers.choosing import Providers
from activities.providers.port import (
    Absent,
    CalendarProvider,
    Cancelled,
    Created,
    Entry,
    FreeWanted,
    NoAnswer,
    Ours,
    Refused,
    Theirs,
    Unclear,
    Visit,
)
from db.queries.bookings import BookingOrder
from db.queries.connections import ConnectionRecord
from domain.timespan import TimeSpan
from integrations.calcom.limits import Gates
from integrations.calcom.transport import TimeLimits as CalcomLimits
from integrations.caldav.client import TimeLimits as CaldavLimits

ZONE = ZoneInfo("Europe/Berlin")
# Within the sandbox's clock (builders/calcom.py) and its hours; no change of the clocks near.
DAY = date(2026, 11, 24)
HALF_HOUR = timedelta(minutes=30)
PATIENCE_S = 0.3
NOBODY = "http://127.0.0.1:1"
UMLAUTS = "Jörg Weiß-Çelik 🙂"
Operation = Literal["create", "move", "cancel", "free", "find"]
Fault = Literal["drop", "commit_then_drop", "silence"]


def at(hour: int, minute: int = 0, day: date = DAY) -> datetime:
    local = datetime(day.year, day.month, day.day, hour, minute, tzinfo=ZONE)
    return local.astimezone(UTC)


def span(hour: int, minute: int = 0, day: date = DAY) -> TimeSpan:
    start_at = at(hour, minute, day)
    return TimeSpan(start_at, start_at + HALF_HOUR)


class Calendar(ABC):
    """One person's calendar at a provider, and ways around our code to look at it and break it."""

    company_id: UUID
    connection: ConnectionRecord
    number: int

    @property
    @abstractmethod
    def provider(self) -> CalendarProvider: ...

    @property
    @abstractmethod
    def impatient(self) -> CalendarProvider:
        """With a time limit that silence reaches at once."""

    @property
    @abstractmethod
    def misled(self) -> CalendarProvider:
        """With a password that is wrong."""

    @property
    @abstractmethod
    def unreachable(self) -> CalendarProvider:
        """Nobody listens at its address."""

    @abstractmethod
    def enter(self, taken: TimeSpan) -> None:
        """A person enters something in the calendar."""

    @abstractmethod
    def standing(self, appointment_id: UUID) -> list[TimeSpan]:
        """The times of the appointment's live entries, as the server itself has them."""

    @abstractmethod
    def texts(self, appointment_id: UUID) -> str:
        """All that a person reads in these entries."""

    @abstractmethod
    def break_next(self, operation: Operation, fault: Fault) -> None: ...


@dataclass
class Connected(Calendar):
    engine: AsyncEngine
    company_id: UUID
    connection: ConnectionRecord
    number: int
    http: httpx.AsyncClient
    gates: Gates

    @property
    @override
    def provider(self) -> CalendarProvider:
        return self._of(self.connection)

    @property
    @override
    def impatient(self) -> CalendarProvider:
        return self._of(self.connection, patience_s=PATIENCE_S)

    @property
    @override
    def misled(self) -> CalendarProvider:
        return self._of(replace(self.connection, api_key="ein anderes"))

    @property
    @override
    def unreachable(self) -> CalendarProvider:
        return self._of(replace(self.connection, base_url=NOBODY))

    def _of(self, connection: ConnectionRecord, patience_s: float = 10.0) -> CalendarProvider:
        providers = Providers(
            self.engine,
            self.http,
            self.gates,
            attendee_domain="anrufer.example",
            caldav_limits=CaldavLimits(after_call_s=patience_s),
        )
        limits = CalcomLimits(after_call_s=patience_s)
        return providers.of(self.company_id, connection, limits=limits)


class CalendarRules:
    """`calendar`: a fixture of each provider's own tests."""

    async def test_what_was_created_is_there_once_and_found(self, calendar: Calendar) -> None:
        visit = make_visit(calendar, span(10))
        created = await calendar.provider.create(visit)
        assert isinstance(created, Created)
        assert calendar.standing(visit.appointment_id) == [span(10)]
        found = await calendar.provider.find(visit)
        assert found == Ours(entry=created.entry)

    async def test_the_same_again_leaves_one_and_is_found_as_ours(self, calendar: Calendar) -> None:
        visit = make_visit(calendar, span(10))
        first = await calendar.provider.create(visit)
        again = await calendar.provider.create(visit)
        # Said at once by the one, found by a look by the other: never two.
        assert isinstance(again, Created) or (isinstance(again, Refused) and again.may_be_ours)
        assert isinstance(first, Created)
        assert await calendar.provider.find(visit) == Ours(entry=first.entry)
        assert calendar.standing(visit.appointment_id) == [span(10)]

    async def test_cut_off_after_it_was_done_it_is_unclear_and_then_ours(
        self, calendar: Calendar
    ) -> None:
        visit = make_visit(calendar, span(10))
        calendar.break_next("create", "commit_then_drop")
        assert isinstance(await calendar.provider.create(visit), Unclear)
        assert isinstance(await calendar.provider.find(visit), Ours)
        assert calendar.standing(visit.appointment_id) == [span(10)]

    async def test_cut_off_before_it_was_done_it_is_unclear_and_then_absent(
        self, calendar: Calendar
    ) -> None:
        visit = make_visit(calendar, span(10))
        calendar.break_next("create", "drop")
        assert isinstance(await calendar.provider.create(visit), Unclear)
        assert await calendar.provider.find(visit) == Absent()
        assert isinstance(await calendar.provider.create(visit), Created)

    async def test_somebody_elses_entry_is_not_ours_and_takes_the_slot(
        self, calendar: Calendar
    ) -> None:
        calendar.enter(span(11))
        visit = make_visit(calendar, span(11))
        refused = await calendar.provider.create(visit)
        assert isinstance(refused, Refused)
        assert refused.cause == "slot_gone"
        assert await calendar.provider.find(visit) == Theirs()
        assert calendar.standing(visit.appointment_id) == []

    async def test_another_customers_appointment_is_somebody_elses(
        self, calendar: Calendar
    ) -> None:
        theirs = make_visit(calendar, span(12))
        assert isinstance(await calendar.provider.create(theirs), Created)
        assert await calendar.provider.find(make_visit(calendar, span(12))) == Theirs()

    async def test_nothing_there_is_absent(self, calendar: Calendar) -> None:
        assert await calendar.provider.find(make_visit(calendar, span(13))) == Absent()

    async def test_a_moved_one_stands_at_its_new_time_only(self, calendar: Calendar) -> None:
        before, entry = await created(calendar, span(10))
        after = later(before, span(14))
        moved = await calendar.provider.move(after, entry.uid)
        assert isinstance(moved, Created)
        assert moved.entry.uid != entry.uid
        assert moved.entry.number > entry.number
        assert calendar.standing(before.appointment_id) == [span(14)]
        assert await calendar.provider.find(after) == Ours(entry=moved.entry)
        assert not isinstance(await calendar.provider.find(before), Ours)

    async def test_a_move_by_less_than_its_length_is_not_in_its_own_way(
        self, calendar: Calendar
    ) -> None:
        before, entry = await created(calendar, span(10))
        moved = await calendar.provider.move(later(before, span(10, 15)), entry.uid)
        assert isinstance(moved, Created)
        assert calendar.standing(before.appointment_id) == [span(10, 15)]

    async def test_a_move_that_was_cut_off_after_it_was_done_is_found(
        self, calendar: Calendar
    ) -> None:
        before, entry = await created(calendar, span(10))
        after = later(before, span(14))
        calendar.break_next("move", "commit_then_drop")
        assert isinstance(await calendar.provider.move(after, entry.uid), Unclear)
        assert isinstance(await calendar.provider.find(after), Ours)
        assert calendar.standing(before.appointment_id) == [span(14)]

    async def test_a_move_that_was_cut_off_before_leaves_it_where_it_was(
        self, calendar: Calendar
    ) -> None:
        before, entry = await created(calendar, span(10))
        after = later(before, span(14))
        calendar.break_next("move", "drop")
        assert isinstance(await calendar.provider.move(after, entry.uid), Unclear)
        assert await calendar.provider.find(after) == Absent()
        assert calendar.standing(before.appointment_id) == [span(10)]
        assert isinstance(await calendar.provider.move(after, entry.uid), Created)

    async def test_a_move_onto_somebody_elses_entry_is_refused_and_changes_nothing(
        self, calendar: Calendar
    ) -> None:
        before, entry = await created(calendar, span(10))
        calendar.enter(span(14))
        refused = await calendar.provider.move(later(before, span(14)), entry.uid)
        assert isinstance(refused, Refused)
        assert refused.cause == "slot_gone"
        assert calendar.standing(before.appointment_id) == [span(10)]

    async def test_cancelled_twice_it_is_gone_once(self, calendar: Calendar) -> None:
        visit, entry = await created(calendar, span(10))
        for _ in range(2):
            cancelled = await calendar.provider.cancel(visit, entry.uid, "Abgesagt")
            assert cancelled == Cancelled()
        assert calendar.standing(visit.appointment_id) == []
        assert await calendar.provider.find(visit) == Absent()

    @pytest.mark.parametrize("fault", ["drop", "commit_then_drop"])
    async def test_a_cancellation_that_was_cut_off_is_unclear_and_may_be_repeated(
        self, calendar: Calendar, fault: Fault
    ) -> None:
        visit, entry = await created(calendar, span(10))
        calendar.break_next("cancel", fault)
        assert isinstance(await calendar.provider.cancel(visit, entry.uid, "Abgesagt"), Unclear)
        assert await calendar.provider.cancel(visit, entry.uid, "Abgesagt") == Cancelled()
        assert calendar.standing(visit.appointment_id) == []

    async def test_to_cancel_what_was_moved_on_leaves_it_where_it_is(
        self, calendar: Calendar
    ) -> None:
        before, entry = await created(calendar, span(10))
        assert isinstance(await calendar.provider.move(later(before, span(14)), entry.uid), Created)
        assert await calendar.provider.cancel(before, entry.uid, "Abgesagt") == Cancelled()
        assert calendar.standing(before.appointment_id) == [span(14)]

    async def test_free_times_are_without_ours_and_theirs(self, calendar: Calendar) -> None:
        calendar.enter(span(11))
        await created(calendar, span(13))
        free = await free_on(calendar, DAY)
        for taken in (span(11), span(13)):
            assert not any(one.overlaps(taken) for one in free)
        for still in (span(10, 30), span(11, 30), span(12, 30), span(13, 30)):
            assert any(one.contains(still) for one in free)

    async def test_what_was_cancelled_is_free_again(self, calendar: Calendar) -> None:
        visit, entry = await created(calendar, span(10))
        await calendar.provider.cancel(visit, entry.uid, "Abgesagt")
        assert any(one.contains(span(10)) for one in await free_on(calendar, DAY))

    async def test_every_wanted_day_is_answered(self, calendar: Calendar) -> None:
        days = [DAY + timedelta(days=number) for number in range(5)]
        assert list(await free_in(calendar, days)) == days

    async def test_names_keep_their_letters(self, calendar: Calendar) -> None:
        visit = make_visit(calendar, span(10), customer_name=UMLAUTS)
        assert isinstance(await calendar.provider.create(visit), Created)
        assert UMLAUTS in calendar.texts(visit.appointment_id)

    async def test_nobodys_mail_address_is_asked_for(self, calendar: Calendar) -> None:
        visit = make_visit(calendar, span(10), customer_name=None, customer_phone=None)
        assert isinstance(await calendar.provider.create(visit), Created)
        assert "Telefonkunde" in calendar.texts(visit.appointment_id)

    async def test_silence_to_a_write_is_unclear(self, calendar: Calendar) -> None:
        visit = make_visit(calendar, span(10))
        calendar.break_next("create", "silence")
        assert isinstance(await calendar.impatient.create(visit), Unclear)

    async def test_silence_to_a_read_is_no_answer_and_no_free_time(
        self, calendar: Calendar
    ) -> None:
        calendar.break_next("free", "silence")
        with pytest.raises(NoAnswer) as raised:
            await free_on(calendar, DAY, calendar.impatient)
        assert (raised.value.reason, raised.value.untouched) == ("no_answer", True)

    async def test_with_nobody_there_nothing_was_sent(self, calendar: Calendar) -> None:
        with pytest.raises(NoAnswer) as raised:
            await calendar.unreachable.create(make_visit(calendar, span(10)))
        assert (raised.value.reason, raised.value.untouched) == ("no_answer", True)

    async def test_a_wrong_password_is_a_matter_of_configuration(self, calendar: Calendar) -> None:
        refused = await calendar.misled.create(make_visit(calendar, span(10)))
        assert isinstance(refused, Refused)
        assert refused.cause == "configuration"

    async def test_a_look_that_is_refused_says_so(self, calendar: Calendar) -> None:
        with pytest.raises(NoAnswer) as raised:
            await calendar.misled.find(make_visit(calendar, span(10)))
        assert raised.value.reason == "refused"


# --- around ------------------------------------------------------------------------------------


def make_visit(calendar: Calendar, wanted: TimeSpan, **changes: Any) -> Visit:
    order = BookingOrder(
        connection=calendar.connection,
        event_type_id=calendar.number,
        lengths_minutes=(),
        start_at=wanted.start_at,
        end_at=wanted.end_at,
        zone="Europe/Berlin",
        service_name="Schnitt",
        branch_name="Mitte",
        customer_id=uuid4(),
        **{
            "customer_name": "Erika Beispiel",
            "customer_phone": "+493012345678",
            "customer_language": "de",
            "retell_call_id": None,
        }
        | changes,
    )
    return Visit(company_id=calendar.company_id, appointment_id=uuid4(), revision=0, order=order)


def later(visit: Visit, wanted: TimeSpan) -> Visit:
    """The next slot of the same appointment."""
    order = replace(visit.order, start_at=wanted.start_at, end_at=wanted.end_at)
    return replace(visit, revision=visit.revision + 1, order=order)


async def created(calendar: Calendar, wanted: TimeSpan) -> tuple[Visit, Entry]:
    visit = make_visit(calendar, wanted)
    outcome = await calendar.provider.create(visit)
    assert isinstance(outcome, Created), outcome
    return visit, outcome.entry


async def free_in(
    calendar: Calendar, days: Sequence[date], provider: CalendarProvider | None = None
) -> dict[date, tuple[TimeSpan, ...]]:
    wanted = FreeWanted(calendar=calendar.number, length_min=None, days=tuple(days), zone=ZONE)
    return dict(await (provider or calendar.provider).free(wanted))


async def free_on(
    calendar: Calendar, day: date, provider: CalendarProvider | None = None
) -> tuple[TimeSpan, ...]:
    return (await free_in(calendar, [day], provider))[day]
