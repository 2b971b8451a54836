"""Faults that a test orders; each is used up by the mails that meet it."""

from collections.abc import Collection
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

FaultName = Literal["refuse", "temporary", "delay_recipient", "drop_after_data", "delay"]


class MailFault(BaseModel):
    """`refuse`: 550 to RCPT. `temporary`: 451 to RCPT. `delay_recipient`: the answer to RCPT comes
    `delay_s` late, so that nothing is kept before. `drop_after_data`: the mail is kept and the
    connection cut before the answer. `delay`: it is kept and the answer comes `delay_s` late.
    """

    model_config = ConfigDict(extra="forbid")

    fault: FaultName
    times: int = Field(default=1, ge=1, le=10_000)
    delay_s: float = Field(default=1.0, gt=0, le=600)


class MailFaults:
    """What is still to go wrong, in the order it was asked for."""

    def __init__(self) -> None:
        self._pending: list[MailFault] = []

    @property
    def pending(self) -> list[MailFault]:
        return [fault.model_copy() for fault in self._pending]

    def add(self, fault: MailFault) -> None:
        self._pending.append(fault.model_copy())

    def clear(self) -> None:
        self._pending.clear()

    def take(self, names: Collection[FaultName]) -> MailFault | None:
        """The first pending fault of these names, used once."""
        for fault in self._pending:
            if fault.fault in names:
                fault.times -= 1
                if fault.times == 0:
                    self._pending.remove(fault)
                return fault
        return None
