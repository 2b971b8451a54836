"""Which branch, services and people the words of the arguments mean."""

from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.asking.arguments import read_arguments
from domain.asking.model import Context, ServicesMeant, StaffMeant, Wish
from domain.asking.reading import language_of_call, read_wish
from domain.errors import UnknownBranch
from domain.intent import Utterance
from domain.routing import BranchFound, BranchMissing
from tests.builders.asking import (
    ANKE,
    BALAYAGE,
    BEARD,
    CHARLOTTENBURG,
    CHILD,
    COLOUR,
    JANA,
    MEHMET,
    MEN,
    MITTE,
    MUELLER_A,
    MUELLER_B,
    SOPHIE,
    WOMEN,
    make_context,
)


def wish(context: Context | None = None, **args: object) -> Wish:
    return read_wish(read_arguments("check_availability", args), context or make_context())


# --- services -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "ids"),
    [
        ("Herrenhaarschnitt", (MEN,)),
        ("einen Herrenschnitt bitte", (MEN,)),
        ("Herren Haarschnitt", (MEN,)),
        ("Balajage", (BALAYAGE,)),
        ("men's haircut", (MEN,)),
        ("Haarschnitt, Herren", (MEN,)),  # a generic word, and which of them
        ("Haarschnitt, also ein Herrenhaarschnitt", (MEN,)),
        ("Herrenhaarschnitt und Bart trimmen", (MEN, BEARD)),
        ("Bart und Herrenhaarschnitt", (BEARD, MEN)),
        ("Färben", (COLOUR,)),
        ("Schneiden und Färben", (COLOUR,)),  # the one service, in another order
        ("kein Färben, nur Bart", (BEARD,)),
        ("Termin für Herrenhaarschnitt, möglichst kurz", (MEN,)),
    ],
)
def test_services_are_known_by_their_names_in_the_order_said(
    words: str, ids: tuple[UUID, ...]
) -> None:
    meant = wish(service=words).services
    assert meant.ids == ids
    assert meant.options == ()


def test_a_list_of_services_keeps_its_order_and_its_repetitions() -> None:
    assert wish(services=["Bart", "Balayage", "Bart"]).services.ids == (BEARD, BALAYAGE, BEARD)


@pytest.mark.parametrize("words", ["Haarschnitt", "einen Haarschnitt bitte", "Haar Schnitt"])
def test_a_generic_word_leaves_a_choice(words: str) -> None:
    assert wish(service=words).services == ServicesMeant(options=(MEN, WOMEN, CHILD))


def test_what_is_clear_stands_beside_what_is_not() -> None:
    assert wish(service="Färben und Haarschnitt").services == ServicesMeant(
        ids=(COLOUR,), options=(MEN, WOMEN, CHILD)
    )
    assert wish(service="Herrenschnitt und Massage").services == ServicesMeant(
        ids=(MEN,), unknown="Massage"
    )


def test_what_nobody_offers_is_told_back_as_it_was_said() -> None:
    assert wish(service="Füllung").services == ServicesMeant(unknown="Füllung")
    assert wish(service="Herrnschnit").services.ids == (MEN,)
    near = wish(service="Männerhaarschnitt").services
    assert near.unknown == "Männerhaarschnitt"
    assert MEN in near.options
    assert wish(service="Balayasch").services == ServicesMeant(
        unknown="Balayasch", options=(BALAYAGE,)
    )


def test_a_service_of_another_branch_is_told_as_such() -> None:
    there = wish(service="Balayage", branch="Charlottenburg")
    assert there.branch == BranchFound(branch_id=CHARLOTTENBURG, by="spoken")
    assert there.services == ServicesMeant(unknown="Balayage", elsewhere=(MITTE,))


# --- staff ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Mehmet", StaffMeant(staff_id=MEHMET)),
        ("bei Mehmet", StaffMeant(staff_id=MEHMET)),
        ("Herr Aslanoglu", StaffMeant(staff_id=MEHMET)),
        ("Yana", StaffMeant(staff_id=JANA)),
        ("am liebsten bei Sophie, sonst egal", StaffMeant(staff_id=SOPHIE)),
        ("nur bei Mehmet", StaffMeant(staff_id=MEHMET, hard=True)),
        ("unbedingt Frau Langer", StaffMeant(staff_id=SOPHIE, hard=True)),
        ("only Jana", StaffMeant(staff_id=JANA, hard=True)),
        ("Jana und niemand anders", StaffMeant(staff_id=JANA, hard=True)),
        ("egal bei wem", StaffMeant()),
        ("keine Präferenz", StaffMeant()),
        ("anyone", StaffMeant()),
        ("nicht bei Mehmet", StaffMeant(excluded=(MEHMET,))),
        ("nicht bei Mehmet, lieber bei Sophie", StaffMeant(staff_id=SOPHIE, excluded=(MEHMET,))),
        ("Frau Müller", StaffMeant(options=(MUELLER_A, MUELLER_B))),
        ("Ina Müller", StaffMeant(staff_id=MUELLER_A)),
        ("bei Otto", StaffMeant(unknown="Otto")),
        ("Sophia", StaffMeant(staff_id=SOPHIE)),
        ("Hanna", StaffMeant(unknown="Hanna", options=(JANA,))),
        ("Anke", StaffMeant(unknown="Anke", elsewhere=(CHARLOTTENBURG,))),
    ],
)
def test_a_person_is_a_soft_wish_unless_the_words_make_it_hard(
    words: str, expected: StaffMeant
) -> None:
    assert wish(staff=words).staff == expected


