"""What a caller wants, by the words he uses; one idea a cue, each with the wish it speaks for.

First shape of this file: cues for whole utterances in German and English.
"""

import re
from typing import Literal

from domain.intent.text import fold

Wish = Literal["book", "reschedule", "cancel", "info", "other"]

_TRANSFER = re.compile(
    r"\b(mit einem menschen|mit jemandem|mit einer person|echten menschen|mitarbeiter sprechen|"
    r"mitarbeiterin sprechen|verbinden sie|durchstellen|weiterverbinden|rezeption sprechen|"
    r"speak to a human|real person|talk to (a|some)(one| person| human)|speak to someone|put me through)\b"
)
_PUT_THROUGH = re.compile(
    r"\b(ich verbinde sie|ich stelle sie durch|i('ll| will) (put you through|transfer you|connect you))\b"
)
_CANCEL = re.compile(
    r"\b(absag\w*|abgesagt|stornier\w*|streich\w*|losch\w*|cancel\w*|call off|absagn|ausfallen)\b|\bsag\w* .{0,60}\bab\b"
)
_MOVE = re.compile(
    r"\b(verschieb\w*|verschob\w*|verleg\w*|umbuch\w*|umleg\w*|vorverleg\w*|reschedul\w*|move|postpone|push back|"
    r"bring forward|change my|andern|anderen termin statt)\b"
)
_BOOK = re.compile(
    r"\b(termin|buch\w*|reservier\w*|vereinbar\w*|vorbeikommen|eintragen|frei|hatt\w* gern\w*|brauch\w*|"
    r"brauchat|mocht\w* .{0,40}kommen|kann ich .{0,60}kommen|book\w*|appointment|get an?|i'd like|i need|"
    r"available|ich wollt\w* .{0,40}kommen|einen termin|geht)\b"
)
_INFO = re.compile(
    r"\b(was kostet|wie viel kostet|wie teuer|wie lange (habt|haben|hat|dauert)|offnungszeiten|geoffnet|"
    r"nur (mal )?fragen|wann (habt|haben) (ihr|sie) (auf|offen|geoffnet)|parkplatz|wo (seid|sind) (ihr|sie)|"
    r"how much|opening hours|are you open|what time do you (open|close)|nehmen sie karte|preis\w*)\b"
)
_WITHDRAWN = re.compile(
    r"\b(uberleg\w* ?(es |'s |s )?mir|uberleg's mir|uberlege mir|ruf\w* (noch ?mal|nochmal|spater|wieder) (an|zuruck)|"
    r"meld\w* mich|doch nicht|lassen wir|hat sich erledigt|weiss noch nicht|i'll think about it|call back later|"
    r"i'll call (back|again)|never ?mind|forget it|vielleicht komm)\b"
)
_CALLBACK = re.compile(r"\b(ruckruf|zuruckrufen|rufen sie mich|call me back|ring me back)\b")


def transfers(text: str) -> bool:
    return _TRANSFER.search(fold(text)) is not None


def puts_through(text: str) -> bool:
    return _PUT_THROUGH.search(fold(text)) is not None


def withdraws(text: str) -> bool:
    return _WITHDRAWN.search(fold(text)) is not None


def wants_callback(text: str) -> bool:
    return _CALLBACK.search(fold(text)) is not None


def asks(text: str) -> bool:
    return _INFO.search(fold(text)) is not None


def read_action(text: str, lang: str) -> Wish:
    """The wish of one utterance. `lang` is "de" or "en"; the cues of both are looked for."""
    del lang
    words = fold(text)
    if _MOVE.search(words):
        return "reschedule"
    if _CANCEL.search(words):
        return "cancel"
    if _INFO.search(words):
        return "info"
    return "book" if _BOOK.search(words) else "other"
