"""Times in a conversation: who named them, who agreed, what stands at the end.

The caller's own words make the plan. What the agent says is a proposal: it becomes the plan when
the caller's next turn agrees or simply goes on, and is dropped when that turn objects. Refused
times ("zehn Uhr ist belegt") are no proposals. Words about an appointment that exists already
("mein Termin morgen um zehn") are kept apart.
"""

import datetime as dt
import re
from dataclasses import dataclass, field, replace

from domain.intent import reader, resolve
from domain.intent.model import Evidence, Utterance
from domain.intent.moment import Choice, Day, Moment, Range, merge
from domain.intent.text import fold

_YES = re.compile(
    r"^\W*(ja|jo|jau|jep|genau|richtig|passt|stimmt|perfekt|super|gerne?|prima|wunderbar|okay|ok|klar|"
    r"freilich|in ordnung|einverstanden|machen sie|bitte|sehr gut|gut|danke|ach gott ja|"
    r"yes|yeah|yep|sure|right|correct|perfect|great|exactly|fine|that works|sounds good|please do|lovely|brilliant)\b"
)
_NO = re.compile(
    r"^\W*(ach )?(nein|nee|ne|no|nope|nicht|lieber nicht|falsch|stopp|halt|das passt (mir )?nicht|leider nicht|not)\b"
)
_HOLDING = re.compile(
    r"\b(uberleg\w*|weiss (ich )?(noch )?nicht|moment mal|warten sie|hallo\?|ruf\w* noch ?mal an|think about it|hold on)"
)
_REFUSED = re.compile(
    r"\b(belegt|vergeben|ausgebucht|vorbei|nicht (mehr )?(frei|moglich|verfugbar)|leider (kein|nicht|schon)|geschlossen|"
    r"geoffnet|offen|taken|fully booked|not available|unavailable|closed|no longer)\b"
)
_EXISTING = re.compile(
    r"\b(mein\w* termin|den termin (am|um|von|vom)|termin von|termin vom|(hab|habe|hatte) (ich )?(\w+ )?(einen termin|morgen|heute|am|um|gebucht)|"
    r"ursprunglich|bisher\w*|statt|anstatt|anstelle|my (\w+ )?appointment|instead of|have an appointment|gebuchten)\b"
)
_TARGET = re.compile(r"\b(auf|lieber|stattdessen|neu\w*|to|instead|geht|ginge|dorthin|dafur)\b")


@dataclass(slots=True)
class Plan:
    start: dt.datetime | None = None  # complete: date and clock
    day: Moment | None = None
    clock: Moment | None = None
    window: resolve.Span | None = None
    turn: int = -1
    words: str = ""


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
    evidence: list[Evidence] = field(default_factory=list)


