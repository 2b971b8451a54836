"""What a phrase of an argument says about time, before any calendar: meaning and manner."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from domain.intent import reader
from domain.intent.model import Language
from domain.intent.moment import Choice, Moment, Range
from domain.intent.reading import assemble
from domain.intent.text import fold

Meaning = Moment | Range | Choice

# Looked for in the words as they stand, so that places in the text stay what they are.
_LIKED = re.compile(
    r"\b(am liebsten|am besten|vorzugsweise|bevorzugt|idealerweise|ideal w[äa]re?|wenn m[öo]glich|"
    r"preferably|ideally|if possible|best would be)\b",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(gegen|ungefahr|etwa|circa|ca|rund|so um|so gegen|rum|herum|plus minus|um den dreh|"
    r"around|about|approximately|roughly|ish|or so|sometime near)\b"
)
_SOONEST = re.compile(
    r"\b(so (bald|schnell|fruh) wie (es )?(moglich|geht)|(bald|schnellst|fruhest)\s?moglich\w*|"
    r"nachst\s?moglich\w*|sofort|schnellstens|"
    r"nachste[nrs]? termin|"
    r"(erst|nachst)e[nrs]? (freie[nrs]?|verfugbare[nrs]?|mogliche[nrs]?)( \w+)?|"
    r"as soon as possible|asap|(first|next|earliest|soonest) (available|possible|free|slot|"
    r"appointment|opening)|earliest|soonest)\b"
)
_ANY = re.compile(
    r"\b(egal|ganz gleich|irgendwann|irgendein\w*|flexibel|jederzeit|immer|spielt keine rolle|"
    r"wann auch immer|wie es passt|offen|ganztagig|den ganzen tag|"
    r"all day|any ?time|whenever|any|flexible|doesn't matter|don't (care|mind)|no preference)\b"
)
_RELATIVE = re.compile(
    r"\b(spater|fruher|eher|nach hinten|nach vorne?|vorher|nachher|later|earlier|sooner)\b"
)
_SOONER = re.compile(r"\b(fruher|eher|vorher|nach vorne?|earlier|sooner)\b")
_EARLIER = re.compile(r"\b(earlier|sooner)\b", re.IGNORECASE)
# "um sechs, sechzehn Uhr": a recogniser's start of the word, then the word.
_STUTTER = re.compile(r"\b(\w{3})\w{0,4},? (\1\w*zehn uhr)\b", re.IGNORECASE)
_THE_ONE = re.compile(r"\b(the|this|that|my) one\b", re.IGNORECASE)  # no o'clock
_SAME = re.compile(
    r"\b(gleiche[nrs]?|selbe[nrs]?|dieselbe|derselben?|demselben|am selben|same)\b"
    r"|\bbleibt\b|\bunverandert\b"
)
_SURER = 4  # characters more that another language must explain to be taken for the one spoken


@dataclass(frozen=True, slots=True)
class Said:
    """`liked`: what follows "am liebsten". `about`: "gegen fünf". `relative`: counted from the
    appointment as it is, `sooner` backwards. `same`: as it is.
    """

    meaning: Meaning | None = None
    liked: Moment | None = None
    about: bool = False
    flexible: bool = False
    soonest: bool = False
    relative: bool = False
    sooner: bool = False
    same: bool = False


def hear(words: str | None, lang: Language, *, of_time: bool) -> Said | None:
    """`of_time`: the words came as a time of day, so that a bare number is an hour."""
    if words is None:
        return None
    words = _STUTTER.sub(r"\2", words)
    folded = fold(words)
    manner = Said(
        about=_ABOUT.search(folded) is not None,
        flexible=_ANY.search(folded) is not None,
        soonest=_SOONEST.search(folded) is not None,
        relative=_RELATIVE.search(folded) is not None,
        sooner=_SOONER.search(folded) is not None,
        same=_SAME.search(folded) is not None,
    )
    if manner.soonest:  # "so bald wie möglich, aber nachmittags": the rest has its own say
        words = _SOONEST.sub(" ", folded)
    before, after = _parted(words)
    liked = _read(after, lang, of_time=of_time) if after else None
    meaning = _read(before, lang, of_time=of_time) if before else None
    if meaning is None:  # "am liebsten gegen fünf" and nothing before: the wish itself
        return replace(manner, meaning=liked)
    return replace(manner, meaning=meaning, liked=liked if isinstance(liked, Moment) else None)


def _parted(words: str) -> tuple[str, str]:
    found = _LIKED.search(words)
    if found is None:
        return words, ""
    return words[: found.start()].strip(" ,"), words[found.end() :].strip(" ,")


def _read(words: str, lang: Language, *, of_time: bool) -> Meaning | None:
    """In the caller's language, or in the other where that explains clearly more of the words."""
    other: Language = "en" if lang == "de" else "de"
    own, own_length = _in_language(words, _variants(words, lang, of_time=of_time), lang)
    foreign, foreign_length = _in_language(words, (words,), other)
    return foreign if foreign_length >= own_length + _SURER else own


def _in_language(words: str, variants: Iterable[str], lang: Language) -> tuple[Meaning | None, int]:
    """The meaning, and how many characters it explains."""
    sooner = lang == "en" and _EARLIER.search(words) is not None
    for variant in variants:
        text = _EARLIER.sub("later", _THE_ONE.sub(" ", variant))
        piece = assemble(text, reader.read(text, lang))
        if piece is not None:
            length = sum(end - start for start, end in piece.spans)
            return _turned(piece.meaning) if sooner else piece.meaning, length
    return None, 0


def _turned(meaning: Meaning) -> Meaning:
    """`an hour earlier`, which the grammar has only as "an hour later"."""
    if not isinstance(meaning, Moment) or meaning.offset is None:
        return meaning
    return replace(meaning, offset=replace(meaning.offset, sign=-meaning.offset.sign))


_BARE_SPAN = re.compile(
    r"(?!von|from|zwischen|between|bis|until|to)\S+( uhr)? (bis|to|-|–) ", re.IGNORECASE
)
_BARE_HOURS = re.compile(r"([01]?\d|2[0-4])([0-5]\d)?")
_BARE_DATE = re.compile(r"\d{1,2}\.\s?\d{1,2}")
_BARE_FIGURES = re.compile(r"(20\d{2})(\d{2})(\d{2})")
_BARE_DAY = re.compile(r"\d{1,2}(\.|st|nd|rd|th)?")


def _variants(text: str, lang: Language, *, of_time: bool) -> Iterator[str]:
    """As it stands, then with the words that a form's field leaves out."""
    text = text.strip()
    span, at, on = ("von", "um", "am") if lang == "de" else ("from", "at", "on the")
    if _BARE_SPAN.match(text):
        yield f"{span} {text}"
    if of_time and (figures := _BARE_HOURS.fullmatch(text)):
        yield f"{figures[1]}:{figures[2] or '00'}"
    if not of_time and (figures := _BARE_FIGURES.fullmatch(text)):
        yield "-".join(figures.groups())
    if not of_time and _BARE_DATE.fullmatch(text):
        yield f"{text}."
    yield text
    if of_time:
        yield f"{at} {text}"
    elif _BARE_DAY.fullmatch(text):
        yield f"{on} {text.rstrip('.')}{'.' if lang == 'de' else ''}"
