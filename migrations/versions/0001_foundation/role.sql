-- The application's role: no login of its own making, no way round row security, no DDL.
-- Installations that made the role themselves keep it as it is.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'askproai_app') THEN
        CREATE ROLE askproai_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    END IF;
    IF EXISTS (
        SELECT FROM pg_roles WHERE rolname = 'askproai_app' AND (rolsuper OR rolbypassrls)
    ) THEN
        RAISE EXCEPTION 'role askproai_app may bypass row-level security: take that from it first';
    END IF;
EXCEPTION
    WHEN duplicate_object OR unique_violation THEN NULL;  -- another database's migration was faster
END
$$;
GRANT USAGE ON SCHEMA public TO askproai_app;
