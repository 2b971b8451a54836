"""Alembic's entry: the owner's URL from the settings, short waits, one migration at a time."""

from alembic import context
from sqlalchemy import create_engine, pool, text

from db.models import Base
from db.schema import is_ours
from settings import get_settings

# A migration that waits for a lock makes every query behind it wait too: it gives up instead and
# is run again. No statement of ours needs longer than this.
LOCK_TIMEOUT_MS = 4_000
STATEMENT_TIMEOUT_MS = 5_000
MIGRATION_LOCK = 0x41534B50  # two processes that start together migrate one after the other


def _url() -> str:
    given = context.config.attributes.get("url")
    return str(given or get_settings().database_owner_url.get_secret_value())


def run_online() -> None:
    options = f"-c lock_timeout={LOCK_TIMEOUT_MS} -c statement_timeout={STATEMENT_TIMEOUT_MS}"
    engine = create_engine(
        _url(),
        poolclass=pool.NullPool,
        connect_args={"options": options, "application_name": "askproai-migrate"},
    )
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            include_name=lambda name, kind, _parents: is_ours(name, kind),
            compare_type=True,
        )
        with context.begin_transaction():
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
            context.run_migrations()
    engine.dispose()


if context.is_offline_mode():
    raise SystemExit("migrations need a connection: they are not written as one script")
run_online()
