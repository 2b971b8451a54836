"""Whose an event type of Cal.com's seems to be, by the names that people give such things."""

from uuid import UUID, uuid4

import pytest

from domain.mapping import MappedTo, Named, propose

ANNA, BEN, HANNA = (uuid4() for _ in range(3))
MITTE, NORD = uuid4(), uuid4()
SCHNITT = uuid4()
STAFF = [
    Named(id=ANNA, names=("Anna Beispiel", "Anna")),
    Named(id=BEN, names=("Ben Müller", "Ben")),
    Named(id=HANNA, names=("Hanna Muster", "Hanna")),
]
BRANCHES = [Named(id=MITTE, names=("Mitte",)), Named(id=NORD, names=("Nord",))]
SERVICES = [Named(id=SCHNITT, names=("Haarschnitt",))]


def proposed(title: str, *hosts: str) -> MappedTo:
    return propose(title, hosts, staff=STAFF, branches=BRANCHES, services=SERVICES)


@pytest.mark.parametrize(
    ("title", "hosts", "staff", "branch"),
    [
        ("Anna Beispiel, Mitte", (), ANNA, MITTE),
        ("Termin bei Hanna (Nord)", (), HANNA, NORD),
        ("Haarschnitt Mitte", ("Ben Müller",), BEN, MITTE),
        ("BEN MÜLLER - nord", (), BEN, NORD),
        # Shared among several: nobody's own calendar.
        ("Haarschnitt Mitte", ("Ben Müller", "Anna Beispiel"), None, MITTE),
        ("30 Min Meeting", ("Inhaberin",), None, None),
    ],
)
def test_names_say_who_and_where(
    title: str, hosts: tuple[str, ...], staff: UUID | None, branch: UUID | None
) -> None:
    found = proposed(title, *hosts)
    assert (found.staff_id, found.branch_id) == (staff, branch)


def test_two_who_fit_alike_fit_nobody() -> None:
    assert proposed("Anna und Ben").staff_id is None


def test_the_only_branch_needs_no_name() -> None:
    found = propose("Anna", (), staff=STAFF, branches=BRANCHES[:1], services=SERVICES)
    assert (found.staff_id, found.branch_id, found.score) == (ANNA, MITTE, 100)


def test_a_service_in_the_title_is_told_beside() -> None:
    assert proposed("Haarschnitt bei Anna").service_id == SCHNITT
