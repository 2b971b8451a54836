"""Errors as RFC 9457 problem details with a stable `code`, whatever went wrong."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from db.queries.paging import BadCursorError
from domain.errors import AmbiguousWish, DomainError, handling_of

PROBLEM_JSON = "application/problem+json"
RETRY_AFTER_S = 5
_log = structlog.get_logger(__name__)

# Codes of what is no fact of the domain; those stand in `domain/errors.py`, with their statuses.
UNAUTHENTICATED = "unauthenticated"
SIGNATURE_REFUSED = "signature_refused"
INVALID_REQUEST = "invalid_request"
NOT_FOUND = "not_found"
BODY_TOO_LARGE = "body_too_large"
UNAVAILABLE = "temporarily_unavailable"
INTERNAL = "internal_error"
_CODES_BY_STATUS = {
    401: UNAUTHENTICATED,
    404: NOT_FOUND,
    405: "method_not_allowed",
    413: BODY_TOO_LARGE,
    422: INVALID_REQUEST,
    503: UNAVAILABLE,
}


class FieldProblem(BaseModel):
    field: str = Field(examples=["customer.email"])
    problem: str = Field(examples=["Field required"])


class Problem(BaseModel):
    """RFC 9457. Programs branch on `code`, which never changes; `detail` is for people."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(default="about:blank", examples=["about:blank"])
    title: str = Field(examples=["Conflict"])
    status: int = Field(examples=[409])
    code: str = Field(examples=["slot_taken"])
    detail: str | None = Field(default=None, examples=["Somebody else has that slot."])
    errors: list[FieldProblem] | None = None


class ProblemError(Exception):
    """Raised anywhere below a route; `extra` are further members of the answer."""

    def __init__(self, status: int, code: str, detail: str | None = None, **extra: Any) -> None:
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code
        self.detail = detail
        self.extra = extra


def problem_response(
    status: int, code: str, detail: str | None = None, **extra: Any
) -> JSONResponse:
    problem = Problem(
        title=HTTPStatus(status).phrase, status=status, code=code, detail=detail, **extra
    )
    headers = {}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    return JSONResponse(
        problem.model_dump(mode="json", exclude_none=True),
        status_code=status,
        media_type=PROBLEM_JSON,
        headers=headers,
    )


def problem_of(
    fact: DomainError, *, field: str | None = None, detail: str | None = None
) -> ProblemError:
    """A fact of the domain with what helps the sender to do better."""
    extra: dict[str, Any] = {}
    if field is not None:
        extra["errors"] = [FieldProblem(field=field, problem=fact.code)]
    return ProblemError(handling_of(fact).http_status, fact.code, detail, **extra)


def field_problems(errors: Sequence[Any]) -> list[FieldProblem]:
    """Pydantic's errors by field. Never their input: it may be personal and of any size."""
    return [
        FieldProblem(field=".".join(str(part) for part in error["loc"]), problem=error["msg"])
        for error in errors
    ]


def install_error_handlers(app: FastAPI) -> None:
    @app.exception_handler(ProblemError)
    async def told(_: Request, error: ProblemError) -> JSONResponse:
        return problem_response(error.status, error.code, error.detail, **error.extra)

    @app.exception_handler(DomainError)
    async def fact(_: Request, error: DomainError) -> JSONResponse:
        return problem_response(handling_of(error).http_status, error.code)

    @app.exception_handler(AmbiguousWish)
    async def ambiguous(_: Request, error: AmbiguousWish) -> JSONResponse:
        told = problem_of(error, field=error.field, detail="Fits: " + ", ".join(error.options))
        return problem_response(told.status, told.code, told.detail, **told.extra)

    @app.exception_handler(BadCursorError)
    async def bad_cursor(_: Request, __: BadCursorError) -> JSONResponse:
        problem = FieldProblem(field="cursor", problem="not a next_cursor of ours")
        return problem_response(422, INVALID_REQUEST, errors=[problem])

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        found = field_problems(error.errors())
        # "body" and "query" say where FastAPI looked, not which field is meant.
        named = [p.model_copy(update={"field": p.field.removeprefix("body.")}) for p in found]
        return problem_response(422, INVALID_REQUEST, errors=named)

    @app.exception_handler(HTTPException)
    async def of_framework(_: Request, error: HTTPException) -> JSONResponse:
        code = _CODES_BY_STATUS.get(error.status_code, f"http_{error.status_code}")
        answer = problem_response(error.status_code, code)
        answer.headers.update(error.headers or {})
        return answer

    @app.exception_handler(OperationalError)
    @app.exception_handler(PoolTimeoutError)
    async def database_away(_: Request, error: DBAPIError) -> JSONResponse:
        _log.warning("database unavailable", error=type(error).__name__)
        return problem_response(503, UNAVAILABLE, "The database does not answer.")

    @app.exception_handler(Exception)
    async def unforeseen(_: Request, __: Exception) -> JSONResponse:
        return problem_response(500, INTERNAL)
