"""A caller on the line, without the engine: the real steps, and what the workflow would keep.

One shop that is open every day, so that tests do not depend on the day they run.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncEngine

from activities.calls import PostgresCalls
from activities.functions import PostgresFunctions
from contracts.calls import RecordEvents
from contracts.functions import (
    Answered,
    Booking,
    CalendarWanted,
    ChangeWanted,
    ConcludeBooking,
    Conversation,
    FunctionAnswer,
    FunctionAsked,
    FunctionName,
    Hold,
    PartOutcome,
    Promised,
    TakeFunction,
    Taken,
)
from db.queries.loading import company_id_of, insert_company
from db.queries.webhooks import store_event
from db.session import platform_session, tenant_session
from domain.asking.arguments import digest, read_arguments
from domain.ids import seeded_id
from tests.builders.retell import call_json, dump, new_call_id
from tests.builders.rows import company_json

KEY = "phone-key-of-tests"
SLUG = "plauderei"
BERLIN = ZoneInfo("Europe/Berlin")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CALLER = "+4917604069040"
WITHHELD = "anonymous"
MITTE_NUMBER = "+493023120001"


def shop_json(**changes: Any) -> dict[str, Any]:
    """Two branches: Anna and Ben in Mitte, Clara in Nord. Cut 30 min, colour 75 with Anna in the
    only cabin, dry 15. `changes` are the company's own fields.
    """
    company = company_json(SLUG)
    [mitte] = company["branches"]
    nord = {
        **mitte,
        "id": f"br_{SLUG}_nord",
        "name": "Nord",
        "spoken_names": ["Nord"],
        "phone_numbers": ["+493023120002"],
        "staff_phone_number": "+493023990002",
        "forwarded_from_numbers": [],
        "retell_agent_ids": [f"agent_{SLUG}_nord"],
        "resources": [],
    }
    company["branches"] = [mitte, nord]
    for branch in company["branches"]:
        branch.update(opening_hours=_open(), special_days=[], closed_on_public_holidays=False)
    clara = {
        **company["staff"][0],
        "id": f"st_{SLUG}_clara",
        "name": "Clara Nordmann",
        "display_name": "Clara",
        "aliases": ["Clara"],
        "branches": [nord["id"]],
    }
    company["staff"].append(clara)
    for person in company["staff"]:
        person["working_hours"] = {ref: _open() for ref in person["branches"]}
    cut, colour = company["services"]
    cut.update(
        staff=[*cut["staff"], clara["id"]],
        branches=[mitte["id"], nord["id"]],
        buffer_after_minutes=0,
    )
    colour.update(buffer_after_minutes=0)
    dry = {**cut, "id": f"svc_{SLUG}_foehnen", "name": "Föhnen", "aliases": ["Föhnen"]}
    dry.update(duration_minutes=15, staff=cut["staff"][:2], branches=[mitte["id"]])
    company["services"] = [cut, colour, dry]
    company["generic_terms"] = {}
    return company | changes


def _open() -> dict[str, list[list[str]]]:
    return {day: [["09:00", "18:00"]] for day in DAYS}


async def load_shop(engine: AsyncEngine, company: dict[str, Any] | None = None) -> UUID:
    company = company or shop_json()
    async with tenant_session(engine, company_id_of(company)) as session:
        return await insert_company(session, company)


COMPANY = company_id_of(shop_json())
MITTE, NORD = (seeded_id("branch", f"br_{SLUG}{end}") for end in ("", "_nord"))
ANNA, BEN, CLARA = (seeded_id("staff", f"st_{SLUG}_{n}") for n in ("anna", "ben", "clara"))
CUT, COLOUR, DRY = (
    seeded_id("service", f"svc_{SLUG}_{n}") for n in ("schnitt", "farbe", "foehnen")
)


def in_days(days: int = 7) -> date:
    return datetime.now(BERLIN).date() + timedelta(days=days)


def at(clock: str, *, days: int = 7) -> datetime:
    """`at("10:00")`: the instant of that wall time in Berlin, a week from today."""
    local = datetime.combine(in_days(days), time.fromisoformat(clock), BERLIN)
    return local.astimezone(UTC)


def said(days: int = 7) -> str:
    return f"{in_days(days):%d.%m.%Y}"


@dataclass
class OnTheLine:
    """A call that goes on, and what its workflow would know of it."""

    engine: AsyncEngine
    steps: PostgresFunctions
    conversation: Conversation
    from_number: str = CALLER
    to_number: str = MITTE_NUMBER
    transcript: str = "User: Guten Tag, ich hätte gern einen Termin.\n"
    asked: list[TakeFunction] = field(default_factory=list)

    @property
    def hold(self) -> Hold:
        assert self.conversation.hold is not None
        return self.conversation.hold

    async def question(self, name: FunctionName, args: dict[str, Any]) -> FunctionAsked:
        """Stored as the door does it."""
        call_id = self.conversation.retell_call_id
        call = call_json(
            call_id,
            from_number=self.from_number,
            to_number=self.to_number,
            agent_id="agent_none",
            call_status="ongoing",
            end_timestamp=None,
            start_timestamp=int(datetime.now(UTC).timestamp() * 1000),
            transcript=self.transcript,
        )
        body = dump({"event": "function_called", "name": name, "args": args, "call": call})
        async with platform_session(self.engine) as session:
            stored = await store_event(
                session,
                source="retell",
                event_id=f"function:{uuid4()}",
                kind="function_called",
                body=body,
                retell_call_id=call_id,
                signalled=True,
            )
        return FunctionAsked(
            event_id=stored.id,
            name=name,
            digest=digest(name, read_arguments(name, args)),
            asked_at=datetime.now(UTC),
        )

    async def take(self, name: FunctionName, /, **args: Any) -> Taken:
        asked = await self.question(name, args)
        if not self.asked:
            await self.open(asked)
        return await self.repeat(TakeFunction(asked=asked, conversation=self.conversation))

    async def repeat(self, request: TakeFunction | None = None) -> Taken:
        """Without a request the last step again, as after a worker's death."""
        request = request or self.asked[-1]
        self.asked.append(request)
        return (await self.steps.take(request)).result

    async def open(self, asked: FunctionAsked) -> None:
        calls = PostgresCalls(self.engine, phone_key=KEY)
        recorded = await calls.record_events(
            RecordEvents(
                retell_call_id=self.conversation.retell_call_id, event_ids=(asked.event_id,)
            )
        )
        self.conversation = self.conversation.model_copy(
            update={"company_id": recorded.company_id, "branch_id": recorded.branch_id}
        )

    async def ask(self, name: FunctionName, /, **args: Any) -> FunctionAnswer:
        """The answer; what it changes is kept as the workflow keeps it."""
        taken = await self.take(name, **args)
        assert isinstance(taken, Answered), taken
        self.keep(taken)
        return taken.answer

    async def book(self, name: FunctionName = "book_appointment", /, **args: Any) -> Promised:
        taken = await self.take(name, **args)
        assert isinstance(taken, Promised), taken
        self.keep_promise(taken)
        return taken

    async def change(self, name: FunctionName, /, **args: Any) -> ChangeWanted:
        taken = await self.take(name, **args)
        assert isinstance(taken, ChangeWanted), taken
        self._update(verified=(*self.conversation.verified, *taken.verified))
        return taken

    async def calendar(self, name: FunctionName, /, **args: Any) -> CalendarWanted:
        taken = await self.take(name, **args)
        assert isinstance(taken, CalendarWanted), taken
        return taken

    async def conclude(
        self, promised: Promised, *outcomes: str | None, reason: str = ""
    ) -> Answered:
        parts = zip(promised.hold.parts, outcomes, strict=True)
        asked = self.asked[-1].asked
        answered = await self.steps.conclude_booking(
            ConcludeBooking(
                asked=asked,
                conversation=self.conversation,
                hold=promised.hold,
                outcomes=tuple(
                    PartOutcome.model_validate(
                        {
                            "appointment_id": part.appointment_id,
                            "outcome": outcome,
                            "reason": reason or None,
                        }
                    )
                    for part, outcome in parts
                ),
            )
        )
        self.keep(answered)
        return answered

    def keep(self, answered: Answered) -> None:
        was = self.conversation
        if answered.hold is not None:
            self._forget(but=answered.hold)
            self._update(
                hold=answered.hold, next_number=max(was.next_number, answered.hold.number + 1)
            )
        elif answered.drops_hold:
            self._forget()
        self._update(verified=(*was.verified, *answered.verified))
        if answered.attempts is not None:
            self._update(attempts=answered.attempts)

    def keep_promise(self, promised: Promised) -> None:
        hold = promised.hold
        self._forget(but=hold)
        earlier = [known for known in self.conversation.earlier if known.number != hold.number]
        booking = Booking(
            appointment_ids=tuple(start.appointment_id for start in promised.starts),
            status="reserved",
            start_at=hold.start_at,
            fulfils=hold.number,
        )
        kept = [b for b in self.conversation.bookings if b.fulfils != hold.number]
        self._update(
            earlier=(*earlier, hold),
            next_number=max(self.conversation.next_number, hold.number + 1),
            bookings=(*kept, booking),
        )

    def let_go(self) -> None:
        """The workflow's timer has let the hold go."""
        self._forget()

    def _forget(self, but: Hold | None = None) -> None:
        hold = self.conversation.hold
        self._update(hold=None)
        if hold is not None and (but is None or hold.number != but.number):
            self._update(earlier=(*self.conversation.earlier, hold))

    def _update(self, **changes: Any) -> None:
        self.conversation = self.conversation.model_copy(update=changes)


def dial(
    engine: AsyncEngine,
    *,
    from_number: str = CALLER,
    to_number: str = MITTE_NUMBER,
    steps: PostgresFunctions | None = None,
    **changes: Any,
) -> OnTheLine:
    return OnTheLine(
        engine=engine,
        steps=steps or PostgresFunctions(engine, phone_key=KEY),
        conversation=Conversation(
            company_id=COMPANY, branch_id=MITTE, retell_call_id=new_call_id()
        ),
        from_number=from_number,
        to_number=to_number,
        **changes,
    )
