"""What `docs/api.md` says of a code is what the table of errors does with it."""

import re
from pathlib import Path

from domain.errors import HANDLING

PAGE = Path(__file__).parents[2] / "docs" / "api.md"


def test_statuses_on_the_page_are_those_of_the_table() -> None:
    told = dict(re.findall(r"^\| `([a-z_]+)` \| (\d{3}) \|", PAGE.read_text("utf-8"), re.MULTILINE))
    facts = {code: int(status) for code, status in told.items() if code in HANDLING}
    assert facts["idempotency_mismatch"] == 422
    assert facts == {code: HANDLING[code].http_status for code in facts}
