"""Several people, each with a phone of their own, may give one mail address."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_UP = """
DROP INDEX customers_one_per_email;
CREATE INDEX customers_email_idx ON customers (company_id, email_hash)
    WHERE email_hash IS NOT NULL;
CREATE UNIQUE INDEX customers_one_per_bare_email ON customers (company_id, email_hash)
    WHERE email_hash IS NOT NULL AND phone_hash IS NULL;
"""

# The first keeps the address: whoever has one twice could not be told apart before.
_DOWN = """
DROP INDEX customers_one_per_bare_email;
DROP INDEX customers_email_idx;
UPDATE customers SET email = NULL, email_hash = NULL WHERE EXISTS (
    SELECT FROM customers AS other
    WHERE other.company_id = customers.company_id AND other.email_hash = customers.email_hash
      AND (other.created_at, other.id) < (customers.created_at, customers.id));
CREATE UNIQUE INDEX customers_one_per_email ON customers (company_id, email_hash)
    WHERE email_hash IS NOT NULL;
"""


def _run(script: str) -> None:
    connection = op.get_bind().execution_options(no_parameters=True)
    connection.exec_driver_sql(script)


def upgrade() -> None:
    _run(_UP)


def downgrade() -> None:
    _run(_DOWN)
