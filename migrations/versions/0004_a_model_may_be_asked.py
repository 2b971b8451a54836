"""A tenant may have a language model asked: its address, its reading of a call, its month's use."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_UP = """
ALTER TABLE connections DROP CONSTRAINT connections_known_provider;
ALTER TABLE connections ADD CONSTRAINT connections_known_provider
    CHECK (provider IN ('calcom', 'retell', 'smtp', 'twilio', 'llm'));

-- A Fernet token, like the intent beside it.
ALTER TABLE calls ADD COLUMN model_reading bytea;

-- Tokens are taken before a model is asked and set right by what it counted: a budget is a limit.
CREATE TABLE model_usage (
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    month date NOT NULL,
    tokens bigint NOT NULL,
    requests integer NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT model_usage_pkey PRIMARY KEY (company_id, month),
    CONSTRAINT model_usage_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id),
    CONSTRAINT model_usage_counts_from_zero CHECK (tokens >= 0 AND requests >= 0)
);
ALTER TABLE model_usage ENABLE ROW LEVEL SECURITY;
CREATE POLICY model_usage_one_tenant ON model_usage
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT, INSERT, UPDATE ON model_usage TO askproai_app;
"""

_DOWN = """
DROP TABLE model_usage;
ALTER TABLE calls DROP COLUMN model_reading;
DELETE FROM connections WHERE provider = 'llm';
ALTER TABLE connections DROP CONSTRAINT connections_known_provider;
ALTER TABLE connections ADD CONSTRAINT connections_known_provider
    CHECK (provider IN ('calcom', 'retell', 'smtp', 'twilio'));
"""


def _run(script: str) -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(script)


def upgrade() -> None:
    _run(_UP)


def downgrade() -> None:
    _run(_DOWN)
