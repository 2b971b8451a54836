"""What Twilio posts to us, out of the fields of a form whose signature was checked.

New fields appear without notice, and none is required here that we do not use.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from integrations.sms.optout import OptWord, opt_word

OptOutType = Literal["STOP", "START", "HELP"]
# A message that has got here changes no more; callbacks may still come in any order.
FINAL_STATUSES = frozenset({"delivered", "undelivered", "failed", "canceled", "read"})
FAILED_STATUSES = frozenset({"undelivered", "failed", "canceled"})


@dataclass(frozen=True, kw_only=True)
class InboundSms:
    """What a customer wrote. Numbers as Twilio tells them: E.164, or a short code.

    `opt_out_type` is there only with Advanced Opt-Out: then Twilio has acted already.
    """

    message_sid: str
    from_number: str = field(repr=False)
    to_number: str
    body: str = field(repr=False)
    opt_out_type: OptOutType | None = None
    messaging_service_sid: str | None = None

    @property
    def wish(self) -> OptWord | None:
        """Whether they want no more messages, want them again, or ask who we are."""
        return opt_word(self.body, self.opt_out_type)


@dataclass(frozen=True, kw_only=True)
class DeliveryReport:
    """How far a message of ours is. `error_code` is of the network, for what was not delivered."""

    message_sid: str
    status: str
    error_code: int | None = None

    @property
    def is_final(self) -> bool:
        return self.status in FINAL_STATUSES

    @property
    def is_failed(self) -> bool:
        return self.status in FAILED_STATUSES


def read_inbound(fields: Mapping[str, str]) -> InboundSms | None:
    """None where sid or either number is missing: then it is no inbound SMS."""
    sid, sender, receiver = (fields.get(name, "") for name in ("MessageSid", "From", "To"))
    if not (sid and sender and receiver):
        return None
    told = fields.get("OptOutType", "").upper()
    return InboundSms(
        message_sid=sid,
        from_number=sender,
        to_number=receiver,
        body=fields.get("Body", ""),
        opt_out_type=next((each for each in get_args(OptOutType) if each == told), None),
        messaging_service_sid=fields.get("MessagingServiceSid") or None,
    )


def read_report(fields: Mapping[str, str]) -> DeliveryReport | None:
    """None where sid or status is missing: then it is no status callback."""
    sid, status = fields.get("MessageSid", ""), fields.get("MessageStatus", "")
    if not (sid and status):
        return None
    code = fields.get("ErrorCode", "")
    return DeliveryReport(
        message_sid=sid,
        status=status.lower(),
        error_code=int(code) if code.isdecimal() and int(code) else None,
    )
