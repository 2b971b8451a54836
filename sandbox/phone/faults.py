"""Faults that tests order: what goes wrong, on which operation, for whom, how often."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Operation = Literal["send_sms", "list_sms", "get_sms", "update_live_call", "get_call"]
FaultKind = Literal["delay", "drop", "commit_then_drop", "status", "malformed"]


class FaultOrder(BaseModel):
    """Body of `POST /sandbox/faults`. `times: null` lasts until deleted."""

    model_config = ConfigDict(extra="forbid")

    operation: Operation
    fault: FaultKind
    times: int | None = Field(default=1, ge=1)
    delay_s: float = Field(default=0, ge=0, le=600, description="Before any fault.")
    status: int = Field(default=500, ge=400, le=599)
    code: int | None = Field(default=None, description="Twilio's; 20000 + status if not given.")
    to: str | None = Field(default=None, description="Only messages to this number.")
    call_id: str | None = Field(default=None, description="Only this call.")


class Fault(FaultOrder):
    id: int
    hits: int = 0


class FaultList:
    def __init__(self) -> None:
        self.orders: list[Fault] = []
        self._last_id = 0

    def add(self, order: FaultOrder) -> Fault:
        self._last_id += 1
        fault = Fault(id=self._last_id, **order.model_dump())
        self.orders.append(fault)
        return fault

    def clear(self) -> int:
        count = len(self.orders)
        self.orders = []
        return count

    def take(self, operation: str, *, to: str | None, call_id: str | None) -> Fault | None:
        """The first that fits, used once."""
        for fault in self.orders:
            if fault.operation != operation or fault.to not in (None, to):
                continue
            if fault.call_id not in (None, call_id):
                continue
            fault.hits += 1
            if fault.times is not None:
                fault.times -= 1
                if fault.times == 0:
                    self.orders.remove(fault)
            return fault
        return None
