"""The statements behind `blocks.py`. Ranges are built in SQL, where the constraint sees them."""

from sqlalchemy import text

# A user of Cal.com under whom several of our people are booked is none of them.
PEOPLE_OF_HOSTS = text("""
    SELECT min(staff_id::text)::uuid FROM calendar_hosts
    WHERE connection_id = :connection_id AND host_id = ANY (CAST(:host_ids AS bigint[]))
    GROUP BY host_id HAVING count(*) = 1
""")

# What of the blocks' time is nobody's yet. Whoever is taking some of it at this moment is waited
# for, and what they took is left out.
_COVER = """
    INSERT INTO reservations (id, block_id, resource_id, during, status)
    SELECT uuidv7(), b.id, b.resource_id, piece, 'booked'
    FROM calendar_blocks b, unnest(
        tstzmultirange(tstzrange(b.start_at, b.end_at)) - coalesce(
            (SELECT range_agg(taken.during) FROM reservations taken
             WHERE taken.resource_id = b.resource_id AND taken.status IN ('held', 'booked')
               AND taken.during && tstzrange(b.start_at, b.end_at)),
            '{}'::tstzmultirange)
        ) AS piece
    WHERE b.status = 'active' AND {which}
    ORDER BY b.resource_id, b.start_at
    ON CONFLICT DO NOTHING
    RETURNING id
"""
COVER_ONE = text(_COVER.replace("{which}", "b.id = :id"))
COVER_ALL = text(_COVER.replace("{which}", "b.connection_id = :connection_id AND b.end_at > now()"))

# By the appointments' own times: a buffer that reaches into a booking is no double booking.
IN_THE_WAY = text("""
    SELECT a.id AS appointment_id, a.branch_id, a.customer_id,
        bool_or(r.status = 'held') AS is_held, a.calcom_booking_id AS booking_id,
        min(slot.start_at) AS start_at, max(slot.end_at) AS end_at
    FROM calendar_blocks b
    JOIN reservations r ON r.resource_id = b.resource_id AND r.status IN ('held', 'booked')
        AND r.during && tstzrange(b.start_at, b.end_at)
    JOIN appointments a ON a.id = r.appointment_id
    JOIN appointment_slots slot
        ON slot.appointment_id = r.appointment_id AND slot.revision = r.revision
        AND tstzrange(slot.start_at, slot.end_at) && tstzrange(b.start_at, b.end_at)
    WHERE b.id = :id
    GROUP BY a.id
    ORDER BY a.id
""")

# A piece that was reserved for another time, before the block was seen to be moved.
TRIM = text("""
    UPDATE reservations SET status = 'released', updated_at = now()
    FROM calendar_blocks b
    WHERE reservations.block_id = b.id AND b.id = :id AND reservations.status = 'booked'
      AND NOT (tstzrange(b.start_at, b.end_at) @> reservations.during)
""")

END = text("""
    WITH ended AS (
        UPDATE calendar_blocks SET status = 'ended', seen_at = now(), updated_at = now()
        WHERE uid_hash = ANY (CAST(:uid_hashes AS text[])) AND status = 'active'
        RETURNING id
    ), freed AS (
        UPDATE reservations SET status = 'released', updated_at = now()
        WHERE block_id IN (SELECT id FROM ended) AND status = 'booked'
    )
    SELECT count(*) FROM ended
""")

SPANS = text("""
    SELECT b.staff_id, b.start_at, b.end_at FROM calendar_blocks b
    WHERE b.uid_hash = ANY (CAST(:uid_hashes AS text[]))
    UNION ALL
    SELECT slot.staff_id, slot.start_at, slot.end_at FROM calendar_bookings c
    JOIN appointment_slots slot
        ON slot.appointment_id = c.appointment_id AND slot.revision = c.revision
    WHERE c.uid_hash = ANY (CAST(:uid_hashes AS text[]))
""")

# The booking has gone and the appointment stands: nobody has to decide any more.
CLOSE_TASKS = text("""
    UPDATE callbacks SET status = 'done', done_at = now(), updated_at = now()
    WHERE status = 'open' AND source = 'calendar'
      AND dedupe_key LIKE ANY (
        SELECT 'overlap:' || hash || ':%' FROM unnest(CAST(:uid_hashes AS text[])) AS hash)
      AND EXISTS (SELECT FROM appointments a
                  WHERE a.id = callbacks.appointment_id AND a.status = 'booked')
""")

LOST_EVENTS = text(
    "SELECT id, company_id, source, kind FROM unsignalled_calendar_events(:before, :limit)"
)
