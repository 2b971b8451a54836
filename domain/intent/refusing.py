"""Times that are named to be refused: "Donnerstag kann ich nicht", "I'm away until Friday"."""

import re
from dataclasses import replace

from domain.intent.moment import Range
from domain.intent.reader import Found
from domain.intent.text import fold

_CLAUSE_ENDS = re.compile(r"[!?;,]|(?<!\d)\.|\b(?:so|but|also|aber|sondern|daher|deshalb)\b")
_AWAY = re.compile(
    r"\b(bin|sind|bleibe?n?|ware?n?)\b.*\b(weg|verreist|unterwegs|im urlaub|auf reisen|nicht da|"
    r"nicht in der stadt)\b|"
    r"\b(i'm|i am|we're|we are|(i|we)('ll| will) be)\b.*\b(away|out of town|out of the country|on "
    r"holiday|on vacation|travell?ing|abroad)\b"
)
_CANNOT = re.compile(
    r"\b(can't|cannot|can not|couldn't|won't|not free|not available|doesn't work|isn't good|"
    r"kann ich (leider )?nicht|kann (leider )?nicht|geht (leider )?nicht|nicht frei|keine zeit|"
    r"passt (mir )?(leider )?nicht|bin ich nicht da)\b"
)


def _clause_before(text: str, found: list[Found], n: int) -> str:
    """The words since the clause began, or since the time named before."""
    begin = found[n - 1].end if n else 0
    between = text[begin : found[n].start]
    if n and _refused_after(between):
        between = between.partition(",")[2]  # the refusal was of the time before
    return re.split(r"[.!?;]|\b(?:but|aber|sondern)\b", between)[-1]


def _refused_after(text: str) -> bool:
    """Whether the words behind a time begin by refusing it."""
    clause = fold(re.split(r"[.!?;,]|\b(?:but|aber|sondern)\b", text)[0]).strip()
    return _CANNOT.match(clause) is not None or _NOT_THEN.fullmatch(clause) is not None


_NOT_THEN = re.compile(
    r"((bitte|leider|lieber|eher|gar|ja|da|is|'s|ist|ware|war|geht|ginge|passt|mir|es|bei uns|"
    r"bei mir) )*"
    r"(nicht|nicht so gut|nicht gut|schlecht|ungunstig|blod|no good|is bad|is out|not|unmoglich|"
    r"geschlossen|schwierig|zu spat|zu fruh|too early|too late)"
)


def turned(text: str, found: list[Found]) -> list[Found]:
    """`can't come until four` wants four or later, though it says "until"."""
    out = []
    for n, item in enumerate(found):
        meaning = item.meaning
        open_end = isinstance(meaning, Range) and meaning.low is None and meaning.high is not None
        if open_end and _CANNOT.search(fold(_clause_before(text, found, n))):
            out.append(replace(item, meaning=Range(low=meaning.high)))  # type: ignore[union-attr]  # checked in open_end
        else:
            out.append(item)
    return out


def denied(text: str, found: list[Found], n: int) -> bool:
    """`Donnerstag kann ich nicht`: a time in a clause that refuses it.

    "Until" is no refusal; "from Monday to Thursday I'm away" is one of all four days.
    """
    item = found[n]
    before = _clause_before(text, found, n)
    end = found[n + 1].start if n + 1 < len(found) else len(text)
    first = _CLAUSE_ENDS.match(text, item.start)  # "so Friday at two" begins a clause
    begun = text[: first.end() if first else item.start]
    clause = _CLAUSE_ENDS.split(begun)[-1] + _CLAUSE_ENDS.split(text[item.end :])[0]
    if _AWAY.search(fold(clause)):
        return True
    if isinstance(item.meaning, Range):
        return False
    return _CANNOT.search(fold(before)) is not None or _refused_after(text[item.end : end])
