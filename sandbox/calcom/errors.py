"""The three shapes in which Cal.com reports errors, and its texts that occur more than once."""

from http import HTTPStatus
from typing import Any, NoReturn

from starlette.requests import Request
from starlette.responses import JSONResponse

from sandbox.calcom.model import iso_ms

TAKEN = "User either already has booking at this time or is not available"
TAKEN_TEAM = "One of the hosts either already has booking at this time or is not available"
OUTSIDE_WINDOW = (
    "The event type can't be booked at the \"start\" time provided. This could be because it's too"
    " soon (violating the minimum booking notice) or too far in the future (outside the event's"
    " scheduling window). Try fetching available slots first using the GET /v2/slots endpoint and"
    ' then make a booking with "start" time equal to one of the available slots:'
    " https://cal.com/docs/api-reference/v2/slots"
)
IN_THE_PAST = "Attempting to book a meeting in the past."
# Where the routes of 2024-04-15 are; nobody outside sees it.
LEGACY_PREFIX = "/legacy"
CODES = {
    400: "BadRequestException",
    401: "UnauthorizedException",
    403: "ForbiddenException",
    404: "NotFoundException",
    409: "ConflictException",
    422: "UnprocessableEntityException",
    429: "ThrottlerException",
}


class ApiError(Exception):
    """An answer that is not a success.

    `core` marks an error of the booking core: shape B when hosted, C when legacy.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        core: str | None = None,
        details: Any = None,
        bare: bool = False,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.core = core
        self.details = details
        self.bare = bare

    def body(self, *, path: str, timestamp: str, shape: str = "hosted2026") -> dict[str, Any]:
        if self.core is not None and shape == "legacy":
            return {"statusCode": self.status, "message": self.core}
        default = CODES.get(self.status, "HttpError")
        error: dict[str, Any] = {"code": self.code or default, "message": self.message}
        if self.details is not None:
            error["details"] = self.details
        elif not self.bare:
            error["details"] = {
                "message": self.message,
                "error": HTTPStatus(self.status).phrase,
                "statusCode": self.status,
            }
        envelope = {"status": "error", "timestamp": timestamp, "path": path, "error": error}
        if self.core is not None:
            return {"statusCode": self.status, "message": self.core, **envelope}
        return envelope


def wrong_property(name: str, constraint: str) -> NoReturn:
    """The answer of the strict pipe of bookings and slots."""
    raise ApiError(400, f"{name} property is wrong,{constraint} ")


def full_path(request: Request) -> str:
    """Path with the query as it was sent: Cal.com repeats it in errors."""
    query, path = request.url.query, request.url.path.removeprefix(LEGACY_PREFIX)
    return f"{path}?{query}" if query else path


async def answer_api_error(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, ApiError):
        raise error
    world = request.app.state.world
    user = getattr(request.state, "user", None)
    shape = world.tenants[user.tenant].error_shape if user else "hosted2026"
    body = error.body(path=full_path(request), timestamp=iso_ms(world.now()), shape=shape)
    return JSONResponse(body, status_code=error.status)
