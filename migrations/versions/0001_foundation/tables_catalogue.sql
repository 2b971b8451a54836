-- Companies and what they offer. Every reference is (company_id, x_id): rows of two tenants cannot be mixed.

CREATE TABLE companies (
    id uuid NOT NULL,
    slug text NOT NULL,
    ref text NOT NULL,
    name text NOT NULL,
    spoken_names jsonb DEFAULT '[]'::jsonb NOT NULL,
    industry text NOT NULL,
    locale text NOT NULL,
    languages jsonb DEFAULT '[]'::jsonb NOT NULL,
    timezone text NOT NULL,
    booking_model text NOT NULL,
    minimum_notice_minutes integer NOT NULL,
    horizon_days integer NOT NULL,
    cancel_limit_hours integer NOT NULL,
    hold_minutes integer NOT NULL,
    slot_interval_minutes integer NOT NULL,
    generic_terms jsonb DEFAULT '{}'::jsonb NOT NULL,
    hotline_email text,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT companies_pkey PRIMARY KEY (id),
    CONSTRAINT companies_known_booking_model CHECK (booking_model IN ('simple', 'multi_branch_hotline', 'complex_service_matrix')),
    CONSTRAINT companies_sensible_rules CHECK (minimum_notice_minutes >= 0 AND horizon_days > 0 AND cancel_limit_hours >= 0 AND hold_minutes > 0 AND slot_interval_minutes > 0),
    CONSTRAINT companies_slug_key UNIQUE (slug),
    CONSTRAINT companies_ref_key UNIQUE (ref)
);

CREATE TABLE api_keys (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    name text NOT NULL,
    prefix text NOT NULL,
    sha256 text NOT NULL,
    scopes jsonb DEFAULT '[]'::jsonb NOT NULL,
    revoked_at timestamptz,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT api_keys_pkey PRIMARY KEY (id),
    CONSTRAINT api_keys_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT api_keys_one_per_hash UNIQUE (sha256)
);

CREATE TABLE branches (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    ref text NOT NULL,
    name text NOT NULL,
    spoken_names jsonb DEFAULT '[]'::jsonb NOT NULL,
    street text NOT NULL,
    postal_code text NOT NULL,
    city text NOT NULL,
    country text NOT NULL,
    subdivision text,
    timezone text NOT NULL,
    email text,
    staff_phone_number text,
    closed_on_public_holidays boolean NOT NULL,
    position integer NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT branches_pkey PRIMARY KEY (id),
    CONSTRAINT branches_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT branches_company_id_id_key UNIQUE (company_id, id),
    CONSTRAINT branches_one_per_ref UNIQUE (company_id, ref)
);

CREATE TABLE connections (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    provider text NOT NULL,
    base_url text NOT NULL,
    api_key bytea,
    webhook_secret bytea,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT connections_pkey PRIMARY KEY (id),
    CONSTRAINT connections_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT connections_company_id_id_key UNIQUE (company_id, id),
    CONSTRAINT connections_known_provider CHECK (provider IN ('calcom', 'retell', 'smtp', 'twilio')),
    CONSTRAINT connections_one_per_provider UNIQUE (company_id, provider)
);

CREATE TABLE services (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    ref text NOT NULL,
    name text NOT NULL,
    aliases jsonb DEFAULT '[]'::jsonb NOT NULL,
    description text,
    duration_minutes integer NOT NULL,
    buffer_before_minutes integer NOT NULL,
    buffer_after_minutes integer NOT NULL,
    price_cents integer,
    price_is_from boolean NOT NULL,
    price_note text,
    currency text NOT NULL,
    resource_needs jsonb DEFAULT '[]'::jsonb NOT NULL,
    bookable_by_phone_agent boolean NOT NULL,
    position integer NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT services_pkey PRIMARY KEY (id),
    CONSTRAINT services_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT services_company_id_id_key UNIQUE (company_id, id),
    CONSTRAINT services_one_per_ref UNIQUE (company_id, ref),
    CONSTRAINT services_take_time CHECK (duration_minutes > 0 AND buffer_before_minutes >= 0 AND buffer_after_minutes >= 0),
    CONSTRAINT services_price_not_negative CHECK (price_cents >= 0),
    CONSTRAINT services_currency_iso_4217 CHECK (currency ~ '^[A-Z]{3}$')
);

