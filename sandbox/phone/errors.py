"""Refusals in each vendor's own shape."""

from collections.abc import Mapping

from starlette.responses import JSONResponse

# Retell's sentences by status (contract, fixture errors.json).
RETELL_MESSAGES = {
    400: "Invalid request format, please check API reference.",
    401: "API key is missing or invalid.",
    402: "Trial has ended, please add payment method.",
    404: "The requested resource was not found.",
    422: "Cannot find requested asset under given api key.",
    429: "Account rate limited, please throttle your requests.",
}
RETELL_OTHERWISE = "An unexpected server error occurred."


class TwilioRefusalError(Exception):
    def __init__(self, code: int, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


class RetellRefusalError(Exception):
    def __init__(self, status: int, message: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def twilio_error(
    status: int, code: int, message: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    body = {
        "code": code,
        "message": message,
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return JSONResponse(body, status_code=status, headers=dict(headers or {}))


def retell_error(status: int, message: str | None = None) -> JSONResponse:
    text = message or RETELL_MESSAGES.get(status, RETELL_OTHERWISE)
    return JSONResponse({"status": "error", "message": text}, status_code=status)
