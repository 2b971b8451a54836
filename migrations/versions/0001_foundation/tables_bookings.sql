-- Calls, appointments and what follows from them. After tables_catalogue.sql, which it refers to.

CREATE TABLE audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    actor text NOT NULL,
    action text NOT NULL,
    subject_type text NOT NULL,
    subject_id text NOT NULL,
    changes jsonb DEFAULT '{}'::jsonb NOT NULL,
    at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT audit_log_pkey PRIMARY KEY (id),
    CONSTRAINT audit_log_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id)
);
CREATE INDEX audit_log_page_idx ON audit_log (company_id, id);
CREATE INDEX audit_log_subject_idx ON audit_log (company_id, subject_type, subject_id);

CREATE TABLE call_keys (
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    retell_call_id text NOT NULL,
    started_at timestamptz NOT NULL,
    CONSTRAINT call_keys_pkey PRIMARY KEY (retell_call_id),
    CONSTRAINT call_keys_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT call_keys_company_id_retell_call_id_key UNIQUE (company_id, retell_call_id),
    CONSTRAINT call_keys_one_start_per_call UNIQUE (retell_call_id, company_id, started_at)
);

CREATE TABLE customers (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    name bytea,
    phone bytea,
    email bytea,
    phone_hash text,
    email_hash text,
    language text,
    no_email boolean DEFAULT false NOT NULL,
    no_sms boolean DEFAULT false NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT customers_pkey PRIMARY KEY (id),
    CONSTRAINT customers_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT customers_company_id_id_key UNIQUE (company_id, id)
);
CREATE UNIQUE INDEX customers_one_per_email ON customers (company_id, email_hash) WHERE email_hash IS NOT NULL;
CREATE UNIQUE INDEX customers_one_per_phone ON customers (company_id, phone_hash) WHERE phone_hash IS NOT NULL;
CREATE INDEX customers_page_idx ON customers (company_id, created_at, id);

CREATE TABLE idempotency_keys (
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    key text NOT NULL,
    request_sha256 text NOT NULL,
    appointment_id uuid NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (company_id, key),
    CONSTRAINT idempotency_keys_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id)
);

CREATE TABLE webhook_events (
    id uuid NOT NULL,
    company_id uuid,
    source text NOT NULL,
    event_id text NOT NULL,
    kind text NOT NULL,
    retell_call_id text,
    body bytea NOT NULL,
    received_at timestamptz DEFAULT now() NOT NULL,
    signalled_at timestamptz,
    deliveries integer DEFAULT 1 NOT NULL,
    status text DEFAULT 'accepted' NOT NULL,
    error text,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT webhook_events_pkey PRIMARY KEY (id),
    CONSTRAINT webhook_events_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT webhook_events_one_per_event UNIQUE (source, event_id),
    CONSTRAINT webhook_events_known_status CHECK (status IN ('accepted', 'invalid', 'late'))
);
CREATE INDEX webhook_events_retell_call_id_idx ON webhook_events (retell_call_id);
CREATE INDEX webhook_events_unsignalled_idx ON webhook_events (received_at) WHERE signalled_at IS NULL AND status = 'accepted';

CREATE TABLE api_call_logs (
    id bigint GENERATED ALWAYS AS IDENTITY,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    connection_id uuid,
    operation text NOT NULL,
    method text NOT NULL,
    status integer,
    duration_ms integer NOT NULL,
    request_id text,
    error_class text,
    retell_call_id text,
    appointment_id uuid,
    at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT api_call_logs_pkey PRIMARY KEY (id),
    CONSTRAINT api_call_logs_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT api_call_logs_company_id_connection_id_fkey FOREIGN KEY(company_id, connection_id) REFERENCES connections (company_id, id)
);
CREATE INDEX api_call_logs_appointment_id_idx ON api_call_logs (appointment_id);
CREATE INDEX api_call_logs_page_idx ON api_call_logs (company_id, at);

CREATE TABLE callbacks (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    retell_call_id text NOT NULL,
    branch_id uuid,
    customer_id uuid,
    reason text NOT NULL,
    missing jsonb DEFAULT '[]'::jsonb NOT NULL,
    offers jsonb DEFAULT '[]'::jsonb NOT NULL,
    urgency text DEFAULT 'normal' NOT NULL,
    status text DEFAULT 'open' NOT NULL,
    details bytea,
    done_at timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT callbacks_pkey PRIMARY KEY (id),
    CONSTRAINT callbacks_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT callbacks_company_id_retell_call_id_fkey FOREIGN KEY(company_id, retell_call_id) REFERENCES call_keys (company_id, retell_call_id),
    CONSTRAINT callbacks_company_id_branch_id_fkey FOREIGN KEY(company_id, branch_id) REFERENCES branches (company_id, id),
    CONSTRAINT callbacks_company_id_customer_id_fkey FOREIGN KEY(company_id, customer_id) REFERENCES customers (company_id, id),
    CONSTRAINT callbacks_one_per_call UNIQUE (retell_call_id),
    CONSTRAINT callbacks_known_urgency CHECK (urgency IN ('normal', 'high')),
    CONSTRAINT callbacks_known_status CHECK (status IN ('open', 'done'))
);
CREATE INDEX callbacks_page_idx ON callbacks (company_id, created_at, id);

