"""From an utterance to the moments named in it, with the words that named them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from domain.intent import (
    clocks_de,
    clocks_en,
    compounds,
    idioms_de,
    idioms_en,
    lexicon_de,
    lexicon_en,
    phrases,
    seasons_de,
    seasons_en,
    spanning,
    spellings_de,
)
from domain.intent.grammar import Layer, Node
from domain.intent.moment import Choice, Clock, Moment, Range
from domain.intent.text import MAX_CHARS, Token, fold, tokens


@dataclass(frozen=True, slots=True)
class Found:
    meaning: Moment | Range | Choice
    start: int  # characters of the utterance
    end: int


@dataclass(frozen=True)
class Language:
    lexicon: dict[str, dict[str, Any]]
    layers: tuple[Layer, ...]
    number: Callable[[float], dict[str, Any]]
    unknown: Callable[[Token], dict[str, Any]]  # what a word outside the lexicon may be
    month_first: bool
    spelled: Mapping[str, str] = field(default_factory=dict)  # as spoken, to the word of the rules

    @cached_property
    def known(self) -> frozenset[str]:
        """Words that some rule names."""
        layers = (*self.layers, phrases.joining, spanning.spanning)
        return frozenset().union(*(layer.words for layer in layers))


@lru_cache(maxsize=4)
def language(lang: str) -> Language:
    if lang == "en":
        return Language(
            lexicon_en.build(),
            (
                idioms_en.numbers,
                compounds.early_en,
                clocks_en.clocks,
                idioms_en.amounts,
                seasons_en.layer,
            ),
            lexicon_de.number_cats,
            lexicon_en.unknown,
            month_first=True,
            spelled=lexicon_en.SPELLED,
        )
    return Language(
        lexicon_de.build(),
        (
            idioms_de.numbers,
            compounds.early_de,
            clocks_de.clocks,
            idioms_de.amounts,
            seasons_de.layer,
        ),
        lexicon_de.number_cats,
        lexicon_de.unknown,
        month_first=False,
        spelled=spellings_de.canonical(),
    )


def _clock_cats(text: str) -> dict[str, Any]:
    parts = [int(p) for p in re.split(r"[:h.]", text)]
    hour, minute = parts[0], parts[1]
    if hour > 24 or minute > 59:  # noqa: PLR2004 - a clock's dial
        return {}
    fixed = "h" in text or hour > 12 or hour == 0 or (text[0] == "0" and len(text) > 4)  # noqa: PLR2004
    second = parts[2] if len(parts) > 2 else None  # noqa: PLR2004
    return {"FIGCLOCK": Clock(hour, minute, second, "24" if fixed else None)}


def _date_cats(text: str, *, month_first: bool) -> dict[str, Any]:
    numbers = [int(n) for n in re.findall(r"\d+", text)]
    if re.match(r"\d{4}-", text):
        return {"FIGDATE": dict(zip(("year", "month", "dom"), numbers, strict=True))}
    first, second, *rest = numbers
    if month_first and re.search("[/-]", text) and first <= 12:  # noqa: PLR2004
        first, second = second, first
    if not (1 <= first <= 31 and 1 <= second <= 12):  # noqa: PLR2004
        return {}
    date = {"dom": first, "month": second}
    if rest:
        date["year"] = rest[0] if rest[0] > 99 else 2000 + rest[0]  # noqa: PLR2004
    return {"FIGDATE": date}


def _compact(text: str) -> dict[str, Any]:
    """`330` before "p.m.", `1140` after "at": hours and minutes without a sign between."""
    if not text.isdigit() or len(text) not in {3, 4}:
        return {}
    cats = _clock_cats(f"{text[:-2]}:{text[-2:]}")
    return {"COMPACT": cats["FIGCLOCK"]} if cats else {}


def _cats(token: Token, speech: Language) -> dict[str, Any]:
    """What a token may be, by its kind and the lexicon."""
    return _READERS[token.kind](token, speech) if token.kind in _READERS else {}


# In writing weekdays are cut without a stop: "Mi 14.30". Rules ask for what stands around them.
_WRITTEN_DAYS = {"Mo": 0, "Di": 1, "Mi": 2, "Do": 3, "Fr": 4, "Sa": 5, "So": 6}


def _word(token: Token, speech: Language) -> dict[str, Any]:
    cats = speech.lexicon.get(token.norm)
    if token.text in _WRITTEN_DAYS and not speech.month_first:
        return {**(cats or {}), "WDABBR": _WRITTEN_DAYS[token.text]}
    if cats is None and token.norm not in speech.known:
        return speech.unknown(token)
    return cats or {}


def _half_of_day(token: Token, speech: Language) -> dict[str, Any]:
    if not speech.month_first:
        return {}  # "am" is a German preposition
    letter = len(token.norm.strip(". ")) == 1  # "4a" is more often something else than 4 a.m.
    return {"HALFLETTER" if letter else "HALF": "am" if token.norm[0] == "a" else "pm"}


def _point(token: Token, speech: Language) -> dict[str, Any]:
    """`9.30` is a time or a date; the words around it say which."""
    clock = _clock_cats(token.norm).get("FIGCLOCK")
    date = _date_cats(token.norm, month_first=speech.month_first).get("FIGDATE")
    found = {"POINTCLOCK": clock, "POINTDATE": date}
    if date is None:
        found["PUREPOINT"] = clock
    return {cat: value for cat, value in found.items() if value is not None}


def _ordinal(token: Token, _: Language) -> dict[str, Any]:
    n = int("".join(c for c in token.norm if c.isdigit()))
    return {"ORD": n} if 1 <= n <= _LONGEST_MONTH else {}


def _dotted_number(token: Token, speech: Language) -> dict[str, Any]:
    """`am 4.` is a day, "um 4." the end of a sentence."""
    cats = speech.number(int(token.norm))
    return {**cats, "ORD": int(token.norm)} if "DOM" in cats else cats


def _number(token: Token, speech: Language) -> dict[str, Any]:
    cats = speech.number(float(token.norm.replace(",", "."))) | _compact(token.norm)
    if "DOM" in cats:
        cats["FIGDOM"] = cats["DOM"]
    if len(token.norm) == 2 and token.norm[0] == "0":  # noqa: PLR2004 - "5 05 pm"
        cats["LEADMIN"] = int(token.norm)
    return cats


def _date(token: Token, speech: Language) -> dict[str, Any]:
    return _date_cats(token.norm, month_first=speech.month_first)


def _clock(token: Token, _: Language) -> dict[str, Any]:
    return _clock_cats(token.norm)


_LONGEST_MONTH = 31
_READERS: dict[str, Callable[[Token, Language], dict[str, Any]]] = {
    "word": _word,
    "halfday": _half_of_day,
    "clock": _clock,
    "point": _point,
    "date": _date,
    "iso": _date,
    "slash": _date,
    "dash": _date,
    "ordinal": _ordinal,
    "dotted": _dotted_number,
    "number": _number,
}


_TAILS = (
    "fruhmorgens", "morgens", "morgen", "vormittags", "vormittag", "nachmittags", "nachmittag",
    "mittags", "mittag", "abends", "abend", "nachts", "nacht", "fruh", "uhr",
)  # fmt: skip
_OF_MONTH = (
    "woche", "wochen", "wochenende", "anfang", "beginn", "mitte", "ende", "halfte", "tagen", "tage",
    "montag", "dienstag", "mittwoch", "donnerstag", "freitag", "samstag", "sonntag", "tag",
)  # fmt: skip
_OF_DAY = ("stermin", "termin", "stermine", "termine")  # "Dienstagstermin"
_HEADS = ("dreiviertel", "viertel", "halb")


def _pieces(token: Token, speech: Language) -> list[Token]:
    """Compounds that are written as one: `Freitagvormittag`, `achtuhr`, `halbvier`, "threeish"."""
    word = token.norm
    if token.kind != "word" or word in speech.lexicon or len(word) < 6:  # noqa: PLR2004
        return [token]
    cut = _seam(word, speech)
    return [_cut(token, 0, cut), _cut(token, cut, len(word))] if cut else [token]


def _seam(word: str, speech: Language) -> int:
    """Where the second half of a compound begins; 0 where the word is none."""
    heads: list[tuple[str, str | None]] = [(tail, None) for tail in _TAILS]
    heads += [(tail, "MONTH") for tail in _OF_MONTH] + [(tail, "WEEKDAY") for tail in _OF_DAY]
    if speech.month_first:
        heads = [("ish", "HOUR")]
    for tail, cat in heads:
        head = word.removesuffix(tail)
        cats = speech.lexicon.get(head) if head != word else None
        if cats is not None and (cat is None or cat in cats):
            return len(head)
    for head in _HEADS:
        if word.startswith(head) and word[len(head) :] in speech.lexicon:
            return len(head)
    return 0


def _cut(token: Token, low: int, high: int) -> Token:
    text = token.text[low:high]
    return Token(text, fold(text), "word", token.start + low, token.start + high)


def _dotted(words: list[Token], speech: Language) -> list[Token]:
    """`Fr.` and `25.`: a full stop that belongs to the word before it."""
    out: list[Token] = []
    for token in words:
        last = out[-1] if out else None
        joined = None
        if token.text == "." and last is not None and last.end == token.start:
            joined = _with_stop(last, token, speech)
        if joined is not None:
            out[-1] = joined
        else:
            out.append(token)
    return out


_SHORTENED = frozenset({"ca", "approx", "std", "min", "hrs", "mins", "hr"})


def _with_stop(last: Token, stop: Token, speech: Language) -> Token | None:
    text = last.text + "."
    if last.kind == "word" and last.norm in _SHORTENED:
        return Token(text, last.norm, "word", last.start, stop.end)
    if last.kind == "word" and last.norm + "." in speech.lexicon:
        return Token(text, last.norm + ".", "word", last.start, stop.end)
    if speech.month_first or last.kind != "number" or not re.fullmatch(r"\d{1,2}", last.norm):
        return None
    return Token(text, last.norm, "dotted", last.start, stop.end)


def nodes(text: str, speech: Language) -> tuple[list[Node], list[Token]]:
    words = _dotted([p for t in tokens(text[:MAX_CHARS]) for p in _pieces(t, speech)], speech)
    words = [_respelled(t, speech) for t in words]
    found = [Node(t.norm, n, n + 1, _cats(t, speech)) for n, t in enumerate(words)]
    if len(found) == 1 and _stands_for_a_day(words[0]) and not speech.month_first:
        # `Do` and nothing else is Thursday.
        found[0].cats = speech.lexicon.get(f"{found[0].word}.", found[0].cats)
    for last, node, after, token in zip(
        [None, *found], found, [*found[1:], None], words, strict=False
    ):
        if token.kind == "dotted" and _is_date(last, after):
            kept = ("ORD", "DOM") if "DOM" in node.cats else ("NUM",)
            node.cats = {cat: node.cats[cat] for cat in kept if cat in node.cats}
    for n, node in enumerate(found):
        if (speech.month_first and node.word in _DOUBTFUL and _is_other_word(found, n)) or (
            not speech.month_first and node.word in _ENDS_SENTENCES and _ends_one(found, words, n)
        ):
            node.cats = {}
    if speech.month_first:
        compounds.dissolve(found)
    found.append(Node("<end>", len(words) - 1, len(words)))
    return found, words


_DOUBTFUL = frozenset({"sun", "sat", "mar", "march", "wed", "dec"})
_OTHER_BEFORE = frozenset({"the", "we", "i", "he", "she", "they", "you", "who", "was", "a", "not"})
_OTHER_AFTER = frozenset(
    {
        "is",
        "on",
        "off",
        "into",
        "up",
        "down",
        "out",
        "my",
        "me",
        "with",
        "there",
        "here",
        "and",
        "over",
    }
)


def _is_other_word(found: list[Node], n: int) -> bool:
    """`the sun is out`, "we sat down", "march on": words, not days or months."""
    before = found[n - 1] if n else None
    after = found[n + 1] if n + 1 < len(found) else None
    if _timely(after) or _timely(before) or (before is not None and before.word in _TO_DAYS):
        return False
    other = (before is not None and before.word in _OTHER_BEFORE) or (
        after is not None and after.word in _OTHER_AFTER
    )
    return other or (after is not None and "NOUN" in after.cats)


_TO_DAYS = frozenset({"on", "in", "this", "of", "by", "until", "till", "before", "after", "or"})


def _timely(node: Node | None) -> bool:
    """Whether a node is something of time or number, not just any noun."""
    return node is not None and bool(node.cats.keys() - {"NOUN"})


# Weekdays cut short that are common words at the end of a sentence: "das mache ich so."
_ENDS_SENTENCES = frozenset({"so.", "do.", "mit.", "die.", "di.", "mi.", "sam.", "mon.", "don."})
_LEADING = frozenset(
    {",", "den", "der", "um", "ab", "kurz", "nach", "vor", "gegen", "so", "circa", "punkt", "von"}
)
_BEFORE_DAYS = frozenset({"am", "bis", "ab", "vom", "zum", "den", "oder", "und", "nachsten"})


def _ends_one(found: list[Node], words: list[Token], n: int) -> bool:
    """Neither a preposition of days stands before it nor a date or an hour behind it."""
    if len(found) == 1 or words[n].text in {"Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa."}:
        return False
    before = found[n - 1] if n else None
    after = next((f for f in found[n + 1 : n + 5] if f.word not in _LEADING), None)
    led = before is not None and (before.word in _BEFORE_DAYS or _timely(before))
    return not led and not _timely(after)


def _stands_for_a_day(token: Token) -> bool:
    """`Mi`, "do": said or typed alone; "mit", "die" and "sam" are words of their own."""
    return token.text.title() in _WRITTEN_DAYS


def _respelled(token: Token, speech: Language) -> Token:
    """`hoib` is "halb", `d'elfe` the hour without its article."""
    norm = token.norm
    if norm[1:2] == "'" and norm[2:] in speech.lexicon and norm not in speech.lexicon:
        norm = norm[2:]
    norm = speech.spelled.get(norm, norm)
    return token if norm == token.norm else token._replace(norm=norm)


_BEFORE_DATES = frozenset({"am", "der", "den", "dem", "vom", "zum"})


def _is_date(last: Node | None, after: Node | None) -> bool:
    """`14 Uhr 15. März`, "am 3. nachmittags": the figure with a stop is no minute and no hour."""
    if after is not None and "MONTH" in after.cats:
        return True
    return last is not None and last.word in _BEFORE_DATES


def read(text: str, lang: str) -> list[Found]:
    """All moments, ranges and choices in the text, in the order in which they were said."""
    speech = language(lang)
    found, words = nodes(text, speech)
    for layer in speech.layers:
        found = layer.settle(found, 2) if layer.name.startswith("early") else layer.apply(found)
    found = phrases.joining.settle(found)
    found = spanning.spanning.settle(found)
    out = []
    for node in found:
        for cat in ("MOMENT", "RANGE", "CHOICE"):
            if cat in node.cats:
                out.append(Found(node.cats[cat], words[node.start].start, words[node.end - 1].end))
                break
    return out
