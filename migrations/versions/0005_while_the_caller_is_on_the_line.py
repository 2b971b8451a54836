"""Holds of a running call, what a tenant says about its messages, second factors, opt-outs."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_UP = """
-- A slot may be held before anybody knows for whom. Nobody sees such a row; it blocks its slot.
ALTER TABLE appointments ALTER COLUMN customer_id DROP NOT NULL;
ALTER TABLE appointments ADD CONSTRAINT appointments_nobodys_only_while_held
    CHECK (customer_id IS NOT NULL OR status IN ('held', 'failed'));

ALTER TABLE branches ADD COLUMN district text;
-- What Retell's inbound answer sets for this branch: override_agent_id, begin_message, ...
ALTER TABLE branches ADD COLUMN agent_override jsonb DEFAULT '{}'::jsonb NOT NULL;

ALTER TABLE companies ADD COLUMN reminder_minutes jsonb DEFAULT '[1440, 120]'::jsonb NOT NULL;
ALTER TABLE companies ADD COLUMN quiet_from time DEFAULT '20:00'::time NOT NULL;
ALTER TABLE companies ADD COLUMN quiet_to time DEFAULT '08:00'::time NOT NULL;
ALTER TABLE companies ADD COLUMN follow_up_missed boolean DEFAULT true NOT NULL;
ALTER TABLE companies ADD COLUMN offer_order jsonb
    DEFAULT '["same_staff", "other_staff", "other_time", "other_branch"]'::jsonb NOT NULL;
ALTER TABLE companies ADD COLUMN outage_bookings_max integer DEFAULT 20 NOT NULL;
ALTER TABLE companies ADD CONSTRAINT companies_outage_bookings_not_negative
    CHECK (outage_bookings_max >= 0);

ALTER TABLE callbacks ALTER COLUMN retell_call_id DROP NOT NULL;
ALTER TABLE callbacks ADD COLUMN source text DEFAULT 'call' NOT NULL;
ALTER TABLE callbacks ADD COLUMN dedupe_key text;
ALTER TABLE callbacks ADD COLUMN appointment_id uuid;
ALTER TABLE callbacks ADD CONSTRAINT callbacks_company_id_appointment_id_fkey
    FOREIGN KEY(company_id, appointment_id) REFERENCES appointments (company_id, id);
ALTER TABLE callbacks ADD CONSTRAINT callbacks_one_per_key UNIQUE (company_id, dedupe_key);
ALTER TABLE callbacks ADD CONSTRAINT callbacks_known_source
    CHECK (source IN ('call', 'rest', 'calendar'));

-- The vendor's own id of a message, by which its delivery reports find it.
ALTER TABLE notifications ADD COLUMN provider_id text;
ALTER TABLE notifications ADD COLUMN delivery text;
CREATE INDEX notifications_provider_id_idx ON notifications (company_id, provider_id);

CREATE TABLE staff_special_days (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    staff_id uuid NOT NULL,
    branch_id uuid NOT NULL,
    date date NOT NULL,
    intervals jsonb DEFAULT '[]'::jsonb NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT staff_special_days_pkey PRIMARY KEY (id),
    CONSTRAINT staff_special_days_one_per_date UNIQUE (staff_id, branch_id, date),
    CONSTRAINT staff_special_days_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT staff_special_days_company_id_staff_id_fkey
        FOREIGN KEY(company_id, staff_id) REFERENCES staff (company_id, id),
    CONSTRAINT staff_special_days_company_id_branch_id_fkey
        FOREIGN KEY(company_id, branch_id) REFERENCES branches (company_id, id)
);

CREATE TABLE blocked_numbers (
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    phone_hash text NOT NULL,
    reason text,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT blocked_numbers_pkey PRIMARY KEY (company_id, phone_hash),
    CONSTRAINT blocked_numbers_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id)
);

CREATE TABLE opt_outs (
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    phone_hash text NOT NULL,
    source text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT opt_outs_pkey PRIMARY KEY (company_id, phone_hash),
    CONSTRAINT opt_outs_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id)
);

CREATE TABLE verification_codes (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    retell_call_id text NOT NULL,
    customer_id uuid NOT NULL,
    code_hash text NOT NULL,
    expires_at timestamptz NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    used_at timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT verification_codes_pkey PRIMARY KEY (id),
    CONSTRAINT verification_codes_one_per_call UNIQUE (company_id, retell_call_id),
    CONSTRAINT verification_codes_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT verification_codes_company_id_customer_id_fkey
        FOREIGN KEY(company_id, customer_id) REFERENCES customers (company_id, id),
    CONSTRAINT verification_codes_company_id_retell_call_id_fkey
        FOREIGN KEY(company_id, retell_call_id) REFERENCES call_keys (company_id, retell_call_id)
);
"""

_DOWN = """
DROP TABLE verification_codes;
DROP TABLE opt_outs;
DROP TABLE blocked_numbers;
DROP TABLE staff_special_days;
DROP INDEX notifications_provider_id_idx;
ALTER TABLE notifications DROP COLUMN delivery;
ALTER TABLE notifications DROP COLUMN provider_id;
ALTER TABLE callbacks DROP CONSTRAINT callbacks_known_source;
ALTER TABLE callbacks DROP CONSTRAINT callbacks_one_per_key;
ALTER TABLE callbacks DROP COLUMN appointment_id;
ALTER TABLE callbacks DROP COLUMN dedupe_key;
ALTER TABLE callbacks DROP COLUMN source;
DELETE FROM callbacks WHERE retell_call_id IS NULL;
ALTER TABLE callbacks ALTER COLUMN retell_call_id SET NOT NULL;
ALTER TABLE companies DROP COLUMN outage_bookings_max;
ALTER TABLE companies DROP COLUMN offer_order;
ALTER TABLE companies DROP COLUMN follow_up_missed;
ALTER TABLE companies DROP COLUMN quiet_to;
ALTER TABLE companies DROP COLUMN quiet_from;
ALTER TABLE companies DROP COLUMN reminder_minutes;
ALTER TABLE branches DROP COLUMN agent_override;
ALTER TABLE branches DROP COLUMN district;
ALTER TABLE appointments DROP CONSTRAINT appointments_nobodys_only_while_held;
DELETE FROM reservations r USING appointments a
    WHERE a.id = r.appointment_id AND a.customer_id IS NULL;
DELETE FROM appointment_slots s USING appointments a
    WHERE a.id = s.appointment_id AND a.customer_id IS NULL;
DELETE FROM appointments WHERE customer_id IS NULL;
ALTER TABLE appointments ALTER COLUMN customer_id SET NOT NULL;
"""

_TENANT_TABLES = {
    "staff_special_days": "SELECT, INSERT, UPDATE, DELETE",
    "blocked_numbers": "SELECT, INSERT, UPDATE, DELETE",
    "opt_outs": "SELECT, INSERT, UPDATE, DELETE",
    "verification_codes": "SELECT, INSERT, UPDATE",
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
