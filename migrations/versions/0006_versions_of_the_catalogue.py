"""A number that changes with a company's catalogue, so that what was read of it may be kept."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# Whatever a question of a caller is read with or judged by, but what is booked.
_TABLES = (
    "companies",
    "branches",
    "opening_hours",
    "special_days",
    "resources",
    "staff",
    "staff_branches",
    "working_hours",
    "staff_special_days",
    "absences",
    "services",
    "service_branches",
    "staff_services",
    "event_types",
)

_UP = """
-- Never the same number twice, not even after a transaction that was rolled back.
CREATE SEQUENCE catalogue_version_numbers;

CREATE TABLE catalogue_versions (
    company_id uuid DEFAULT current_setting('askproai.company_id')::uuid NOT NULL,
    version bigint NOT NULL,
    changed_in bigint NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    CONSTRAINT catalogue_versions_pkey PRIMARY KEY (company_id),
    CONSTRAINT catalogue_versions_company_id_fkey FOREIGN KEY(company_id) REFERENCES companies (id)
);
INSERT INTO catalogue_versions (company_id, version, changed_in)
    SELECT id, nextval('catalogue_version_numbers'), 0 FROM companies;
ALTER TABLE catalogue_versions ENABLE ROW LEVEL SECURITY;
CREATE POLICY catalogue_versions_one_tenant ON catalogue_versions
    USING (company_id = current_setting('askproai.company_id')::uuid)
    WITH CHECK (company_id = current_setting('askproai.company_id')::uuid);
GRANT SELECT ON catalogue_versions TO askproai_app;

-- Once a transaction: loading a catalogue of a thousand rows raises its version by one.
CREATE FUNCTION raise_catalogue_version()
RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
    row_of jsonb := to_jsonb(coalesce(NEW, OLD));
    of_company uuid := CASE TG_TABLE_NAME
        WHEN 'companies' THEN row_of ->> 'id' ELSE row_of ->> 'company_id' END;
BEGIN
    IF TG_TABLE_NAME = 'companies' AND TG_OP = 'DELETE' THEN
        RETURN NULL;
    END IF;
    INSERT INTO catalogue_versions AS v (company_id, version, changed_in)
    VALUES (of_company, nextval('catalogue_version_numbers'), txid_current())
    ON CONFLICT (company_id) DO UPDATE
        SET version = nextval('catalogue_version_numbers'), changed_in = txid_current(),
            updated_at = now()
        WHERE v.changed_in <> txid_current();
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION raise_catalogue_version() FROM PUBLIC;
"""

_DOWN = """
DROP FUNCTION raise_catalogue_version();
DROP TABLE catalogue_versions;
DROP SEQUENCE catalogue_version_numbers;
"""


def _run(*scripts: str) -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    for script in scripts:
        connection.exec_driver_sql(script)


def upgrade() -> None:
    _run(_UP)
    for table in _TABLES:
        _run(
            f"CREATE TRIGGER {table}_raise_version AFTER INSERT OR UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION raise_catalogue_version()"
        )


def downgrade() -> None:
    for table in _TABLES:
        _run(f"DROP TRIGGER {table}_raise_version ON {table}")
    _run(_DOWN)
