"""A request to the calendar is written down before it leaves, and the booking when it is known."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UP = """
CREATE TABLE calendar_bookings (
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    appointment_id uuid NOT NULL,
    revision integer NOT NULL,
    event_type_id bigint NOT NULL,
    asked_at timestamptz NOT NULL,
    is_unresolved boolean NOT NULL,
    booking_id bigint,
    booking_uid bytea,
    uid_hash text,
    ended_at timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT calendar_bookings_pkey PRIMARY KEY (appointment_id, revision),
    CONSTRAINT calendar_bookings_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT calendar_bookings_company_id_appointment_id_fkey
        FOREIGN KEY(company_id, appointment_id) REFERENCES appointments (company_id, id),
    CONSTRAINT calendar_bookings_belong_to_a_slot FOREIGN KEY(company_id, appointment_id, revision)
        REFERENCES appointment_slots (company_id, appointment_id, revision),
    CONSTRAINT calendar_bookings_known_or_not
        CHECK (num_nonnulls(booking_id, booking_uid, uid_hash) IN (0, 3)),
    CONSTRAINT calendar_bookings_one_per_uid UNIQUE (uid_hash)
);
CREATE INDEX calendar_bookings_booking_id_idx ON calendar_bookings (company_id, booking_id);
ALTER TABLE calendar_bookings ENABLE ROW LEVEL SECURITY;
CREATE POLICY calendar_bookings_one_tenant ON calendar_bookings
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE ON calendar_bookings TO askproai_app;
"""


def upgrade() -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(_UP)


def downgrade() -> None:
    op.execute("DROP TABLE calendar_bookings")
