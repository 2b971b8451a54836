"""The statements behind `slots.py`. Ranges are built in SQL, where the constraint sees them."""

from sqlalchemy import text

# What of a slot is not covered by the appointment's own reservations yet, resource by resource in
# one order (so that two who want the same pair do not wait for each other in a ring).
INSERT_PIECES = text("""
    INSERT INTO reservations
        (id, appointment_id, revision, resource_id, during, status, expires_at)
    SELECT uuidv7(), slot.appointment_id, slot.revision, needed.id, piece, 'held',
        CAST(:expires_at AS timestamptz)
    FROM appointment_slots slot, unnest(slot.resource_ids) AS needed (id),
        unnest(
            tstzmultirange(slot.during) - coalesce(
                (SELECT range_agg(own.during) FROM reservations own
                 WHERE own.appointment_id = slot.appointment_id
                   AND own.resource_id = needed.id AND own.status IN ('held', 'booked')),
                '{}'::tstzmultirange)
        ) AS piece
    WHERE slot.appointment_id = :id AND slot.revision = :revision
    ORDER BY needed.id
    ON CONFLICT DO NOTHING
""")

UNCOVERED = text("""
    SELECT count(*) > 0 AS known, count(*) FILTER (WHERE NOT coalesce(
        (SELECT range_agg(own.during) FROM reservations own
         WHERE own.appointment_id = slot.appointment_id
           AND own.resource_id = needed.id AND own.status IN ('held', 'booked'))
        @> slot.during, false)) AS uncovered
    FROM appointment_slots slot, unnest(slot.resource_ids) AS needed (id)
    WHERE slot.appointment_id = :id AND slot.revision = :revision AND slot.status <> 'released'
""")

# Before a hold is judged: whoever removes expired ones waits, or was faster and is seen.
LOCK = text("""
    SELECT id FROM reservations WHERE appointment_id = :id AND status IN ('held', 'booked')
    ORDER BY id FOR UPDATE
""")

KEEP_ONLY = text("""
    UPDATE reservations r SET status = 'released', updated_at = now()
    FROM appointment_slots slot
    WHERE slot.appointment_id = :id AND slot.revision = :revision
      AND r.appointment_id = slot.appointment_id AND r.status IN ('held', 'booked')
      AND (r.revision <> slot.revision OR r.during <> slot.during)
""")

BOOK = text("""
    UPDATE reservations SET status = 'booked', expires_at = NULL, updated_at = now()
    WHERE appointment_id = :id AND revision = :revision AND status = 'held'
""")

# The rows that a slot reserved in pieces, beside the one it replaces, still lacks. Those who want
# the same time wait for this transaction, because they meet the rows it has just let go.
COMPLETE = text("""
    INSERT INTO reservations (id, appointment_id, revision, resource_id, during, status)
    SELECT uuidv7(), slot.appointment_id, slot.revision, needed.id, slot.during, 'booked'
    FROM appointment_slots slot, unnest(slot.resource_ids) AS needed (id)
    WHERE slot.appointment_id = :id AND slot.revision = :revision
      AND NOT EXISTS (
        SELECT FROM reservations r
        WHERE r.appointment_id = slot.appointment_id AND r.revision = slot.revision
          AND r.resource_id = needed.id AND r.status = 'booked')
    ORDER BY needed.id
""")

# The slots that the appointment has had before, or tried beside, are over.
SETTLE_SLOTS = text("""
    UPDATE appointment_slots SET
        status = CASE WHEN revision = :revision THEN 'booked' ELSE 'released' END,
        expires_at = NULL, updated_at = now()
    WHERE appointment_id = :id AND (status <> 'released' OR revision = :revision)
""")

# A hold goes as a whole: the resources of its slot that nobody asked for go with it.
REMOVE_EXPIRED = text("""
    WITH expired AS (
        SELECT r.id, r.appointment_id, r.revision FROM reservations r
        WHERE r.status = 'held' AND r.expires_at <= now()
          AND (r.appointment_id, r.revision) IN (
            SELECT x.appointment_id, x.revision FROM reservations x
            WHERE x.status = 'held' AND x.expires_at <= now()
              AND x.resource_id = ANY (CAST(:resource_ids AS bigint[]))
              AND x.during && tstzrange(:from_at, :to_at))
        ORDER BY r.id FOR UPDATE
    ), ended AS (
        UPDATE reservations r SET status = 'released', updated_at = now()
        FROM expired WHERE r.id = expired.id
    )
    UPDATE appointment_slots slot SET status = 'released', updated_at = now()
    FROM (SELECT DISTINCT appointment_id, revision FROM expired) AS gone
    WHERE slot.appointment_id = gone.appointment_id AND slot.revision = gone.revision
      AND slot.status = 'held'
""")

