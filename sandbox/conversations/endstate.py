"""The end of a trial as everybody sees it: REST, Cal.com, mails, SMS; and what that amounts to."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sandbox.caller.desk import LIVE
from sandbox.caller.diary import opening
from sandbox.companies import WEEKDAYS, DemoCompany
from sandbox.conversations.backstage import Backstage, occupied_by
from sandbox.conversations.claims import Claim, in_sentence
from sandbox.conversations.judge import (
    Judgement,
    Scene,
    Slot,
    Standing,
    Wanted,
    judge,
    worst,
)
from sandbox.conversations.model import Expect
from sandbox.conversations.planning import Person, Trial, home
from sandbox.conversations.talking import Talk
from sandbox.conversations.told import (
    Exchange,
    Message,
    Occupied,
    Offer,
    claim_of,
    claims_of,
    misspoken,
    offers_of,
    why_never,
)

if TYPE_CHECKING:
    from sandbox.conversations.playing import Played

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Came:
    """What one caller's calls came to. `calls`: as REST shows them, the last one at the end."""

    judgement: Judgement
    scene: Scene
    calls: Sequence[Json]
    messages: Sequence[Message]

    @property
    def outcome(self) -> str | None:
        return self.calls[-1]["outcome"] if self.calls else None


async def look(played: "Played") -> tuple[list[Came], Judgement]:
    """Of each caller, and of all of them together."""
    bookings = await played.stage.desk.all_bookings(played.trial.scenario.company)
    count = len(played.talks)
    came = await asyncio.gather(*(_caller(played, index, bookings) for index in range(count)))
    found = [one.judgement for one in came]
    won, wanted = sum(bool(_new(one)) for one in came), played.trial.scenario.expect.won
    # What Cal.com has refused may be nobody's in the end.
    refused = played.stage.fault.may_refuse
    if wanted is not None and (won > wanted if refused else won != wanted):
        text = f"{won} of {count} callers have an appointment, not {wanted}"
        found.append(Judgement(verdict="wish_not_met", reasons=(text,)))
    return list(came), worst(found)


def _new(came: Came) -> list[Standing]:
    return [one for one in came.scene.standing if one.stands and not one.before]


async def _caller(played: "Played", index: int, bookings: Sequence[Json]) -> Came:
    trial, desk = played.trial, played.stage.desk
    talks = played.calls(index)
    slug = trial.scenario.company
    calls = [c for t in talks if (c := await desk.call(slug, t.call_id)) is not None]
    messages = await _messages(played, index)
    standing = await _standing(played, desk, calls, bookings)
    claims = [*_answered(trial, talks), *_read(trial, messages)]
    if trial.scenario.lies:
        claims += _agent(trial, talks)
    known = [*(one.id for one in standing), *(talk.call_id for talk in talks)]
    # While one caller hears from Cal.com that a stranger was first, another may be answered.
    alone = trial.scenario.callers == 1
    others = occupied_by(
        bookings,
        trial.company,
        except_ids=known,
        heard_at_once_from=played.since if alone else None,
    )
    wanted = _wanted(played, talks[len(played.talks[index]) - 1])
    problems = [problem for talk in talks for problem in talk.problems]
    if played.stage.strict:
        problems += [p async for p in _unexpected(played, index, calls, standing, messages)]
    scene = Scene(
        claims=claims,
        standing=standing,
        wanted=wanted,
        own=played.own,
        slots=list(_slots(trial, talks, others)),
        stray=_stray(bookings, standing, talks, trial),
        misspoken=[w for t in talks for e in t.exchanges for w in _misspoken(trial, e)],
        problems=problems,
    )
    return Came(judgement=judge(scene), scene=scene, calls=calls, messages=messages)


# --- what is there ------------------------------------------------------------------------------


