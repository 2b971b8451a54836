"""Yes and no: whether a turn agrees to what the agent just said, objects, or takes a yes back."""

import re

from domain.intent import reader
from domain.intent.text import fold

_YES = re.compile(
    r"^\W*(ja|jo|jau|jep|genau|richtig|passt|stimmt|perfekt|super|gerne?|prima|"
    r"wunderbar|okay|ok|klar|"
    r"freilich|in ordnung|einverstanden|machen sie|bitte|sehr gut|gut|danke|ach gott ja|"
    r"yes|yeah|yep|sure|right|correct|perfect|great|exactly|fine|that works|sounds "
    r"good|please do|lovely|brilliant)\b"
)
_NO = re.compile(
    r"^\W*((ach|oh|ah|hm+|tja|danke|thanks|thank you|sorry)\W+)*"
    r"(nein|nee|ne|no|nope|nicht|lieber nicht|falsch|stopp|halt|das passt (mir )?nicht|"
    r"leider nicht|not)\b"
)
_HOLDING = re.compile(
    r"\b(uberleg\w*|weiss (ich )?(noch )?nicht|(?<!im )moment|augenblick|sekunde|wart(e|en sie)|"
    r"hallo(?=\?)|ruf\w* noch ?mal an|think about it|hold on|hang on|(a|one) (second|sec|minute)|"
    r"wait)\b"
)
_TAKEN_BACK = re.compile(
    r"\b(ach nein|ah,? nein|oder nein|nein,? (halt|stopp?|doch|lieber)|doch (lieber )?nicht|"
    r"(lieber|besser) (doch )?nicht|lass\w*( sie)?( wir)? (es|das)( bitte)?( ganz| lieber)?\b"
    r"(?! uns)(?=( sein| bleiben)?\W*$)|vergessen sie (es|das)|actually,? no|no,? wait|"
    r"on second thoughts?|rather not|forget it)\b"
)
# Whoever is told of a time and says this does not take it; looked for in one clause.
_REFUSES = re.compile(
    r"\b((passt|passen|geht|gehen|klappt|reicht|ginge|bringt)( \w+){0,3} nicht|"
    r"nicht (passen|gehen)|(kann|konnte|schaffe?) ich( \w+){0,2} nicht|"
    r"ich (kann|konnte|schaffe?)( \w+){0,3} nicht|da (arbeite|muss|bin|hab|habe) ich|"
    r"(?<!nicht )zu (spat|fruh|kurzfristig|weit weg)|"
    r"(keine[rs]?|keins|nichts|keinen) (davon|von (den|diesen))|"
    r"(doesn't|does not|won't|wouldn't|don't|do not) (\w+ )?(work|do|suit|fit)|"
    r"i can't|i cannot|can't make|couldn't make|none of (those|these|them)|neither of|"
    r"i'm (working|away|busy)|(?<!not )too (late|early|soon|far))\b|"
    # "Donnerstag eher nicht"; "warum nicht?" is a yes.
    r"(?<!warum )(?<!wieso )\b(nicht|not)\W*$"
)
# What takes a time that was offered, wherever in the turn it stands.
_TAKES = re.compile(
    r"\b(nehm\w* (ich|wir)|(ich|wir) nehm\w*|von mir aus|meinetwegen|machen wir|na gut|also gut|"
    r"na schon|dann (halt|eben) (das|so|der|die|den)|geht (auch|klar|in ordnung)|abgemacht|"
    r"(das|der|die) (geht|passt|ginge|klingt|ware|wurde)|(hort sich|klingt) \w*gut|alles klar|"
    r"passt (mir|uns|gut|super|perfekt)|ist (gut|okay|ok|recht|prima|super|in ordnung)|"
    r"da (kann|konnte) ich|da hab\w* ich zeit|da hatte ich zeit|kein problem|"
    r"(tragen|buchen|reservieren|schreiben|notieren) sie|i'll take|i'd take|"
    r"take (it|that|this)|(that|it) (works|suits|will do)|that'll do|works for|"
    r"(that's|that is|it's|it is|that would be|that'd be) (\w+ )?"
    r"(fine|good|great|perfect|ok|okay|lovely|ideal)|sounds|i can (do|make) (that|it)|"
    r"let's (do|take|go)|go (for|with)|book (it|me)|no problem|why not|"
    r"(warum|wieso) nicht)\b"
)
# `Ach, prima`, `oh ja`, "well, all right": a yes after a sound.
_YES_AFTER_ALL = re.compile(
    r"^\W*((ach|oh|ah|ahm?|hm+|mhm|na|nun|also|und|dann|um|uh|er|well|then|so)\W+)*"
    r"(ja|jo|jawohl|gut|gerne?|super|prima|perfekt|toll|fein|top|tiptop|wunderbar|okay|ok|"
    r"passt|genau|naturlich|selbstverstandlich|unbedingt|ausgezeichnet|mhm|"
    r"yes|yeah|yep|yup|sure|okay|alright|all right|great|perfect|fine|good|absolutely|of course|"
    r"cool|awesome|wonderful|excellent|please|very well)\b"
)
_BUT = re.compile(r"\b(aber|leider|nur|but)\b")
_POLITE = frozenset({"bitte", "danke"})
_CLAUSE = re.compile(r"[,;.!?]+(?:\s|$)|\b(?:aber|sondern|but)\b")
_YES_WANTED = re.compile(
    r"\b(richtig|passt|eintragen|buchen|recht|okay|in ordnung|stimmt|so gut|"
    r"verlegen|verschieben|umbuchen|absagen|stornieren|einverstanden|"
    r"korrekt|gut so|correct|right|shall i|should i|okay|does that work|is that)\b"
)


