"""Which one-word answers are an opt-out, and which only look like one."""

import pytest

from integrations.sms import InboundSms, OptWord, opt_word


@pytest.mark.parametrize(
    "body",
    [
        *("STOP", "stop", " Stop! ", "StopAll", "UNSUBSCRIBE", "quit", "Revoke", "OPTOUT"),
        *("opt-out", "STOPP", "Stopp.", "„Stopp“", "Bitte abmelden", "abbestellen, danke"),
        *("Abmeldung", "STOP SMS", "Stopp-SMS", "Keine SMS mehr!", "ｓｔｏｐ", "STOP 🛑"),
    ],
)
def test_words_that_ask_for_silence(body: str) -> None:
    assert opt_word(body) == "stop"


@pytest.mark.parametrize("body", ["CANCEL", "cancel.", "End", "ENDE", "please cancel", "beenden"])
def test_words_that_may_mean_the_appointment_are_ambiguous(body: str) -> None:
    assert opt_word(body) == "ambiguous"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        *((body, "start") for body in ("START", "unstop", "Anmelden")),
        *((body, "help") for body in ("HELP", "Hilfe!", "info", "Hilfe bitte")),
    ],
)
def test_words_that_ask_for_more_or_for_help(body: str, expected: OptWord) -> None:
    assert opt_word(body) == expected


@pytest.mark.parametrize(
    "body",
    [
        *("", "   ", "👍", "Ja", "YES", "Ok danke", "bitte", "Termin absagen", "Stornieren"),
        *("Ich stopp kurz bei euch um fünf", "Stop by at five?", "Kann ich am Ende der Woche?"),
        *("Bitte den Termin beenden", "unstoppable", "Nicht abmelden!", "cancel my appointment"),
    ],
)
def test_sentences_are_for_people_to_read(body: str) -> None:
    assert opt_word(body) is None


@pytest.mark.parametrize(
    ("opt_out_type", "expected"), [("STOP", "stop"), ("START", "start"), ("HELP", "help")]
)
def test_what_twilio_decided_is_so_whatever_was_written(
    opt_out_type: str, expected: OptWord
) -> None:
    assert opt_word("CANCEL", opt_out_type) == expected
    assert opt_word("Guten Tag", opt_out_type) == expected


def test_an_unknown_decision_of_twilio_leaves_it_to_the_words() -> None:
    assert opt_word("stop", "MUTE") == "stop"
    assert opt_word("cancel", "") == "ambiguous"


def test_a_message_knows_what_it_wishes_and_keeps_its_text_out_of_its_repr() -> None:
    sms = InboundSms(
        message_sid="SM1",
        from_number="+4917604069025",
        to_number="+4917604069080",
        body="CANCEL",
        opt_out_type="STOP",
    )
    assert sms.wish == "stop"
    assert "CANCEL" not in repr(sms)
    assert "4069025" not in repr(sms)
