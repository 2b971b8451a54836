"""What happened around a call, from what its appointments' steps wrote down as they went."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

MAX_ENTRIES = 200


@dataclass(frozen=True, kw_only=True)
class StepRecord:
    """`duration_ms` is how long the step itself took, where it was measured."""

    at: datetime
    text: str
    duration_ms: int | None


async def steps_of_call(session: AsyncSession, retell_call_id: str) -> list[StepRecord]:
    """Slots taken and let go, requests to Cal.com, messages; in order, at most `MAX_ENTRIES`."""
    rows = await session.execute(_STEPS, {"call": retell_call_id, "limit": MAX_ENTRIES})
    return [StepRecord(at=row.at, text=row.text, duration_ms=row.duration_ms) for row in rows]


_STEPS = text("""
    WITH own AS (SELECT id FROM appointments WHERE retell_call_id = :call)
    SELECT at, text, duration_ms FROM (
        SELECT log.at, 'Cal.com ' || log.operation || ': ' || coalesce(log.error_class, 'answered')
                AS text, log.duration_ms
        FROM api_call_logs log WHERE log.retell_call_id = :call
        UNION ALL
        SELECT entry.at, entry.action || coalesce(' (' || (entry.changes ->> 'reason') || ')', ''),
            NULL
        FROM audit_log entry
        WHERE entry.subject_type = 'appointment' AND entry.subject_id IN (SELECT id::text FROM own)
        UNION ALL
        SELECT coalesce(mail.sent_at, mail.updated_at),
            CASE mail.channel WHEN 'sms' THEN 'SMS' ELSE 'mail' END || ' to ' || mail.audience
                || ' (' || mail.kind || '): ' || mail.status, NULL
        FROM notifications mail
        WHERE mail.retell_call_id = :call OR mail.appointment_id IN (SELECT id FROM own)
    ) AS step
    ORDER BY at, text LIMIT :limit
""")
