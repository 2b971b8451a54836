"""Names that processes must agree on: task queues, search attributes, workflow types."""

from datetime import datetime
from enum import StrEnum

from temporalio.common import SearchAttributeKey


class TaskQueue(StrEnum):
    CALLS = "calls"  # workflows and their local steps
    INTEGRATIONS = "integrations"  # Cal.com: own limit, own retries
    NOTIFY = "notify"  # mail and SMS


CALL_WORKFLOW = "CallWorkflow"
APPOINTMENT_WORKFLOW = "AppointmentWorkflow"

# Search attributes are never encrypted: ids, codes and keyed hashes only.
COMPANY_ID: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("CompanyId")
BRANCH_ID: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("BranchId")
CALL_OUTCOME: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("CallOutcome")
PHONE_HASH: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("PhoneHash")
APPOINTMENT_STATUS: SearchAttributeKey[str] = SearchAttributeKey.for_keyword("AppointmentStatus")
APPOINTMENT_START: SearchAttributeKey[datetime] = SearchAttributeKey.for_datetime(
    "AppointmentStart"
)