def _sentences(text: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for match in re.finditer(r"[.!?]+(?=\s|$)", text):
        if re.search(r"\d$", text[start : match.start()]) and match[0] == ".":
            continue
        spans.append((start, match.end()))
        start = match.end()
    return [*spans, (start, len(text))]


def _sentence_of(text: str, at: int) -> str:
    low, high = next(((a, b) for a, b in _sentences(text) if a <= at < b), (0, len(text)))
    return text[low:high]


def agrees(text: str) -> bool:
    folded = fold(text)
    return _YES.match(folded) is not None and not _HOLDING.search(folded)


def objects(text: str) -> bool:
    return _NO.match(fold(text)) is not None


def undecided(text: str) -> bool:
    return _HOLDING.search(fold(text)) is not None


def place(meaning: Moment, plan: Plan, now: dt.datetime) -> Plan:
    """The plan with this moment in it: what was not said anew stays as it was."""
    day, clock = plan.day, plan.clock
    if meaning.offset is not None and meaning.offset.duration.grain in ("hour", "minute"):
        base = plan.start or now
        at = resolve.shift(
            base, meaning.offset.sign * meaning.offset.duration.n, meaning.offset.duration.grain
        )
        return Plan(at, Moment(day=_fixed(at.date())), None)
    if meaning.offset is not None:
        span = resolve.first(meaning, now)
        meaning = Moment(day=_fixed(span.start.date())) if span and span.start else Moment()
    if meaning.day is not None:
        day = Moment(day=meaning.day)
    if meaning.clock is not None or meaning.part is not None:
        clock = Moment(clock=meaning.clock, part=meaning.part)
        if meaning.clock is None and plan.clock is not None and plan.clock.clock is not None:
            both = merge(Moment(clock=plan.clock.clock), clock)
            clock = both or clock
        elif meaning.part is None and plan.clock is not None and plan.clock.clock is None:
            clock = merge(plan.clock, clock) or clock
    return _completed(Plan(None, day, clock), now)


def _fixed(date: dt.date) -> Day:
    return Day(year=date.year, month=date.month, dom=date.day)


def _completed(plan: Plan, now: dt.datetime) -> Plan:
    if plan.clock is None or plan.clock.clock is None:
        return plan
    whole = merge(plan.day, plan.clock) if plan.day else plan.clock
    span = resolve.first(whole, now) if whole else None
    return replace(plan, start=span.start if span else None)


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
    same_week = near.start < resolve.floor(now, "week") + dt.timedelta(7)
    return [near.start + dt.timedelta(7)] if same_week else []


class Listener:
    def __init__(self, now: dt.datetime, lang: str, *, existing: bool) -> None:
        self.talk = Talk(now, lang)
        self.existing = existing  # the caller has an appointment: he moves or cancels it
        self.moving = False
        self.proposal: Plan | None = None
        self.old_proposal: Plan | None = None

    def user(self, turn: int, text: str) -> None:
        accepted = self._answer(text)
        for found in reader.read(text, self.talk.lang):
            if isinstance(found.meaning, Choice):
                continue
            if _is_denied(text, found.start) or _is_small_talk(text, found):
                continue
            self._hear(turn, text, found)
        if accepted and self.talk.plan.start is not None:
            self.talk.confirmed_start = self.talk.plan.start

    def _answer(self, text: str) -> bool:
        proposal, old = self.proposal, self.old_proposal
        self.proposal = self.old_proposal = None
        if objects(text) or undecided(text):
            return False
        if old is not None and old.start is not None:
            self.talk.original = old
            self.talk.confirmed_original = old.start
        if proposal is None:
            return False
        self.talk.plan = proposal
        return proposal.start is not None

    def _hear(self, turn: int, text: str, found: reader.Found) -> None:
        talk = self.talk
        words = text[found.start : found.end]
        if isinstance(found.meaning, Range):
            talk.plan.window = resolve.ranges(found.meaning, talk.now)
            talk.evidence.append(Evidence(what="window", words=words, role="user", turn=turn))
            return
        if not isinstance(found.meaning, Moment):
            return
        old = self.existing and self._is_original(text, found)
        before = talk.original if old else talk.plan
        after = place(found.meaning, before, talk.now)
        after.turn, after.words = turn, words
        if old:
            talk.original = after
        else:
            others = readings(found.meaning, talk.now)
            if others:
                talk.was_ambiguous = True
                talk.other_readings = tuple(others)
            talk.plan = after
            if after.start != talk.confirmed_start:
                talk.confirmed_start = None
        talk.evidence.append(
            Evidence(what="original" if old else "start", words=words, role="user", turn=turn)
        )

    def _is_original(self, text: str, found: reader.Found) -> bool:
        before = fold(text[: found.start])
        clause = fold(_sentence_of(text, found.start))
        if re.search(r"\b(auf|to|lieber|stattdessen)( den| die| das| the)?\W*$", before):
            return False
        if re.search(r"\b(von|vom|statt|from|anstatt)( den| dem| the)?\W*$", before):
            return True
        if not self.moving:
            return True
        if self.talk.original.start is None and self.talk.plan.day is None:
            return _EXISTING.search(clause) is not None and not _TARGET.search(clause)
        return _EXISTING.search(clause) is not None

    def agent(self, turn: int, text: str) -> None:
        self.proposal = self.old_proposal = None
        talk = self.talk
        plan = replace(talk.plan)
        for found in reader.read(text, talk.lang):
            if isinstance(found.meaning, Choice):
                self.talk.asked = True
            if not isinstance(found.meaning, Moment):
                continue
            meaning = found.meaning
            if _REFUSED.search(fold(_sentence_of(text, found.start))):
                continue
            if meaning.clock is None and meaning.day is None:
                continue
            words = text[found.start : found.end]
            if self.existing and (
                not self.moving or (self._is_original(text, found) and _von(text, found))
            ):
                old = place(meaning, talk.original, talk.now)
                old.turn, old.words = turn, words
                self.old_proposal = old
                continue
            plan = place(meaning, plan, talk.now)
            plan.turn, plan.words = turn, words
            self.proposal = plan
            talk.evidence.append(Evidence(what="proposed", words=words, role="agent", turn=turn))


def _von(text: str, found: reader.Found) -> bool:
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
    listener = Listener(now, lang, existing=existing)
    listener.moving = moving
    for turn, utterance in enumerate(utterances):
        if utterance.role == "user":
            listener.user(turn, utterance.text)
        else:
            listener.agent(turn, utterance.text)
    return listener.talk
