"""What Twilio posts: what has become of an SMS, and what customers write back.

Signed, but without a time in it: a copy passes for ever. So a report never takes a message back to
an earlier stage, and what a customer wrote counts once by its MessageSid.
"""

from collections.abc import Mapping
from html import escape
from typing import Any
from uuid import UUID

import structlog
from fastapi import APIRouter, Request, Response

from api.deps import ApiRuntime, Runtime
from api.errors import SIGNATURE_REFUSED, Problem, ProblemError
from db.queries import notifications, opt_outs
from db.queries.catalogue import get_company, list_branches
from db.queries.connections import ConnectionRecord, get_connection
from db.queries.routing import find_company_of_connection
from db.queries.webhooks import mark_signalled, store_event
from db.session import platform_session, tenant_session
from domain.phone import phone_hash, to_e164
from domain.speech import Lang
from domain.speech.texts import TextFacts, text_messages
from integrations.sms.schemas import DeliveryReport, InboundSms, read_inbound, read_report
from integrations.sms.signature import HEADER, Rejected, verify
from observability.metrics import NOTIFICATIONS, SIGNATURE_FAILURES, WEBHOOKS

SOURCE = "twilio"
REFERENCE = "reference"
NOTHING_TO_SAY = "<Response/>"
_log = structlog.get_logger(__name__)
_PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "Signature missing or forged; nothing stored."},
    413: {"model": Problem, "description": "Body too large."},
}
router = APIRouter(prefix="/webhooks/twilio", tags=["webhooks"])


@router.post(
    "/{connection_id}",
    summary="SMS: what became of them, and what customers write",
    responses=_PROBLEMS,
    response_class=Response,
)
async def posted(runtime: Runtime, request: Request, connection_id: UUID) -> Response:
    """200 with TwiML, empty but for an answer to HELP. What is neither is ignored.

    Signed with `X-Twilio-Signature` over the public address and the form.
    """
    company_id, connection = await _whose(runtime, connection_id)
    fields = await _signed_fields(runtime, request, connection)
    if company_id is None or connection is None:  # for the type checker: no key signs nothing
        raise ProblemError(401, SIGNATURE_REFUSED)
    report, inbound = read_report(fields), read_inbound(fields)
    said = NOTHING_TO_SAY
    if report is not None:
        await _take_report(runtime, company_id, report, request.query_params.get(REFERENCE))
    elif inbound is not None:
        said = await _take_inbound(runtime, company_id, connection, inbound, await request.body())
    else:
        WEBHOOKS.labels(SOURCE, "unknown", "ignored").inc()
    return Response(said, media_type="text/xml")


async def _whose(
    runtime: ApiRuntime, connection_id: UUID
) -> tuple[UUID | None, ConnectionRecord | None]:
    async with platform_session(runtime.engine) as session:
        company_id = await find_company_of_connection(session, connection_id)
    if company_id is None:
        return None, None
    async with tenant_session(runtime.engine, company_id) as session:
        found = await get_connection(session, connection_id=connection_id)
    return company_id, found if found is not None and found.provider == SOURCE else None


async def _signed_fields(
    runtime: ApiRuntime, request: Request, connection: ConnectionRecord | None
) -> Mapping[str, str]:
    """An unknown connection has no keys, so that it is refused like a forged signature."""
    checked = verify(
        _public_address(runtime, request, connection),
        await request.body(),
        _tokens(connection) if connection is not None else [],
        request.headers.get(HEADER),
    )
    if isinstance(checked, Rejected):
        SIGNATURE_FAILURES.labels(SOURCE, checked.reason).inc()
        _log.warning("signature refused", source=SOURCE, reason=checked.reason)
        raise ProblemError(401, SIGNATURE_REFUSED)
    return checked.fields


def _public_address(
    runtime: ApiRuntime, request: Request, connection: ConnectionRecord | None
) -> str:
    """What Twilio was told to call. A proxy may have made something else of it."""
    told = connection.settings.get("status_callback_url") if connection is not None else None
    if told:
        address = str(told).partition("?")[0]
    elif runtime.settings.public_url:
        address = runtime.settings.public_url.rstrip("/") + request.url.path
    else:
        address = str(request.url.replace(query=""))
    return f"{address}?{request.url.query}" if request.url.query else address


