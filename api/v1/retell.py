"""What a company pastes into its agent at Retell."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from api.deps import Runtime
from api.errors import Problem
from api.functions.definitions import AgentFunction, agent_functions, agent_prompt
from api.functions.door import DOOR
from api.v1.access import CurrentTenant
from db.queries.connections import get_connection
from db.session import tenant_session
from domain.speech import Lang

_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "No key, or one that is not known."},
    422: {"model": Problem, "description": "Which parameter is wrong stands in `errors`."},
}
router = APIRouter(prefix="/api/v1/retell", tags=["retell"], responses=_PROBLEMS)

BaseUrl = Annotated[
    str | None,
    Query(
        max_length=200,
        pattern=r"^https?://[^\s/?#{}]+(/[^\s?#{}]*)?$",
        description="Where Retell reaches this API, if not where you do.",
        examples=["https://booking.example.com"],
    ),
]


class AgentFunctionsOut(BaseModel):
    language: Lang
    url: str = Field(description="Of all ten; with your connection's id if you have a workspace.")
    general_tools: list[AgentFunction] = Field(description="To paste into an LLM of Retell's.")
    prompt: str = Field(description="To add to its `general_prompt`.")


@router.get("/functions", summary="Definitions of the functions for an agent")
async def functions(
    runtime: Runtime,
    tenant: CurrentTenant,
    request: Request,
    *,
    language: Lang = "de",
    base_url: BaseUrl = None,
) -> AgentFunctionsOut:
    """Ten tools of type `custom` and the part of a prompt that tells an agent how to use them, in
    the agent's language. A company with a Retell workspace of its own gets its own address.
    """
    async with tenant_session(runtime.engine, tenant.company_id) as session:
        own = await get_connection(session, provider="retell")
    base = base_url or runtime.settings.public_url or str(request.base_url)
    url = base.rstrip("/") + DOOR
    if own is not None and own.api_key is not None:
        url = f"{url}/{own.id}"
    return AgentFunctionsOut(
        language=language,
        url=url,
        general_tools=agent_functions(url, language),
        prompt=agent_prompt(language),
    )
