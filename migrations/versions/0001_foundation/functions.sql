-- What runs as the owner. The look-ups before a tenant is known return ids only.
-- `search_path` is pinned, with pg_temp last, so that nobody puts an object of his own in front.

CREATE FUNCTION find_number(p_e164 text)
RETURNS TABLE (company_id uuid, branch_id uuid, kind text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT n.company_id, n.branch_id, n.kind FROM phone_numbers n WHERE n.e164 = p_e164
$$;

CREATE FUNCTION find_agent(p_retell_agent_id text)
RETURNS TABLE (company_id uuid, branch_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT a.company_id, a.branch_id FROM agents a WHERE a.retell_agent_id = p_retell_agent_id
$$;

CREATE FUNCTION find_api_key(p_sha256 text)
RETURNS TABLE (company_id uuid, api_key_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT k.company_id, k.id FROM api_keys k WHERE k.sha256 = p_sha256 AND k.revoked_at IS NULL
$$;

CREATE FUNCTION find_connection(p_id uuid)
RETURNS TABLE (company_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT c.company_id FROM connections c WHERE c.id = p_id
$$;

CREATE FUNCTION find_call(p_retell_call_id text)
RETURNS TABLE (company_id uuid)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT k.company_id FROM call_keys k WHERE k.retell_call_id = p_retell_call_id
$$;

-- An event is one row however often it is delivered; `signalled` tells a second delivery whether
-- the first got as far as the workflow.
CREATE FUNCTION store_webhook_event(
    p_source text, p_event_id text, p_kind text, p_retell_call_id text,
    p_body bytea, p_status text, p_error text, p_company_id uuid
)
RETURNS TABLE (id uuid, is_new boolean, signalled boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    INSERT INTO webhook_events AS e
        (id, company_id, source, event_id, kind, retell_call_id, body, status, error)
    VALUES
        (uuidv7(), p_company_id, p_source, p_event_id, p_kind, p_retell_call_id,
         p_body, p_status, p_error)
    ON CONFLICT (source, event_id)
        DO UPDATE SET deliveries = e.deliveries + 1, updated_at = now()
    RETURNING e.id, e.deliveries = 1, e.signalled_at IS NOT NULL
$$;

CREATE FUNCTION mark_webhook_signalled(p_id uuid)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    UPDATE webhook_events SET signalled_at = now(), updated_at = now()
    WHERE id = p_id AND signalled_at IS NULL
$$;

-- Gives events to the transaction's tenant; one that has a company already keeps it.
CREATE FUNCTION attribute_webhook_events(p_ids uuid[])
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    UPDATE webhook_events
    SET company_id = current_setting('askproai.company_id')::uuid, updated_at = now()
    WHERE id = ANY (p_ids) AND company_id IS NULL
$$;

CREATE FUNCTION webhook_event_bodies(p_ids uuid[])
RETURNS TABLE (
    id uuid, source text, event_id text, kind text, retell_call_id text, body bytea,
    received_at timestamptz
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT e.id, e.source, e.event_id, e.kind, e.retell_call_id, e.body, e.received_at
    FROM webhook_events e WHERE e.id = ANY (p_ids) ORDER BY e.received_at, e.id
$$;

CREATE FUNCTION webhook_events_of_call(p_retell_call_id text)
RETURNS TABLE (id uuid, kind text, status text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT e.id, e.kind, e.status
    FROM webhook_events e WHERE e.retell_call_id = p_retell_call_id ORDER BY e.received_at, e.id
$$;

-- Stored, but the process died before the workflow heard of it: somebody has to signal again.
CREATE FUNCTION unsignalled_webhook_events(p_before timestamptz, p_limit integer)
RETURNS TABLE (id uuid, source text, kind text, retell_call_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT e.id, e.source, e.kind, e.retell_call_id
    FROM webhook_events e
    WHERE e.signalled_at IS NULL AND e.status = 'accepted' AND e.received_at < p_before
    ORDER BY e.received_at LIMIT least(p_limit, 1000)
$$;

-- Makes the months from `p_from` on, `p_months` of them. Calls that fell into the default
-- partition meanwhile are moved; partitions are reachable through `calls` only.
CREATE FUNCTION ensure_call_partitions(p_from date, p_months integer)
RETURNS integer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    v_start timestamp;
    v_from timestamptz;
    v_to timestamptz;
    v_name text;
    v_made integer := 0;
BEGIN
    IF p_months NOT BETWEEN 1 AND 36 THEN
        RAISE EXCEPTION 'between 1 and 36 months, not %', p_months;
    END IF;
    PERFORM pg_advisory_xact_lock(hashtext('ensure_call_partitions'));
    FOR v_offset IN 0 .. p_months - 1 LOOP
        v_start := date_trunc('month', p_from::timestamp) + make_interval(months => v_offset);
        v_from := v_start AT TIME ZONE 'UTC';
        v_to := (v_start + interval '1 month') AT TIME ZONE 'UTC';
        v_name := 'calls_' || to_char(v_start, 'YYYY_MM');
        CONTINUE WHEN to_regclass('public.' || v_name) IS NOT NULL;
        EXECUTE format('CREATE TABLE public.%I (LIKE public.calls INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', v_name);
        EXECUTE format(
            'WITH moved AS (DELETE FROM public.calls_default'
            ' WHERE started_at >= %L AND started_at < %L RETURNING *)'
            ' INSERT INTO public.%I SELECT * FROM moved', v_from, v_to, v_name);
        EXECUTE format(
            'ALTER TABLE public.calls ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
            v_name, v_from, v_to);
        EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', v_name);
        v_made := v_made + 1;
    END LOOP;
    RETURN v_made;
END
$$;

DO $$
DECLARE
    v_function text;
BEGIN
    FOREACH v_function IN ARRAY ARRAY[
        'find_number(text)',
        'find_agent(text)',
        'find_api_key(text)',
        'find_connection(uuid)',
        'find_call(text)',
        'store_webhook_event(text, text, text, text, bytea, text, text, uuid)',
        'mark_webhook_signalled(uuid)',
        'attribute_webhook_events(uuid[])',
        'webhook_event_bodies(uuid[])',
        'webhook_events_of_call(text)',
        'unsignalled_webhook_events(timestamptz, integer)',
        'ensure_call_partitions(date, integer)'
    ] LOOP
        EXECUTE format('REVOKE ALL ON FUNCTION %s FROM PUBLIC', v_function);
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO askproai_app', v_function);
    END LOOP;
END
$$;
