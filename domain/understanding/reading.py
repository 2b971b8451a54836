"""What a model may answer, and what of it cannot be true whatever the caller said."""

import datetime as dt
import re
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from domain.errors import NonexistentTime
from domain.intent import Catalogue, Utterance
from domain.timespan import local_to_instant

LONGEST_NAME = 80
# Letters of any script with the marks that names have; figures, brackets and lines are no name.
_NAME = re.compile(r"[^\W\d_][^\d_\n\r<>{}\[\]|;:!?@#/\\]*")


class LlmReading(BaseModel):
    """One reading of a conversation, in our ids and the branch's wall time. None: not said.

    `confirmed_in_turn` counts utterances from 0 and names the caller's words that agreed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    action: Literal["book", "reschedule", "cancel", "info", "transfer", "none"]
    start_local: dt.datetime | None = None
    service_id: str | None = None
    staff_id: str | None = None
    branch_id: str | None = None
    customer_name: str | None = None
    confirmed_by_caller: bool = False
    confirmed_in_turn: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """What grammar and model both read: words, time and place of them, and what is offered."""

    turns: tuple[Utterance, ...]
    catalogue: Catalogue
    started_at: dt.datetime
    zone: str

    @property
    def started_local(self) -> dt.datetime:
        return self.started_at.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None)


def faults_of(reading: LlmReading, about: Conversation) -> tuple[str, ...]:
    """Codes of what is wrong; one is enough for the reading not to count at all."""
    return (
        *_unknown_things(reading, about.catalogue),
        *_start_faults(reading.start_local, about),
        *_confirmation_faults(reading, about),
        *_name_faults(reading.customer_name),
    )


def is_offered_at(catalogue: Catalogue, service_id: str, branch_id: str | None) -> bool:
    """A service without branches is offered everywhere."""
    service = next((item for item in catalogue.services if item.id == service_id), None)
    if service is None:
        return False
    return branch_id is None or not service.branch_ids or branch_id in service.branch_ids


def _unknown_things(reading: LlmReading, catalogue: Catalogue) -> list[str]:
    known = {
        "unknown_service": (reading.service_id, {item.id for item in catalogue.services}),
        "unknown_branch": (reading.branch_id, {branch.id for branch in catalogue.branches}),
        "unknown_staff": (reading.staff_id, {person.id for person in catalogue.staff}),
    }
    faults = [code for code, (said, ids) in known.items() if said is not None and said not in ids]
    if faults or reading.service_id is None:
        return faults
    fits = is_offered_at(catalogue, reading.service_id, reading.branch_id)
    return [] if fits else ["service_not_at_branch"]


def _start_faults(start: dt.datetime | None, about: Conversation) -> list[str]:
    if start is None:
        return []
    if start.tzinfo is not None or start.second or start.microsecond:
        return ["start_not_wall_time"]
    if start <= about.started_local:
        return ["start_in_the_past"]
    if isinstance(local_to_instant(start, ZoneInfo(about.zone)), NonexistentTime):
        return ["start_does_not_exist"]
    return []


def _confirmation_faults(reading: LlmReading, about: Conversation) -> list[str]:
    """A confirmation names the caller's words, and the agent had said something before."""
    turn = reading.confirmed_in_turn
    if not reading.confirmed_by_caller:
        return [] if turn is None else ["confirmation_contradicts_itself"]
    if turn is None or not 0 <= turn < len(about.turns) or about.turns[turn].role != "user":
        return ["confirmation_without_words"]
    asked = any(said.role == "agent" for said in about.turns[:turn])
    return [] if asked else ["confirmation_without_question"]


def _name_faults(name: str | None) -> list[str]:
    if name is None or (len(name) <= LONGEST_NAME and _NAME.fullmatch(name)):
        return []
    return ["no_name"]
