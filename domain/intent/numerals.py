"""Numbers as words, in German with its dialects and in English."""

from domain.intent.text import fold

_DE_UNITS = ("null", "eins", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun",
             "zehn", "elf", "zwölf", "dreizehn", "vierzehn", "fünfzehn", "sechzehn", "siebzehn",
             "achtzehn", "neunzehn")  # fmt: skip
_DE_TENS = ("zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig")

# Said in Bavaria, Austria and Switzerland: "um viere", "am halbi achti", "zwoa", "füfi".
_DE_DIALECT = {
    "zwo": 2, "zwoa": 2, "zwa": 2, "zwoi": 2, "zweie": 2, "dreie": 3, "drü": 3, "drüü": 3,
    "viere": 4, "vieri": 4, "fünfe": 5, "fümf": 5, "fümfe": 5, "füfi": 5, "foif": 5,
    "sechse": 6, "sechsi": 6, "sächsi": 6, "siebene": 7, "siebne": 7, "simme": 7, "sibni": 7,
    "siebni": 7, "achte": 8, "achti": 8, "neune": 9, "nüni": 9, "neini": 9, "zehne": 10,
    "zehni": 10, "zähni": 10, "elfe": 11, "elfi": 11, "zwölfe": 12, "zwölfi": 12, "zwoife": 12,
    "fuchzehn": 15, "fuchzen": 15, "eis": 1, "oans": 1, "ans": 1, "fuffzehn": 15, "fuffzig": 50,
}  # fmt: skip


def _standard() -> dict[int, str]:
    """The standard word of each number from 0 to 99."""
    table = dict(enumerate(_DE_UNITS))
    for ten, name in enumerate(_DE_TENS, 2):
        table[10 * ten] = name
        for unit in range(1, 10):
            first = "ein" if unit == 1 else _DE_UNITS[unit]
            table[10 * ten + unit] = f"{first}und{name}"
    return table


def _german() -> dict[str, int]:
    table = {name: n for n, name in _standard().items()}
    table |= {"hundert": 100, "einhundert": 100, "zwanzg": 20, "dreissg": 30}
    table |= {f"zwound{name}": 10 * ten + 2 for ten, name in enumerate(_DE_TENS, 2)}
    return {fold(name): n for name, n in (table | _DE_DIALECT).items()}


def _german_ordinals() -> dict[str, int]:
    special = {1: "erst", 3: "dritt", 7: "siebt", 8: "acht"}
    standard = _standard()
    table = {}
    for n in range(1, _WEEKS + 1):
        stem = special.get(n, standard[n] + ("st" if n > 19 else "t"))  # noqa: PLR2004
        for ending in ("e", "er", "en", "em", "es"):
            table[stem + ending] = n
    for ending in ("e", "er", "en", "em"):
        table["zwot" + ending] = 2
        table["zwoundzwanzigst" + ending] = 22
        table["siebent" + ending] = 7
    return table


DE_CARDINALS = _german()
_DAYS, _WEEKS = 31, 53  # of the longest month and year
DE_WEEKS = {fold(k): v for k, v in _german_ordinals().items()}
DE_ORDINALS = {k: v for k, v in DE_WEEKS.items() if v <= _DAYS}
# "achte" is the eighth as well as Bavarian for eight; both readings are kept by their categories.

_EN_UNITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
             "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen",
             "eighteen", "nineteen")  # fmt: skip
_EN_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
EN_TENS = {name: 10 * n for n, name in enumerate(_EN_TENS, 2)}
EN_CARDINALS = {name: n for n, name in enumerate(_EN_UNITS)} | EN_TENS

_EN_ORDINAL_UNITS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth",
                     "ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth",
                     "fifteenth", "sixteenth", "seventeenth",
                     "eighteenth", "nineteenth")  # fmt: skip
EN_ORDINALS = {name: n for n, name in enumerate(_EN_ORDINAL_UNITS, 1)}
EN_ORDINALS |= {"twentieth": 20, "thirtieth": 30}
