"""Which branch a call is for."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchFound:
    branch_id: UUID
    by: Literal["spoken", "dialled", "only_one"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchMissing:
    """To be asked for; `candidates` are the branches that still fit, in the company's order."""

    candidates: tuple[UUID, ...]


def which_branch(
    *, of_company: Sequence[UUID], spoken: Sequence[UUID] = (), dialled: UUID | None = None
) -> BranchFound | BranchMissing:
    """The spoken one beats the dialled one; a hotline (`dialled` None) must be told.

    `spoken`: every branch that the caller's words fit. Of several that fit, the dialled one is
    meant if it is among them. Branches of other companies are not seen.
    """
    fitting = tuple(branch_id for branch_id in of_company if branch_id in spoken)
    if len(fitting) == 1:
        return BranchFound(branch_id=fitting[0], by="spoken")
    if dialled is not None and dialled in of_company and (not fitting or dialled in fitting):
        return BranchFound(branch_id=dialled, by="dialled")
    if not fitting and len(of_company) == 1:
        return BranchFound(branch_id=of_company[0], by="only_one")
    return BranchMissing(candidates=fitting or tuple(of_company))
