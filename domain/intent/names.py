"""What the caller is called: said first, asked for, given surname first, or spelled.

Only words that the caller said count; the agent's "Frau Krüger" merely tells which of them is the
surname.
"""

import re

from domain.intent.text import fold

_NAME = r"[A-ZÄÖÜ][\w'’ßäöüéèáàçğışöü]*(?:-[A-ZÄÖÜ]\w+)*"
_NOBLE = r"(?:\s+(?:von|van|de|der|den|zu|di|da|del|bin|al)(?:\s+(?:der|den|la))?)?"
_FULL = rf"{_NAME}{_NOBLE}(?:\s+{_NAME}){{0,3}}"
# Words that open a turn, or stand alone in one, and are no names though they are written large.
_COMMON_WORDS = """
    ja nein nee ne doch hallo hi hey hello guten gruss gott grüezi gruezi servus moin tag morgen
    abend bitte danke gern gerne ok okay also äh ähm ich wir sie er es mein meine der die das
    den dem ein eine am um im in an ab von vom bei beim zu zur zum mit ohne für und oder aber so
    noch mal nicht kein keine wann was wie wo wer kann können könnte haben hätte hab habe ist
    war wäre geht passt genau richtig perfekt super prima klar alles gut freilich natürlich
    montag dienstag mittwoch donnerstag freitag samstag sonntag sonnabend januar jänner februar
    märz april mai juni juli august september oktober november dezember uhr heute übermorgen
    vormittag nachmittag mittag nacht woche monat jahr halb viertel dreiviertel termin tschüss
    ciao ade merci wiedersehen wiederhören hallihallo grüß null eins zwei zwo drei vier fünf
    sechs sieben acht neun zehn elf zwölf yes yeah no nope sure right please thanks thank you
    sorry good morning afternoon evening day i my the a at on for with and or but not can could
    would is are do does what when where how monday tuesday wednesday thursday friday saturday
    sunday january february march may june july october december brilliant great perfect fine
    bye cheers lovely exactly correct of course nächste nächsten nächster dann ach oh na nun
    schönen vielen dank auf tag'le händ mister missis frau herr doktor haare schneiden herren
    damen
"""
_COMMON = frozenset(fold(w) for w in _COMMON_WORDS.split())
# Of these the ones that are given names as well, when a surname follows: Can Yildirim, June Carter.
_ALSO_GIVEN = frozenset({"can", "may", "june", "april", "august"})
_GREETING = re.compile(
    r"^(?:(?:ja|äh|ähm|hi|hey|hello|hallo|hallihallo|moin|servus|grüezi|guten|tag|morgen|abend|grüß|gott|"
    r"good|morning|afternoon|evening|so|also)\b[\s,.!]*)+",
    re.IGNORECASE,
)
_INTRODUCED = re.compile(
    r"(?:(?i:mein|my) (?P<kind>(?i:vor|nach|first |last |sur))?(?i:name)(?: ist| is|'s|s|,)?|"
    r"(?i:ich heiße|ich heisse|i heiß|ich bin)|"
    r"(?i:hier ist|hier spricht|da ist|this is|i am|i'm|auf den namen|name:))\s+"
    rf"(?:die |der |the |doktor |herr |frau )?(?P<name>{_FULL})",
)
_APPARATUS = re.compile(
    rf"(?P<name>{_FULL})\s+(?:am Apparat|hier\b|speaking|ist mein Name|mein Name)"
)
_ASKED = re.compile(
    r"\b(?:name|namen|vorname|nachname|vornamen|first name|last name|surname|heißen)\b",
    re.IGNORECASE,
)
_FIRST = re.compile(r"\b(?:vorname|vornamen|first name)\b", re.IGNORECASE)
_ADDRESS = re.compile(rf"\b(?:Frau|Herr|Herrn|Mister|Misses|Mr|Mrs|Ms|Miss)\.?\s+(?P<name>{_FULL})")
_ALPHABET = {
    "anton": "a", "berta": "b", "caesar": "c", "casar": "c", "dora": "d", "emil": "e",
    "friedrich": "f", "gustav": "g", "heinrich": "h", "ida": "i", "julius": "j",
    "kaufmann": "k", "ludwig": "l", "martha": "m", "nordpol": "n", "otto": "o", "paula": "p",
    "quelle": "q", "richard": "r", "samuel": "s", "siegfried": "s", "theodor": "t",
    "ulrich": "u", "viktor": "v", "wilhelm": "w", "xanthippe": "x", "ypsilon": "y",
    "zacharias": "z", "zeppelin": "z", "arger": "ä", "okonom": "ö", "ubermut": "ü",
    "eszett": "ß",
}  # fmt: skip


def _is_name(words: str) -> bool:
    parts = re.split(r"[\s-]+", words)
    if len(parts) > 1 and fold(parts[0]) in _ALSO_GIVEN:
        parts = parts[1:]
    return all(fold(p) not in _COMMON for p in parts) and any(len(p) > 1 for p in parts)


