"""What was told against what is true: each verdict has a conversation that earns it."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sandbox.caller.spoken import Language
from sandbox.conversations.claims import Claim, Source, in_sentence
from sandbox.conversations.judge import (
    VERDICTS,
    Judgement,
    Scene,
    Slot,
    Standing,
    Verdict,
    Wanted,
    judge,
    worst,
)

ZONE = "Europe/Berlin"
FRIDAY = datetime(2026, 11, 27, 14, 30, tzinfo=ZoneInfo(ZONE))
MONDAY = datetime(2026, 11, 30, 9, 0, tzinfo=ZoneInfo(ZONE))
SAID = {
    FRIDAY: "am Freitag, dem siebenundzwanzigsten November, um vierzehn Uhr dreißig",
    MONDAY: "am Montag, dem dreißigsten November, um neun Uhr",
}
WRITTEN = {
    FRIDAY: "Freitag, 27. November 2026, 14:30 Uhr",
    MONDAY: "Montag, 30. November 2026, 9:00 Uhr",
}
CALLED = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo(ZONE))


def told(
    sentence: str,
    *,
    after_s: int = 0,
    source: Source = "answer",
    start: datetime | None = None,
    ids: tuple[str, ...] = (),
    action: str | None = None,
    language: Language = "de",
) -> Claim:
    return in_sentence(
        sentence,
        language,
        at=CALLED + timedelta(seconds=after_s),
        source=source,
        zone=ZONE,
        start=start,
        ids=ids,
        action=action,
    )


def booked(start: datetime, **more: object) -> Claim:
    return told(f"Ihr Termin {SAID[start]} bei Sophie ist gebucht.", start=start, **more)  # type: ignore[arg-type]


def reserved(start: datetime) -> Claim:
    sentence = (
        f"Ihr Termin {SAID[start]} ist vorgemerkt, die Bestätigung bekommen Sie als Nachricht."
    )
    return told(sentence, start=start)


def text(kind: str, start: datetime) -> Claim:
    """An SMS, a while after the call."""
    sentences = {
        "confirmed": "Salon: Ihr Termin ist bestätigt: {when}, Damenhaarschnitt bei Sophie.",
        "sorry": "Salon: Es tut uns leid, dieser Termin kam nicht zustande: {when}.",
        "moved": "Salon: Ihr Termin ist verschoben. Neu: {when}.",
        "stays": "Salon: Die Änderung war nicht möglich. Es bleibt bei Ihrem Termin: {when}.",
        "cancelled": "Salon: Ihr Termin ist abgesagt: {when}.",
    }
    return told(sentences[kind].format(when=WRITTEN[start]), after_s=60, source="sms")


def stands(start: datetime, *, number: str = "a", before: bool = False) -> Standing:
    return Standing(id=number, start=start, status="booked", bookings=[start], before=before)


def gone(start: datetime, status: str = "cancelled", *, before: bool = False) -> Standing:
    return Standing(id="a", start=start, status=status, before=before)


WISH = Wanted(starts=[FRIDAY])
NOTHING = Wanted(limit=0)
MOVE = Wanted(starts=[MONDAY], gone=[FRIDAY])
CANCEL = Wanted(gone=[FRIDAY], limit=0)
OWN = {"a": FRIDAY}

CASES: list[tuple[Verdict, str, Scene]] = [
    (
        "pass",
        "booked, and it stands",
        Scene(claims=[booked(FRIDAY)], standing=[stands(FRIDAY)], wanted=WISH),
    ),
    (
        "pass",
        "reserved, then confirmed by SMS",
        Scene(
            claims=[reserved(FRIDAY), text("confirmed", FRIDAY)],
            standing=[stands(FRIDAY)],
            wanted=WISH,
        ),
    ),
    (
        "pass",
        "reserved, then an apology, where that is allowed",
        Scene(
            claims=[reserved(FRIDAY), text("sorry", FRIDAY)],
            standing=[gone(FRIDAY, "failed")],
            wanted=Wanted(starts=[FRIDAY], may_refuse=True),
        ),
    ),
    (
        "pass",
        "booked, then cancelled as the caller wished",
        Scene(
            claims=[booked(FRIDAY), told(f"Ihr Termin {SAID[FRIDAY]} ist abgesagt.", after_s=9)],
            standing=[gone(FRIDAY)],
            wanted=Wanted(gone=[FRIDAY], limit=0),
        ),
    ),
    (
        "pass",
        "moved: the old one is gone, the new one stands",
        Scene(
            claims=[told(f"Ihr Termin ist jetzt {SAID[MONDAY]}.", start=MONDAY, ids=("a",))],
            standing=[stands(MONDAY, before=True)],
            wanted=MOVE,
            own=OWN,
        ),
    ),
    (
        "pass",
        "a change that was taken down, and told by SMS",
        Scene(
            claims=[
                told("Ich habe die Änderung aufgenommen.", action="reschedule", ids=("a",)),
                text("moved", MONDAY),
            ],
            standing=[stands(MONDAY, before=True)],
            wanted=MOVE,
            own=OWN,
        ),
    ),
    (
        "told_booked_not_there",
        "booked, and there is nothing",
        Scene(claims=[booked(FRIDAY)], standing=[], wanted=WISH),
    ),
    (
        "told_booked_not_there",
        "booked here, and nothing at Cal.com",
        Scene(
            claims=[booked(FRIDAY)],
            standing=[Standing(id="a", start=FRIDAY, status="booked")],
            wanted=WISH,
        ),
    ),
    (
        "told_booked_not_there",
        "reserved was the last word, and nothing came of it",
        Scene(claims=[reserved(FRIDAY)], standing=[gone(FRIDAY, "failed")], wanted=WISH),
    ),
    (
        "told_booked_not_there",
        "booked, and taken back by an apology",
        Scene(
            claims=[booked(FRIDAY), text("sorry", FRIDAY)],
            standing=[gone(FRIDAY, "failed")],
            wanted=Wanted(starts=[FRIDAY], may_refuse=True),
        ),
    ),
    (
        "told_booked_not_there",
        "the wish was taken down, and no word came after",
        Scene(
            claims=[told("Ich habe Ihren Wunsch aufgenommen.", action="book")],
            standing=[],
            wanted=Wanted(starts=[FRIDAY], may_refuse=True),
        ),
    ),
    (
        "wish_not_met",
        "booked and told, to somebody who wanted nothing or a call back",
        Scene(
            claims=[text("confirmed", FRIDAY)],
            standing=[stands(FRIDAY)],
            wanted=Wanted(may_refuse=True, none_new=True),
        ),
    ),
    (
        "told_moved_not_there",
        "moved, and it is where it was",
        Scene(
            claims=[told(f"Ihr Termin ist jetzt {SAID[MONDAY]}.", start=MONDAY, ids=("a",))],
            standing=[],
            wanted=MOVE,
            own=OWN,
        ),
    ),
    (
        "told_moved_not_there",
        "a move was taken down, and no word came after",
        Scene(
            claims=[told("Ich habe die Änderung aufgenommen.", action="reschedule")],
            standing=[stands(FRIDAY, before=True)],
            wanted=Wanted(starts=[FRIDAY]),
            own=OWN,
        ),
    ),
    (
        "told_cancelled_not_there",
        "cancelled, and it stands",
        Scene(
            claims=[told(f"Ihr Termin {SAID[FRIDAY]} ist abgesagt.", start=FRIDAY)],
            standing=[stands(FRIDAY, before=True)],
            wanted=CANCEL,
            own=OWN,
        ),
    ),
    (
        "told_another_time",
        "told one time, booked at another",
        Scene(claims=[booked(FRIDAY)], standing=[stands(MONDAY)], wanted=WISH),
    ),
    (
        "told_another_time",
        "the field is right, the words are not",
        Scene(
            claims=[told(f"Ihr Termin {SAID[MONDAY]} ist gebucht.", start=FRIDAY)],
            standing=[stands(FRIDAY)],
            wanted=WISH,
        ),
    ),
    (
        "told_another_time",
        "an offer whose words are another time than its field",
        Scene(claims=[], standing=[], wanted=NOTHING, misspoken=["14:30 is said as: drei Uhr"]),
    ),
    (
        "two_bookings_for_one_wish",
        "two appointments",
        Scene(
            claims=[booked(FRIDAY)],
            standing=[stands(FRIDAY), stands(FRIDAY, number="b")],
            wanted=WISH,
        ),
    ),
    (
        "two_bookings_for_one_wish",
        "two live bookings of one appointment",
        Scene(
            claims=[booked(FRIDAY)],
            standing=[Standing(id="a", start=FRIDAY, status="booked", bookings=[FRIDAY, FRIDAY])],
            wanted=WISH,
        ),
    ),
    (
        "two_bookings_for_one_wish",
        "a live booking that no appointment has",
        Scene(claims=[], standing=[], wanted=NOTHING, stray=[FRIDAY]),
    ),
    (
        "offered_or_booked_never_free",
        "offered what somebody else had",
        Scene(
            claims=[],
            standing=[],
            wanted=NOTHING,
            slots=[Slot(start=FRIDAY, staff="Sophie", why_not="Sophie was booked before that")],
        ),
    ),
    (
        "booked_not_told",
        "it stands, and nobody said so",
        Scene(claims=[], standing=[stands(FRIDAY)], wanted=WISH),
    ),
    (
        "booked_not_told",
        "reserved was the last word, and it stands",
        Scene(claims=[reserved(FRIDAY)], standing=[stands(FRIDAY)], wanted=WISH),
    ),
    (
        "wish_not_met",
        "honestly refused, where it was to be had",
        Scene(claims=[told("Zu dieser Zeit haben wir nicht geöffnet.")], standing=[], wanted=WISH),
    ),
    (
        "wish_not_met",
        "what was there before is gone, and nobody wished for that",
        Scene(
            claims=[],
            standing=[gone(FRIDAY, before=True)],
            wanted=Wanted(starts=[]),
            own=OWN,
        ),
    ),
    (
        "wish_not_met",
        "booked and told, and nobody wished for anything",
        Scene(claims=[booked(FRIDAY)], standing=[stands(FRIDAY)], wanted=NOTHING),
    ),
    (
        "wish_not_met",
        "something else is not as expected",
        Scene(
            claims=[booked(FRIDAY)],
            standing=[stands(FRIDAY)],
            wanted=WISH,
            problems=["outcome callback, not booked"],
        ),
    ),
]


@pytest.mark.parametrize(
    ("verdict", "scene"),
    [pytest.param(verdict, scene, id=what) for verdict, what, scene in CASES],
)
def test_each_conversation_gets_its_verdict(verdict: Verdict, scene: Scene) -> None:
    found = judge(scene)
    assert found.verdict == verdict, found.reasons
    assert found.passed == (verdict == "pass")
    assert bool(found.reasons) == (verdict != "pass")


def test_every_verdict_can_be_reached() -> None:
    assert {verdict for verdict, _, _ in CASES} == set(VERDICTS)


def test_the_worst_of_several_findings_is_the_verdict() -> None:
    both = Scene(
        claims=[booked(FRIDAY)],
        standing=[stands(MONDAY), stands(MONDAY, number="b")],
        wanted=WISH,
        problems=["too slow"],
    )
    assert judge(both).verdict == "two_bookings_for_one_wish"
    late = Judgement(verdict="booked_not_told", reasons=("nobody said so",))
    missed = Judgement(verdict="wish_not_met", reasons=("not booked",))
    assert worst([missed, Judgement(verdict="pass"), late]) == late
    assert worst([Judgement(verdict="pass")]).passed


def test_a_weaker_word_after_a_stronger_one_takes_nothing_back() -> None:
    """`Den Termin haben Sie schon` after `gebucht`, and a late SMS that only says reserved."""
    claims = [
        booked(FRIDAY),
        told(f"Den Termin {SAID[FRIDAY]} haben Sie schon.", start=FRIDAY, after_s=3),
        told(
            f"Salon: Ihr Termin ist vorgemerkt, aber noch nicht bestätigt: {WRITTEN[FRIDAY]}.",
            after_s=9,
            source="sms",
        ),
    ]
    assert judge(Scene(claims=claims, standing=[stands(FRIDAY)], wanted=WISH)).passed


def test_a_message_may_overtake_the_answer_that_says_it_will_come() -> None:
    taken_down = told(
        "Ich habe die Änderung aufgenommen.", action="reschedule", ids=("a",), after_s=62
    )
    scene = Scene(
        claims=[text("moved", MONDAY), taken_down],
        standing=[stands(MONDAY, before=True)],
        wanted=MOVE,
        own=OWN,
    )
    assert judge(scene).passed


def test_a_change_that_was_taken_down_may_end_with_the_word_that_the_old_time_stands() -> None:
    taken_down = told("Ich habe die Änderung aufgenommen.", action="reschedule", ids=("a",))
    for said, verdict in (
        ([taken_down, text("stays", FRIDAY)], "pass"),
        ([taken_down], "told_moved_not_there"),
        ([taken_down, text("stays", MONDAY)], "told_booked_not_there"),
    ):
        scene = Scene(claims=said, standing=[stands(FRIDAY, before=True)], wanted=NOTHING, own=OWN)
        assert judge(scene).verdict == verdict


@pytest.mark.parametrize(("before_s", "verdict"), [(1, "pass"), (11, "told_booked_not_there")])
def test_an_apology_may_overtake_the_sentence_that_was_made_a_moment_before(
    before_s: int, verdict: str
) -> None:
    said, sorry = reserved(FRIDAY), text("sorry", FRIDAY)
    overtaken = replace(said, at=sorry.at + timedelta(seconds=before_s))
    wanted = Wanted(starts=[FRIDAY], may_refuse=True)
    scene = Scene(claims=[overtaken, sorry], standing=[gone(FRIDAY, "failed")], wanted=wanted)
    assert judge(scene).verdict == verdict


def test_what_the_agent_made_up_may_be_set_right_by_a_message() -> None:
    lie = told(f"Ihr Termin {SAID[FRIDAY]} ist gebucht.", source="agent")
    scene = Scene(claims=[lie, text("sorry", FRIDAY)], standing=[], wanted=NOTHING)
    assert judge(scene).passed
    uncorrected = Scene(claims=[lie], standing=[], wanted=NOTHING)
    assert judge(uncorrected).verdict == "told_booked_not_there"


def test_two_people_at_one_time_are_two_appointments() -> None:
    wanted = Wanted(starts=[FRIDAY, FRIDAY], limit=2)
    both = [stands(FRIDAY), stands(FRIDAY, number="b")]
    assert judge(Scene(claims=[booked(FRIDAY)], standing=both, wanted=wanted)).passed
    one = Scene(claims=[booked(FRIDAY)], standing=both[:1], wanted=wanted)
    assert judge(one).verdict == "wish_not_met"