CREATE TABLE calls (
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    retell_call_id text NOT NULL,
    started_at timestamptz NOT NULL,
    branch_id uuid,
    customer_id uuid,
    agent_id text,
    dialled text,
    from_number bytea,
    phone_hash text,
    state text DEFAULT 'running' NOT NULL,
    outcome text,
    needs_review boolean DEFAULT false NOT NULL,
    review_reason text,
    intent bytea,
    reason text,
    missing jsonb DEFAULT '[]'::jsonb NOT NULL,
    offers jsonb DEFAULT '[]'::jsonb NOT NULL,
    timeline jsonb DEFAULT '[]'::jsonb NOT NULL,
    ended_at timestamptz,
    duration_ms bigint,
    disconnection_reason text,
    metadata bytea,
    transcript bytea,
    analysis bytea,
    events jsonb DEFAULT '[]'::jsonb NOT NULL,
    fact_ranks jsonb DEFAULT '{}'::jsonb NOT NULL,
    settled_at timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT calls_pkey PRIMARY KEY (retell_call_id, started_at),
    CONSTRAINT calls_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT calls_one_row_per_call FOREIGN KEY(retell_call_id, company_id, started_at) REFERENCES call_keys (retell_call_id, company_id, started_at) ON UPDATE CASCADE,
    CONSTRAINT calls_company_id_branch_id_fkey FOREIGN KEY(company_id, branch_id) REFERENCES branches (company_id, id),
    CONSTRAINT calls_company_id_customer_id_fkey FOREIGN KEY(company_id, customer_id) REFERENCES customers (company_id, id),
    CONSTRAINT calls_settled_has_an_outcome CHECK ((state = 'settled') = (outcome IS NOT NULL AND settled_at IS NOT NULL)),
    CONSTRAINT calls_known_state CHECK (state IN ('running', 'settled')),
    CONSTRAINT calls_known_outcome CHECK (outcome IN ('booked', 'reserved', 'rescheduled', 'cancelled', 'info', 'callback', 'transfer', 'none', 'failed'))
)
 PARTITION BY RANGE (started_at);
CREATE INDEX calls_page_idx ON calls (company_id, started_at, retell_call_id);
CREATE INDEX calls_phone_hash_idx ON calls (company_id, phone_hash);

CREATE TABLE appointments (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    branch_id uuid NOT NULL,
    service_id uuid NOT NULL,
    staff_id uuid,
    customer_id uuid NOT NULL,
    customer_name bytea,
    retell_call_id text,
    status text NOT NULL,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL,
    revision integer DEFAULT 0 NOT NULL,
    sequence integer DEFAULT 0 NOT NULL,
    calcom_booking_uid bytea,
    calcom_uid_hash text,
    calcom_booking_id bigint,
    source text NOT NULL,
    reason text,
    price_cents integer,
    currency text,
    booked_at timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT appointments_pkey PRIMARY KEY (id),
    CONSTRAINT appointments_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT appointments_company_id_id_key UNIQUE (company_id, id),
    CONSTRAINT appointments_company_id_branch_id_fkey FOREIGN KEY(company_id, branch_id) REFERENCES branches (company_id, id),
    CONSTRAINT appointments_company_id_service_id_fkey FOREIGN KEY(company_id, service_id) REFERENCES services (company_id, id),
    CONSTRAINT appointments_company_id_staff_id_fkey FOREIGN KEY(company_id, staff_id) REFERENCES staff (company_id, id),
    CONSTRAINT appointments_company_id_customer_id_fkey FOREIGN KEY(company_id, customer_id) REFERENCES customers (company_id, id),
    CONSTRAINT appointments_company_id_retell_call_id_fkey FOREIGN KEY(company_id, retell_call_id) REFERENCES call_keys (company_id, retell_call_id),
    CONSTRAINT appointments_one_per_calcom_booking UNIQUE (calcom_uid_hash),
    CONSTRAINT appointments_known_status CHECK (status IN ('held', 'booked', 'cancelled', 'completed', 'missed', 'failed')),
    CONSTRAINT appointments_known_source CHECK (source IN ('call', 'rest')),
    CONSTRAINT appointments_not_empty CHECK (start_at < end_at),
    CONSTRAINT appointments_booked_means_in_calendar CHECK (status <> 'booked' OR (calcom_uid_hash IS NOT NULL AND booked_at IS NOT NULL))
);
CREATE INDEX appointments_branch_id_start_at_idx ON appointments (branch_id, start_at);
CREATE INDEX appointments_customer_id_start_at_idx ON appointments (customer_id, start_at);
CREATE INDEX appointments_page_idx ON appointments (company_id, start_at, id);
CREATE INDEX appointments_retell_call_id_idx ON appointments (company_id, retell_call_id);

