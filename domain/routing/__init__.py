"""Which branch a call is for, and what is done with it after it has ended."""

from domain.routing.branch import BranchFound, BranchMissing, which_branch
from domain.routing.decide import (
    AskBack,
    BookNow,
    CallFacts,
    CancelNow,
    Decision,
    MoveNow,
    NothingToDo,
    decide,
)

__all__ = [
    "AskBack",
    "BookNow",
    "BranchFound",
    "BranchMissing",
    "CallFacts",
    "CancelNow",
    "Decision",
    "MoveNow",
    "NothingToDo",
    "decide",
    "which_branch",
]