CREATE TABLE agents (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    retell_agent_id text NOT NULL,
    branch_id uuid,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT agents_pkey PRIMARY KEY (id),
    CONSTRAINT agents_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT agents_company_id_branch_id_fkey FOREIGN KEY(company_id, branch_id) REFERENCES branches (company_id, id),
    CONSTRAINT agents_one_tenant_per_agent UNIQUE (retell_agent_id)
);

CREATE TABLE opening_hours (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    branch_id uuid NOT NULL,
    weekday integer NOT NULL,
    from_time time NOT NULL,
    to_time time NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT opening_hours_pkey PRIMARY KEY (id),
    CONSTRAINT opening_hours_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT opening_hours_company_id_branch_id_fkey FOREIGN KEY(company_id, branch_id) REFERENCES branches (company_id, id),
    CONSTRAINT opening_hours_one_per_start UNIQUE (branch_id, weekday, from_time),
    CONSTRAINT opening_hours_weekday CHECK (weekday BETWEEN 0 AND 6)
);

CREATE TABLE phone_numbers (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    e164 text NOT NULL,
    branch_id uuid,
    kind text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT phone_numbers_pkey PRIMARY KEY (id),
    CONSTRAINT phone_numbers_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT phone_numbers_company_id_branch_id_fkey FOREIGN KEY(company_id, branch_id) REFERENCES branches (company_id, id),
    CONSTRAINT phone_numbers_one_tenant_per_number UNIQUE (e164),
    CONSTRAINT phone_numbers_known_kind CHECK (kind IN ('dialled', 'forwarded_from')),
    CONSTRAINT phone_numbers_e164 CHECK (e164 ~ '^\+[1-9][0-9]{4,14}$')
);

CREATE TABLE resources (
    id bigint GENERATED ALWAYS AS IDENTITY,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    branch_id uuid,
    ref text NOT NULL,
    type text NOT NULL,
    name text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT resources_pkey PRIMARY KEY (id),
    CONSTRAINT resources_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT resources_company_id_id_key UNIQUE (company_id, id),
    CONSTRAINT resources_company_id_branch_id_fkey FOREIGN KEY(company_id, branch_id) REFERENCES branches (company_id, id),
    CONSTRAINT resources_one_per_ref UNIQUE (company_id, ref),
    CONSTRAINT resources_have_a_type CHECK (type <> '')
);
CREATE INDEX resources_branch_id_type_idx ON resources (branch_id, type);

CREATE TABLE service_branches (
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    service_id uuid NOT NULL,
    branch_id uuid NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT service_branches_pkey PRIMARY KEY (service_id, branch_id),
    CONSTRAINT service_branches_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT service_branches_company_id_service_id_fkey FOREIGN KEY(company_id, service_id) REFERENCES services (company_id, id),
    CONSTRAINT service_branches_company_id_branch_id_fkey FOREIGN KEY(company_id, branch_id) REFERENCES branches (company_id, id)
);
CREATE INDEX service_branches_branch_id_idx ON service_branches (branch_id);

CREATE TABLE special_days (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    branch_id uuid NOT NULL,
    date date NOT NULL,
    intervals jsonb DEFAULT '[]'::jsonb NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT special_days_pkey PRIMARY KEY (id),
    CONSTRAINT special_days_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT special_days_company_id_branch_id_fkey FOREIGN KEY(company_id, branch_id) REFERENCES branches (company_id, id),
    CONSTRAINT special_days_one_per_date UNIQUE (branch_id, date)
);

CREATE TABLE staff (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    ref text NOT NULL,
    name text NOT NULL,
    display_name text NOT NULL,
    aliases jsonb DEFAULT '[]'::jsonb NOT NULL,
    role text,
    resource_id bigint NOT NULL,
    position integer NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT staff_pkey PRIMARY KEY (id),
    CONSTRAINT staff_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT staff_company_id_id_key UNIQUE (company_id, id),
    CONSTRAINT staff_company_id_resource_id_fkey FOREIGN KEY(company_id, resource_id) REFERENCES resources (company_id, id),
    CONSTRAINT staff_one_per_ref UNIQUE (company_id, ref),
    CONSTRAINT staff_one_resource_each UNIQUE (resource_id)
);

