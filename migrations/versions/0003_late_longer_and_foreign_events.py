"""Events that come late, come again longer, or from a workspace that may not speak for a call."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_COLUMN = """
-- Length of the plain body: tokens of near lengths look alike.
ALTER TABLE webhook_events ADD COLUMN body_bytes integer;
-- What has no call cannot be passed on to one.
DROP INDEX webhook_events_unsignalled_idx;
CREATE INDEX webhook_events_unsignalled_idx ON webhook_events (received_at)
    WHERE signalled_at IS NULL AND status = 'accepted' AND retell_call_id IS NOT NULL;
"""

_DROP_CHANGED = """
DROP FUNCTION store_webhook_event(text, text, text, text, bytea, text, text, uuid);
DROP FUNCTION webhook_event_bodies(uuid[]);
DROP FUNCTION unsignalled_webhook_events(timestamptz, integer);
"""

_CHANGED = """
-- An event is one row however often it is delivered; `signalled` tells a second delivery whether
-- the first got as far as the workflow. `p_replaces`: a longer body takes the place of the stored.
CREATE FUNCTION store_webhook_event(
    p_source text, p_event_id text, p_kind text, p_retell_call_id text,
    p_body bytea, p_status text, p_error text, p_company_id uuid,
    p_body_bytes integer, p_replaces boolean
)
RETURNS TABLE (id uuid, is_new boolean, signalled boolean)
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    INSERT INTO webhook_events AS e
        (id, company_id, source, event_id, kind, retell_call_id, body, body_bytes, status, error)
    VALUES
        (uuidv7(), p_company_id, p_source, p_event_id, p_kind, p_retell_call_id,
         p_body, p_body_bytes, p_status, p_error)
    ON CONFLICT (source, event_id) DO UPDATE SET
        deliveries = e.deliveries + 1,
        updated_at = now(),
        body = CASE WHEN p_replaces AND p_body_bytes > coalesce(e.body_bytes, 0)
            THEN p_body ELSE e.body END,
        body_bytes = CASE WHEN p_replaces
            THEN greatest(e.body_bytes, p_body_bytes) ELSE e.body_bytes END
    RETURNING e.id, e.deliveries = 1, e.signalled_at IS NOT NULL
$$;

CREATE FUNCTION webhook_event_bodies(p_ids uuid[])
RETURNS TABLE (
    id uuid, source text, event_id text, kind text, retell_call_id text, body bytea,
    received_at timestamptz, company_id uuid
)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT e.id, e.source, e.event_id, e.kind, e.retell_call_id, e.body, e.received_at, e.company_id
    FROM webhook_events e WHERE e.id = ANY (p_ids) ORDER BY e.received_at, e.id
$$;

-- Stored, but the process died before the workflow heard of it: somebody has to signal again.
CREATE FUNCTION unsignalled_webhook_events(p_before timestamptz, p_limit integer)
RETURNS TABLE (id uuid, source text, kind text, retell_call_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT e.id, e.source, e.kind, e.retell_call_id
    FROM webhook_events e
    WHERE e.signalled_at IS NULL AND e.status = 'accepted' AND e.retell_call_id IS NOT NULL
      AND e.received_at < p_before
    ORDER BY e.received_at LIMIT least(p_limit, 1000)
$$;
"""

_NEW = """
-- The call's workflow had ended: nobody was signalled, nobody has to be.
CREATE FUNCTION mark_webhook_late(p_id uuid)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    UPDATE webhook_events SET status = 'late', signalled_at = now(), updated_at = now()
    WHERE id = p_id AND status = 'accepted' AND signalled_at IS NULL
$$;

-- Kept for a person to look at, used for nothing.
CREATE FUNCTION mark_webhook_invalid(p_id uuid, p_error text)
RETURNS void
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    UPDATE webhook_events SET status = 'invalid', error = p_error, updated_at = now()
    WHERE id = p_id AND status <> 'invalid'
$$;
"""

_DROP_ALL = """
DROP FUNCTION mark_webhook_late(uuid);
DROP FUNCTION mark_webhook_invalid(uuid, text);
DROP FUNCTION store_webhook_event(
    text, text, text, text, bytea, text, text, uuid, integer, boolean
);
DROP FUNCTION webhook_event_bodies(uuid[]);
DROP FUNCTION unsignalled_webhook_events(timestamptz, integer);
DROP INDEX webhook_events_unsignalled_idx;
ALTER TABLE webhook_events DROP COLUMN body_bytes;
CREATE INDEX webhook_events_unsignalled_idx ON webhook_events (received_at)
    WHERE signalled_at IS NULL AND status = 'accepted';
"""

_AS_BEFORE = """
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

CREATE FUNCTION unsignalled_webhook_events(p_before timestamptz, p_limit integer)
RETURNS TABLE (id uuid, source text, kind text, retell_call_id text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
    SELECT e.id, e.source, e.kind, e.retell_call_id
    FROM webhook_events e
    WHERE e.signalled_at IS NULL AND e.status = 'accepted' AND e.received_at < p_before
    ORDER BY e.received_at LIMIT least(p_limit, 1000)
$$;
"""

_KEPT = (
    "webhook_event_bodies(uuid[])",
    "unsignalled_webhook_events(timestamptz, integer)",
)
_FUNCTIONS = (
    *_KEPT,
    "store_webhook_event(text, text, text, text, bytea, text, text, uuid, integer, boolean)",
    "mark_webhook_late(uuid)",
    "mark_webhook_invalid(uuid, text)",
)
_FUNCTIONS_BEFORE = (
    *_KEPT,
    "store_webhook_event(text, text, text, text, bytea, text, text, uuid)",
)


def _run(*scripts: str) -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for script in scripts:
        connection.exec_driver_sql(script)


def _for_the_application_only(functions: tuple[str, ...]) -> None:
    for function in functions:
        _run(
            f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC",
            f"GRANT EXECUTE ON FUNCTION {function} TO askproai_app",
        )


def upgrade() -> None:
    _run(_COLUMN, _DROP_CHANGED, _CHANGED, _NEW)
    _for_the_application_only(_FUNCTIONS)


def downgrade() -> None:
    _run(_DROP_ALL, _AS_BEFORE)
    _for_the_application_only(_FUNCTIONS_BEFORE)
