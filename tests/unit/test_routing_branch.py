"""Which branch a call is for."""

from uuid import UUID

from domain.routing import BranchFound, BranchMissing, which_branch

MITTE, WEST, NORD, FOREIGN = (UUID(int=number) for number in (1, 2, 3, 9))
ALL = (MITTE, WEST, NORD)


def test_spoken_branch_beats_the_dialled_one() -> None:
    found = which_branch(of_company=ALL, spoken=(WEST,), dialled=MITTE)
    assert found == BranchFound(branch_id=WEST, by="spoken")


def test_dialled_branch_counts_when_none_is_spoken() -> None:
    assert which_branch(of_company=ALL, dialled=NORD) == BranchFound(branch_id=NORD, by="dialled")


def test_hotline_without_a_branch_must_be_told() -> None:
    assert which_branch(of_company=ALL) == BranchMissing(candidates=ALL)


def test_words_that_fit_several_are_asked_about_unless_one_was_dialled() -> None:
    assert which_branch(of_company=ALL, spoken=(NORD, WEST)) == BranchMissing(
        candidates=(WEST, NORD)
    )
    among = which_branch(of_company=ALL, spoken=(NORD, WEST), dialled=WEST)
    assert among == BranchFound(branch_id=WEST, by="dialled")
    elsewhere = which_branch(of_company=ALL, spoken=(NORD, WEST), dialled=MITTE)
    assert elsewhere == BranchMissing(candidates=(WEST, NORD))


def test_only_branch_needs_no_name() -> None:
    assert which_branch(of_company=(MITTE,)) == BranchFound(branch_id=MITTE, by="only_one")


def test_branches_of_other_companies_are_not_seen() -> None:
    assert which_branch(of_company=ALL, spoken=(FOREIGN,), dialled=FOREIGN) == BranchMissing(
        candidates=ALL
    )
