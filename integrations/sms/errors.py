"""Twilio's refusals by what can be done about them; a code that we do not know is kept.

Codes after the contract sheet, section 9; those of `configuration` and 21611, 21617 after Twilio's
list of errors. Asking failed: an exception. Sending failed: an outcome.
"""

from email.utils import parsedate_to_datetime
from http import HTTPStatus
from time import time

import httpx
from pydantic import BaseModel, ConfigDict, ValidationError

from integrations.sms.outcomes import ReasonClass, Rejected
from integrations.sms.redaction import told

REASONS: dict[int, ReasonClass] = {
    21211: "invalid_number",
    21614: "not_mobile",
    21635: "not_mobile",
    21608: "trial",
    21610: "opted_out",
    21408: "country",
    20429: "rate",
    21611: "rate",  # too many are queued at our own number
    20003: "configuration",  # wrong key
    20404: "configuration",  # no such account
    21212: "configuration",  # these four: our sender
    21603: "configuration",
    21606: "configuration",
    21659: "configuration",
    21617: "too_long",
}
BY_STATUS: dict[int, ReasonClass] = {
    HTTPStatus.TOO_MANY_REQUESTS: "rate",
    HTTPStatus.UNAUTHORIZED: "configuration",
    HTTPStatus.FORBIDDEN: "configuration",
    HTTPStatus.NOT_FOUND: "configuration",
}


class SmsUnavailable(Exception):  # noqa: N818 a fact, not a fault of ours
    """Certainly nothing was sent, or a question was not answered. Safe to repeat."""

    def __init__(
        self, text: str, *, status: int | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(text)
        self.status = status
        self.retry_after_s = retry_after_s


class SmsLookupRejected(Exception):  # noqa: N818 as above
    """A question that will be refused again: a wrong key, an account that is not there."""

    def __init__(self, rejected: Rejected) -> None:
        super().__init__(f"{rejected.status} {rejected.message}")
        self.rejected = rejected


class _Problem(BaseModel):
    model_config = ConfigDict(extra="ignore")

    code: int | None = None
    message: str = ""


def rejected(response: httpx.Response) -> Rejected:
    """What an answer of 4xx says."""
    try:
        problem = _Problem.model_validate_json(response.content)
    except ValidationError:
        problem = _Problem(message="no readable answer")
    by_status = BY_STATUS.get(response.status_code, "other")
    return Rejected(
        code=problem.code,
        reason_class=by_status if problem.code is None else REASONS.get(problem.code, by_status),
        message=told(problem.message),
        status=response.status_code,
        retry_after_s=retry_after_s(response.headers),
    )


def retry_after_s(headers: httpx.Headers) -> float | None:
    """Seconds to wait, from a header that tells seconds or a date; None where it tells nothing."""
    value = headers.get("retry-after", "")
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time())
    except ValueError:
        return None
