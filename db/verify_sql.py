"""The queries behind `verify.py`. Column names are what a violation calls its ids."""

from sqlalchemy import text

OVERLAPS = text("""
    SELECT a.resource_id AS resource, a.appointment_id AS appointment, a.block_id AS block,
        b.appointment_id AS "other appointment", b.block_id AS "other block",
        a.id AS reservation, b.id AS "other reservation"
    FROM reservations a
    JOIN reservations b ON b.resource_id = a.resource_id AND b.id > a.id AND b.during && a.during
    WHERE a.status IN ('held', 'booked') AND b.status IN ('held', 'booked')
""")

BOOKED_WITHOUT_RESERVATION = text("""
    SELECT a.id AS appointment, a.revision, needed.id AS resource
    FROM appointments a
    LEFT JOIN appointment_slots slot
        ON slot.appointment_id = a.id AND slot.revision = a.revision AND slot.status = 'booked'
        AND slot.start_at = a.start_at AND slot.end_at = a.end_at
    LEFT JOIN unnest(slot.resource_ids) AS needed (id) ON true
    WHERE a.status = 'booked' AND NOT EXISTS (
        SELECT FROM reservations r
        WHERE r.appointment_id = a.id AND r.revision = a.revision AND r.status = 'booked'
          AND r.resource_id = needed.id AND r.during = slot.during)
""")

ENDED_BUT_BLOCKING = text("""
    SELECT a.id AS appointment, a.status, r.resource_id AS resource, r.id AS reservation
    FROM appointments a JOIN reservations r ON r.appointment_id = a.id
    WHERE a.status IN ('cancelled', 'failed')
      AND (r.status = 'booked' OR (
        r.status = 'held' AND (r.expires_at IS NULL OR r.expires_at > now())))
""")

# What a running call held for a caller who has not decided. Its workflow lets it go in time; a
# minute is for one that was being moved to another worker.
HELD_TOO_LONG = text("""
    SELECT a.id AS appointment, a.retell_call_id AS call, r.resource_id AS resource,
        r.id AS reservation
    FROM appointments a JOIN reservations r ON r.appointment_id = a.id
    WHERE a.customer_id IS NULL AND r.status = 'held'
      AND (r.expires_at IS NULL OR r.expires_at < now() - interval '1 minute')
""")

ENDED_BLOCK_BLOCKING = text("""
    SELECT b.id AS block, b.status, r.resource_id AS resource, r.id AS reservation
    FROM calendar_blocks b JOIN reservations r ON r.block_id = b.id
    WHERE r.status <> 'released'
      AND (b.status = 'ended' OR NOT tstzrange(b.start_at, b.end_at) @> r.during)
""")

DOUBLED_CALLS = text("""
    SELECT retell_call_id AS call, count(*) AS rows
    FROM calls GROUP BY retell_call_id HAVING count(*) > 1
""")

# `call_inbound` asks before a call exists: it may be refused and then there is none.
UNSETTLED_CALLS = text("""
    SELECT arrived.retell_call_id, c.retell_call_id IS NOT NULL AS has_row
    FROM (
        SELECT DISTINCT e.retell_call_id FROM webhook_events e
        WHERE e.retell_call_id IS NOT NULL AND e.status = 'accepted' AND e.kind <> 'call_inbound'
        UNION SELECT k.retell_call_id FROM call_keys k
    ) AS arrived
    LEFT JOIN calls c ON c.retell_call_id = arrived.retell_call_id
    WHERE c.retell_call_id IS NULL OR c.state <> 'settled' OR c.outcome IS NULL
    ORDER BY arrived.retell_call_id
""")

# A confirmation has its end: sent, refused for good by the mail server, or there was no address.
UNCONFIRMED = text("""
    SELECT a.id AS appointment, (
        SELECT string_agg(n.status, ' ') FROM notifications n
        WHERE n.appointment_id = a.id AND n.kind = 'confirmation' AND n.audience = 'customer'
    ) AS confirmation
    FROM appointments a
    WHERE a.status = 'booked' AND NOT EXISTS (
        SELECT FROM notifications n
        WHERE n.appointment_id = a.id AND n.kind = 'confirmation' AND n.audience = 'customer'
          -- One that is still being tried is no breach: a mail server may be away for a day.
          AND (n.status IN ('sent', 'skipped', 'rejected')
               OR (n.status IN ('pending', 'unclear') AND n.attempts > 0
                   AND n.created_at > now() - interval '1 day')))
""")

DOUBLED_MESSAGES = text("""
    SELECT appointment_id AS appointment, retell_call_id AS call, kind, audience, channel, sequence,
        count(*) AS identities
    FROM notifications
    GROUP BY appointment_id, retell_call_id, kind, audience, channel, sequence
    HAVING count(*) > 1
""")

APPOINTMENTS = text("""
    SELECT a.id, a.status, a.start_at, a.end_at, a.calcom_uid_hash, EXISTS (
        SELECT FROM appointment_slots slot
        WHERE slot.appointment_id = a.id AND slot.status = 'held') AS moving
    FROM appointments a WHERE a.company_id = :company_id
""")