def sentences(text: str) -> list[tuple[int, int]]:
    spans, start = [], 0
    for match in re.finditer(r"[.!?]+(?=\s|$)", text):
        if re.search(r"\d$", text[start : match.start()]) and match[0] == ".":
            continue
        spans.append((start, match.end()))
        start = match.end()
    return [*spans, (start, len(text))]


def sentence_of(text: str, at: int) -> str:
    low, high = next(((a, b) for a, b in sentences(text) if a <= at < b), (0, len(text)))
    return text[low:high]


def agrees(text: str) -> bool:
    folded = fold(text)
    if undecided(text) or _TAKEN_BACK.search(folded):
        return False
    return _YES.match(folded) is not None


def takes(text: str) -> bool:
    """Agrees, at the beginning or in so many words: `Oh, das nehme ich`."""
    if refuses(text) or undecided(text) or takes_back(text):
        return False
    folded = fold(text)
    found = (p.search(folded) for p in (_YES, _YES_AFTER_ALL, _TAKES))
    return any(match is not None for match in found)


def refuses(text: str) -> bool:
    """What is offered does not suit: `Da muss ich arbeiten`. A yes beside it counts, unless the no
    comes as its "aber".
    """
    folded = fold(text)
    against = _REFUSES.search(folded)
    if against is None:
        return False
    if _BUT.search(folded[: against.start()]):
        return True
    return not any(
        _TAKES.search(part) or _YES.match(part)
        for part in clauses(folded)
        if not _REFUSES.search(part)
    )


def is_refused(text: str, at: int) -> bool:
    """Whether the clause in which this place stands turns it down."""
    low = max((m.end() for m in _CLAUSE.finditer(text) if m.end() <= at), default=0)
    high = min((m.start() for m in _CLAUSE.finditer(text) if m.start() > at), default=len(text))
    return _REFUSES.search(fold(text[low:high])) is not None


def clauses(text: str) -> list[str]:
    return [part for part in (p.strip() for p in _CLAUSE.split(text)) if part]


def objects(text: str) -> bool:
    return _NO.match(fold(text)) is not None


def undecided(text: str) -> bool:
    """`Äh, Moment`; not where the yes comes after it: `Moment … ja, das passt`."""
    folded = fold(text)
    held = max((match.end() for match in _HOLDING.finditer(folded)), default=None)
    if held is None:
        return False
    after = (part for part in clauses(folded[held:]) if part not in _POLITE)
    return not any(_YES.match(part) for part in after)


def takes_back(text: str) -> bool:
    """`Ja. Äh, nein, doch nicht`: a yes that is taken back in the same breath is none."""
    return _TAKEN_BACK.search(fold(text)) is not None


def asks_for_yes(question: str, lang: str) -> bool:
    """Whether a "no" refuses the time named; "sonst noch etwas?" – "nein, danke" does not."""
    last = [question[a:b] for a, b in sentences(question) if question[a:b].strip()]
    if not last:
        return False
    ending = last[-1]
    if not ending.strip().endswith("?"):
        return True
    return _YES_WANTED.search(fold(ending)) is not None or bool(reader.read(ending, lang))
