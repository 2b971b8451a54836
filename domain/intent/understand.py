"""A conversation becomes one intent; each part of it says which words it came from."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping
from typing import Any

from domain.intent import contact, mentions, wishes
from domain.intent.model import (
    Action,
    BookingIntent,
    Catalogue,
    Evidence,
    Language,
    Utterance,
    Window,
)
from domain.intent.names import NameSheet
from domain.intent.reading import local
from domain.intent.talk import Talk, agrees, listen, objects
from domain.intent.text import fold

MAX_TURNS = 400

_ENGLISH = re.compile(
    r"\b(the|i'd|like|please|appointment|tomorrow|yes|yeah|at|haircut|do you|my|is|can|hi|for|thanks|would)\b"
)
_GERMAN = re.compile(
    r"\b(ich|der|die|das|um|am|ja|bitte|termin|und|nicht|mein|einen|bei|danke|uhr|hallo|heute|morgen)\b"
)
_BOOKED = re.compile(
    r"\b((ist|sind|habe?n?|wurde) .{0,60}(gebucht|eingebucht)|fest gebucht|(is|are|have|'ve|has been) .{0,40}booked)\b"
)
_HARD = re.compile(
    r"\b(nur|unbedingt|ausschliesslich|auf jeden fall|auf keinen fall (zu|bei) (jemand|wem)|only|must be|definitely)\b"
)
_ANYONE = re.compile(
    r"\b(egal (bei )?wem|egal wer|ganz egal|anyone|doesn't matter who|no preference)\b"
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


def _after(
    text: str, question: str, lang: str, state: tuple[Action, bool, bool]
) -> tuple[Action, bool, bool]:
    wish, asked, withdrawn = state
    said = wishes.read_action(text, lang)
    if said in ("cancel", "reschedule"):
        return said, asked, False  # type: ignore[return-value]  # both are actions
    if agrees(text) and wish == "book":
        return wish, asked, False
    if wishes.withdraws(text):
        return wish, asked, wish not in ("cancel", "reschedule")
    if wishes.asks(text):
        return wish, True, withdrawn
    if said == "book" and wish not in ("cancel", "reschedule") and not objects(text):
        return "book", asked, False
    if (
        wish == "cancel"
        and "neuen termin" in fold(question)
        and not objects(text)
        and said == "book"
    ):
        return "reschedule", asked, False
    return wish, asked, withdrawn


class _Choices:
    """Service, staff and branch over the call: the last thing said, and not taken back, wins."""

    def __init__(self, catalogue: Catalogue, dialled: str | None) -> None:
        self.book = mentions.book(catalogue)
        self.services: tuple[str, ...] = ()
        self.candidates: tuple[str, ...] = ()
        self.staff: str | None = None
        self.hard = False
        self.branch = dialled or _only(tuple(b.id for b in catalogue.branches))
        self.evidence: list[Evidence] = []

    def hear(self, turn: int, utterance: Utterance, question: str) -> None:
        text = mentions.masked(self.book, utterance.text)
        words = mentions.split(text)
        self._services(turn, utterance, text)
        self._staff(turn, utterance, text, words, question)
        if utterance.role == "user":
            self._branch(turn, text, words, question)

    def _note(self, what: str, words: str, utterance: Utterance, turn: int) -> None:
        self.evidence.append(Evidence(what=what, words=words, role=utterance.role, turn=turn))

    def _services(self, turn: int, utterance: Utterance, text: str) -> None:
        found = mentions.find(self.book.services, text)
        words = mentions.split(text)
        found = [m for m in found if not mentions.negated(words, m.start)]
        exact = [m for m in found if len(m.ids) == 1]
        if exact:
            chosen = tuple(dict.fromkeys(m.ids[0] for m in exact))
            if utterance.role == "agent" and self.services and not set(chosen) & set(self.services):
                return
            self.services, self.candidates = chosen, ()
            self._note("service", exact[-1].words, utterance, turn)
        elif found and not self.services:
            self.candidates = found[-1].ids
            self._note("service", found[-1].words, utterance, turn)

    def _staff(
        self, turn: int, utterance: Utterance, text: str, words: list[str], question: str
    ) -> None:
        if utterance.role == "user" and _ANYONE.search(fold(utterance.text)):
            self.staff, self.hard = None, False
        for mention in mentions.find(self.book.staff, text):
            if not mention.exact and len(mention.words) < 5:  # noqa: PLR2004 - short names sound alike
                continue
            before = words[max(0, mention.start - 3) : mention.start]
            named = any(w in _WITH for w in before) or (
                "bei wem" in fold(question) or "with whom" in fold(question)
            )
            if not named:
                continue
            if mentions.negated(words, mention.start):
                self.staff = None if self.staff == mention.ids[0] else self.staff
                continue
            if utterance.role == "agent" and self.staff not in (None, mention.ids[0]):
                continue
            self.staff = mention.ids[0]
            if utterance.role == "user" and _HARD.search(fold(utterance.text)):
                self.hard = True
            self._note("staff", mention.words, utterance, turn)

    def _branch(self, turn: int, text: str, words: list[str], question: str) -> None:
        for mention in mentions.find(self.book.branches, text):
            before = words[max(0, mention.start - 2) : mention.start]
            placed = any(w in _PLACE for w in before) or mention.end - mention.start > 1
            asked = any(w in fold(question) for w in ("filiale", "standort", "branch", "salon"))
            if mentions.negated(words, mention.start) or not (placed or asked):
                continue
            self.branch = mention.ids[0]
            self.evidence.append(
                Evidence(what="branch", words=mention.words, role="user", turn=turn)
            )


_WITH = {
    "bei",
    "beim",
    "zu",
    "zur",
    "zum",
    "mit",
    "von",
    "with",
    "by",
    "for",
    "frau",
    "herr",
    "herrn",
    "doktor",
    "der",
    "die",
    "to",
    "see",
}
_PLACE = {"in", "filiale", "nach", "standort", "salon", "praxis", "at", "to", "branch", "the"}


def _only(ids: tuple[str, ...]) -> str | None:
    return ids[0] if len(ids) == 1 else None


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
    """Reads a conversation as of `now` (aware, or local wall time).

    `analysis` is a second witness: it fills what the words left open and overrules nothing.
    """
    turns = tuple(utterances)[:MAX_TURNS]
    lang = language_of(turns)
    present = local(now, zone)
    action = read_wish(turns, lang)
    talk = listen(
        turns,
        present,
        lang,
        existing=action in ("cancel", "reschedule"),
        moving=action == "reschedule",
    )
    choices = _Choices(catalogue, dialled_branch_id)
    names = NameSheet(_place_words(catalogue))
    phone = email = None
    question, heard = "", 0
    withdrawn = any(t.role == "user" and wishes.withdraws(t.text) for t in turns)
    for n, turn in enumerate(turns):
        choices.hear(n, turn, question)
        if turn.role == "agent":
            question = turn.text
            names.agent(turn.text)
            continue
        heard += 1
        names.user(turn.text, question, n, opening=heard == 1)
        phone = contact.spoken_phone(turn.text, catalogue.country) or phone
        email = contact.spoken_email(turn.text) or email
    if action == "none" and talk.confirmed_start and choices.services and not withdrawn:
        action = "book"  # "Herrenhaarschnitt, Mittwoch halb zwei": a wish without a verb
    return _compose(
        action,
        turns,
        talk,
        choices,
        names,
        (phone, caller_id, email),
        (lang, zone, present),
        catalogue,
        analysis,
    )


def _place_words(catalogue: Catalogue) -> frozenset[str]:
    """Words that name branches and services; a clause of them is nobody's name."""
    said = [n for b in catalogue.branches for n in (b.name, *b.spoken_names)]
    said += [n for s in catalogue.services for n in (s.name, *s.aliases)]
    return frozenset(word for name in said for word in mentions.split(name))


