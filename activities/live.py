"""Into the running call: what became of an appointment that was only `reserved` so far."""

from datetime import UTC, datetime

import httpx
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from temporalio import activity
from typing_extensions import override

from activities.letters import lang_of
from contracts.functions import LiveCallSteps, TellLive, ToldLive
from db.queries import appointments, catalogue
from db.queries.appointments import AppointmentView
from db.queries.connections import get_connection
from db.session import tenant_session
from domain.asking import answers
from domain.asking.facts import PartFacts, VisitFacts, Voice
from integrations.retell.client import RetellClient
from integrations.retell.outcomes import CallOver, Told

RETELL = "retell"


class RetellLive(LiveCallSteps):
    """A company with a workspace of its own is reached by its key, all others by the platform's."""

    def __init__(
        self, engine: AsyncEngine, http: httpx.AsyncClient, *, base_url: str, api_key: str | None
    ) -> None:
        self._engine = engine
        self._http = http
        self._base_url = base_url
        self._api_key = api_key

    @activity.defn(name="calls.tell_live")
    @override
    async def tell_live(self, request: TellLive) -> ToldLive:
        """Once: said twice is worse than not said, and a message follows in any case."""
        async with tenant_session(self._engine, request.company_id) as session:
            client = await self._client(session)
            sentence = await _sentence(session, request)
        if client is None or sentence is None:
            return ToldLive(outcome="not_told")
        told = await client.tell_live_call(
            request.retell_call_id, additional_context=sentence, trigger_response=True
        )
        match told:
            case Told():
                return ToldLive(outcome="told")
            case CallOver():
                return ToldLive(outcome="call_over")
            case _:
                return ToldLive(outcome="not_told")

    async def _client(self, session: AsyncSession) -> RetellClient | None:
        own = await get_connection(session, provider=RETELL)
        if own is not None and own.api_key:
            return RetellClient(own.base_url or self._base_url, own.api_key, http=self._http)
        if self._api_key is None:
            return None
        return RetellClient(self._base_url, self._api_key, http=self._http)


async def _sentence(session: AsyncSession, request: TellLive) -> str | None:
    view = await appointments.get_appointment(session, request.appointment_id)
    if view is None:
        return None
    company = await catalogue.get_company(session)
    voice = Voice(
        lang=lang_of(view.customer_language, company.locale), zone=view.zone, now=datetime.now(UTC)
    )
    match request.outcome:
        case "booked":
            return answers.booked(voice, _visit(view), [view.id]).message
        case "rescheduled":
            return answers.rescheduled(voice, _visit(view), [view.id]).message
        case "cancelled":
            return answers.cancelled(voice, view.start_at, [view.id]).message
        case "refused" if view.status == "failed":
            return answers.slot_lost(voice).message
        case "refused":  # a change: the old time stands, and a person sees to it
            return answers.callback(voice).message


def _visit(view: AppointmentView) -> VisitFacts:
    return VisitFacts(
        parts=(
            PartFacts(
                start_at=view.start_at,
                end_at=view.end_at,
                service=view.service_name,
                staff=view.staff_name,
            ),
        ),
        branch=view.branch_name,
    )
