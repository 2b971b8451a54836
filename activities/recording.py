"""From Retell's stored bodies to the facts of a call, and to the company that it is for."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from db.queries import routing, webhooks
from db.queries.call_facts import CallFacts
from db.queries.webhooks import EventBody
from db.session import PLATFORM_COMPANY_ID, platform_session
from domain.phone import phone_hash, to_e164
from integrations.retell.schemas import (
    InboundEvent,
    RetellCall,
    RetellEvent,
    UnknownEvent,
    parse_event,
)

UNKNOWN_NUMBER = "unknown_number"
NUMBER_OF_ANOTHER_COMPANY = "number_of_another_company"
CALL_OF_ANOTHER_COMPANY = "call_of_another_company"
# RFC 5806: `<sip:+493023125019@sip.example.net>;reason=no-answer`, sometimes `tel:` or bare.
_DIVERTED = re.compile(r"(?:sips?:|tel:|<)?(\+?\d{6,16})")


@dataclass(frozen=True, kw_only=True)
class Received:
    """A stored event, parsed. `signed_by`: the company whose own workspace it came from, which
    speaks for that company only; None is the platform's workspace.
    """

    id: UUID
    event: RetellEvent
    received_at: datetime
    signed_by: UUID | None = None

    def may_tell(self, company_id: UUID) -> bool:
        return self.signed_by in {None, company_id}


@dataclass(frozen=True, kw_only=True)
class Destination:
    """`branch_id` None: a hotline, or nobody's number (`review_reason` says so)."""

    company_id: UUID
    branch_id: UUID | None
    review_reason: str | None = None


def parse_bodies(bodies: Sequence[EventBody]) -> list[Received]:
    """The webhook has checked each body before storing it; what it did not know is passed over."""
    received: list[Received] = []
    for body in bodies:
        event = parse_event(json.loads(body.body))
        if not isinstance(event, UnknownEvent):
            received.append(
                Received(
                    id=body.id,
                    event=event,
                    received_at=body.received_at,
                    signed_by=body.signed_by,
                )
            )
    return received


async def find_destination(
    engine: AsyncEngine, retell_call_id: str, received: Sequence[Received]
) -> Destination:
    """Where the call belongs: opened before, by dialled number, by forwarding number, by agent.

    A hotline whose call was forwarded from a branch's own line is that branch's call. What only a
    company's own workspace reports is that company's, whatever number it names.
    """
    of_platform = [item for item in received if item.signed_by is None]
    signer = None if of_platform else next((item.signed_by for item in received), None)
    async with platform_session(engine) as session:
        opened = await routing.find_company_of_call(session, retell_call_id)
        found = await _route(session, of_platform or received)
    # A call stays with the company that its first event found.
    owner = opened or signer
    if found is not None and owner in {None, found.company_id}:
        return Destination(company_id=found.company_id, branch_id=found.branch_id)
    if opened is not None:
        return Destination(company_id=opened, branch_id=None)
    return Destination(
        company_id=signer or PLATFORM_COMPANY_ID,
        branch_id=None,
        review_reason=UNKNOWN_NUMBER if found is None else NUMBER_OF_ANOTHER_COMPANY,
    )


async def _route(session: AsyncSession, received: Sequence[Received]) -> routing.Route | None:
    hotline: routing.Route | None = None
    for number in _numbers(received):
        route = await routing.find_route_by_number(session, number)
        if route is None or (hotline is not None and route.company_id != hotline.company_id):
            continue
        if route.branch_id is not None:
            return route
        hotline = hotline or route
    if hotline is not None:
        return hotline
    for agent_id in _agents(received):
        route = await routing.find_route_by_agent(session, agent_id)
        if route is not None:
            return route
    return None


async def read_received(engine: AsyncEngine, event_ids: Sequence[UUID]) -> list[Received]:
    async with platform_session(engine) as session:
        return parse_bodies(await webhooks.read_events(session, event_ids))


def _headers(event: RetellEvent) -> dict[str, str]:
    source = event.call_inbound if isinstance(event, InboundEvent) else event.call
    return {name.lower(): value for name, value in source.custom_sip_headers.items()}


def _numbers(received: Sequence[Received]) -> Iterator[str]:
    """Dialled numbers first, then those that calls were diverted from."""
    dialled = {to_e164(item.event.our_number) for item in received}
    yield from sorted(number for number in dialled if number)
    for item in received:
        diversion = _headers(item.event).get("diversion", "")
        found = _DIVERTED.search(diversion)
        number = to_e164(found.group(1)) if found else None
        if number:
            yield number


def _agents(received: Sequence[Received]) -> Iterator[str]:
    for item in received:
        event = item.event
        of_call = event.call_inbound if isinstance(event, InboundEvent) else event.call
        if of_call.agent_id:
            yield of_call.agent_id


def facts_of(item: Received, destination: Destination, *, region: str, phone_key: str) -> CallFacts:
    """What one event says about its call. Region: for numbers without a country code."""
    event = item.event
    seen_at = _instant(event.event_timestamp) or item.received_at
    if isinstance(event, InboundEvent):
        asked = event.call_inbound
        caller = to_e164(asked.from_number, region)
        return CallFacts(
            kind=event.event,
            seen_at=seen_at,
            branch_id=destination.branch_id,
            agent_id=asked.agent_id,
            dialled=to_e164(asked.to_number),
            from_number=caller,
            phone_hash=phone_hash(caller, phone_key) if caller else None,
        )
    call = event.call
    caller = to_e164(call.their_number, region)
    return CallFacts(
        kind=event.event,
        seen_at=seen_at,
        started_at=call.started_at,
        branch_id=destination.branch_id,
        agent_id=call.agent_id,
        dialled=to_e164(call.our_number),
        from_number=caller,
        phone_hash=phone_hash(caller, phone_key) if caller else None,
        ended_at=call.ended_at,
        duration_ms=call.duration_ms,
        disconnection_reason=call.disconnection_reason,
        call_metadata=call.metadata or None,
        transcript=turns_of(call),
        analysis=_analysis(call),
    )


def turns_of(call: RetellCall) -> list[dict[str, str]] | None:
    """Who said what, in order: `[{"role": "agent"|"user", "content": "…"}]`."""
    if call.transcript_object:
        return [
            {"role": turn.role, "content": turn.content.strip()}
            for turn in call.transcript_object
            if turn.role in ("agent", "user") and turn.content and turn.content.strip()
        ]
    if call.transcript:
        return list(_turns_of_text(call.transcript))
    return None


def _turns_of_text(transcript: str) -> Iterator[dict[str, str]]:
    """Lines `Agent: …` and `User: …`; a line without a speaker continues the one before."""
    turn: dict[str, str] | None = None
    for line in transcript.splitlines():
        speaker, colon, words = line.partition(":")
        role = speaker.strip().lower()
        if colon and role in ("agent", "user"):
            if turn:
                yield turn
            turn = {"role": role, "content": words.strip()}
        elif turn and line.strip():
            turn["content"] += " " + line.strip()
    if turn:
        yield turn


def _analysis(call: RetellCall) -> dict[str, Any] | None:
    return call.call_analysis.model_dump(mode="json") if call.call_analysis else None


def _instant(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else datetime.fromtimestamp(at_ms / 1000, tz=UTC)
