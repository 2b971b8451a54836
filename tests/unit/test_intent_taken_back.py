"""A yes that the caller takes back in the same breath, or right after it, books nothing."""

import pytest

from tests.builders.talk import heard, make_catalogue

SALON = make_catalogue()
TALK = """
A: Guten Tag.
U: Nadine Ott. Damenhaarschnitt, am Mittwoch um zehn Uhr.
A: Ich halte Ihnen Mittwoch, den fünfundzwanzigsten November, um zehn Uhr frei. Soll ich buchen?
U: {said}
A: {then}
U: {end}
"""


@pytest.mark.parametrize("end", ["Danke, tschüss.", "Danke, ich melde mich wieder."])
@pytest.mark.parametrize(
    "said",
    [
        "Ja. Äh, nein, doch nicht. Lassen Sie es bitte ganz.",
        "Ja. Ach nein, doch nicht.",
        "Ja, nein, lieber nicht.",
        "Ja, lassen Sie es bitte bleiben.",
        "Ja bitte. Nein, warten Sie, ich muss erst fragen.",
        "Yes. Actually, no, forget it.",
    ],
)
def test_a_yes_that_is_taken_back_is_none(said: str, end: str) -> None:
    intent = heard(TALK.format(said=said, then="Gut, dann buche ich nichts.", end=end), SALON)
    assert not intent.confirmed_by_caller


@pytest.mark.parametrize(
    "said",
    ["Ja, bitte.", "Ja, nein, das passt.", "Ja, genau, lassen Sie es uns so machen.", "Ja, danke."],
)
def test_a_yes_with_a_filler_in_it_is_one(said: str) -> None:
    intent = heard(TALK.format(said=said, then="Danke, notiert.", end="Danke, tschüss."), SALON)
    assert intent.action == "book"
    assert intent.confirmed_by_caller


def test_thanks_after_a_farewell_are_no_new_yes() -> None:
    said, then = "Ja. Ach nein, doch nicht.", "Gut, dann buche ich nichts."
    assert heard(TALK.format(said=said, then=then, end="Danke, tschüss."), SALON).action == "none"


@pytest.mark.parametrize(
    "end", ["Danke, das war alles.", "Nein, das war's dann.", "Thanks, that was all."]
)
def test_a_farewell_is_no_wish(end: str) -> None:
    talk = f"""
    A: Guten Tag.
    U: Was kostet eine Balayage?
    A: Eine Balayage kostet ab hundertfünfundsechzig Euro.
    U: {end}
    """
    assert heard(talk, SALON).action == "info"
