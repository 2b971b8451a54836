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
from domain.intent.model import Evidence, Utterance
from domain.intent.moment import Choice, Clock, Day, Moment, Offset, Range, merge
from domain.intent.text import fold

_YES = re.compile(
    r"^\W*(ja|jo|jau|jep|genau|richtig|passt|stimmt|perfekt|super|gerne?|prima|"
    r"wunderbar|okay|ok|klar|"
    r"freilich|in ordnung|einverstanden|machen sie|bitte|sehr gut|gut|danke|ach gott ja|"
    r"yes|yeah|yep|sure|right|correct|perfect|great|exactly|fine|that works|sounds "
    r"good|please do|lovely|brilliant)\b"
)
_NO = re.compile(
    r"^\W*(ach )?(nein|nee|ne|no|nope|nicht|lieber nicht|falsch|stopp|halt|das "
    r"passt (mir )?nicht|leider nicht|not)\b"
)
_HOLDING = re.compile(
    r"\b(uberleg\w*|weiss (ich )?(noch )?nicht|moment mal|warten sie|hallo\?|ruf\w* "
    r"noch ?mal an|think about it|hold on)"
)
_TAKEN_BACK = re.compile(
    r"\b(ach nein|ah,? nein|oder nein|nein,? (halt|stopp?|doch|lieber)|doch (lieber )?nicht|"
    r"(lieber|besser) (doch )?nicht|lass\w*( sie)?( wir)? (es|das)( bitte)?( ganz| lieber)?\b"
    r"(?! uns)(?=( sein| bleiben)?\W*$)|vergessen sie (es|das)|actually,? no|no,? wait|"
    r"on second thoughts?|rather not|forget it)\b"
)
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
    settled: bool = False  # the caller agreed to one of several readings
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
    if _HOLDING.search(folded) or _TAKEN_BACK.search(folded):
        return False
    return _YES.match(folded) is not None


def objects(text: str) -> bool:
    return _NO.match(fold(text)) is not None


def undecided(text: str) -> bool:
    return _HOLDING.search(fold(text)) is not None


def takes_back(text: str) -> bool:
    """`Ja. Äh, nein, doch nicht`: a yes that is taken back in the same breath is none."""
    return _TAKEN_BACK.search(fold(text)) is not None


def place(meaning: Moment, plan: Plan, now: dt.datetime, base: dt.datetime | None = None) -> Plan:
    """The plan with this moment in it: what was not said anew stays as it was.

    `base`: what "an hour later" counts from when the plan has no time yet.
    """
    if meaning.offset is not None:
        return _placed_offset(meaning.offset, plan, now, base)
    day, clock = plan.day, plan.clock
    if meaning.day is not None and not _repeats(meaning.day, plan, now):
        day = Moment(day=meaning.day)
    if meaning.clock is not None or meaning.part is not None:
        clock = _placed_clock(meaning, plan)
    return _completed(Plan(None, day, clock, window=plan.window), now)


def _placed_offset(offset: Offset, plan: Plan, now: dt.datetime, base: dt.datetime | None) -> Plan:
    start = plan.start or base
    duration = offset.duration
    if duration.grain in {"hour", "minute"}:
        at = steps.shift(start or now, offset.sign * duration.n, duration.grain)
        return Plan(
            at, Moment(day=_fixed(at.date())), Moment(clock=Clock(at.hour, at.minute, None, "24"))
        )
    span = resolve.first(Moment(offset=offset), now)
    day = Moment(day=_fixed(span.start.date())) if span and span.start else plan.day
    return _completed(Plan(None, day, plan.clock), now)


def _placed_clock(meaning: Moment, plan: Plan) -> Moment:
    clock = Moment(clock=meaning.clock, part=meaning.part)
    before = plan.clock
    if before is None:
        return clock
    if meaning.clock is None and before.clock is not None:
        return merge(Moment(clock=before.clock), clock) or clock
    if meaning.part is None and before.clock is None:
        return merge(before, clock) or clock
    return clock


def _repeats(day: Day, plan: Plan, now: dt.datetime) -> bool:
    """A bare weekday that fits the date on the table is that date, not the nearest such day."""
    if day != Day(wd=day.wd) or plan.day is None:
        return False
    span = resolve.first(plan.day, now)
    return (
        span is not None
        and span.start is not None
        and span.start.weekday() == day.wd
        and span.grain == "day"
    )


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
    same_week = near.start < steps.floor(now, "week") + dt.timedelta(7)
    return [near.start + dt.timedelta(7)] if same_week else []


