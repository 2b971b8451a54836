"""What can become of an SMS that is handed over. `Unclear` is a result: look before repeating."""

from dataclasses import dataclass
from typing import Literal

ReasonClass = Literal[
    "invalid_number",
    "not_mobile",
    "trial",
    "opted_out",
    "country",
    "rate",
    "configuration",
    "too_long",
    "other",
]


@dataclass(frozen=True, kw_only=True)
class Sent:
    """Twilio has it: `sid` is its name there, `status` usually `queued` or `accepted`."""

    sid: str
    status: str
    kind: Literal["sent"] = "sent"


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """Certainly not sent. `code` is Twilio's own; None where none was told or we refused it.

    `message` is Twilio's sentence with phone numbers masked. `retry_after_s` (seconds) is there
    where Twilio told it.
    """

    code: int | None
    reason_class: ReasonClass
    message: str
    status: int | None = None
    retry_after_s: float | None = None
    kind: Literal["rejected"] = "rejected"

    @property
    def is_retryable(self) -> bool:
        """The same text to the same number may be taken later, with nothing changed."""
        return self.reason_class == "rate"


@dataclass(frozen=True, kw_only=True)
class Unclear:
    """It left us, and what came back (if anything) does not say whether it was taken."""

    message: str
    status: int | None = None
    kind: Literal["unclear"] = "unclear"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A message as Twilio has it now. `error_code` says why it was not delivered."""

    sid: str
    status: str
    error_code: int | None = None


SendOutcome = Sent | Rejected | Unclear
