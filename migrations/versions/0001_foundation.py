"""The first schema: all tables, row-level security, the functions before a tenant is known."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SQL = Path(__file__).parent / "0001_foundation"


def _run(name: str) -> None:
    # As written: no bind parameters, so that a `%` in SQL stays one.
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql((_SQL / f"{name}.sql").read_text(encoding="utf-8"))


def upgrade() -> None:
    for name in (
        "role",
        "tables_catalogue",
        "tables_bookings",
        "functions",
        "row_security",
        "rows",
    ):
        _run(name)


def downgrade() -> None:
    _run("down")
