"""The stand-in's state, in memory and on disk, and the log that messages are written to."""

import asyncio
from collections import deque
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from sandbox.calcom.store import Store
from sandbox.phone.faults import FaultList
from sandbox.phone.model import Account, Call, Carrier, Injection, Message, OptOut

FILE_NAME = "phone-sandbox.sqlite3"
LOG_NAME = "sms.log"
KEPT = 2_000
M = TypeVar("M", bound=BaseModel)


class World:
    """With a folder, everything but faults and pauses is there again after a restart."""

    def __init__(self, data_dir: Path | None) -> None:
        self._store = Store(data_dir / FILE_NAME if data_dir else None)
        self._log = data_dir / LOG_NAME if data_dir else None
        self.accounts = {each.account_sid: each for each in self._read("account", Account)}
        messages = sorted(self._read("message", Message), key=lambda each: each.created_at)
        self.messages = {each.sid: each for each in messages}
        self.opt_outs = {(each.account_sid, each.phone) for each in self._read("opt_out", OptOut)}
        self.calls = {each.call_id: each for each in self._read("call", Call)}
        self.injections = sorted(self._read("injection", Injection), key=lambda each: each.number)
        self.faults = FaultList()
        self.carrier = Carrier()
        self.carrier_open = asyncio.Event()
        self.carrier_open.set()
        self.outbox: asyncio.Queue[str] = asyncio.Queue()
        self.requests: deque[dict[str, Any]] = deque(maxlen=KEPT)
        self.deliveries: deque[dict[str, Any]] = deque(maxlen=KEPT)

    def _read(self, kind: str, model: type[M]) -> list[M]:
        return [model.model_validate_json(body) for body in self._store.rows(kind)]

    def _keep(self, kind: str, key: str, row: BaseModel) -> None:
        self._store.put(kind, key, row.model_dump_json())

    def close(self) -> None:
        self._store.close()

    def reset(self) -> None:
        """Forgets everything but its log."""
        self._store.clear()
        for each in (self.accounts, self.messages, self.opt_outs, self.calls, self.injections):
            each.clear()
        for kept in (self.requests, self.deliveries):
            kept.clear()
        self.faults.clear()
        self.set_carrier(Carrier())

    def put_account(self, account: Account) -> None:
        self.accounts[account.account_sid] = account
        self._keep("account", account.account_sid, account)

    def account_of_number(self, number: str) -> Account | None:
        return next((each for each in self.accounts.values() if number in each.numbers), None)

    def put_message(self, message: Message, **changes: Any) -> Message:
        """Keeps it as it is now; a new one is also a line of the log."""
        now = datetime.now(UTC)
        kept = message.model_copy(update={**changes, "updated_at": now})
        if kept.sid not in self.messages:
            self._write(kept)
        self.messages[kept.sid] = kept
        self._keep("message", kept.sid, kept)
        return kept

    def set_opt_out(self, account_sid: str, phone: str, *, out: bool) -> None:
        row = OptOut(account_sid=account_sid, phone=phone)
        if out:
            self.opt_outs.add((account_sid, phone))
            self._keep("opt_out", f"{account_sid}{phone}", row)
        else:
            self.opt_outs.discard((account_sid, phone))
            self._store.drop("opt_out", f"{account_sid}{phone}")

    def call(self, call_id: str) -> Call:
        """One that nobody has told of is going on."""
        return self.calls.get(call_id) or Call(call_id=call_id)

    def put_call(self, call: Call) -> None:
        self.calls[call.call_id] = call
        self._keep("call", call.call_id, call)

    def inject(self, injection: Injection) -> None:
        self.injections.append(injection)
        self._keep("injection", str(injection.number), injection)

    def set_carrier(self, carrier: Carrier) -> None:
        self.carrier = carrier
        if carrier.paused:
            self.carrier_open.clear()
        else:
            self.carrier_open.set()

    def _write(self, message: Message) -> None:
        if self._log is None:
            return
        at = f"{message.created_at:%Y-%m-%dT%H:%M:%SZ}"
        text = message.body.replace("\n", "\n    ")
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"{at} {message.direction} {message.sender} -> {message.to}\n    {text}\n")