CREATE TABLE appointment_slots (
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    appointment_id uuid NOT NULL,
    revision integer NOT NULL,
    staff_id uuid NOT NULL,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL,
    during tstzrange NOT NULL,
    resource_ids bigint[] NOT NULL,
    status text NOT NULL,
    expires_at timestamptz,
    price_cents integer,
    currency text,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT appointment_slots_pkey PRIMARY KEY (appointment_id, revision),
    CONSTRAINT appointment_slots_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT appointment_slots_company_id_appointment_id_fkey FOREIGN KEY(company_id, appointment_id) REFERENCES appointments (company_id, id),
    CONSTRAINT appointment_slots_company_id_staff_id_fkey FOREIGN KEY(company_id, staff_id) REFERENCES staff (company_id, id),
    CONSTRAINT appointment_slots_buffers CHECK (during @> tstzrange(start_at, end_at)),
    CONSTRAINT appointment_slots_known_status CHECK (status IN ('held', 'booked', 'released')),
    CONSTRAINT appointment_slots_need_resources CHECK (cardinality(resource_ids) > 0),
    CONSTRAINT appointment_slots_one_per_revision UNIQUE (company_id, appointment_id, revision),
    CONSTRAINT appointment_slots_not_empty CHECK (start_at < end_at)
);
CREATE INDEX appointment_slots_staff_id_start_at_idx ON appointment_slots (staff_id, start_at);

CREATE TABLE notifications (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    appointment_id uuid,
    retell_call_id text,
    kind text NOT NULL,
    audience text NOT NULL,
    channel text NOT NULL,
    sequence integer DEFAULT 0 NOT NULL,
    message_id text NOT NULL,
    status text DEFAULT 'pending' NOT NULL,
    attempts integer DEFAULT 0 NOT NULL,
    repeats integer DEFAULT 0 NOT NULL,
    sent_at timestamptz,
    error text,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT notifications_pkey PRIMARY KEY (id),
    CONSTRAINT notifications_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT notifications_company_id_appointment_id_fkey FOREIGN KEY(company_id, appointment_id) REFERENCES appointments (company_id, id),
    CONSTRAINT notifications_company_id_retell_call_id_fkey FOREIGN KEY(company_id, retell_call_id) REFERENCES call_keys (company_id, retell_call_id),
    CONSTRAINT notifications_one_identity_each UNIQUE (message_id),
    CONSTRAINT notifications_about_a_call_or_an_appointment CHECK (num_nonnulls(appointment_id, retell_call_id) = 1),
    CONSTRAINT notifications_known_audience CHECK (audience IN ('customer', 'branch')),
    CONSTRAINT notifications_known_channel CHECK (channel IN ('email', 'sms')),
    CONSTRAINT notifications_known_status CHECK (status IN ('pending', 'sending', 'sent', 'unclear', 'rejected', 'skipped'))
);
CREATE UNIQUE INDEX notifications_one_per_appointment_message ON notifications (appointment_id, kind, audience, channel, sequence) WHERE appointment_id IS NOT NULL;
CREATE UNIQUE INDEX notifications_one_per_call_message ON notifications (retell_call_id, kind, audience) WHERE retell_call_id IS NOT NULL;

CREATE TABLE reservations (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    appointment_id uuid NOT NULL,
    revision integer NOT NULL,
    resource_id bigint NOT NULL,
    during tstzrange NOT NULL,
    status text NOT NULL,
    expires_at timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT reservations_pkey PRIMARY KEY (id),
    CONSTRAINT reservations_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT reservations_belong_to_a_slot FOREIGN KEY(company_id, appointment_id, revision) REFERENCES appointment_slots (company_id, appointment_id, revision),
    CONSTRAINT reservations_company_id_resource_id_fkey FOREIGN KEY(company_id, resource_id) REFERENCES resources (company_id, id),
    CONSTRAINT reservations_known_status CHECK (status IN ('held', 'booked', 'released')),
    CONSTRAINT reservations_bounded CHECK (NOT isempty(during) AND NOT lower_inf(during) AND NOT upper_inf(during)),
    CONSTRAINT reservations_booked_never_expire CHECK (status <> 'booked' OR expires_at IS NULL),
    CONSTRAINT reservations_no_overlap EXCLUDE USING gist (int8range(resource_id, resource_id, '[]') WITH &&, during WITH &&) WHERE (status IN ('held', 'booked'))
);
CREATE INDEX reservations_appointment_id_revision_idx ON reservations (appointment_id, revision);
CREATE INDEX reservations_busy_idx ON reservations (resource_id, upper(during)) WHERE status IN ('held', 'booked');
CREATE INDEX reservations_expiry_idx ON reservations (expires_at) WHERE status = 'held';
