-- Owns calls whose number nobody knows: kept and marked for review, never dropped.
INSERT INTO companies
    (id, slug, ref, name, industry, locale, timezone, booking_model, minimum_notice_minutes,
     horizon_days, cancel_limit_hours, hold_minutes, slot_interval_minutes)
VALUES
    ('00000000-0000-0000-0000-000000000000', '_unrouted', '_unrouted', 'AskProAI', 'platform',
     'de-DE', 'Europe/Berlin', 'simple', 0, 1, 0, 1, 15);

CREATE TABLE calls_default PARTITION OF calls DEFAULT;
ALTER TABLE calls_default ENABLE ROW LEVEL SECURITY;
SELECT ensure_call_partitions((now() - interval '2 months')::date, 15);
