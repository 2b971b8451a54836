"""Retell's API for a call that is going on: `PATCH /v2/update-live-call/{id}` (contract 5)."""

import asyncio
from collections.abc import Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from integrations.retell.outcomes import (
    CallOver,
    Rejected,
    RejectedFor,
    TellOutcome,
    Told,
    Unclear,
)

BASE_URL = "https://api.retellai.com"
# While the caller waits nothing is worth more; what comes later is told by message.
TIMEOUT_S = 3.0
CONNECT_S = 1.0
NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
# 422 is what an id gets that this key does not know; that key's call is not ours to speak into.
OVER = frozenset(
    {
        HTTPStatus.NOT_FOUND,
        HTTPStatus.CONFLICT,
        HTTPStatus.GONE,
        HTTPStatus.UNPROCESSABLE_ENTITY,
    }
)
# How Retell says 400 to a call that has ended is not documented; these parts would say it.
OVER_WORDS = ("ended", "not ongoing", "no longer", "not live", "not active")
REASONS: dict[int, RejectedFor] = {
    HTTPStatus.UNAUTHORIZED: "credentials",
    HTTPStatus.FORBIDDEN: "credentials",
    HTTPStatus.TOO_MANY_REQUESTS: "limited",
}
MESSAGE_KEPT = 300


class _Answer(BaseModel):
    """`{"success": true}`, or `{"status": "error", "message": "…"}`."""

    model_config = ConfigDict(extra="ignore")

    success: bool | None = None
    message: str = ""


class RetellClient:
    """One workspace's key. `http` is shared when given, else owned and closed."""

    def __init__(
        self,
        base_url: str,
        api_key: str,
        *,
        http: httpx.AsyncClient | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {api_key}", "Accept": "application/json"}
        self._owned = http is None
        self._http = http or httpx.AsyncClient()
        self._timeout_s = timeout_s

    async def close(self) -> None:
        if self._owned:
            await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def tell_live_call(
        self,
        call_id: str,
        *,
        additional_context: str,
        trigger_response: bool,
        dynamic_variables: Mapping[str, str] | None = None,
    ) -> TellOutcome:
        """Gives the agent something to know; with `trigger_response` it speaks up at once.

        It does not while the caller speaks, and then nothing is said of that in the answer.
        `additional_context` must not be empty. One try, `timeout_s` at most, and no exception:
        a repeat could make the agent say it twice.
        """
        if not additional_context.strip():
            raise ValueError("there is nothing to tell")
        control: dict[str, Any] = {"additional_context": additional_context}
        if trigger_response:  # Retell: "only true has an effect"
            control["trigger_response"] = True
        body: dict[str, Any] = {"call_control": control}
        if dynamic_variables:
            overrides = {"override_dynamic_variables": dict(dynamic_variables)}
            body["fields_to_override"] = overrides
        try:
            response = await self._patch(f"/v2/update-live-call/{quote(call_id, safe='')}", body)
        except NOT_SENT as error:
            return Rejected(reason="unreachable", message=type(error).__name__)
        except (httpx.TransportError, TimeoutError) as error:
            return Unclear(message=type(error).__name__)
        return _outcome(response)

    async def _patch(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        timeout = httpx.Timeout(self._timeout_s, connect=min(CONNECT_S, self._timeout_s))
        # httpx limits each phase; the whole is limited here.
        async with asyncio.timeout(self._timeout_s):
            return await self._http.patch(
                f"{self._base_url}{path}",
                json=body,
                headers=self._headers,
                timeout=timeout,
                follow_redirects=False,
            )


def _outcome(response: httpx.Response) -> TellOutcome:
    status = response.status_code
    try:
        answer = _Answer.model_validate_json(response.content)
    except ValidationError:
        answer = None
    message = answer.message[:MESSAGE_KEPT] if answer else "no readable answer"
    if response.is_success:
        if answer is None or answer.success is None:
            return Unclear(message="no readable answer", status=status)
        if answer.success:
            return Told()
        return Rejected(reason="other", message=message, status=status)
    if status in OVER or (status == HTTPStatus.BAD_REQUEST and _says_over(message)):
        return CallOver(status=status)
    if response.is_client_error and status != HTTPStatus.REQUEST_TIMEOUT:
        return Rejected(reason=REASONS.get(status, "other"), message=message, status=status)
    return Unclear(message=message or f"answered {status}", status=status)


def _says_over(message: str) -> bool:
    return any(part in message.lower() for part in OVER_WORDS)
