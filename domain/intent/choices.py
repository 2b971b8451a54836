"""Service, staff member and branch over a conversation."""

import re

from domain.intent import mentions
from domain.intent.model import Catalogue, Evidence, Utterance
from domain.intent.text import fold

_HARD = re.compile(
    r"\b(nur|unbedingt|ausschliesslich|auf jeden fall|auf keinen fall (zu|bei) "
    r"(jemand|wem)|only|must be|definitely)\b"
)
_ANYONE = re.compile(
    r"\b(egal (bei )?wem|egal wer|ganz egal|anyone|doesn't matter who|no preference)\b"
)


class Choices:
    """Service, staff and branch over the call: the last thing said, and not taken back, wins."""

    def __init__(self, catalogue: Catalogue, dialled: str | None) -> None:
        self.book = mentions.book(catalogue)
        self.services: tuple[str, ...] = ()
        self.candidates: tuple[str, ...] = ()
        self.staff: str | None = None
        self.hard = False
        self.branch = dialled or _only(tuple(b.id for b in catalogue.branches))
        self.evidence: list[Evidence] = []

    @property
    def service(self) -> str | None:
        return self.services[-1] if self.services else _only(self.candidates)

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
        since = 0
        for mention in mentions.find(self.book.branches, text):
            denied = mentions.negated(words, mention.start, since)
            since = mention.end
            before = words[max(0, mention.start - 2) : mention.start]
            placed = any(w in _PLACE for w in before) or mention.end - mention.start > 1
            asked = any(w in fold(question) for w in ("filiale", "standort", "branch", "salon"))
            if denied or not (placed or asked):
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
