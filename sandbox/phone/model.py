"""What the stand-in keeps: accounts, messages, and what was said into live calls."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

# Of GSM 03.38; what is behind the bar costs two.
GSM = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_TWICE = "^{}\\[~]|€\f"
AccountSid = Annotated[str, Field(pattern=r"^AC[0-9a-f]{32}$")]
CallStatus = Literal["ongoing", "ended"]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Account(_Strict):
    """Body of `POST /sandbox/accounts`; the whole of it replaces what was there."""

    account_sid: AccountSid
    auth_token: str
    name: str = ""
    api_keys: dict[str, str] = Field(default_factory=dict, description="SK sid -> secret.")
    numbers: list[str] = Field(default_factory=list, description="Senders: E.164 or names.")
    messaging_services: list[str] = Field(default_factory=list, description="MG sids.")
    inbound_url: str | None = Field(default=None, description="Receives what customers write.")
    countries: list[str] = Field(default=["DE", "AT", "CH"], description="Where it may send.")
    trial: bool = False
    verified: list[str] = Field(default_factory=list, description="All that a trial may reach.")
    advanced_opt_out: bool = Field(default=False, description="German words, and OptOutType.")


class Message(_Strict):
    sid: str
    account_sid: str
    direction: Literal["outbound-api", "inbound"]
    sender: str
    to: str
    body: str
    status: str
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None = None
    error_code: int | None = None
    status_callback: str | None = None
    messaging_service_sid: str | None = None

    @property
    def segments(self) -> int:
        if all(character in GSM + GSM_TWICE for character in self.body):
            units = len(self.body) + sum(character in GSM_TWICE for character in self.body)
            return _split(units, 160, 153)
        return _split(len(self.body.encode("utf-16-be")) // 2, 70, 67)

    @property
    def phone(self) -> str:
        """Of the customer."""
        return self.sender if self.direction == "inbound" else self.to


class OptOut(_Strict):
    account_sid: str
    phone: str


class Call(_Strict):
    """`ended_status`: with which status an ended call is refused; Retell does not document it."""

    call_id: str
    status: CallStatus = "ongoing"
    ended_status: Literal[400, 404, 409, 422] = 422


class Injection(_Strict):
    """What was given to the agent of a live call, in the order of `number`."""

    number: int
    at: datetime
    call_id: str
    additional_context: str | None = None
    trigger_response: bool = False
    dynamic_variables: dict[str, str] = Field(default_factory=dict)


class Carrier(_Strict):
    """How the networks do: `paused` messages stay queued; `outcome` is where the others end."""

    paused: bool = False
    outcome: Literal["delivered", "undelivered", "failed"] = "delivered"
    error_code: int | None = Field(default=None, description="30003 where it is not delivered.")


def _split(units: int, alone: int, joined: int) -> int:
    return min(units, 1) if units <= alone else -(-units // joined)