def test_a_condition_that_the_agent_left_behind_is_heard_in_the_conversation() -> None:
    said = make_context(heard=("Guten Tag, ich möchte nur zu Mehmet, bitte.",))
    assert wish(said, staff="Mehmet").staff == StaffMeant(staff_id=MEHMET, hard=True)
    assert wish(said, staff="Sophie").staff == StaffMeant(staff_id=SOPHIE)
    assert wish(said, staff="Mehmet, sonst egal").staff == StaffMeant(staff_id=MEHMET)
    agent = make_context()
    told = Utterance(role="agent", text="Nur bei Mehmet ist um zehn frei.")
    other = Context(
        said_at=agent.said_at,
        now=agent.now,
        zone=agent.zone,
        catalogue=agent.catalogue,
        branch_id=MITTE,
        language="de",
        transcript=(told,),
    )
    assert wish(other, staff="Mehmet").staff == StaffMeant(staff_id=MEHMET)


def test_no_wish_is_taken_from_the_conversation() -> None:
    said = make_context(heard=("Ich will nur zu Mehmet, Herrenhaarschnitt, morgen um zehn.",))
    assert wish(said).staff == StaffMeant()
    assert wish(said).services == ServicesMeant()


# --- branches -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "branch_id"),
    [
        ("Charlottenburg", CHARLOTTENBURG),
        ("die Filiale in Scharlottenburg", CHARLOTTENBURG),
        ("im Westend", CHARLOTTENBURG),
        ("10585", CHARLOTTENBURG),
        ("eins null fünf acht fünf", CHARLOTTENBURG),
        ("nicht in Mitte, sondern in Charlottenburg", CHARLOTTENBURG),
        ("Mitte", MITTE),
    ],
)
def test_a_branch_is_known_by_name_district_and_postcode(words: str, branch_id: UUID) -> None:
    found = BranchFound(branch_id=branch_id, by="spoken")
    assert wish(branch=words).branch == found
    assert wish(make_context(branch_id=None), branch=words).branch == found


def test_the_dialled_branch_is_meant_where_no_other_is_named() -> None:
    dialled = BranchFound(branch_id=MITTE, by="dialled")
    assert wish().branch == dialled
    assert wish(branch="bei Ihnen").branch == dialled
    assert wish(branch="Berlin").branch == dialled  # both are there
    assert wish(branch="Hamburg").branch == UnknownBranch()


def test_a_hotline_asks_where_several_branches_fit() -> None:
    hotline = make_context(branch_id=None)
    both = BranchMissing(candidates=(MITTE, CHARLOTTENBURG))
    assert wish(hotline, service="Herrenhaarschnitt").branch == both
    assert wish(hotline, branch="egal", service="Herrenhaarschnitt").branch == both
    assert wish(hotline, branch="Berlin").branch == both


def test_a_hotline_knows_the_branch_that_alone_has_the_service_or_the_person() -> None:
    hotline = make_context(branch_id=None)
    only = BranchFound(branch_id=MITTE, by="only_one")
    assert wish(hotline, service="Balayage").branch == only
    assert wish(hotline, service="Herrenhaarschnitt", staff="Mehmet").branch == only
    anke = wish(hotline, staff="Anke")
    assert anke.branch == BranchFound(branch_id=CHARLOTTENBURG, by="only_one")
    assert anke.staff == StaffMeant(staff_id=ANKE)


# --- people, language -----------------------------------------------------------------------------


def test_people_are_counted_in_the_argument_or_in_the_words_of_the_service() -> None:
    assert wish(service="Herrenhaarschnitt").people == 1
    assert wish(service="Herrenhaarschnitt für zwei Personen").people == 2
    assert wish(service="Herrenhaarschnitt", people=3).people == 3


@pytest.mark.parametrize(
    ("heard", "words", "offered", "language"),
    [
        (("Hallo, ich möchte einen Termin",), "", ("de", "en"), "de"),
        (("Hi, I'd like an appointment please",), "", ("de", "en"), "en"),
        (("Hi, I'd like an appointment please",), "", ("de",), "de"),
        ((), "tomorrow at half four please", ("de", "en"), "en"),
        ((), "morgen um halb vier", ("de", "en"), "de"),
        ((), "", ("en", "de"), "en"),
        ((), "", ("de-DE", "en-GB"), "de"),
        ((), "", (), "de"),
    ],
)
def test_the_caller_is_answered_in_the_language_spoken(
    heard: tuple[str, ...], words: str, offered: tuple[str, ...], language: str
) -> None:
    transcript = [Utterance(role="user", text=text) for text in heard]
    transcript.append(Utterance(role="agent", text="Guten Tag, was kann ich für Sie tun?"))
    assert language_of_call(transcript, offered, words=words) == language


words_of_any_kind = st.text(max_size=40) | st.lists(
    st.sampled_from(
        ["Herrenhaarschnitt", "und", "nur", "bei", "Mehmet", "nicht", "Mitte", "für", "zwei", ","]
    ),
    max_size=7,
).map(" ".join)


@settings(max_examples=200, deadline=None)
@given(words_of_any_kind, words_of_any_kind, words_of_any_kind, st.booleans())
def test_no_words_break_the_reading_and_ids_are_of_the_branch(
    service: str, staff: str, branch: str, hotline: bool
) -> None:
    context = make_context(branch_id=None if hotline else MITTE)
    meant = wish(context, service=service, staff=staff, branch=branch)
    if isinstance(meant.branch, BranchFound) and meant.branch.branch_id == CHARLOTTENBURG:
        assert BALAYAGE not in (*meant.services.ids, *meant.services.options)
        assert meant.staff.staff_id in (None, ANKE)
    assert not set(meant.services.ids) & set(meant.services.options)
