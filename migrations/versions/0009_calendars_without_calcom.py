"""A company's calendars may be on a CalDAV server."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_UP = """
ALTER TABLE connections DROP CONSTRAINT connections_known_provider;
ALTER TABLE connections ADD CONSTRAINT connections_known_provider
    CHECK (provider IN ('calcom', 'caldav', 'retell', 'smtp', 'twilio', 'llm'));
"""

_DOWN = """
DELETE FROM event_types WHERE connection_id IN (
    SELECT id FROM connections WHERE provider = 'caldav');
DELETE FROM connections WHERE provider = 'caldav';
ALTER TABLE connections DROP CONSTRAINT connections_known_provider;
ALTER TABLE connections ADD CONSTRAINT connections_known_provider
    CHECK (provider IN ('calcom', 'retell', 'smtp', 'twilio', 'llm'));
"""


def _run(script: str) -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(script)


def upgrade() -> None:
    _run(_UP)


def downgrade() -> None:
    _run(_DOWN)
