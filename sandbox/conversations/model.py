"""What a scenario file holds (`docs/scenarios.md` explains each key with an example)."""

from collections.abc import Iterator
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, model_validator

from contracts.functions import AnswerStatus, FunctionName
from sandbox.calcom.faults import FaultKind, Operation
from sandbox.caller.spoken import Language

ANONYMOUS = "anonymous"
HOTLINE = "hotline"
UNKNOWN = "unknown"
STEPS_MAX = 60
CALLERS_MAX = 50

Event = Literal["call_started", "call_ended", "call_analyzed"]
Verb = Literal[
    "caller", "agent", "call", "wait", "hang_up", "event", "at_once", "text", "calcom", "taken"
]
VERBS: tuple[Verb, ...] = get_args(Verb)


def _listed(value: object) -> object:
    """One of something may be written without its list."""
    return [value] if isinstance(value, str | int | dict) else value


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Statuses = Annotated[tuple[AnswerStatus, ...], BeforeValidator(_listed)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class WishSpec(_Entry):
    """A start that is looked for: bookable by hours, free of what is known, of nobody else's.

    `hours`: first and last hour of the start. `every`: the places that words can say. `length`: so
    many minutes are to be free, where that is more than the service. `apart`: so many minutes
    before and after nobody else is given, because what is offered instead may be taken.
    `together`: all of them work then. `edge`: the last start on the grid that no longer fits before
    closing time, or one in the night when the clocks change. `same_as`: that wish's start, `plus`
    minutes. `soon`: in so many minutes from now, whatever the hours.
    """

    service: str | None = None
    staff: str | None = None
    branch: str | None = None
    hours: tuple[int, int] = (7, 20)
    every: Annotated[tuple[int, ...], BeforeValidator(_listed)] = (0, 30)
    weekdays: Annotated[tuple[Weekday, ...], BeforeValidator(_listed)] = ()
    days_ahead: int = Field(default=0, ge=0, le=170)
    within_days: int | None = Field(default=None, ge=1)
    length: int | None = Field(default=None, ge=1)
    apart: int = Field(default=0, ge=0)
    together: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    edge: Literal["closing", "clocks_forward", "across_clock_change"] | None = None
    same_as: str | None = None
    plus: int = 0
    soon: int | None = Field(default=None, ge=0)


class CalcomFault(_Entry):
    """As the Cal.com sandbox takes it, of this company only. `staff`: of that person's events."""

    operation: Operation = "*"
    fault: FaultKind
    times: int | None = Field(default=1, ge=1)
    delay_s: float = Field(default=0, ge=0, le=60)
    status: int = Field(default=500, ge=400, le=599)
    staff: str | None = None


class Step(_Entry):
    """One thing that happens; exactly one of the verbs. What may stand beside `call` is its own."""

    caller: str | None = None
    agent: str | None = None
    call: FunctionName | None = None
    wait: float | None = Field(default=None, ge=0, le=120, description="Seconds.")
    hang_up: bool = False
    event: Event | None = None
    at_once: tuple["Step", ...] = ()
    text: str | None = Field(default=None, description="An SMS of the caller's to the company.")
    calcom: CalcomFault | Literal["well"] | None = Field(
        default=None, description="What Cal.com does from here on; `well` ends all of it."
    )
    taken: str | None = Field(default=None, description="A wish that somebody else books now.")
    args: dict[str, JsonValue] = Field(default_factory=dict)
    expect: Statuses = ()
    fields: dict[str, JsonValue] = Field(default_factory=dict)
    says: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    on: dict[AnswerStatus | Literal["refused"], tuple["Step", ...]] = Field(
        default_factory=dict,
        description="How it goes on by status; `refused`: whatever says `available: false`.",
    )
    note: dict[str, str] = Field(default_factory=dict)
    twice: float | None = Field(default=None, ge=0, le=5, description="Again after so many s.")
    together: bool = Field(default=False, description="All callers of the scenario at once.")
    call_id: str | None = Field(default=None, description="In the arguments, to be ignored.")

    @property
    def verb(self) -> Verb:
        return next(verb for verb in VERBS if _given(self, verb))

    @model_validator(mode="after")
    def _one_verb(self) -> "Step":
        given = [verb for verb in VERBS if _given(self, verb)]
        if len(given) != 1:
            raise ValueError(f"a step is exactly one of {', '.join(VERBS)}")
        beside = self.model_fields_set - {given[0]}
        if beside and given[0] != "call":
            raise ValueError(f"{', '.join(sorted(beside))} can stand beside `call` only")
        if any(step.verb != "call" for step in self.at_once):
            raise ValueError("at_once takes steps with `call`")
        return self


class EarlierCall(_Entry):
    """A whole call before this one, of the same caller unless another number is given."""

    caller: str | None = None
    talk: tuple[Step, ...] = Field(min_length=1, max_length=STEPS_MAX)


class Rules(_Entry):
    hold_minutes: int | None = Field(default=None, ge=1)
    cancel_limit_hours: int | None = Field(default=None, ge=0)


class Given(_Entry):
    """One thing that is so before the phone rings."""

    appointment: str | None = Field(default=None, description="A wish that the caller has booked.")
    taken: str | None = Field(default=None, description="A wish that somebody else has booked.")
    calcom: CalcomFault | None = None
    rules: Rules | None = Field(default=None, description="Of the company, until the end.")
    sms_stopped: bool = False
    own_workspace: bool = Field(
        default=False, description="The company has a signing key of its own since a moment ago."
    )
    call: EarlierCall | None = None

    @model_validator(mode="after")
    def _one_thing(self) -> "Given":
        if len(self.model_fields_set) != 1:
            raise ValueError("one thing in each entry of `given`")
        return self


class Delivery(_Entry):
    """How Retell reports the call: each event in the order given, also twice or not at all."""

    order: tuple[Event, ...] = ("call_started", "call_ended", "call_analyzed")
    inbound: bool = True
    connected: bool = True
    outbound: bool = False
    metadata: dict[str, JsonValue] | None = Field(default=None, description="In place of ours.")


class Said(_Entry):
    """When the call took place, where that matters. `weekday`: that one in the week `weeks` weeks
    before the wish (0: of the wish's own ISO week, before it).
    """

    weekday: Weekday
    weeks: int = Field(default=0, ge=0, le=4)
    hour: int = Field(default=11, ge=0, le=23)


End = Literal["appointment", "none", "moved", "cancelled", "callback", "transfer"]


class Expect(_Entry):
    """What has to be true when all is over.

    `end`: several, where each is right. `at`: names of wishes, or of notes taken in the talk; one
    appointment each. `won`: of all callers so many get one. `sms`: whether any reached the caller.
    """

    end: Annotated[tuple[End, ...], BeforeValidator(_listed)]
    at: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    service: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    staff: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    branch: str | None = None
    phone: Literal["own"] | None = Field(default=None, description="The caller's, kept as theirs.")
    outcome: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    review: bool = False
    won: int | None = Field(default=None, ge=0)
    sms: bool | None = None


class Scenario(_Entry):
    """`covers`: numbers of the contract's failure scenarios. `faults`: rows of the matrix that fit;
    the ones that follow from its steps where it names none. `lies`: the agent says what no function
    said, so its own words are judged as well.
    """

    title: str
    covers: Annotated[tuple[int, ...], BeforeValidator(_listed)] = ()
    company: str
    branch: str
    caller: str
    name: str
    email: str | None = None
    language: Language = "de"
    callers: int = Field(default=1, ge=1, le=CALLERS_MAX)
    wishes: dict[str, WishSpec] = Field(default_factory=dict)
    said: Said | None = None
    given: tuple[Given, ...] = ()
    talk: tuple[Step, ...] = Field(default=(), max_length=STEPS_MAX)
    afterwards: tuple[Step, ...] = Field(default=(), description="When the phone is down.")
    analysis: dict[str, JsonValue] | None = None
    delivery: Delivery = Delivery()
    disconnection_reason: str = "user_hangup"
    expect: Expect
    not_with: tuple[str, ...] = Field(default=(), description="Faults that do not fit.")
    lies: bool = False

    def steps(self) -> Iterator[Step]:
        """All steps, those of branches and of earlier calls too."""
        yield from _all(self.talk)
        yield from _all(self.afterwards)
        for given in self.given:
            if given.call is not None:
                yield from _all(given.call.talk)


def _given(step: Step, verb: Verb) -> bool:
    """An empty sentence is silence, and said; False and nothing are not there."""
    value = getattr(step, verb)
    return value is not None and value is not False and value != ()


def _all(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        yield from _all(step.at_once)
        for branch in step.on.values():
            yield from _all(branch)