def _compose(
    action: Action, turns: tuple[Utterance, ...], talk: Talk, choices: _Choices, names: NameSheet,
    reach: tuple[str | None, str | None, str | None], place: tuple[Language, str, dt.datetime],
    catalogue: Catalogue, analysis: Mapping[str, Any] | None,
) -> BookingIntent:  # fmt: skip
    lang, zone, present = place
    acts = action in ("book", "reschedule", "cancel")
    spoken, caller, email = reach
    caller = contact.caller_number(caller)
    service = choices.services[-1] if choices.services else _only(choices.candidates)
    start = talk.plan.start if action in ("book", "reschedule") else None
    if start is not None and start < present:
        start = None
    confirmed = acts and (
        talk.confirmed_start is not None and talk.confirmed_start == start
        if action != "cancel"
        else talk.confirmed_original is not None
    )
    staff = next((p for p in catalogue.staff if p.id == choices.staff), None)
    branch = next((b for b in catalogue.branches if b.id == choices.branch), None)
    item = next((s for s in catalogue.services if s.id == service), None)
    window = talk.plan.window
    missing = _missing(action, start, talk, service, choices.branch, names.full, spoken or caller)
    served = action in ("book", "reschedule", "cancel", "info") and item is not None
    doubt = talk.was_ambiguous and not talk.settled
    return BookingIntent(
        action=action, zone=zone, language=lang,
        start_local=start,
        window=Window(start_local=window.start, end_local=window.end) if window and acts else None,
        original_start_local=talk.original.start if action in ("cancel", "reschedule") else None,
        service_id=item.id if served and item else None,
        service_name=item.name if served and item else None,
        service_ids=choices.services if served else (),
        service_candidates=choices.candidates,
        staff_id=staff.id if staff and acts else None,
        staff_name=staff.display_name if staff and acts else None,
        staff_is_hard_condition=choices.hard and acts,
        branch_id=branch.id if branch else None,
        branch_name=branch.name if branch else None,
        customer_name=names.full if acts else None,
        phone=(spoken or caller) if acts else None,
        phone_source=("spoken" if spoken else "caller_id" if caller else None) if acts else None,
        email=email if acts else None,
        confirmed_by_caller=bool(confirmed),
        booked_in_call=acts and any(t.role == "agent" and _BOOKED.search(fold(t.text)) for t in turns),
        ambiguous=doubt,
        ambiguous_without_question=talk.was_ambiguous,
        other_readings_local=_others(talk, start),
        missing=missing,
        confidence=_confidence(confirmed=bool(confirmed), missing=missing, doubt=doubt),
        evidence=(*talk.evidence, *choices.evidence),
        notes=_notes(turns),
    )  # fmt: skip


