"""Stop words: whether the whole of an SMS asks for no more messages, for them again, or for help.

Twilio acts by itself on the English words only (contract 9); the German ones are ours to know.
"""

import re
import unicodedata
from typing import Literal

OptWord = Literal["stop", "start", "help", "ambiguous"]

STOP = frozenset(
    {
        *("stop", "stopall", "stop all", "unsubscribe", "quit", "revoke", "optout", "opt out"),
        *("stopp", "stoppen", "stopsms", "stoppsms", "stop sms", "stopp sms"),
        *("abmelden", "abmeldung", "abbestellen", "abbestellung", "austragen", "abmelden sms"),
        *("keine sms", "keine sms mehr", "keine nachrichten", "keine nachrichten mehr"),
    }
)
# Twilio blocks the sender on the English two, while a customer may well mean the appointment.
AMBIGUOUS = frozenset({"cancel", "end", "ende", "beenden"})
START = frozenset({"start", "unstop", "anmelden", "anmeldung", "starten"})
HELP = frozenset({"help", "hilfe", "info"})
# What people write around such a word without meaning anything else by it.
COURTESY = frozenset({"bitte", "danke", "please", "thanks", "jetzt", "sofort", "now"})


def opt_word(body: str, opt_out_type: str | None = None) -> OptWord | None:
    """What the text asks for; None for everything that is for people to read.

    Only a text that is nothing but the word counts: "stop by at five?" asks for no silence. What
    Twilio decided (`OptOutType`) is so, whatever the text. `ambiguous`: CANCEL and END, by which a
    customer may mean the appointment; somebody has to ask.
    """
    decided: dict[str, OptWord] = {"STOP": "stop", "START": "start", "HELP": "help"}
    if opt_out_type and opt_out_type.upper() in decided:
        return decided[opt_out_type.upper()]
    words = re.findall(r"[^\W_]+", unicodedata.normalize("NFKC", body).casefold())
    said = " ".join(word for word in words if word not in COURTESY)
    known: tuple[tuple[frozenset[str], OptWord], ...] = (
        (STOP, "stop"),
        (AMBIGUOUS, "ambiguous"),
        (START, "start"),
        (HELP, "help"),
    )
    return next((meaning for these, meaning in known if said in these), None)
