"""Both calendars are compared: how far, where they differ, and which mapping is proposed."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE sync_states (
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    connection_id uuid NOT NULL,
    read_until timestamptz,
    polled_at timestamptz,
    compared_at timestamptz,
    compared_bookings integer DEFAULT 0 NOT NULL,
    compared_appointments integer DEFAULT 0 NOT NULL,
    failed_with text,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT sync_states_pkey PRIMARY KEY (connection_id),
    CONSTRAINT sync_states_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT sync_states_company_id_connection_id_fkey
        FOREIGN KEY(company_id, connection_id) REFERENCES connections (company_id, id)
);

CREATE TABLE calendar_drifts (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    connection_id uuid NOT NULL,
    key text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    appointment_id uuid,
    booking_uid bytea,
    start_at timestamptz NOT NULL,
    rounds integer DEFAULT 1 NOT NULL,
    seen_at timestamptz NOT NULL,
    ended_at timestamptz,
    callback_id uuid,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT calendar_drifts_pkey PRIMARY KEY (id),
    CONSTRAINT calendar_drifts_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT calendar_drifts_company_id_connection_id_fkey
        FOREIGN KEY(company_id, connection_id) REFERENCES connections (company_id, id),
    CONSTRAINT calendar_drifts_company_id_appointment_id_fkey
        FOREIGN KEY(company_id, appointment_id) REFERENCES appointments (company_id, id),
    CONSTRAINT calendar_drifts_known_status CHECK (status IN ('open', 'ended'))
);
CREATE UNIQUE INDEX calendar_drifts_one_open_per_key ON calendar_drifts (connection_id, key)
    WHERE status = 'open';
CREATE INDEX calendar_drifts_connection_id_start_at_idx
    ON calendar_drifts (connection_id, start_at);

CREATE TABLE mapping_proposals (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    connection_id uuid NOT NULL,
    calcom_event_type_id bigint NOT NULL,
    title text NOT NULL,
    status text NOT NULL,
    staff_id uuid,
    branch_id uuid,
    service_id uuid,
    score integer DEFAULT 0 NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT mapping_proposals_pkey PRIMARY KEY (id),
    CONSTRAINT mapping_proposals_one_per_event_type UNIQUE (connection_id, calcom_event_type_id),
    CONSTRAINT mapping_proposals_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT mapping_proposals_company_id_connection_id_fkey
        FOREIGN KEY(company_id, connection_id) REFERENCES connections (company_id, id),
    CONSTRAINT mapping_proposals_company_id_staff_id_fkey
        FOREIGN KEY(company_id, staff_id) REFERENCES staff (company_id, id),
    CONSTRAINT mapping_proposals_company_id_branch_id_fkey
        FOREIGN KEY(company_id, branch_id) REFERENCES branches (company_id, id),
    CONSTRAINT mapping_proposals_company_id_service_id_fkey
        FOREIGN KEY(company_id, service_id) REFERENCES services (company_id, id),
    CONSTRAINT mapping_proposals_known_status
        CHECK (status IN ('mapped', 'proposed', 'unmatched', 'gone'))
);

-- When somebody last tried to have an answer; who has waited longest goes first.
ALTER TABLE calendar_bookings ADD COLUMN tried_at timestamptz;
CREATE INDEX calendar_bookings_unanswered_idx ON calendar_bookings (company_id, event_type_id)
    WHERE booking_id IS NULL;
"""

_DOWN = """
DROP INDEX calendar_bookings_unanswered_idx;
ALTER TABLE calendar_bookings DROP COLUMN tried_at;
DROP TABLE mapping_proposals;
DROP TABLE calendar_drifts;
DROP TABLE sync_states;
"""

_TENANT_TABLES = {
    "sync_states": "SELECT, INSERT, UPDATE",
    "calendar_drifts": "SELECT, INSERT, UPDATE",
    "mapping_proposals": "SELECT, INSERT, UPDATE, DELETE",
}


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


def downgrade() -> None:
    _run(_DOWN)