CREATE TABLE absences (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    staff_id uuid NOT NULL,
    start_at timestamptz NOT NULL,
    end_at timestamptz NOT NULL,
    kind text NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT absences_pkey PRIMARY KEY (id),
    CONSTRAINT absences_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT absences_company_id_staff_id_fkey FOREIGN KEY(company_id, staff_id) REFERENCES staff (company_id, id),
    CONSTRAINT absences_not_empty CHECK (start_at < end_at)
);
CREATE INDEX absences_staff_id_start_at_idx ON absences (staff_id, start_at);

CREATE TABLE event_types (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    connection_id uuid NOT NULL,
    staff_id uuid NOT NULL,
    branch_id uuid NOT NULL,
    calcom_event_type_id bigint NOT NULL,
    lengths_minutes jsonb DEFAULT '[]'::jsonb NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT event_types_pkey PRIMARY KEY (id),
    CONSTRAINT event_types_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT event_types_company_id_connection_id_fkey FOREIGN KEY(company_id, connection_id) REFERENCES connections (company_id, id),
    CONSTRAINT event_types_company_id_staff_id_fkey FOREIGN KEY(company_id, staff_id) REFERENCES staff (company_id, id),
    CONSTRAINT event_types_company_id_branch_id_fkey FOREIGN KEY(company_id, branch_id) REFERENCES branches (company_id, id),
    CONSTRAINT event_types_one_per_staff_and_branch UNIQUE (staff_id, branch_id),
    CONSTRAINT event_types_mapped_once_per_connection UNIQUE (connection_id, calcom_event_type_id)
);
CREATE INDEX event_types_branch_id_idx ON event_types (branch_id);

CREATE TABLE staff_branches (
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    staff_id uuid NOT NULL,
    branch_id uuid NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT staff_branches_pkey PRIMARY KEY (staff_id, branch_id),
    CONSTRAINT staff_branches_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT staff_branches_company_id_staff_id_fkey FOREIGN KEY(company_id, staff_id) REFERENCES staff (company_id, id),
    CONSTRAINT staff_branches_company_id_branch_id_fkey FOREIGN KEY(company_id, branch_id) REFERENCES branches (company_id, id)
);
CREATE INDEX staff_branches_branch_id_idx ON staff_branches (branch_id);

CREATE TABLE staff_services (
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    staff_id uuid NOT NULL,
    service_id uuid NOT NULL,
    duration_minutes integer,
    price_cents integer,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT staff_services_pkey PRIMARY KEY (staff_id, service_id),
    CONSTRAINT staff_services_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT staff_services_company_id_staff_id_fkey FOREIGN KEY(company_id, staff_id) REFERENCES staff (company_id, id),
    CONSTRAINT staff_services_company_id_service_id_fkey FOREIGN KEY(company_id, service_id) REFERENCES services (company_id, id),
    CONSTRAINT staff_services_take_time CHECK (duration_minutes > 0),
    CONSTRAINT staff_services_price_not_negative CHECK (price_cents >= 0)
);
CREATE INDEX staff_services_service_id_idx ON staff_services (service_id);

CREATE TABLE working_hours (
    id uuid NOT NULL,
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    staff_id uuid NOT NULL,
    branch_id uuid NOT NULL,
    weekday integer NOT NULL,
    from_time time NOT NULL,
    to_time time NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT working_hours_pkey PRIMARY KEY (id),
    CONSTRAINT working_hours_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT working_hours_company_id_staff_id_fkey FOREIGN KEY(company_id, staff_id) REFERENCES staff (company_id, id),
    CONSTRAINT working_hours_company_id_branch_id_fkey FOREIGN KEY(company_id, branch_id) REFERENCES branches (company_id, id),
    CONSTRAINT working_hours_one_per_start UNIQUE (staff_id, branch_id, weekday, from_time),
    CONSTRAINT working_hours_weekday CHECK (weekday BETWEEN 0 AND 6)
);
CREATE INDEX working_hours_branch_id_idx ON working_hours (branch_id);