class Listener:
    def __init__(self, now: dt.datetime, lang: str, *, existing: bool, moving: bool) -> None:
        self.talk = Talk(now, lang)
        self.existing = existing  # the caller has an appointment: he moves or cancels it
        self.moving = moving
        self.proposal: Plan | None = None
        self.old_proposal: Plan | None = None
        self.question = ""

    def user(self, turn: int, text: str) -> None:
        proposed = self._answer(text)
        for found in reader.read(text, self.talk.lang):
            if _is_denied(text, found.start) or _is_small_talk(text, found):
                continue
            self._hear(turn, text, found)
        if proposed is not None and self.talk.plan.start == proposed:
            self.talk.confirmed_start = proposed
            self.talk.settled = True

    def _answer(self, text: str) -> dt.datetime | None:
        """The proposed start, if this turn does not object to what the agent just said."""
        proposal, old = self.proposal, self.old_proposal
        self.proposal = self.old_proposal = None
        if (
            undecided(text)
            or takes_back(text)
            or (objects(text) and _asks_for_yes(self.question, self.talk.lang))
        ):
            return None
        if old is not None and old.start is not None:
            self.talk.original = old
            self.talk.confirmed_original = old.start
        if proposal is None:
            return None
        self.talk.plan = proposal
        return proposal.start

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
        low = next((a for a, b in _sentences(text) if a <= found.start < b), 0)
        said = text[low : found.start].lower()
        existing = list(_EXISTING.finditer(said))
        return bool(existing) and not _TARGET.search(fold(said[existing[-1].end() :]))

    def agent(self, turn: int, text: str) -> None:
        self.proposal = self.old_proposal = None
        self.question = text
        plan = replace(self.talk.plan)
        for found in reader.read(text, self.talk.lang):
            meaning = found.meaning
            if isinstance(meaning, Choice):
                self.talk.asked = True
            if not isinstance(meaning, Moment) or (meaning.clock is None and meaning.day is None):
                continue
            if _REFUSED.search(fold(_sentence_of(text, found.start))):
                continue
            plan = self._propose(turn, text, found, meaning, plan)

    def _propose(
        self, turn: int, text: str, found: reader.Found, meaning: Moment, plan: Plan
    ) -> Plan:
        talk = self.talk
        words = text[found.start : found.end]
        if self.existing and (not self.moving or _von(text, found)):
            old = place(meaning, self.old_proposal or talk.original, talk.now)
            old.turn, old.words = turn, words
            self.old_proposal = old
            return plan
        plan = place(meaning, plan, talk.now)
        plan.turn, plan.words = turn, words
        if plan.start is None or plan.start != talk.original.start:
            self.proposal = plan
        talk.evidence.append(Evidence(what="proposed", words=words, role="agent", turn=turn))
        return plan


_VON = re.compile(r"\b(von|vom|statt|from|anstatt)( den| dem| the)?\W*$")
_VON_FIRST = re.compile(r"(von|vom|from|statt)\b")
_YES_WANTED = re.compile(
    r"\b(richtig|passt|eintragen|buchen|recht|okay|in ordnung|stimmt|so gut|"
    r"verlegen|verschieben|umbuchen|absagen|stornieren|einverstanden|"
    r"korrekt|gut so|correct|right|shall i|should i|okay|does that work|is that)\b"
)


def _asks_for_yes(question: str, lang: str) -> bool:
    """Whether a "no" refuses the time named; "sonst noch etwas?" – "nein, danke" does not."""
    last = [question[a:b] for a, b in _sentences(question) if question[a:b].strip()]
    if not last:
        return False
    ending = last[-1]
    if not ending.strip().endswith("?"):
        return True
    return _YES_WANTED.search(fold(ending)) is not None or bool(reader.read(ending, lang))


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
    listener = Listener(now, lang, existing=existing, moving=moving)
    for turn, utterance in enumerate(utterances):
        if utterance.role == "user":
            listener.user(turn, utterance.text)
        else:
            listener.agent(turn, utterance.text)
    return listener.talk
