"""Phone numbers and mail addresses as people say them."""

import re

import phonenumbers

from domain.intent.numerals import DE_CARDINALS, EN_CARDINALS
from domain.intent.text import Token, fold, tokens

_MIN_DIGITS = 7
_DIGITS = {w: str(n) for w, n in (EN_CARDINALS | DE_CARDINALS).items() if n < 100}  # noqa: PLR2004
_DIGITS |= {"oh": "0", "o": "0", "nul": "0"}
_REPEAT = {"doppel": 2, "doppelt": 2, "double": 2, "zweimal": 2, "dreimal": 3, "triple": 3}
_FILLER = {"und", "dann", "also", "and", "then", "ah", "ahm", "uh", "um", "vorwahl", "nummer"}


_YEAR = re.compile(r"(?:19|20)\d\d")
# "23 11 2026", and the hour and minute after it.
_DATE_IN_PIECES = re.compile(r"(\d{1,2}) (\d{1,2}) (?:19|20)\d\d(?: \d{1,2}){0,2}")
_DAYS, _MONTHS = range(1, 32), range(1, 13)


def _digit_runs(text: str) -> list[str]:
    """Stretches of figures, spoken or written; a word that is no figure ends a stretch.

    A date in figures is none, and ends one.
    """
    return _read_figures(text)[0]


def has_date_in_figures(text: str) -> bool:
    """`23.11.2026`, `2026-11-23`, `23 11 2026`: figures that make no phone number."""
    return _read_figures(text)[1]


def _read_figures(text: str) -> tuple[list[str], bool]:
    """The stretches, and whether dates were passed over."""
    runs: list[list[str]] = []
    run: list[str] = []
    times, dates = 1, False
    for token in tokens(text):
        word = token.norm
        if (token.kind == "mark" and word in ",-.()/:") or word in _FILLER:
            continue
        if word in ("+", "plus"):
            runs, run = [*runs, run], ["+"]
        elif word in _REPEAT:
            times = _REPEAT[word]
        elif _is_date(token, text[token.end : token.end + 1], "".join(run)):
            runs, run, dates = [*runs, run], [], True
        elif token.kind != "word" and any(c.isdigit() for c in word):
            run.append(re.sub(r"\D", "", word))
        elif word in _DIGITS:
            run.append(_DIGITS[word] * times)
            times = 1
        else:
            runs, run = [*runs, run], []
    found = [r for r in (*runs, run) if r]
    numbers = ["".join(r) for r in found if not _is_date_in_pieces(r)]
    return numbers, dates or len(numbers) < len(found)


def _is_date(token: Token, after: str, run: str) -> bool:
    """Whether it stands for itself; within a number ("0176 12.10.20") it is a part of that."""
    if token.kind not in ("iso", "date", "slash", "dash") or after.isdigit():
        return False
    pieces = re.findall(r"\d+", token.norm)
    year = next((piece for piece in pieces if _YEAR.fullmatch(piece)), None)
    if token.kind == "slash" and year is None:  # "30/11 22 33": as numbers are written, too
        return False
    if run and (year is None or len(run) < _MIN_DIGITS):
        return False
    one, other = [int(piece) for piece in pieces if piece != year][:2]
    return _is_day_and_month(one, other)


def _is_date_in_pieces(run: list[str]) -> bool:
    found = _DATE_IN_PIECES.fullmatch(" ".join(run))
    return found is not None and _is_day_and_month(int(found[1]), int(found[2]))


def _is_day_and_month(one: int, other: int) -> bool:
    """In either order: Americans say the month first."""
    return (one in _DAYS and other in _MONTHS) or (one in _MONTHS and other in _DAYS)


def spoken_phone(text: str, region: str) -> str | None:
    """E.164, or None where no whole number was said. "Null eins sieben sechs …" is one.

    A date in figures ("am 23.11.2026") is none.
    """
    for run in _digit_runs(text):
        if len(run.lstrip("+")) < _MIN_DIGITS:
            continue
        try:
            number = phonenumbers.parse(run, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(number):
            return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return None


def caller_number(number: str | None) -> str | None:
    """The exchange's number, if it is one: "anonymous", templates and fragments are not."""
    if not number or not number.startswith("+"):
        return None
    try:
        parsed = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


_AT = {"at", "et", "klammeraffe", "@", "klammer-affe"}
_SIGNS = {"punkt": ".", "dot": ".", "point": ".", "minus": "-", "bindestrich": "-", "strich": "-",
          "dash": "-", "hyphen": "-", "unterstrich": "_", "underscore": "_",
          "plus": "+"}  # fmt: skip
_DOMAINS = {"gmail", "gmx", "web", "outlook", "hotmail", "yahoo", "icloud", "freenet", "posteo",
            "mailbox", "bluewin", "aon", "tonline", "googlemail", "live", "arcor"}  # fmt: skip
_STOP = {"ist", "lautet", "is", "meine", "mein", "my", "mail", "email", "adresse", "address", "e",
         "die", "ja", "also", "und", "the", "unter", "an", "it", "its"}  # fmt: skip
_WRITTEN = re.compile(r"[\w.+-]+\s?@\s?[\w-]+(?:\s?\.\s?[\w-]+)+")


def spoken_email(text: str) -> str | None:
    """`birgit punkt hansen at example punkt de`, or written out by the recogniser."""
    written = _WRITTEN.search(text)
    if written:
        return _checked(re.sub(r"\s", "", fold_keep(written[0])))
    words = [w for w in re.split(r"[\s,]+", text.strip(" .!?")) if w]
    folded = [fold(w).strip(".!?") for w in words]
    at = next((n for n, w in enumerate(folded) if w in _AT and n), None)
    if at is None or at + 1 >= len(words):
        return None
    left: list[str] = []
    for n in range(at - 1, -1, -1):
        if folded[n] in _STOP or words[n].endswith((":", "?", "!")):
            break
        left.insert(0, _piece(words[n]))
    right = _domain(words[at + 1 :])
    return _checked("".join(left) + "@" + right) if left and right else None


def fold_keep(text: str) -> str:
    return text.lower().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue").replace("ß", "ss")


def _piece(word: str) -> str:
    key = fold(word).strip(".!?")
    if key in _SIGNS:
        return _SIGNS[key]
    return _DIGITS.get(key, fold_keep(word).strip(".!?"))


def _domain(words: list[str]) -> str:
    """Words after the at sign, up to the top-level domain."""
    out = ""
    for word in words:
        piece = _piece(word)
        if out and piece not in _SIGNS.values() and out[-1] not in "._-" and "." in out:
            break
        out += piece
    return out.rstrip(".-")


def _checked(address: str) -> str | None:
    return address if re.fullmatch(r"[a-z0-9._+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+", address) else None


_PEOPLE = re.compile(
    r"\b(?:fur|zu|for|party of|wir sind) (\w+)(?: (?:personen|person|leute|people|"
    r"persons|guests|of us))?\b"
)
_MOST_PEOPLE = 20


def spoken_people(text: str) -> int | None:
    """`für zwei Personen`, "for three people": how many come."""
    for found in _PEOPLE.finditer(fold(text)):
        if not re.search(r"(personen|leute|people|persons|guests|of us)$|^(zu|wir sind)", found[0]):
            continue
        digits = _DIGITS.get(found[1], found[1])
        if digits.isdigit() and 1 <= int(digits) <= _MOST_PEOPLE:
            return int(digits)
    return None
