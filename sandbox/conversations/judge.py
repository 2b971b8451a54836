"""One verdict for each conversation: what was told against what is true in the calendar. No I/O."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, get_args

from sandbox.conversations.claims import Claim

Verdict = Literal[
    "pass",
    "told_booked_not_there",
    "told_moved_not_there",
    "told_cancelled_not_there",
    "told_another_time",
    "two_bookings_for_one_wish",
    "offered_or_booked_never_free",
    "booked_not_told",
    "wish_not_met",
]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
# Of several the worst is the verdict: two places taken, then what never was, then lies, then the
# rest.
_WORST_FIRST: tuple[Verdict, ...] = (
    "two_bookings_for_one_wish",
    "offered_or_booked_never_free",
    "told_booked_not_there",
    "told_moved_not_there",
    "told_cancelled_not_there",
    "told_another_time",
    "booked_not_told",
    "wish_not_met",
)
_STRENGTH = {"has": 0, "stays": 0, "reserved": 1, "booked": 2, "moved": 2}
_LIVE = frozenset({"booked", "reserved"})
_CLOSING = {
    "book": frozenset({"booked", "sorry"}),
    "reschedule": frozenset({"moved", "stays", "sorry"}),
    "cancel": frozenset({"cancelled", "stays", "sorry"}),
}
# The message about a change and the answer that it was taken down are written at the same time.
_A_MOMENT = timedelta(seconds=10)


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An appointment of the caller's at the end. `bookings`: starts of its live ones at Cal.com.

    `before`: it was there before the call. `start`: local and aware.
    """

    id: str
    start: datetime
    status: str
    bookings: Sequence[datetime] = ()
    service: str = ""
    staff: str = ""
    branch: str = ""
    before: bool = False

    @property
    def stands(self) -> bool:
        return self.status == "booked" and bool(self.bookings)


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A time that was offered, held or booked. `why_not`: it never was to be had; else empty."""

    start: datetime
    staff: str
    why_not: str = ""


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What the scenario expects. `starts`: of the appointments that are to stand, in order.

    `may_refuse`: nothing or another time is right as well, as long as that is what was told.
    `limit`: so many appointments this caller may have at the end; more are too many for one wish.
    `none_new`: none that was not there before, whatever was told of it.
    """

    starts: Sequence[datetime] = ()
    gone: Sequence[datetime] = ()
    limit: int = 1
    may_refuse: bool = False
    none_new: bool = False


@dataclass(frozen=True, kw_only=True)
class Scene:
    """All that the judge looks at. `own`: what the caller had before, by id. `claims`: by time.

    `stray`: live bookings at Cal.com that name this call, or an appointment of it, and that no
    appointment has. `misspoken`: offers whose words are another time than their fields.
    `problems`: what else is not as expected.
    """

    claims: Sequence[Claim]
    standing: Sequence[Standing]
    wanted: Wanted
    own: dict[str, datetime] = field(default_factory=dict)
    slots: Sequence[Slot] = ()
    stray: Sequence[datetime] = ()
    misspoken: Sequence[str] = ()
    problems: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Judgement:
    verdict: Verdict
    reasons: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return self.verdict == "pass"


Finding = tuple[Verdict, str]


def judge(scene: Scene) -> Judgement:
    believed = _Believed(scene)
    findings = [
        *_too_many(scene),
        *_never_free(scene),
        *_misspoken(scene),
        *believed.broken(),
        *_not_met(scene),
    ]
    for verdict in _WORST_FIRST:
        reasons = tuple(text for found, text in findings if found == verdict)
        if reasons:
            return Judgement(verdict=verdict, reasons=reasons)
    return Judgement(verdict="pass")


def worst(judgements: Sequence[Judgement]) -> Judgement:
    """Of several callers' one for all of them."""
    for verdict in _WORST_FIRST:
        reasons = tuple(r for each in judgements if each.verdict == verdict for r in each.reasons)
        if reasons:
            return Judgement(verdict=verdict, reasons=reasons)
    return Judgement(verdict="pass")


# --- the calendar alone -------------------------------------------------------------------------


def _too_many(scene: Scene) -> Iterator[Finding]:
    for one in scene.standing:
        if len(one.bookings) > 1:
            yield "two_bookings_for_one_wish", f"{len(one.bookings)} live bookings of {one.id}"
    live = [one for one in scene.standing if one.status in _LIVE]
    if len(live) > max(scene.wanted.limit, 1):
        times = ", ".join(_said(one.start) for one in live)
        yield "two_bookings_for_one_wish", f"{len(live)} appointments: {times}"
    for start in scene.stray:
        yield "two_bookings_for_one_wish", f"a live booking that no appointment has: {_said(start)}"


def _never_free(scene: Scene) -> Iterator[Finding]:
    for slot in scene.slots:
        if slot.why_not:
            where = f"{_said(slot.start)} with {slot.staff or 'anybody'}"
            yield "offered_or_booked_never_free", f"{where}: {slot.why_not}"


def _not_met(scene: Scene) -> Iterator[Finding]:
    yield from (("wish_not_met", problem) for problem in scene.problems)
    wanted = scene.wanted
    if wanted.none_new:
        for one in scene.standing:
            if one.status in _LIVE and not one.before:
                yield "wish_not_met", f"nobody wanted one: {_said(one.start)}"
    if wanted.may_refuse:
        return
    stands = Counter(one.start for one in scene.standing if one.stands)
    missing = Counter(wanted.starts) - stands
    if missing:
        yield "wish_not_met", "not booked: " + ", ".join(_said(start) for start in missing)
    for one in scene.standing:
        if one.status not in _LIVE:
            continue
        if one.start in wanted.gone and one.start not in wanted.starts:
            yield "wish_not_met", f"still there: {_said(one.start)}"
        elif not one.before and one.start not in wanted.starts:
            yield "wish_not_met", f"nobody wished for {_said(one.start)}"


