"""What can become of a word into a live call. Nothing here is repeated by itself."""

from dataclasses import dataclass
from typing import Literal

RejectedFor = Literal["unreachable", "credentials", "limited", "other"]


@dataclass(frozen=True, kw_only=True)
class Told:
    """The agent has it; whether the caller heard it is in the transcript, role `injected`."""

    kind: Literal["told"] = "told"


@dataclass(frozen=True, kw_only=True)
class CallOver:
    """Nobody is on the line any more, or never was under this key: tell it another way."""

    status: int
    kind: Literal["call_over"] = "call_over"


@dataclass(frozen=True, kw_only=True)
class Unclear:
    """It left us, and nobody knows whether the agent has it. A repeat may make it say it twice."""

    message: str
    status: int | None = None
    kind: Literal["unclear"] = "unclear"


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """Certainly not told. `unreachable`: nothing left us, and `status` is None."""

    reason: RejectedFor
    message: str
    status: int | None = None
    kind: Literal["rejected"] = "rejected"


TellOutcome = Told | CallOver | Unclear | Rejected
