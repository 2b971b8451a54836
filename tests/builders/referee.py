"""The document that the referee goes by: it lies beside the project where that is developed.

Without it the referee has nothing to say, and the tests pass all the same.
"""

from functools import cache
from pathlib import Path

from sandbox.calcom.referee import Rules

SHARED = Path(__file__).parents[2].parent / "shared" / "contracts" / "calcom"
OPENAPI = SHARED / "openapi-v2.json"


@cache
def rules() -> Rules | None:
    return Rules.read(OPENAPI) if OPENAPI.exists() else None
