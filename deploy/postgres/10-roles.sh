#!/bin/bash
# Runs once, when the database's volume is empty: one role and database for Temporal, and for the
# application an owner who migrates and a role that may not bypass row-level security.
set -euo pipefail

# \getenv keeps the passwords off the command line; %L quotes them.
psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres <<'SQL'
\getenv temporal_password TEMPORAL_DB_PASSWORD
\getenv owner_password ASKPROAI_OWNER_PASSWORD
\getenv app_password ASKPROAI_APP_PASSWORD
SELECT format('CREATE ROLE temporal LOGIN PASSWORD %L', :'temporal_password') \gexec
SELECT format('CREATE ROLE askproai_owner LOGIN PASSWORD %L', :'owner_password') \gexec
SELECT format('CREATE ROLE askproai_app LOGIN NOBYPASSRLS PASSWORD %L', :'app_password') \gexec
CREATE DATABASE temporal OWNER temporal;
CREATE DATABASE temporal_visibility OWNER temporal;
CREATE DATABASE askproai OWNER askproai_owner TEMPLATE template0 ENCODING 'UTF8'
  LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C';
SQL
