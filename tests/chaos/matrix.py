"""Fault × step: which cells are run, what is true after each, and why the others cannot be."""

from dataclasses import dataclass
from typing import Any, Literal, get_args

from sandbox.calcom.faults import FaultKind
from sandbox.caller.diary import Wish
from sandbox.companies import DemoCompany, demo_companies

Json = dict[str, Any]
Step = Literal["book", "find", "move", "cancel", "slots"]
STEPS: tuple[Step, ...] = get_args(Step)

OPERATIONS: dict[Step, str] = {
    "book": "create_booking",
    "find": "list_bookings",
    "move": "reschedule_booking",
    "cancel": "cancel_booking",
    "slots": "get_slots",
}
WRITES: frozenset[Step] = frozenset({"book", "move", "cancel"})
# Just more than the client's patience: 3 s while a caller waits, else 10 s.
PATIENCE_S: dict[Step, float] = {
    "slots": 3.5,
    "find": 10.5,
    "book": 10.5,
    "move": 10.5,
    "cancel": 11,
}

FAULTS: dict[str, Json] = {
    "delay": {"fault": "delay"},
    "drop": {"fault": "drop"},
    "500": {"fault": "status", "status": 500},
    "502": {"fault": "status", "status": 502},
    "503": {"fault": "status", "status": 503},
    "504": {"fault": "status", "status": 504},
    "429": {"fault": "status", "status": 429, "reset_s": 1},
    "commit_then_drop": {"fault": "commit_then_drop"},
    "commit_then_delay": {"fault": "commit_then_delay"},
    "commit_then_500": {"fault": "commit_then_status", "status": 500},
    "commit_then_502": {"fault": "commit_then_status", "status": 502},
    "truncate": {"fault": "truncate"},
    "malformed": {"fault": "malformed"},
    "not_found": {"fault": "not_found"},
    "slot_taken_after_offer": {"fault": "slot_taken_after_offer"},
    "old_booking": {"fault": "old_booking"},
    "overlapped": {"fault": "overlapped"},
    "stale": {"fault": "stale"},
    "lose": {"fault": "lose"},
    "duplicate": {"fault": "duplicate"},
    "reorder": {"fault": "reorder"},
}

# --- cells that cannot be ---------------------------------------------------------------------

_READS = ("find", "slots")
_NO_COMMIT = "a read commits nothing: the same as the fault without `commit_then_`"
_NO_WISH = "the step wishes for no slot"
_NEW_ONLY = "an answer to a new booking only"
_SLOTS_ONLY = "only free times can be stale"
_AFTERWARDS = (
    "the step is answered as ever; what follows is played in tests/scenarios/test_overlaps.py"
)
_WEBHOOKS = (
    "a fault of deliveries to us, not of our requests: tests/contract/test_calcom_webhooks.py"
)

IMPOSSIBLE: dict[tuple[str, Step], str] = {
    **{
        (fault, step): _NO_COMMIT
        for fault in FAULTS
        if fault.startswith("commit_then_")
        for step in STEPS
        if step not in WRITES
    },
    ("slot_taken_after_offer", "find"): _NO_WISH,
    ("slot_taken_after_offer", "cancel"): _NO_WISH,
    ("slot_taken_after_offer", "slots"): "who takes what was offered does so at `book`",
    **{("old_booking", step): _NEW_ONLY for step in STEPS if step != "book"},
    **{("overlapped", step): _AFTERWARDS for step in ("book", "move")},
    **{("overlapped", step): _NO_WISH for step in STEPS if step not in ("book", "move")},
    **{("stale", step): _SLOTS_ONLY for step in STEPS if step != "slots"},
    **{(fault, step): _WEBHOOKS for fault in ("lose", "duplicate", "reorder") for step in STEPS},
}
# A refusal is an honest end as well; everything else ends as was wished.
REFUSED: dict[tuple[str, Step], str] = {
    ("not_found", "book"): "configuration",
    ("slot_taken_after_offer", "book"): "slot_taken",
    ("not_found", "move"): "configuration",
    ("slot_taken_after_offer", "move"): "slot_taken",
}


@dataclass(frozen=True, kw_only=True)
class Cell:
    """`refused`: the reason, where the step is not carried out."""

    fault: str
    step: Step

    @property
    def refused(self) -> str | None:
        return REFUSED.get((self.fault, self.step))

    def order(self) -> Json:
        """For the sandbox, without whom it is for."""
        order = {"operation": OPERATIONS[self.step], **FAULTS[self.fault]}
        if self.fault.endswith("delay"):
            order["delay_s"] = PATIENCE_S[self.step]
        if (self.fault, self.step) == ("not_found", "find"):
            order["times"] = 2  # by the caller's address, and by the time alone
        return order


def cells_of(step: Step) -> list[Cell]:
    return [Cell(fault=fault, step=step) for fault in FAULTS if (fault, step) not in IMPOSSIBLE]


def kinds() -> frozenset[str]:
    return frozenset(get_args(FaultKind))


# --- whose calendars --------------------------------------------------------------------------


def seats() -> list[Wish]:
    """Every person at every branch, an event type each, so that a fault finds its own request.

    One company after the other: failures in a row would open the breaker of one.
    """
    rows = [list(_seats_of(company)) for company in demo_companies()]
    longest = max(len(row) for row in rows)
    return [row[place] for place in range(longest) for row in rows if place < len(row)]


def _seats_of(company: DemoCompany) -> list[Wish]:
    found = []
    for person in company.staff:
        for branch in person.hours:
            able = [
                service
                for service in company.services
                if service.ref in person.services and branch in service.branches
            ]
            service = min(able, key=lambda each: (len(each.resources), each.minutes))
            found.append(
                Wish(company=company.slug, branch=branch, service=service.ref, staff=person.ref)
            )
    return found
