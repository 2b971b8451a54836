"""What is said about a settled call: to its branch, and to a caller who was told wrong."""

import asyncio
from collections.abc import Callable
from uuid import UUID

from temporalio import workflow
from temporalio.exceptions import ActivityError

from contracts.appointments import Audience, NotifyCall, NotifySteps
from workflows import policies, steps

_WHAT: dict[Audience, str] = {
    "branch": "Mail to branch: what the call came to",
    "customer": "Message to customer: it is not booked",
}


async def tell_of_call(
    company_id: UUID, retell_call_id: str, *audiences: Audience, note: Callable[[str], None]
) -> None:
    """Each on its own: a mail server that is away keeps no text from its reader."""

    async def tell(audience: Audience) -> None:
        request = NotifyCall(
            company_id=company_id, retell_call_id=retell_call_id, audience=audience
        )
        try:
            told = await steps.remote(NotifySteps.call, request, policies.NOTICE, _WHAT[audience])
        except ActivityError as error:
            workflow.logger.warning("%s could not be told of a call", audience, exc_info=error)
            return
        note(f"{_WHAT[audience].partition(':')[0]}: {told.outcome}")

    await asyncio.gather(*(tell(audience) for audience in audiences))
