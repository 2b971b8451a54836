"""The rows of the matrix: what goes wrong while a scenario is played, and where that fits."""

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.conversations.model import CalcomFault, Scenario, Step

BOOKING = frozenset({"book_appointment", "collect_appointment_data"})
WRITING = BOOKING | {"reschedule_appointment", "cancel_appointment"}
DONE = frozenset({"appointment", "moved", "cancelled"})
# Slower than the two seconds that a function has.
LATE_S = 4.0
TWICE_WITHIN_S = 0.1


@dataclass(frozen=True, kw_only=True)
class Fault:
    """`calcom`: ordered for the scenario's company before the talk. `twice`: each function again
    after so many seconds. `second_line`: the caller phones from another line at the moment of
    booking. `may_refuse`: Cal.com said no, so that no appointment, told as such, is right.
    """

    name: str
    title: str
    fits: Callable[[Scenario], bool]
    calcom: tuple[CalcomFault, ...] = ()
    twice: float | None = None
    second_line: bool = False
    may_refuse: bool = False

    @property
    def alone(self) -> bool:
        """What hits all requests of a company hits whoever else phones there."""
        return bool(self.calcom)


def _calls(scenario: Scenario) -> set[str]:
    return {step.call for step in scenario.steps() if step.call}


def _all(scenario: Scenario) -> bool:
    return bool(_calls(scenario))


def _books(scenario: Scenario) -> bool:
    """One caller books in the call, and has the appointment at the end."""
    return (
        scenario.callers == 1
        and "appointment" in scenario.expect.end
        and any(map(is_booking, scenario.talk))
    )


def _writes(scenario: Scenario) -> bool:
    """Something is to stand or go at the end, and nothing is wrong at Cal.com by the scenario."""
    if any(step.calcom for step in scenario.steps()) or any(g.calcom for g in scenario.given):
        return False
    return bool(DONE & set(scenario.expect.end)) and bool(_calls(scenario) & WRITING)


def is_booking(step: Step) -> bool:
    """The step after which something stands."""
    if step.call == "collect_appointment_data":
        return str(step.args.get("bestaetigung", "")).lower() == "true"
    return step.call == "book_appointment"


def _at_cal(name: str, title: str, *orders: CalcomFault, may_refuse: bool = False) -> Fault:
    return Fault(name=name, title=title, fits=_writes, calcom=orders, may_refuse=may_refuse)


_WRITES = ("create_booking", "reschedule_booking", "cancel_booking")


def _each(**order: object) -> tuple[CalcomFault, ...]:
    """The same of every operation that changes something there."""
    return tuple(CalcomFault.model_validate({"operation": each, **order}) for each in _WRITES)


NONE = Fault(name="none", title="nothing goes wrong", fits=lambda _: True)
FAULTS: tuple[Fault, ...] = (
    NONE,
    Fault(
        name="twice",
        title="each function twice within 200 ms",
        fits=_all,
        twice=TWICE_WITHIN_S,
    ),
    Fault(
        name="second_line",
        title="the caller's second line at the moment of booking",
        fits=_books,
        second_line=True,
    ),
    Fault(
        name="slot_taken",
        title="the slot is taken at Cal.com after it was offered",
        fits=_writes,
        calcom=(
            CalcomFault(operation="create_booking", fault="slot_taken_after_offer"),
            CalcomFault(operation="reschedule_booking", fault="slot_taken_after_offer"),
        ),
        may_refuse=True,
    ),
    _at_cal("lost", "Cal.com's answer is lost", *_each(fault="commit_then_drop")),
    _at_cal(
        "late",
        f"Cal.com's answer comes after {LATE_S:.0f} s",
        *_each(fault="commit_then_delay", delay_s=LATE_S),
    ),
    _at_cal("malformed", "half of Cal.com's answer", *_each(fault="malformed")),
    _at_cal("error_500", "Cal.com answers 500, twice", *_each(fault="status", status=500, times=2)),
    _at_cal("error_404", "Cal.com answers 404", *_each(fault="not_found"), may_refuse=True),
)


def fault(name: str) -> Fault:
    """Raises KeyError."""
    return {each.name: each for each in FAULTS}[name]


def fitting(scenario: Scenario) -> list[Fault]:
    return [each for each in FAULTS if each.name not in scenario.not_with and each.fits(scenario)]
