"""The demo's companies as accounts of the phone sandbox (`docs/sandbox-phone.md`)."""

from typing import Any

from sandbox.calendars import derived_key
from sandbox.companies import DemoCompany, demo_companies

# Mobile numbers kept free for fiction; the demo's callers have others of the same hundred.
SENDERS = "+49176040690"
FIRST_SENDER = 81
SID_LENGTH = 34
Json = dict[str, Any]


class DemoSmsAccount:
    """Sids and keys follow from the stack's secret: loading again changes none of them."""

    def __init__(self, company: DemoCompany, secret: str) -> None:
        self._company = company
        self.account_sid = _sid("AC", company, secret)
        self.api_key_sid = _sid("SK", company, secret)
        self.api_key = derived_key(secret, f"twilio-key:{company.slug}", "")
        self.auth_token = derived_key(secret, f"twilio-token:{company.slug}", "")
        self.number = sender_of(company)

    def setup(self, inbound_url: str | None = None) -> Json:
        """Body of `POST /sandbox/accounts`. `inbound_url`: gets what customers write."""
        return {
            "account_sid": self.account_sid,
            "auth_token": self.auth_token,
            "name": self._company.name,
            "api_keys": {self.api_key_sid: self.api_key},
            "numbers": [self.number],
            "inbound_url": inbound_url,
            "advanced_opt_out": True,
        }

    def connection_settings(self, status_callback_url: str | None = None) -> Json:
        """Of the row in `connections`; its keys are columns of their own."""
        return {
            "account_sid": self.account_sid,
            "api_key_sid": self.api_key_sid,
            "from_number": self.number,
            "messaging_service_sid": None,
            "status_callback_url": status_callback_url,
        }


def sender_of(company: DemoCompany) -> str:
    """E.164; what its customers see, and answer to."""
    slugs = [each.slug for each in demo_companies()]
    return f"{SENDERS}{FIRST_SENDER + slugs.index(company.slug)}"


def _sid(prefix: str, company: DemoCompany, secret: str) -> str:
    return derived_key(secret, f"twilio-{prefix}:{company.slug}", prefix)[:SID_LENGTH]