def _clauses(text: str) -> list[str]:
    return [c.strip() for c in re.split(r"[,.;!?]+", text) if c.strip()]


def _bare(clause: str) -> str | None:
    """A clause that is nothing but a name: `Beate`, `Oliver Hughes`."""
    body = _GREETING.sub("", clause).strip()
    body = re.sub(r"\s+mit\s+\w+\s+[A-Z]\b.*$", "", body)  # "Ammann mit zwei M"
    if re.fullmatch(_FULL, body) and _is_name(body) and not _spelled(body):
        return body
    return None


def _letters(text: str) -> str | None:
    """Spelled by letters (`A Y D I N`) or by the telephone alphabet (`Anton, Berta`)."""
    words = re.findall(r"[^\W\d_]+", text)
    best, run = "", ""
    for word in [*words, "."]:
        sign = word if len(word) == 1 and word.isalpha() else _ALPHABET.get(fold(word), "")
        if word == ".":
            sign = ""
        run = run + sign if sign else ""
        best = max(best, run, key=len)
    return best if len(best) >= 3 else None  # noqa: PLR2004 - two letters spell no name


def _spelled(text: str) -> bool:
    return all(len(w) == 1 for w in text.split())


def _respelled(name: str, letters: str | None) -> str:
    """The part of the name that was spelled takes the spelling."""
    if letters is None:
        return name
    parts = name.split()
    for n, part in enumerate(parts):
        if fold(part) == fold(letters) or (
            fold(part)[0] == fold(letters)[0] and abs(len(part) - len(letters)) <= 2  # noqa: PLR2004
            and len(set(fold(part)) & set(fold(letters))) >= len(set(fold(letters))) - 2
        ):  # fmt: skip
            parts[n] = letters[0].upper() + letters[1:].lower()
            return " ".join(parts)
    return name


class NameSheet:
    """Collects first name and surname over the call; later words correct earlier ones."""

    def __init__(self, taken: frozenset[str] = frozenset()) -> None:
        self.taken = taken  # words of the catalogue: a branch is nobody's name
        self.first: str | None = None
        self.last: str | None = None
        self.turn: int | None = None
        self.words = ""

    def agent(self, text: str) -> None:
        """`Danke, Frau Krüger`: of two names that we have, the last is the surname."""
        for match in _ADDRESS.finditer(text):
            parts = match["name"].split()
            surname = parts[-1]
            if self.first and fold(self.first) == fold(surname) and self.last is None:
                self.first, self.last = None, self.first
            if self.first and self.last and fold(self.first) == fold(surname):
                self.first, self.last = self.last, self.first

    def user(self, text: str, question: str, turn: int, *, opening: bool) -> None:
        letters = _letters(text)
        name = self._said(text, question, opening=opening)
        if name is None:
            if letters and (self.last or self.first):
                self._correct(letters)
            return
        self.turn, self.words = turn, name
        first_said = re.search(rf"\b(?i:vorname|first name)\b.{{0,12}}{re.escape(name)}", text)
        first_asked = _FIRST.search(question) is not None or first_said is not None
        self._take(_respelled(name, letters), first_asked=first_asked)

    def _correct(self, letters: str) -> None:
        if self.last:
            self.last = _respelled(self.last, letters)
        if self.first:
            self.first = _respelled(self.first, letters)

    def _said(self, text: str, question: str, *, opening: bool) -> str | None:
        for pattern in (_APPARATUS, _INTRODUCED):
            for introduced in pattern.finditer(text):
                if self._free(introduced["name"]):
                    return introduced["name"]
        if not opening and not _ASKED.search(question):
            return None
        bare = [b for c in _clauses(text) if (b := _bare(c)) and self._free(b)]
        if not bare:
            return None
        full = next((b for b in bare if " " in b), None)
        if full:
            return full
        if len(bare) > 1 and not _FIRST.search(question) and _pair(text, bare):
            return f"{bare[1]} {bare[0]}"  # "Franke, Simone"
        return bare[0]

    def _free(self, name: str) -> bool:
        return _is_name(name) and not {fold(p) for p in re.split(r"[\s-]", name)} & self.taken

    def _take(self, name: str, *, first_asked: bool) -> None:
        parts = name.split()
        if len(parts) > 1:
            self.first, self.last = parts[0], " ".join(parts[1:])
        elif first_asked:
            if self.last is None or fold(parts[0]) != fold(self.last):
                self.first = parts[0]
        elif self.last is None or self.first is None:
            self.last = parts[0]

    @property
    def full(self) -> str | None:
        if self.first and self.last:
            return f"{self.first} {self.last}"
        return self.last or self.first


def _pair(text: str, bare: list[str]) -> bool:
    return (
        re.match(rf"\W*{re.escape(bare[0])},\s+{re.escape(bare[1])}\b", _GREETING.sub("", text))
        is not None
    )
