"""One row of every table for a company: what tests over all tables look at."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncEngine

from db.models import Base
from tests.builders.rows import Salon

AT = datetime(2031, 3, 4, 10, tzinfo=UTC)
UNTIL = AT + timedelta(hours=1)


def rows_of_everything(salon: Salon, key: str) -> dict[str, dict[str, Any]]:
    """Table -> row, in an order that references allow. The salon's own tables have theirs."""
    call = f"call_everywhere_{key}"
    customer, appointment, connection = uuid4(), uuid4(), uuid4()
    about = {"branch_id": salon.branch_id, "service_id": salon.services[0]}
    span = {"start_at": AT, "end_at": UNTIL}
    slot = {"appointment_id": appointment, "revision": 0}
    during = {"during": Range(AT, UNTIL)}
    staff = {"staff_id": salon.staff[0]}
    return {
        "customers": {"id": customer},
        "absences": {**staff, **span, "kind": "holiday"},
        "call_keys": {"retell_call_id": call, "started_at": AT},
        "calls": {"retell_call_id": call, "started_at": AT},
        "appointments": {
            **about,
            **span,
            "id": appointment,
            "customer_id": customer,
            "status": "held",
            "source": "call",
        },
        "appointment_slots": {
            **slot,
            **span,
            **during,
            **staff,
            "resource_ids": [salon.staff_resources[0]],
            "status": "held",
        },
        "reservations": {
            **slot,
            **during,
            "resource_id": salon.staff_resources[0],
            "status": "held",
        },
        "calendar_bookings": {
            **slot,
            "asked_at": AT,
            "is_unresolved": False,
            "booking_id": 1,
            "booking_uid": call,
            "uid_hash": call,
            "event_type_id": 1,
        },
        "connections": {"id": connection, "provider": "calcom", "base_url": "http://127.0.0.1"},
        "event_types": {
            **staff,
            "branch_id": salon.branch_id,
            "connection_id": connection,
            "calcom_event_type_id": 7,
        },
        "calendar_blocks": {
            **staff,
            **span,
            "id": uuid4(),
            "connection_id": connection,
            "resource_id": salon.staff_resources[0],
            "booking_id": 2,
            "booking_uid": call,
            "uid_hash": call,
            "status": "active",
        },
        "calendar_hosts": {**staff, "connection_id": connection, "host_id": 1},
        "sync_states": {"connection_id": connection},
        "calendar_drifts": {
            "connection_id": connection,
            "key": call,
            "kind": "missing",
            "status": "open",
            "start_at": AT,
            "seen_at": AT,
        },
        "mapping_proposals": {
            "connection_id": connection,
            "calcom_event_type_id": 7,
            "title": "Anna, Mitte",
            "status": "mapped",
        },
        "staff_special_days": {**staff, "branch_id": salon.branch_id, "date": AT.date()},
        "verification_codes": {
            "retell_call_id": call,
            "customer_id": customer,
            "code_hash": "x",
            "expires_at": UNTIL,
        },
        "blocked_numbers": {"phone_hash": call},
        "opt_outs": {"phone_hash": call, "source": "sms"},
        **_what_was_written_down(call, appointment),
    }


def _what_was_written_down(call: str, appointment: UUID) -> dict[str, dict[str, Any]]:
    return {
        "api_call_logs": {"operation": "book", "method": "POST", "duration_ms": 12},
        "model_usage": {"month": AT.date(), "tokens": 1, "requests": 1},
        "webhook_events": {
            "source": "retell",
            "event_id": call,
            "kind": "call_started",
            "body": b"token",
        },
        "notifications": {
            "appointment_id": appointment,
            "kind": "confirmation",
            "audience": "customer",
            "channel": "email",
            "message_id": call,
        },
        "callbacks": {"retell_call_id": call, "reason": "missing"},
        "api_keys": {"name": "test", "prefix": "ask_", "sha256": call},
        "idempotency_keys": {"key": "k", "request_sha256": "x", "appointment_id": appointment},
        "audit_log": {
            "actor": "test",
            "action": "made",
            "subject_type": "call",
            "subject_id": call,
        },
    }


async def insert_everywhere(owner_engine: AsyncEngine, salon: Salon, key: str) -> None:
    """As the owner. `key` keeps what is unique on the platform apart."""
    async with owner_engine.begin() as connection:
        for name, row in rows_of_everything(salon, key).items():
            values = {**row, "company_id": salon.company_id}
            await connection.execute(Base.metadata.tables[name].insert().values(values))
