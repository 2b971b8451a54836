"""Shapes of the tenant API. Instants are aware; lists are `{items, next_cursor}`."""

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, TypeVar
from urllib.parse import quote
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, Field

from contracts.calls import CallOutcome
from db.queries.appointments import AppointmentView
from db.queries.calls import CallListItem, CallRecord
from db.queries.timeline import StepRecord
from domain.ids import call_workflow_id
from settings import Settings

T = TypeVar("T")

# `reserved`: the slot is held here, Cal.com has not answered yet.
PublicStatus = Literal["reserved", "booked", "cancelled", "completed", "missed", "failed"]

Limit = Annotated[int, Query(ge=1, le=200, description="Items a page.")]
Cursor = Annotated[
    str | None, Query(max_length=500, description="`next_cursor` of the page before.")
]


class PageOut(BaseModel, Generic[T]):
    items: list[T]
    next_cursor: str | None = Field(description="Null on the last page.")


class Named(BaseModel):
    id: UUID
    name: str = Field(examples=["Mitte"])


class CustomerOut(BaseModel):
    name: str | None = Field(examples=["Jonas Feldmann"])
    phone: str | None = Field(examples=["+4917604069040"])
    email: str | None = Field(examples=["jonas.feldmann@example.org"])


class AppointmentOut(BaseModel):
    id: UUID
    call_id: str | None = Field(description="The call that made it; null for other doors.")
    status: PublicStatus
    start_at: datetime
    end_at: datetime
    zone: str = Field(examples=["Europe/Berlin"])
    service: Named
    staff: Named | None
    branch: Named
    customer: CustomerOut
    reason: str | None = Field(default=None, description="Why it failed or was cancelled.")

    @staticmethod
    def of(view: AppointmentView) -> "AppointmentOut":
        staff = None
        if view.staff_id is not None:
            staff = Named(id=view.staff_id, name=view.staff_name or "")
        return AppointmentOut(
            id=view.id,
            call_id=view.retell_call_id,
            status="reserved" if view.status == "held" else view.status,
            start_at=view.start_at,
            end_at=view.end_at,
            zone=view.zone,
            service=Named(id=view.service_id, name=view.service_name),
            staff=staff,
            branch=Named(id=view.branch_id, name=view.branch_name),
            customer=CustomerOut(
                name=view.customer_name, phone=view.customer_phone, email=view.customer_email
            ),
            reason=view.reason,
        )


class TimelineOut(BaseModel):
    at: datetime
    text: str = Field(examples=["Cal.com booked"])
    duration_ms: int | None = Field(
        default=None, description="Of the step, or since the workflow's line before."
    )


class CallItemOut(BaseModel):
    call_id: str
    state: Literal["running", "settled"]
    outcome: CallOutcome | None
    branch: Named | None
    needs_review: bool
    started_at: datetime
    ended_at: datetime | None
    duration_ms: int | None

    @staticmethod
    def of(call: CallListItem) -> "CallItemOut":
        return CallItemOut.model_validate(
            {
                **{name: getattr(call, name, None) for name in CallItemOut.model_fields},
                "call_id": call.retell_call_id,
                "branch": branch_of(call.branch_id, call.branch_name),
            }
        )


class CallOut(CallItemOut):
    review_reason: str | None
    intent: dict[str, Any] | None = Field(
        description="What was understood: `action` and what belongs to it.",
        examples=[{"action": "book"}],
    )
    reason: str | None = Field(description="Why it came out as it did, as a code.")
    missing: list[str] = Field(description="What the caller left open.")
    offers: list[datetime] = Field(description="Nearest free starts, where a wish was refused.")
    appointments: list[AppointmentOut]
    timeline: list[TimelineOut]
    workflow_id: str = Field(examples=["call:call_cc0e4b5466ab4c264ffd5e18699"])
    workflow_url: str = Field(description="The call's workflow in Temporal's Web UI.")

    @staticmethod
    def of_record(
        call: CallRecord,
        appointments: list[AppointmentView],
        steps: list[StepRecord],
        settings: Settings,
    ) -> "CallOut":
        workflow_id = call_workflow_id(call.retell_call_id)
        return CallOut.model_validate(
            {
                **{name: getattr(call, name, None) for name in CallOut.model_fields},
                "call_id": call.retell_call_id,
                "branch": branch_of(call.branch_id, call.branch_name),
                "intent": call.intent if isinstance(call.intent, dict) else None,
                "appointments": [AppointmentOut.of(view) for view in appointments],
                "timeline": _timeline(call, steps),
                "workflow_id": workflow_id,
                "workflow_url": workflow_url(settings, workflow_id),
            }
        )


def _timeline(call: CallRecord, steps: list[StepRecord]) -> list[TimelineOut]:
    """The workflow's own lines (stored when the call settles), and what its steps wrote down."""
    lines = [TimelineOut.model_validate(entry) for entry in call.timeline]
    lines += [TimelineOut(at=s.at, text=s.text, duration_ms=s.duration_ms) for s in steps]
    return sorted(lines, key=lambda line: line.at)


def branch_of(branch_id: UUID | None, name: str | None) -> Named | None:
    return Named(id=branch_id, name=name or "") if branch_id is not None else None


def workflow_url(settings: Settings, workflow_id: str) -> str:
    base = settings.temporal_ui_url.rstrip("/")
    namespace = quote(settings.temporal_namespace, safe="")
    return f"{base}/namespaces/{namespace}/workflows/{quote(workflow_id, safe='')}"
