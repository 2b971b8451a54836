"""What people book in Cal.com takes its time here as well, and no event of Cal.com's is lost."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_UP = """
-- A booking that somebody made in Cal.com without us, in the calendar of one of our people.
CREATE TABLE calendar_blocks (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    connection_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    resource_id bigint NOT NULL,
    booking_id bigint NOT NULL,
    booking_uid bytea NOT NULL,
    uid_hash text NOT NULL,
    event_type_id bigint,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL,
    status text NOT NULL,
    seen_at timestamptz DEFAULT now() NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT calendar_blocks_pkey PRIMARY KEY (id),
    CONSTRAINT calendar_blocks_company_id_id_key UNIQUE (company_id, id),
    CONSTRAINT calendar_blocks_one_per_booking UNIQUE (company_id, uid_hash, staff_id),
    CONSTRAINT calendar_blocks_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT calendar_blocks_company_id_connection_id_fkey
        FOREIGN KEY(company_id, connection_id) REFERENCES connections (company_id, id),
    CONSTRAINT calendar_blocks_company_id_staff_id_fkey
        FOREIGN KEY(company_id, staff_id) REFERENCES staff (company_id, id),
    CONSTRAINT calendar_blocks_company_id_resource_id_fkey
        FOREIGN KEY(company_id, resource_id) REFERENCES resources (company_id, id),
    CONSTRAINT calendar_blocks_known_status CHECK (status IN ('active', 'ended')),
    CONSTRAINT calendar_blocks_not_empty CHECK (start_at < end_at)
);
CREATE INDEX calendar_blocks_connection_id_start_at_idx
    ON calendar_blocks (connection_id, start_at);

-- Which of our people a user of Cal.com is: seen at bookings of event types that are mapped.
CREATE TABLE calendar_hosts (
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    connection_id uuid NOT NULL,
    host_id bigint NOT NULL,
    staff_id uuid NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT calendar_hosts_pkey PRIMARY KEY (connection_id, host_id, staff_id),
    CONSTRAINT calendar_hosts_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT calendar_hosts_company_id_connection_id_fkey
        FOREIGN KEY(company_id, connection_id) REFERENCES connections (company_id, id),
    CONSTRAINT calendar_hosts_company_id_staff_id_fkey
        FOREIGN KEY(company_id, staff_id) REFERENCES staff (company_id, id)
);

-- A reservation is an appointment's or a block's; `reservations_no_overlap` counts both.
ALTER TABLE reservations ALTER COLUMN appointment_id DROP NOT NULL;
ALTER TABLE reservations ALTER COLUMN revision DROP NOT NULL;
ALTER TABLE reservations ADD COLUMN block_id uuid;
ALTER TABLE reservations ADD CONSTRAINT reservations_company_id_block_id_fkey
    FOREIGN KEY(company_id, block_id) REFERENCES calendar_blocks (company_id, id);
ALTER TABLE reservations ADD CONSTRAINT reservations_one_owner CHECK (
    num_nonnulls(appointment_id, block_id) = 1
    AND (appointment_id IS NULL) = (revision IS NULL));
ALTER TABLE reservations ADD CONSTRAINT reservations_blocks_are_not_held
    CHECK (block_id IS NULL OR status <> 'held');
CREATE INDEX reservations_block_id_idx ON reservations (block_id);

CREATE INDEX webhook_events_calendar_unsignalled_idx ON webhook_events (received_at)
    WHERE signalled_at IS NULL AND status = 'accepted' AND starts_with(source, 'calcom:');

-- Stored, but no workflow was started: the process died in between, or the engine was away.
CREATE FUNCTION unsignalled_calendar_events(p_before timestamptz, p_limit integer)
RETURNS TABLE (id uuid, company_id uuid, source text, kind text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT e.id, e.company_id, e.source, e.kind
    FROM webhook_events e
    WHERE e.signalled_at IS NULL AND e.status = 'accepted' AND starts_with(e.source, 'calcom:')
      AND e.company_id IS NOT NULL AND e.received_at < p_before
    ORDER BY e.received_at LIMIT least(p_limit, 1000)
$$;

-- For what the engine does by itself for every company: ids only.
CREATE FUNCTION connections_of_provider(p_provider text, p_limit integer)
RETURNS TABLE (company_id uuid, connection_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT c.company_id, c.id FROM connections c
    WHERE c.provider = p_provider AND c.api_key IS NOT NULL
    ORDER BY c.id LIMIT p_limit
$$;
"""

_DOWN = """
DROP FUNCTION connections_of_provider(text, integer);
DROP FUNCTION unsignalled_calendar_events(timestamptz, integer);
DROP INDEX webhook_events_calendar_unsignalled_idx;
DELETE FROM reservations WHERE block_id IS NOT NULL;
DROP INDEX reservations_block_id_idx;
ALTER TABLE reservations DROP CONSTRAINT reservations_blocks_are_not_held;
ALTER TABLE reservations DROP CONSTRAINT reservations_one_owner;
ALTER TABLE reservations DROP COLUMN block_id;
ALTER TABLE reservations ALTER COLUMN revision SET NOT NULL;
ALTER TABLE reservations ALTER COLUMN appointment_id SET NOT NULL;
DROP TABLE calendar_hosts;
DROP TABLE calendar_blocks;
"""

_TENANT_TABLES = {
    "calendar_blocks": "SELECT, INSERT, UPDATE",
    "calendar_hosts": "SELECT, INSERT, UPDATE, DELETE",
}
_FUNCTIONS = (
    "unsignalled_calendar_events(timestamptz, integer)",
    "connections_of_provider(text, integer)",
)


def _run(*scripts: str) -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for script in scripts:
        connection.exec_driver_sql(script)


def upgrade() -> None:
    _run(_UP)
    one_tenant = "company_id = current_setting('askproai.company_id')::uuid"
    for table, rights in _TENANT_TABLES.items():
        _run(
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"CREATE POLICY {table}_one_tenant ON {table}"
            f" USING ({one_tenant}) WITH CHECK ({one_tenant})",
            f"GRANT {rights} ON {table} TO askproai_app",
        )
    for function in _FUNCTIONS:
        _run(
            f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC",
            f"GRANT EXECUTE ON FUNCTION {function} TO askproai_app",
        )


def downgrade() -> None:
    _run(_DOWN)
