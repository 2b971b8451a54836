"""Times in a conversation: who named them, who agreed, what stands at the end.

The caller's own words make the plan. What the agent says is a proposal: it becomes the plan when
the caller's next turn agrees or simply goes on, and is dropped when that turn objects. Refused
times ("zehn Uhr ist belegt") are no proposals. Words about an appointment that exists already
("mein Termin morgen um zehn") are kept apart.
"""

import datetime as dt
import re
from dataclasses import dataclass, field, replace

from domain.intent import reader, resolve, steps, stretches
from domain.intent.agreeing import (
    asks_for_yes,
    is_refused,
    objects,
    refuses,
    sentence_of,
    sentences,
    takes,
    takes_back,
    undecided,
)
from domain.intent.model import Evidence, Utterance
from domain.intent.moment import Choice, Day, Moment, Range
from domain.intent.offered import Chosen, Offers
from domain.intent.placing import Plan, place
from domain.intent.text import fold

_REFUSED = re.compile(
    r"\b(belegt|vergeben|ausgebucht|vorbei|nicht (mehr )?(frei|moglich|verfugbar)|"
    r"leider (kein|nicht|schon)|geschlossen|"
    r"geoffnet|offen|taken|fully booked|not available|unavailable|closed|no longer)\b"
)
# Looked for in the words as said: folded, "hätte gern" would be "hatte".
_EXISTING = re.compile(
    r"\b(mein\w* termin|den termin (am|um|von|vom)|termin von|termin vom|(hab|habe|"
    r"hatte)( ich)?( \w+)? einen termin|ursprünglich\w*|bisher\w*|"
    r"(?:den|meinen|unseren) termin(?=\W*$)|statt|anstatt|anstelle|my (\w+ "
    r")?appointment|instead of|have an appointment|gebuchten)\b|\b(hab|habe|hatte|"
    r"bin|have|am booked|got)( ich| i)?( \w+)?\W*$"
)
_TARGET = re.compile(
    r"\b(auf|konnt\w*|kann|ging\w*|wurd\w*|could|can|lieber|verschieben|verlegen|"
    r"umbuchen|move|reschedule|change|stattdessen|neu\w*|to|instead|geht|ginge|"
    r"dorthin|dafur)\b"
)


@dataclass(slots=True)
class Talk:
    """What the conversation says about time, settled after the last turn."""

    now: dt.datetime
    lang: str
    plan: Plan = field(default_factory=Plan)
    original: Plan = field(default_factory=Plan)
    confirmed_start: dt.datetime | None = None
    confirmed_original: dt.datetime | None = None
    other_readings: tuple[dt.datetime, ...] = ()
    was_ambiguous: bool = False
    asked: bool = False
    settled: bool = False  # the caller agreed to one of several readings
    evidence: list[Evidence] = field(default_factory=list)


def readings(meaning: Moment, now: dt.datetime) -> list[dt.datetime]:
    """Other dates that `nächsten Samstag` may fairly mean; empty where there is no doubt."""
    day = meaning.day
    if day is None or day.wd is None or day.which != "next":
        return []
    near = resolve.first(Moment(day=Day(wd=day.wd, which="coming")), now)
    if near is None or near.start is None:
        return []
    if day.jump:
        return [near.start]
    same_week = near.start < steps.floor(now, "week") + dt.timedelta(7)
    return [near.start + dt.timedelta(7)] if same_week else []