async def _standing(
    played: "Played", desk: Backstage, calls: Sequence[Json], bookings: Sequence[Json]
) -> list[Standing]:
    slug = played.trial.scenario.company
    made = {one["id"]: one for call in calls for one in call["appointments"]}
    for number in played.own:
        seen = await desk.appointment(slug, number)
        if seen is not None:
            made[number] = seen
    return [
        Standing(
            id=number,
            start=_local(one["start_at"], one["zone"]),
            status=one["status"],
            bookings=[
                _local(each["start"], one["zone"])
                for each in bookings
                if each["status"] in LIVE and number in each.get("metadata", {}).values()
            ],
            service=one["service"]["name"],
            staff=(one["staff"] or {}).get("name", ""),
            branch=one["branch"]["name"],
            before=number in played.own,
        )
        for number, one in made.items()
    ]


def _stray(
    bookings: Sequence[Json], standing: Sequence[Standing], talks: Sequence[Talk], trial: Trial
) -> list[datetime]:
    """Live ones that name one of the calls, and no appointment that is meant to stand."""
    live = {one.id for one in standing if one.status in {"booked", "reserved"}}
    mine = {talk.call_id for talk in talks} | {one.id for one in standing}
    return [
        _local(each["start"], trial.company.timezone)
        for each in bookings
        if each["status"] in LIVE
        and mine & set(each.get("metadata", {}).values())
        and not live & set(each.get("metadata", {}).values())
    ]


# --- what was told ------------------------------------------------------------------------------


async def _messages(played: "Played", index: int) -> list[Message]:
    desk, person = played.stage.desk, played.trial.people[index]
    found = await desk.texts(played.trial.scenario.company, person.phone, played.since)
    if person.email:
        found += [m for m in await desk.letters(person.email) if m.at >= played.since]
    for talk in played.calls(index):
        found += await desk.said_live(talk.call_id)
    return sorted(found, key=lambda message: message.at)


def _answered(trial: Trial, talks: Sequence[Talk]) -> list[Claim]:
    language, zone = trial.scenario.language, trial.company.timezone
    found = []
    for talk in talks:
        for exchange in talk.exchanges:
            found += list(claims_of(exchange, language=language, zone=zone))
    return found


def _misspoken(trial: Trial, exchange: Exchange) -> Iterator[str]:
    zone = trial.company.timezone
    return misspoken(exchange, language=trial.scenario.language, zone=zone)


def _read(trial: Trial, messages: Sequence[Message]) -> list[Claim]:
    language, zone = trial.scenario.language, trial.company.timezone
    # What the agent was given to say is an order to it, in which several things may stand.
    return [claim_of(m, language=language, zone=zone) for m in messages if m.source != "live"]


def _agent(trial: Trial, talks: Sequence[Talk]) -> list[Claim]:
    """What the agent said by itself, before whatever was written afterwards."""
    return [
        in_sentence(
            text,
            trial.scenario.language,
            at=talk.began_at,
            source="agent",
            zone=trial.company.timezone,
        )
        for talk in talks
        for role, text in talk.said
        if role == "agent"
    ]


# --- whether it was to be had -------------------------------------------------------------------


def _slots(trial: Trial, talks: Sequence[Talk], others: Sequence[Occupied]) -> Iterator[Slot]:
    zone = trial.company.timezone
    for talk in talks:
        for exchange in talk.exchanges:
            asked_at = min(
                one.asked_at
                for one in talk.exchanges
                if (one.name, one.args) == (exchange.name, exchange.args)
            )
            for offer in offers_of(
                exchange, zone, asked_at=asked_at, in_a_crowd=trial.scenario.callers > 1
            ):
                why = why_never(offer, others, is_open=_is_open(trial, offer))
                yield Slot(start=offer.start, staff=offer.staff or "", why_not=why)


def _is_open(trial: Trial, offer: Offer) -> bool:
    """By hours of branch and person alone; of several people each is asked in their own part."""
    company = trial.company
    branch = next(
        (b for b in company.branches if b.name == offer.branch),
        company.branch(home(trial.scenario, company)),
    )
    start, end = offer.start, offer.end or offer.start
    spans = opening(branch, start.date())
    if not any(begin <= start.time() and end.time() <= until for begin, until in spans):
        return False
    return _works(company, branch.ref, offer)


