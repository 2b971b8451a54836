"""What a caller wants: first what the talk is about, then the deed, then the form of the sentence.

The words are data in `wish_words`; here is only the order in which they are asked.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from domain.intent import wish_words
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


@dataclass(frozen=True)
class _Cues:
    off_topic: re.Pattern[str]
    cancel: re.Pattern[str]
    move: re.Pattern[str]
    create: re.Pattern[str]
    show: re.Pattern[str]
    asking: re.Pattern[str]
    yes_no: re.Pattern[str]
    things: re.Pattern[str]


@lru_cache(maxsize=2)
def _cues(lang: str) -> _Cues:
    key = "en" if lang == "en" else "de"
    tables = (
        wish_words.OFF_TOPIC, wish_words.CANCEL, wish_words.MOVE, wish_words.CREATE,
        wish_words.SHOW, wish_words.ASKING, wish_words.YES_NO, wish_words.THINGS,
    )  # fmt: skip
    return _Cues(*(wish_words.compiled(table[key]) for table in tables))


_OPENERS = re.compile(
    r"^(?:(?:ja|nein|no|yes|yeah|ok|okay|oh|ah|hallo|hello|hi|hey|hey siri|ok google|bitte|please|great|perfect|sure|well|also|gut|good|"
    r"thanks|thank you|danke|alright|cool|nice|now|so|and|und)\b[\s,.!]*)+"
)


def read_action(text: str, lang: str) -> Wish:
    """The wish of one utterance; "other" is talk that is not about appointments.

    Deeds decide in the order undo, move, make; a sentence that opens by asking is a question
    unless it asks us to make something; what is left is an entry if it names a thing or a time.
    """
    cues = _cues(lang)
    words = _OPENERS.sub("", fold(text).strip())
    if _is_off_topic(words, cues):
        return "other"
    if _changes(text, words, cues):
        return "reschedule"
    if cues.cancel.search(words):
        return "cancel"
    if cues.asking.match(words):
        return "info"
    return _make_or_show(words, cues, lang)


_CHANGE_DE = re.compile(r"\b(ab|um|ver)?änder\w*", re.IGNORECASE)


def _changes(text: str, words: str, cues: _Cues) -> bool:
    """`ändere` and `andere` fold to the same letters, so the umlaut itself is looked for."""
    return _CHANGE_DE.search(text) is not None or cues.move.search(words) is not None


_REMIND = re.compile(r"\b(erinner\w*|erinnad\w*|remind\w*|tisch|disch|restaurant\w*|kalender|calendar)\b")
_PLAYS = re.compile(r"^(bitte )?(spiel\w*|spui|spul|spü|play)\b")


def _is_off_topic(words: str, cues: _Cues) -> bool:
    if _PLAYS.match(words):
        return True
    return cues.off_topic.search(words) is not None and _REMIND.search(words) is None


_SEEKS = re.compile(r"^(?:kannst du |can you |could you )?(?:find\w*|such\w*|suach\w*|search|look)\b")


def _make_or_show(words: str, cues: _Cues, lang: str) -> Wish:
    things = cues.things.search(words)
    make, show = cues.create.search(words), cues.show.search(words)
    if _SEEKS.match(words) and not things and not make:
        return "other"  # looks for something that is not in a calendar
    if make and (not show or make.start() <= show.start() or lang == "de"):
        return "book"
    if show or cues.yes_no.match(words):
        return "info"
    return "book" if things or make else "other"