def _others(talk: Talk, start: dt.datetime | None) -> tuple[dt.datetime, ...]:
    if not talk.was_ambiguous or start is None:
        return ()
    dates = [dt.datetime.combine(o.date(), start.time()) for o in talk.other_readings]
    return tuple(d for d in dates if d != start)


def _missing(
    action: Action, start: dt.datetime | None, talk: Talk, service: str | None,
    branch: str | None, name: str | None, phone: str | None,
) -> tuple[str, ...]:  # fmt: skip
    if action not in ("book", "reschedule", "cancel"):
        return ()
    lacking = []
    if action == "book" and service is None:
        lacking.append("service")
    if action != "cancel" and start is None:
        lacking.append("time" if talk.plan.day else "date")
    if branch is None:
        lacking.append("branch")
    if name is None:
        lacking.append("name")
    if phone is None:
        lacking.append("phone")
    return tuple(lacking)


def _confidence(*, confirmed: bool, missing: tuple[str, ...], doubt: bool) -> float:
    score = 0.95 if confirmed else 0.6
    score -= 0.1 * len(missing)
    if doubt:
        score = min(score, 0.4)
    return max(0.0, round(score, 2))


def _notes(turns: tuple[Utterance, ...]) -> tuple[str, ...]:
    return tuple(
        "callback"
        for _ in [0]
        if any(t.role == "user" and wishes.wants_callback(t.text) for t in turns)
    )