class Listener:
    def __init__(self, now: dt.datetime, lang: str, *, existing: bool, moving: bool) -> None:
        self.talk = Talk(now, lang)
        self.existing = existing  # the caller has an appointment: he moves or cancels it
        self.moving = moving
        self.offers = Offers()
        self.old_offers = Offers()
        self.question = ""

    def user(self, turn: int, text: str) -> None:
        lang, talk = self.talk.lang, self.talk
        heard = [
            found
            for found in reader.read(text, lang)
            if not _is_denied(text, found.start) and not _is_small_talk(text, found)
        ]
        taken, chosen_by = self._answer(text, heard)
        for found in heard:
            if fold(text[found.start : found.end]) not in chosen_by:
                self._hear(turn, text, found)
        if taken is not None and talk.plan.start == taken:
            talk.confirmed_start = taken
            talk.settled = True

    def _answer(self, text: str, heard: list[reader.Found]) -> tuple[dt.datetime | None, str]:
        """The start that this turn takes of what was offered, and the words it is chosen by.

        What the caller named himself is taken by going on; what the agent came up with wants a yes.
        """
        offers, old, talk = self.offers, self.old_offers, self.talk
        self.offers, self.old_offers = Offers(), Offers()
        named = [
            f.meaning
            for f in heard
            if isinstance(f.meaning, Moment) and not is_refused(text, f.start)
        ]
        if undecided(text) or takes_back(text) or not (offers.last or old.last):
            return None, ""
        wants_yes = asks_for_yes(self.question, talk.lang)
        objected = wants_yes and objects(text)
        original = old.taken(text, named, talk.now) if not objected else None
        if original is not None:
            talk.original = original.plan
            talk.confirmed_original = original.plan.start
        found = offers.chosen(text, named, talk.now, by_place=not objected)
        if found is None and not objected:
            found = self._went_on(text, offers, heard, wants_yes=wants_yes)
        if found is None:
            return None, original.words if original else ""
        talk.plan = found.plan
        return found.plan.start, found.words

    def _went_on(
        self, text: str, offers: Offers, heard: list[reader.Found], *, wants_yes: bool
    ) -> Chosen | None:
        only = offers.only
        if only is None or refuses(text):
            return None
        own = only.start is not None and only.start == self.talk.plan.start
        told = own and not self.question.rstrip().endswith("?")
        if not wants_yes or told or takes(text):
            return Chosen(plan=only)
        if heard:
            self.talk.plan = only  # "geht auch zwölf Uhr?" is on the day that was offered
        return None

    def _hear(self, turn: int, text: str, found: reader.Found) -> None:
        words = text[found.start : found.end]
        if isinstance(found.meaning, Moment):
            fresh = self.moving and found.meaning.offset is not None  # "eine Stunde später"
            old = self.existing and not fresh and self._is_original(text, found)
            self._hear_moment(turn, words, found.meaning, old=old)
        elif isinstance(found.meaning, Choice):
            self._hear_choice(turn, words, found.meaning)
        else:
            self._hear_range(turn, words, found.meaning)

    def _hear_moment(self, turn: int, words: str, meaning: Moment, *, old: bool) -> None:
        talk = self.talk
        before = talk.original if old else talk.plan
        base = talk.original.start if self.moving and not old else None
        after = place(meaning, before, talk.now, base)
        after.turn, after.words = turn, words
        what = "original" if old else "start"
        talk.evidence.append(Evidence(what=what, words=words, role="user", turn=turn))
        if old:
            talk.original = after
            return
        others = readings(meaning, talk.now)
        if others:
            talk.was_ambiguous, talk.settled = True, False
            talk.other_readings = tuple(others)
        talk.plan = after
        if after.start != talk.confirmed_start:
            talk.confirmed_start = None

    def _hear_choice(self, turn: int, words: str, choice: Choice) -> None:
        """`Montag oder Dienstag`: both would do, so the agent has to settle it."""
        talk = self.talk
        placed = [place(o, talk.plan, talk.now) for o in choice.options if isinstance(o, Moment)]
        starts = [p.start for p in placed if p.start is not None]
        talk.was_ambiguous, talk.settled = True, False
        talk.other_readings = tuple(starts)
        talk.plan = replace(talk.plan, start=None)
        talk.evidence.append(Evidence(what="choice", words=words, role="user", turn=turn))

    def _hear_range(self, turn: int, words: str, span: Range) -> None:
        talk = self.talk
        if (
            self.moving
            and span.low
            and span.high
            and words.lower().startswith("from")
            and span.low.clock
        ):
            self._hear_moment(turn, words, span.low, old=True)  # "move it from ten to eleven"
            self._hear_moment(turn, words, span.high, old=False)
            return
        day = span.low.day if span.low else span.high.day if span.high else None
        plan = replace(talk.plan, window=stretches.ranges(span, talk.now))
        talk.plan = replace(plan, day=Moment(day=day)) if day else plan
        talk.evidence.append(Evidence(what="window", words=words, role="user", turn=turn))

    def _is_original(self, text: str, found: reader.Found) -> bool:
        before = fold(text[: found.start])
        if re.search(r"\b(auf|to|lieber|stattdessen|until)( den| die| das| the)?\W*$", before):
            return False
        if not self.moving:
            return True
        if _VON.search(before) or _VON_FIRST.match(fold(text[found.start : found.end])):
            return True
        low = next((a for a, b in sentences(text) if a <= found.start < b), 0)
        said = text[low : found.start].lower()
        existing = list(_EXISTING.finditer(said))
        return bool(existing) and not _TARGET.search(fold(said[existing[-1].end() :]))

    def agent(self, turn: int, text: str) -> None:
        self.offers, self.old_offers = Offers(), Offers()
        self.question = text
        plan = replace(self.talk.plan)
        for found in reader.read(text, self.talk.lang):
            meaning = found.meaning
            options = meaning.options if isinstance(meaning, Choice) else (meaning,)
            self.talk.asked = self.talk.asked or isinstance(meaning, Choice)
            sentence = sentence_of(text, found.start)
            if _REFUSED.search(fold(sentence)):
                continue
            for option in options:
                if isinstance(option, Moment) and (option.clock or option.day):
                    plan = self._propose(turn, text, found, option, plan)
        # "Also Donnerstag um elf, richtig?" after a list: that one is read back.
        self.offers.read_back(lambda sentence: asks_for_yes(sentence, self.talk.lang))

    def _propose(
        self, turn: int, text: str, found: reader.Found, meaning: Moment, plan: Plan
    ) -> Plan:
        talk = self.talk
        words = text[found.start : found.end]
        sentence = sentence_of(text, found.start)
        if self.existing and (not self.moving or _is_of_old(text, found)):
            before = self.old_offers.last or talk.original
            old = place(meaning, before, talk.now)
            old.turn, old.words = turn, words
            self.old_offers.add(old, meaning, sentence)
            return plan
        plan = place(meaning, plan, talk.now)
        plan.turn, plan.words = turn, words
        if plan.start is None or plan.start != talk.original.start:
            self.offers.add(plan, meaning, sentence)
        talk.evidence.append(Evidence(what="proposed", words=words, role="agent", turn=turn))
        return plan