RENEW = text("""
    WITH slot AS (
        UPDATE appointment_slots SET
        expires_at = CAST(:expires_at AS timestamptz), updated_at = now()
        WHERE appointment_id = :id AND revision = :revision AND status = 'held'
        RETURNING appointment_id, revision
    )
    UPDATE reservations r SET
        expires_at = CAST(:expires_at AS timestamptz), updated_at = now()
    FROM slot
    WHERE r.appointment_id = slot.appointment_id AND r.revision = slot.revision
      AND r.status = 'held'
""")

# The appointment's row says what its slot says.
FOLLOW = text("""
    UPDATE appointments a SET revision = slot.revision, staff_id = slot.staff_id,
        start_at = slot.start_at, end_at = slot.end_at, price_cents = slot.price_cents,
        currency = slot.currency, updated_at = now()
    FROM appointment_slots slot
    WHERE a.id = :id AND slot.appointment_id = a.id AND slot.revision = :revision
      AND a.status = :status
""")

WRITE_SLOT = text("""
    INSERT INTO appointment_slots
        (appointment_id, revision, staff_id, start_at, end_at, during, resource_ids,
         status, expires_at, price_cents, currency)
    VALUES (:id, :revision, :staff_id, :start_at, :end_at, tstzrange(:from_at, :to_at),
        CAST(:resource_ids AS bigint[]), 'held', :expires_at, :price_cents, :currency)
    ON CONFLICT (appointment_id, revision) DO UPDATE SET
        staff_id = excluded.staff_id, start_at = excluded.start_at, end_at = excluded.end_at,
        during = excluded.during, resource_ids = excluded.resource_ids, status = 'held',
        expires_at = excluded.expires_at, price_cents = excluded.price_cents,
        currency = excluded.currency, updated_at = now()
""")

# An appointment that is nobody's yet, with its first slot, where there is no such appointment: no
# other slot and no piece of its own is in its way. Whether it was made, and how many resources it
# got.
TAKE_FIRST = text("""
    WITH made AS (
        INSERT INTO appointments
            (id, retell_call_id, source, branch_id, service_id, staff_id, start_at, end_at, status,
             price_cents)
        VALUES (:id, :retell_call_id, 'call', :branch_id, :service_id, :staff_id, :start_at,
            :end_at, 'held', :price_cents)
        ON CONFLICT (id) DO NOTHING
        RETURNING id
    ), slot AS (
        INSERT INTO appointment_slots
            (appointment_id, revision, staff_id, start_at, end_at, during, resource_ids,
             status, expires_at, price_cents)
        SELECT made.id, 0, :staff_id, :start_at, :end_at, tstzrange(:from_at, :to_at),
            CAST(:resource_ids AS bigint[]), 'held', :expires_at, :price_cents
        FROM made
        RETURNING appointment_id, revision, during, resource_ids, expires_at
    ), taken AS (
        INSERT INTO reservations
            (id, appointment_id, revision, resource_id, during, status, expires_at)
        SELECT uuidv7(), slot.appointment_id, slot.revision, needed.id, slot.during, 'held',
            slot.expires_at
        FROM slot, unnest(slot.resource_ids) AS needed (id)
        ORDER BY needed.id
        ON CONFLICT DO NOTHING
        RETURNING resource_id
    )
    SELECT EXISTS (SELECT FROM made) AS made,
        (SELECT count(DISTINCT resource_id) FROM taken) AS resources
""")

SLOTS = text("""
    SELECT slot.appointment_id, slot.revision, slot.staff_id, staff.display_name AS staff_name,
        slot.start_at, slot.end_at, lower(slot.during) AS from_at, upper(slot.during) AS to_at,
        slot.resource_ids, slot.price_cents, slot.currency, slot.status, slot.expires_at
    FROM appointment_slots slot JOIN staff ON staff.id = slot.staff_id
    WHERE slot.appointment_id = :id
    ORDER BY slot.revision
""")

BUSY = text("""
    SELECT resource_id, lower(during) AS from_at, upper(during) AS to_at FROM reservations
    WHERE status IN ('held', 'booked')
      AND resource_id = ANY (CAST(:resource_ids AS bigint[]))
      AND upper(during) > :from_at AND lower(during) < :to_at
      AND (status = 'booked' OR expires_at IS NULL OR expires_at > now())
      -- What people have booked in Cal.com has no appointment, and is busy for everybody.
      AND (appointment_id IS NULL OR NOT appointment_id = ANY (CAST(:except_ids AS uuid[])))
""")

RELEASE = text("""
    WITH ended AS (
        UPDATE reservations SET status = 'released', updated_at = now()
        WHERE appointment_id = :id AND status IN ('held', 'booked')
          AND revision = coalesce(CAST(:revision AS integer), revision)
        RETURNING 1
    ), slots AS (
        UPDATE appointment_slots SET status = 'released', expires_at = NULL, updated_at = now()
        WHERE appointment_id = :id AND status <> 'released'
          AND revision = coalesce(CAST(:revision AS integer), revision)
    )
    SELECT count(*) FROM ended
""")