def _misspoken(scene: Scene) -> Iterator[Finding]:
    yield from (("told_another_time", text) for text in scene.misspoken)
    for claim in scene.claims:
        if claim.kind != "nothing" and claim.misspoken and claim.start is not None:
            yield "told_another_time", f"{_said(claim.start)} is told as: {claim.text}"


# --- what the caller believes at the end --------------------------------------------------------


class _Believed:
    """The claims one after the other, as whoever hears them takes them."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._times: dict[datetime, Claim | None] = dict.fromkeys(scene.own.values())
        self._ids = dict(scene.own)
        self._gone: dict[datetime, Claim] = {}
        self._open: list[Claim] = []
        self._broken: list[Finding] = []
        for claim in sorted(scene.claims, key=lambda claim: claim.at):
            self._take(claim)

    def broken(self) -> Iterator[Finding]:
        yield from self._broken
        stands = {one.start for one in self._scene.standing if one.stands}
        live = {one.start for one in self._scene.standing if one.status in _LIVE}
        unheard = [s for s in stands if s not in self._times]
        for start, claim in self._times.items():
            if start in stands:
                if claim is not None and claim.kind == "reserved":
                    yield "booked_not_told", f"reserved was the last word: {claim.text}"
            elif claim is not None:
                yield self._not_there(start, claim, unheard)
            elif start not in self._scene.wanted.gone:
                yield "wish_not_met", f"what was there before is gone: {_said(start)}"
        for start, claim in self._gone.items():
            if start in live:
                yield "told_cancelled_not_there", f"it is there still: {claim.text}"
        if not self._told_elsewhere(unheard):
            yield from (("booked_not_told", f"nobody told of {_said(start)}") for start in unheard)
        yield from (_no_word_after(claim) for claim in self._open if not self._closed(claim))

    def _take(self, claim: Claim) -> None:
        if claim.kind in {"booked", "has", "stays", "reserved"} and claim.start is not None:
            self._heard_of(claim, claim.start)
        elif claim.kind == "moved" and claim.start is not None:
            self._moved(claim, claim.start)
        elif claim.kind == "cancelled":
            self._cancelled(claim)
        elif claim.kind == "sorry":
            self._sorry(claim)
        elif claim.kind == "taken_down":
            self._open.append(claim)

    def _heard_of(self, claim: Claim, start: datetime) -> None:
        if claim.kind == "reserved" and self._is_overtaken(claim):
            return
        self._ids |= dict.fromkeys(claim.ids, start)
        self._gone.pop(start, None)
        # A weaker word about what is known already changes nothing; what was there before is known.
        before = self._times.get(start)
        if start not in self._times or (
            before is not None and _STRENGTH[claim.kind] >= _STRENGTH[before.kind]
        ):
            self._times[start] = claim

    def _is_overtaken(self, claim: Claim) -> bool:
        """An SMS may be there before the sentence that was made a moment before it is spoken."""
        return any(
            one.kind == "sorry"
            and one.start in (None, claim.start)
            and claim.at - _A_MOMENT <= one.at < claim.at
            for one in self._scene.claims
        )

    def _moved(self, claim: Claim, start: datetime) -> None:
        origins = [self._ids[one] for one in claim.ids if one in self._ids]
        if not origins and len(self._times) == 1:
            origins = list(self._times)
        for origin in origins:
            if origin != start:
                self._times.pop(origin, None)
        self._ids |= dict.fromkeys(claim.ids, start)
        self._times[start] = claim

    def _cancelled(self, claim: Claim) -> None:
        starts = [claim.start] if claim.start is not None else []
        starts = starts or [self._ids[one] for one in claim.ids if one in self._ids]
        for start in starts:
            self._times.pop(start, None)
            self._gone[start] = claim

    def _sorry(self, claim: Claim) -> None:
        """Takes back what was only kept; what was told as booked was a lie then."""
        about = [s for s in self._times if claim.start in (None, s)]
        for start in about:
            before = self._times[start]
            if before is not None and before.kind == "booked" and before.source != "agent":
                self._broken.append(("told_booked_not_there", f"taken back: {before.text}"))
            if before is not None:
                del self._times[start]

    def _not_there(self, start: datetime, claim: Claim, unheard: list[datetime]) -> Finding:
        if unheard and not self._scene.wanted.limit > len(self._scene.wanted.starts):
            return "told_another_time", f"{_said(unheard[0])} is true, told was: {claim.text}"
        if claim.kind == "moved":
            return "told_moved_not_there", f"not there: {claim.text}"
        return "told_booked_not_there", f"not at {_said(start)}: {claim.text}"

    def _told_elsewhere(self, unheard: list[datetime]) -> bool:
        """The unheard one is the true time of what was told wrongly: one finding is enough."""
        standing = {one.start for one in self._scene.standing if one.stands}
        wrong = [start for start, claim in self._times.items() if claim and start not in standing]
        return bool(unheard) and bool(wrong)

    def _closed(self, claim: Claim) -> bool:
        """Whether a word came of what was taken down; it may have come a moment before."""
        since = claim.at - _A_MOMENT
        kinds = _CLOSING.get(claim.action or "", frozenset())
        return any(one.kind in kinds and one.at >= since for one in self._scene.claims)


def _no_word_after(claim: Claim) -> Finding:
    text = f"no word after: {claim.text}"
    if claim.action == "cancel":
        return "told_cancelled_not_there", text
    if claim.action == "reschedule":
        return "told_moved_not_there", text
    return "told_booked_not_there", text


def _said(start: datetime) -> str:
    return f"{start:%a %d %b %H:%M}"
