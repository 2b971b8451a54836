"""SMS: sending by Twilio, its webhooks, and what a customer's one-word answer means."""

from integrations.sms.client import REFERENCE, SmsAccount, SmsClient
from integrations.sms.errors import SmsLookupRejected, SmsUnavailable
from integrations.sms.optout import OptWord, opt_word
from integrations.sms.outcomes import (
    Delivery,
    ReasonClass,
    Rejected,
    SendOutcome,
    Sent,
    Unclear,
)
from integrations.sms.schemas import DeliveryReport, InboundSms, read_inbound, read_report
from integrations.sms.segments import Segments, count_segments, plain_text

__all__ = [
    "REFERENCE",
    "Delivery",
    "DeliveryReport",
    "InboundSms",
    "OptWord",
    "ReasonClass",
    "Rejected",
    "Segments",
    "SendOutcome",
    "Sent",
    "SmsAccount",
    "SmsClient",
    "SmsLookupRejected",
    "SmsUnavailable",
    "Unclear",
    "count_segments",
    "opt_word",
    "plain_text",
    "read_inbound",
    "read_report",
]
