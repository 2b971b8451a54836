"""The only place where workflow ids, update ids and other identities are built."""

from datetime import datetime
from hashlib import sha256
from uuid import NAMESPACE_URL, UUID, uuid5

_NAMESPACE = uuid5(NAMESPACE_URL, "askproai")
MAX_HOLD_PARTS = 6
SYNC_PREFIX = "sync:"
_RETELL_ACTIONS = frozenset({"cancel", "reschedule"})
# Shorter than a turn of the talk: what was asked again after something else was done is new.
_WIRE_WINDOW_S = 2


def call_workflow_id(retell_call_id: str) -> str:
    return f"call:{retell_call_id}"


def appointment_workflow_id(appointment_id: UUID) -> str:
    return f"appointment:{appointment_id}"


def calendar_event_workflow_id(event_id: UUID) -> str:
    """One run for each stored event of a calendar."""
    return f"calendar-event:{event_id}"


def make_room_update_id(event_id: UUID) -> str:
    """Of the cancellation that follows from an event: repeats attach to the first."""
    return f"{calendar_event_workflow_id(event_id)}:cancel"


def appointment_id_for_call(retell_call_id: str, intent_number: int) -> UUID:
    """The same intent of the same call is the same appointment, however often it is read."""
    return uuid5(_NAMESPACE, f"call:{retell_call_id}:appointment:{intent_number}")


def hold_part_id(retell_call_id: str, asked_by: UUID, number: int, part: int) -> UUID:
    """What a running call holds: `number` counts its holds, `part` the services of one visit.

    With the request that asked for it: a repeated step finds what it held, and nothing else.
    """
    return uuid5(_NAMESPACE, f"call:{retell_call_id}:hold:{asked_by}:{number}:{part}")


def hold_name(retell_call_id: str, asked_by: UUID, number: int) -> str:
    """What the agent is told to book by: short, since a model copies it."""
    digest = sha256(f"{retell_call_id}|{asked_by}|{number}".encode()).hexdigest()[:10]
    return f"hold_{digest}"


def verification_id(retell_call_id: str, customer_id: UUID) -> UUID:
    """Of the code by which a caller proves to be this customer."""
    return uuid5(_NAMESPACE, f"call:{retell_call_id}:code:{customer_id}")


def appointment_id_for_key(company_id: UUID, idempotency_key: str) -> UUID:
    """REST: one `Idempotency-Key` of one company is one appointment."""
    return uuid5(_NAMESPACE, f"company:{company_id}:key:{idempotency_key}")


def seeded_id(kind: str, reference: str) -> UUID:
    """Ids of catalogue rows follow from their references, so that loading twice changes nothing."""
    return uuid5(_NAMESPACE, f"{kind}:{reference}")


def change_update_id(retell_call_id: str, action: str, asked_by: UUID | None = None) -> str:
    """Update id of a change that a call makes to an appointment: retries attach to the first.

    `asked_by`: the stored request of the running call; what is read after a call changes once.
    """
    if action not in _RETELL_ACTIONS:
        raise ValueError(f"not a change of an appointment: {action}")
    suffix = f":{asked_by}" if asked_by else ""
    return f"{call_workflow_id(retell_call_id)}:{action}{suffix}"


def function_update_id(name: str, digest: str, asked_at: datetime) -> str:
    """Of a function of a running call: Retell sends no id, so the same question within two seconds
    is the same update (`digest`: of its effective arguments).
    """
    return f"{name}:{digest[:24]}:{int(asked_at.timestamp() // _WIRE_WINDOW_S)}"


def rest_update_id(idempotency_key: str, action: str) -> str:
    """Of a change over REST: one `Idempotency-Key` changes an appointment once. Keys may be long,
    and what stands in histories should not be whatever somebody chose.
    """
    return f"rest:{action}:{sha256(idempotency_key.encode()).hexdigest()[:32]}"


def callback_id_for_key(company_id: UUID, idempotency_key: str) -> UUID:
    """REST: one `Idempotency-Key` of one company is one task."""
    return uuid5(_NAMESPACE, f"company:{company_id}:callback:{idempotency_key}")


def sync_schedule_id(connection_id: UUID) -> str:
    """Of a connection's schedule, and the beginning of its workflows' ids."""
    return f"{SYNC_PREFIX}{connection_id}"


def sync_now_workflow_id(connection_id: UUID) -> str:
    """Of a run that somebody asked for: who asks meanwhile waits for the same one."""
    return f"sync-now:{connection_id}"


def attendee_address(company_id: UUID, caller: str, domain: str) -> str:
    """One deterministic, lower-case address per company and caller.

    Cal.com offers no other key to search its bookings by (contract 0.1), and booker limits count
    by address, so callers must not share one.
    """
    digest = sha256(f"{company_id}|{caller}".encode()).hexdigest()[:20]
    return f"k-{digest}@{domain}".lower()


def message_id(appointment_id: UUID, kind: str, audience: str, sequence: int, domain: str) -> str:
    """RFC 5322 Message-ID: one per message, so that repeats are seen."""
    return f"<{appointment_id}.{kind}.{audience}.{sequence}@{domain}>"


def call_message_id(retell_call_id: str, domain: str) -> str:
    """Message-ID of the mail that tells a branch what a call came to: one per call."""
    return f"<{retell_call_id}.settled@{domain}>"


def call_notice_id(retell_call_id: str, kind: str, domain: str) -> str:
    """Of a mail or SMS to the caller about the call: one per call and kind."""
    return f"<{retell_call_id}.{kind}@{domain}>"


def text_message_id(appointment_id: UUID, kind: str, sequence: int) -> str:
    """Of an SMS about an appointment: one per message; nothing of it is on the wire."""
    return f"sms:{appointment_id}.{kind}.{sequence}"