_VON = re.compile(r"\b(von|vom|statt|from|anstatt)( den| dem| the)?\W*$")
_HAVE = re.compile(
    r"\b(sie (haben|hatten)|(haben|hatten) sie|you have|you had)\b.*\b(termin|appointment)\b"
)
_VON_FIRST = re.compile(r"(von|vom|from|statt)\b")


def _is_of_old(text: str, found: reader.Found) -> bool:
    """`Ihren Termin vom Mittwoch`, `Sie haben am Mittwoch einen Termin`."""
    if _HAVE.search(fold(sentence_of(text, found.start))):
        return True
    return re.search(
        r"\b(von|vom|from|termin am|termin um)\s*$", fold(text[: found.start])
    ) is not None or (
        re.match(r"(von|vom|from)\b", fold(text[found.start : found.end])) is not None
    )


def _is_denied(text: str, at: int) -> bool:
    return (
        re.search(
            r"\b(nicht|not|ausser|except)( am| um| den| diesen| on| at| this)?\W*$", fold(text[:at])
        )
        is not None
    )


def _is_small_talk(text: str, found: reader.Found) -> bool:
    """`Guten Morgen`, `bis morgen`, "seit heute Nacht": words of time that fix no appointment."""
    before = fold(text[: found.start])
    return re.search(r"\b(seit|bis|gut\w*|schon\w* guten)\W*$", before) is not None or (
        fold(text[found.start : found.end]).startswith(("bis morgen", "seit"))
    )


def listen(
    utterances: tuple[Utterance, ...], now: dt.datetime, lang: str, *, existing: bool, moving: bool
) -> Talk:
    listener = Listener(now, lang, existing=existing, moving=moving)
    for turn, utterance in enumerate(utterances):
        if utterance.role == "user":
            listener.user(turn, utterance.text)
        else:
            listener.agent(turn, utterance.text)
    return listener.talk
