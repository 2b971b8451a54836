"""All tables, so that importing this package fills the metadata."""

from db.models.access import ApiKey, AuditEntry, IdempotencyKey
from db.models.appointment import Appointment, AppointmentSlot, Reservation
from db.models.base import Base
from db.models.block import CalendarBlock, CalendarHost
from db.models.booking import CalendarBooking
from db.models.call import Call, CallKey
from db.models.company import (
    Agent,
    Branch,
    CatalogueVersion,
    Company,
    OpeningHours,
    PhoneNumber,
    Resource,
    SpecialDay,
)
from db.models.connection import ApiCallLog, Connection, EventType
from db.models.customer import BlockedNumber, Customer, OptOut, VerificationCode
from db.models.message import Callback, Notification
from db.models.model_usage import ModelUsage
from db.models.staff import (
    Absence,
    Service,
    ServiceBranch,
    StaffBranch,
    StaffMember,
    StaffService,
    StaffSpecialDay,
    WorkingHours,
)
from db.models.sync import CalendarDrift, MappingProposal, SyncState
from db.models.webhook import WebhookEvent

__all__ = [
    "Absence",
    "Agent",
    "ApiCallLog",
    "ApiKey",
    "Appointment",
    "AppointmentSlot",
    "AuditEntry",
    "Base",
    "BlockedNumber",
    "Branch",
    "CalendarBlock",
    "CalendarBooking",
    "CalendarDrift",
    "CalendarHost",
    "Call",
    "CallKey",
    "Callback",
    "CatalogueVersion",
    "Company",
    "Connection",
    "Customer",
    "EventType",
    "IdempotencyKey",
    "MappingProposal",
    "ModelUsage",
    "Notification",
    "OpeningHours",
    "OptOut",
    "PhoneNumber",
    "Reservation",
    "Resource",
    "Service",
    "ServiceBranch",
    "SpecialDay",
    "StaffBranch",
    "StaffMember",
    "StaffService",
    "StaffSpecialDay",
    "SyncState",
    "VerificationCode",
    "WebhookEvent",
    "WorkingHours",
]