def _tokens(connection: ConnectionRecord) -> list[str]:
    """Webhooks are signed with the auth token, which may be what we send with as well."""
    is_token = not connection.settings.get("api_key_sid")
    tokens = [connection.webhook_secret, connection.api_key if is_token else None]
    return [token for token in tokens if token]


# --- what became of a message -----------------------------------------------------------------


async def _take_report(
    runtime: ApiRuntime, company_id: UUID, report: DeliveryReport, reference: str | None
) -> None:
    async with tenant_session(runtime.engine, company_id) as session:
        told = await notifications.report_delivery(
            session,
            provider_id=report.message_sid,
            delivery=report.status,
            error=f"{report.error_code} {report.status}" if report.is_failed else None,
            notification_id=_uuid(reference),
        )
    outcome = "unknown" if told is None else "taken" if told.is_news else "known"
    WEBHOOKS.labels(SOURCE, "status", outcome).inc()
    if told is None or not told.is_news or not report.is_final:
        return
    NOTIFICATIONS.labels(
        kind=told.kind, audience="customer", channel="sms", result=report.status
    ).inc()
    if report.is_failed:
        _log.warning(
            "an SMS did not arrive",
            notification_id=str(told.notification_id),
            company_id=str(company_id),
            kind=told.kind,
            status=report.status,
            error_code=report.error_code,
        )


def _uuid(reference: str | None) -> UUID | None:
    try:
        return UUID(reference or "")
    except ValueError:
        return None


# --- what a customer wrote --------------------------------------------------------------------


async def _take_inbound(
    runtime: ApiRuntime,
    company_id: UUID,
    connection: ConnectionRecord,
    sms: InboundSms,
    body: bytes,
) -> str:
    async with platform_session(runtime.engine) as session:
        stored = await store_event(
            session,
            source=f"{SOURCE}:{connection.id}",
            event_id=sms.message_sid,
            kind="sms_inbound",
            body=body,
            company_id=company_id,
        )
    if stored.signalled:
        WEBHOOKS.labels(SOURCE, "inbound", "duplicate").inc()
        return NOTHING_TO_SAY
    outcome = await _obey(runtime, company_id, sms)
    async with platform_session(runtime.engine) as session:
        await mark_signalled(session, stored.id)
    WEBHOOKS.labels(SOURCE, "inbound", outcome).inc()
    _log.info("SMS of a customer taken", company_id=str(company_id), outcome=outcome)
    # With Advanced Opt-Out Twilio has answered for itself.
    if outcome == "help" and sms.opt_out_type is None:
        return await _help(runtime, company_id)
    return NOTHING_TO_SAY


async def _obey(runtime: ApiRuntime, company_id: UUID, sms: InboundSms) -> str:
    """Which of the wishes it was. CANCEL and END may mean the appointment, so they stop nothing
    here (Twilio itself may block the number, and then says so when the next text is sent).
    """
    number = to_e164(sms.from_number)
    if number is None or sms.wish not in ("stop", "start"):
        return sms.wish or "none"
    key = phone_hash(number, runtime.settings.phone_hash_key.get_secret_value())
    async with tenant_session(runtime.engine, company_id) as session:
        if sms.wish == "stop":
            await opt_outs.opt_out(session, key, "sms")
        else:
            await opt_outs.opt_in(session, key)
    return sms.wish


async def _help(runtime: ApiRuntime, company_id: UUID) -> str:
    async with tenant_session(runtime.engine, company_id) as session:
        company = await get_company(session)
        branches = await list_branches(session)
    lang: Lang = "en" if company.locale.startswith("en") else "de"
    phone = branches[0].staff_phone_number if len(branches) == 1 else None
    text = text_messages("help", lang, TextFacts(company=company.name, phone=phone))[0]
    return f"<Response><Message>{escape(text)}</Message></Response>"
