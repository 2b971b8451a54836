"""A conversation becomes one intent; each part of it says which words it came from."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from domain.intent import contact, wishes
from domain.intent.agreeing import agrees, objects
from domain.intent.choices import Choices
from domain.intent.compose import Heard, compose
from domain.intent.mentions import split
from domain.intent.model import Action, BookingIntent, Catalogue, Language, Utterance
from domain.intent.names import NameSheet
from domain.intent.reading import local
from domain.intent.talk import listen
from domain.intent.text import fold

MAX_TURNS = 400

_ENGLISH = re.compile(
    r"\b(the|i'd|like|please|appointment|tomorrow|yes|yeah|at|haircut|do you|my|is|"
    r"can|hi|for|thanks|would)\b"
)
_GERMAN = re.compile(
    r"\b(ich|der|die|das|um|am|ja|bitte|termin|und|nicht|mein|einen|bei|danke|uhr|"
    r"hallo|heute|morgen)\b"
)


def language_of(utterances: Iterable[Utterance]) -> Language:
    text = " ".join(fold(u.text) for u in utterances if u.role == "user")
    return "en" if len(_ENGLISH.findall(text)) > len(_GERMAN.findall(text)) else "de"


def read_wish(turns: tuple[Utterance, ...], lang: str) -> Action:
    """The caller's last decided wish over the whole conversation."""
    wish: Action = "none"
    asked_info = withdrawn = False
    question = ""
    for turn in turns:
        if turn.role == "agent":
            if wishes.puts_through(turn.text):
                return "transfer"
            question = turn.text
            continue
        if wishes.transfers(turn.text):
            return "transfer"
        wish, asked_info, withdrawn = _after(
            turn.text, question, lang, (wish, asked_info, withdrawn)
        )
    if (wish == "book" and withdrawn) or wish == "none":
        return "info" if asked_info else "none"
    return wish


def _after(  # noqa: PLR0911 - one line a question
    text: str, question: str, lang: str, state: tuple[Action, bool, bool]
) -> tuple[Action, bool, bool]:
    """The wish, whether something was asked, and whether it was withdrawn, after one more turn."""
    wish, asked, withdrawn = state
    said: wishes.Wish = "other" if wishes.closes(text) else wishes.read_action(text, lang)
    undoing = wish in {"cancel", "reschedule"}
    if said == "cancel" or said == "reschedule":  # noqa: PLR1714 - mypy narrows only so
        return said, asked, False
    if agrees(text) and wish == "book":
        # "Danke, tschüss" after "dann buche ich nichts" is no new yes.
        return wish, asked, withdrawn and "?" not in question
    if wishes.withdraws(text):
        return wish, asked, not undoing
    if wishes.asks(text):
        return wish, True, withdrawn
    if said != "book" or objects(text):
        return state
    if wish == "cancel" and _OFFERS_NEW.search(fold(question)):
        return "reschedule", asked, False  # cancelled, and another one taken at once
    return ("book", asked, False) if not undoing else state


_OFFERS_NEW = re.compile(r"\b(neuen|anderen|new|another) (termin|appointment)\b")


def understand(
    utterances: Iterable[Utterance],
    *,
    now: dt.datetime,
    zone: str,
    catalogue: Catalogue,
    dialled_branch_id: str | None = None,
    caller_id: str | None = None,
    analysis: Mapping[str, Any] | None = None,
) -> BookingIntent:
    """Reads a conversation as of `now` (aware, or local wall time of `zone`).

    `caller_id` is what the exchange showed; a number that was said goes before it. `analysis` is a
    second witness (Retell's `custom_analysis_data`): it fills what was left open and overrules
    nothing.
    """
    turns = tuple(utterances)[:MAX_TURNS]
    lang = language_of(turns)
    present = local(now, zone)
    action = read_wish(turns, lang)
    existing = action in {"cancel", "reschedule"}
    talk = listen(turns, present, lang, existing=existing, moving=action == "reschedule")
    heard = Heard(
        action=action,
        turns=turns,
        lang=lang,
        zone=zone,
        present=present,
        catalogue=catalogue,
        talk=talk,
        choices=Choices(catalogue, dialled_branch_id),
        names=NameSheet(_place_words(catalogue)),
        caller_id=contact.caller_number(caller_id),
        analysis=analysis,
    )
    _gather(heard)
    withdrawn = any(t.role == "user" and wishes.withdraws(t.text) for t in turns)
    if action == "none" and talk.confirmed_start and heard.choices.services and not withdrawn:
        heard.action = "book"  # "Herrenhaarschnitt, Mittwoch halb zwei": a wish without a verb
    return compose(heard)


def _gather(heard: Heard) -> None:
    """Everything but times: who, what, where, and how to reach the caller."""
    question, opening = "", True
    for n, turn in enumerate(heard.turns):
        heard.choices.hear(n, turn, question)
        if turn.role == "agent":
            question = turn.text
            heard.names.agent(turn.text)
            continue
        heard.names.user(turn.text, question, n, opening=opening)
        heard.phone = contact.spoken_phone(turn.text, heard.catalogue.country) or heard.phone
        heard.email = contact.spoken_email(turn.text) or heard.email
        heard.people = contact.spoken_people(turn.text) or heard.people
        opening = False


def _place_words(catalogue: Catalogue) -> frozenset[str]:
    """Words that name branches and services; a clause of them is nobody's name."""
    said = [n for b in catalogue.branches for n in (b.name, *b.spoken_names)]
    said += [n for s in catalogue.services for n in (s.name, *s.aliases)]
    return frozenset(word for name in said for word in split(name))