def _works(company: DemoCompany, branch: str, offer: Offer) -> bool:
    person = next((p for p in company.staff if p.display_name == offer.staff), None)
    if person is None:
        return True
    start, end = offer.start, offer.end or offer.start
    hours = person.hours.get(branch, {}).get(WEEKDAYS[start.weekday()], [])
    return any(begin <= start.time() and end.time() <= until for begin, until in hours)


# --- what was expected --------------------------------------------------------------------------


def _wanted(played: "Played", talk: Talk) -> Wanted:
    """To whom no appointment is due, none is to be found, under any fault."""
    none_new = "appointment" not in played.trial.scenario.expect.end
    return replace(_starts_wanted(played, talk), none_new=none_new)


def _starts_wanted(played: "Played", talk: Talk) -> Wanted:
    """`at` names wishes, or what was noted in the talk."""
    trial, expect = played.trial, played.trial.scenario.expect
    before = tuple(played.own.values())
    starts = tuple(_named(trial, name, talk) for name in expect.at)
    refusable = played.stage.fault.may_refuse or len(expect.end) > 1
    known = tuple(start for start in starts if start is not None)
    if "moved" in expect.end:
        return Wanted(starts=known, gone=before, limit=len(before), may_refuse=refusable)
    if "cancelled" in expect.end:
        gone = known or before
        kept = tuple(start for start in before if start not in gone)
        return Wanted(starts=kept, gone=gone, limit=len(kept), may_refuse=refusable)
    if "appointment" not in expect.end:
        return Wanted(starts=before, limit=len(before), may_refuse=refusable)
    limit = len(known) + len(before)
    refusable = refusable or expect.won is not None
    return Wanted(starts=(*before, *known), limit=limit, may_refuse=refusable)


def _named(trial: Trial, name: str, talk: Talk) -> datetime | None:
    if name in trial.starts:
        return trial.starts[name]
    noted = talk.known.get(name.removeprefix("$"))
    return _local(noted, trial.company.timezone) if isinstance(noted, str) else None


async def _unexpected(
    played: "Played",
    index: int,
    calls: Sequence[Json],
    standing: Sequence[Standing],
    messages: Sequence[Message],
) -> AsyncIterator[str]:
    """Of the last call; who else phoned for the caller is judged by the calendar alone."""
    expect = played.trial.scenario.expect
    own = [c for c in calls if c["call_id"] == played.talks[index][-1].call_id]
    for call in own:
        if expect.outcome and call["outcome"] not in expect.outcome:
            reason = f" ({call['reason']})" if call["reason"] else ""
            yield f"outcome {call['outcome']}{reason}, not {' or '.join(expect.outcome)}"
        if expect.review != call["needs_review"]:
            yield "not kept for review" if expect.review else "kept for review without need"
        for problem in _of_people(expect, played.trial.people[index], call, standing):
            yield problem
    if "callback" in expect.end and len(expect.end) == 1:
        slug, call_id = played.trial.scenario.company, played.talks[index][-1].call_id
        if not await played.stage.desk.callbacks(slug, call_id):
            yield "nobody is to call back"
    if expect.sms is not None and expect.sms != any(m.source == "sms" for m in messages):
        yield "no SMS came" if expect.sms else "an SMS came"


def _of_people(
    expect: Expect, person: Person, call: Json, standing: Sequence[Standing]
) -> Iterator[str]:
    new = sorted((one for one in standing if one.stands), key=lambda one: (one.start, one.staff))
    checks = (("service", expect.service), ("staff", expect.staff))
    for what, names in checks:
        found = sorted(getattr(one, what) for one in new)
        if names and found != sorted(names):
            yield f"{what} is {', '.join(found) or 'nothing'}, not {', '.join(names)}"
    if expect.branch and any(one.branch != expect.branch for one in new):
        yield f"the branch is {', '.join(one.branch for one in new)}"
    phones = {one["customer"]["phone"] for one in call["appointments"]}
    if expect.phone and phones != {person.phone}:
        yield "the customer's phone is another one"


def _local(text: str, zone: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(ZoneInfo(zone))
