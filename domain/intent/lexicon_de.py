"""German words of time and what they are. Words are folded: no umlauts, lower case."""

from typing import Any

from domain.intent import numerals, spellings_de
from domain.intent.moment import Duration, Moment
from domain.intent.text import Token, fold

Cats = dict[str, Any]

WEEKDAYS = {
    0: "montag mo. mon. mantag mondi mäntig",
    1: "dienstag di. die. dienstags diensdog zistig zyschtig deenstag irtag",
    2: "mittwoch mi. mit. mittwuch mittwoche mittich",
    3: "donnerstag do. don. donnastog donnschtig dunnerstag donnerstog",
    4: "freitag fr. fre. freitog friitig fritig",
    5: "samstag sonnabend sa. sam. samstog samschtig somstag samsdog",
    6: "sonntag sonntog sunntig sunntog sondog",
}
MONTHS = {
    1: "januar januars jänner jänners jan. jaenner jan",
    2: "februar februars feber febers feb. feb", 3: "märz märzes mrz. mär. mrz marz",
    4: "april aprils apr. apr", 5: "mai", 6: "juni junis jun. juno jun",
    7: "juli julis jul. julei jul", 8: "august augusts aug. aug",
    9: "september septembers sep. sept. sep sept", 10: "oktober oktobers okt. okt",
    11: "november novembers nov. nov", 12: "dezember dezembers dez. dez",
}  # fmt: skip
UNITS = {
    "second": "sekunde sekunden sek",
    "minute": "minute minuten min min. minutn minütchen",
    "hour": "stunde stunden std std. stund stündchen",
    "day": "tag tage tagen tages tg tg.",
    "week": "woche wochen wochn",
    "month": "monat monate monaten monats",
    "quarter": "quartal quartale quartals quartalen",
    "year": "jahr jahre jahren jahres",
    "workday": "werktag werktage werktagen werktages arbeitstag arbeitstage arbeitstagen "
    "geschäftstag geschäftstage geschäftstagen bankarbeitstage bankarbeitstagen",
}
CYCLES = {"weekend": "wochenende wochenend wochenendes", "workweek": "arbeitswoche"}
RELATIVE_DAYS = {
    0: "heute heut hüt heit heid heint",
    1: "morgen morn moang morgn",
    2: "übermorgen übermorn",
    3: "überübermorgen",
    -1: "gestern",
    -2: "vorgestern",
    -3: "vorvorgestern",
}  # fmt: skip
PARTS = {
    "early": "früh morgenstunde morgenstunden frühmorgens friah fria in-der-früh",
    "morning": "morgens",
    "forenoon": "vormittag vormittags vormittage vormittagsstunden",
    "noon": "mittag mittags mittagszeit",
    "afternoon": "nachmittag nachmittags nachmittagsstunden nammiddog namittag nomittog "
    "nochmittag namidog",
    "daytime": "tagsüber untertags",
    "evening": "abend abends abendstunden abig ombd abnd obend obends",
    "night": "nacht nachts nachtzeit",
    "late_afternoon": "spätnachmittag spätnachmittags",
    "late_morning": "spätvormittag",
    "late_evening": "spätabends spätabend",
    "early_evening": "vorabend feierabend",
    "lunch": "mittagessen mittagspause",
    "breakfast": "frühstück frühstückszeit",
    "dinner": "abendessen",
}
WHICH = {
    "this": "dies aktuell laufend jetzig",
    "next": "nächst folgend näxt darauffolgend nachfolgend nächstfolgend",
    "coming": "kommend",
    "over": "übernächst",
    "last": "letzt vergangen vorig",
    "beforelast": "vorletzt",
}
FEASTS = {
    "neujahr": "neujahr neujahrstag",
    "dreikonig": "dreikönig dreikönigstag",
    "valentin": "valentinstag",
    "frauentag": "frauentag weltfrauentag",
    "maifeiertag": "maifeiertag staatsfeiertag",
    "mariahimmelfahrt": "mariahimmelfahrt",
    "einheit": "einheitstag",
    "bundesfeier": "bundesfeier bundesfeiertag",
    "nationalfeiertag": "nationalfeiertag",
    "reformation": "reformationstag",
    "halloween": "halloween",
    "allerheiligen": "allerheiligen",
    "allerseelen": "allerseelen",
    "martinstag": "martinstag",
    "nikolaus": "nikolaus nikolaustag nikolo",
    "heiligabend": "heiligabend heiligenabend",
    "weihnachten": "weihnachten weihnachtstag christtag weihnacht",
    "stephanstag": "weihnachtsfeiertage weihnachtsfeiertagen stephanstag stefanstag stephanitag "
    "stefanitag stephanietag",
    "silvester": "silvester sylvester altjahrstag",
    "rosenmontag": "rosenmontag",
    "faschingsdienstag": "faschingsdienstag fastnacht fastnachtsdienstag veilchendienstag",
    "aschermittwoch": "aschermittwoch",
    "weiberfastnacht": "weiberfastnacht",
    "palmsonntag": "palmsonntag",
    "grundonnerstag": "gründonnerstag",
    "karfreitag": "karfreitag",
    "karsamstag": "karsamstag ostersamstag",
    "ostern": "ostern ostersonntag",
    "ostermontag": "ostermontag osterfeiertage osterfeiertagen",
    "himmelfahrt": "himmelfahrt himmelfahrtstag auffahrt vatertag",
    "pfingsten": "pfingsten pfingstsonntag",
    "pfingstmontag": "pfingstmontag",
    "fronleichnam": "fronleichnam",
    "bussbettag": "bußtag",
    "erntedank": "erntedank erntedankfest",
    "muttertag": "muttertag",
    "weltkindertag": "weltkindertag",
    "blackfriday": "blackfriday",
}
_ENDINGS = ("", "e", "er", "en", "em", "es")
_FRACTIONS = {
    "anderthalb": 1.5, "anderthalbe": 1.5, "anderthalben": 1.5, "einundeinhalb": 1.5,
    "eineinviertel": 1.25, "eindreiviertel": 1.75,
}  # fmt: skip
_HALVED = ("ein", "zwei", "drei", "vier", "fünf", "sechs", "sieben", "acht", "neun", "zehn")
_FRACTIONS |= {f"{unit}einhalb": n + 0.5 for n, unit in enumerate(_HALVED, 1)}


def _put(table: dict[str, Cats], words: str, **cats: Any) -> None:
    for word in words.split():
        table.setdefault(fold(word), {}).update(cats)


def _numbers(table: dict[str, Cats]) -> None:
    for word, n in numerals.DE_CARDINALS.items():
        _put(table, word, **number_cats(n))
    for word in ("ein", "eine", "einen", "einem", "einer", "ner", "einige"):
        _put(table, word, QTY=1)
    _put(table, "ein eins oans", HOURU=1)
    for word, n in numerals.DE_ORDINALS.items():
        _put(table, word, ORD=n)
    for word, n in numerals.DE_WEEKS.items():
        _put(table, word, WEEKNO=n)
    for word, f in _FRACTIONS.items():
        _put(table, word, QTY=f)


def number_cats(n: float) -> Cats:
    """What a number can be, by its size."""
    cats: Cats = {"NUM": n, "QTY": n}
    if n != int(n):
        return cats
    n = int(n)
    if n <= 24:  # noqa: PLR2004
        cats["HOUR"] = cats["HOURU"] = n
    if n <= 59:  # noqa: PLR2004
        cats["MIN"] = n
    if 1 <= n <= 31:  # noqa: PLR2004
        cats["DOM"] = n
    if 1900 <= n <= 2100:  # noqa: PLR2004
        cats["YEAR"] = n
    return cats


SPANS = {
    Duration(15, "minute"): "viertelstunde",
    Duration(45, "minute"): "dreiviertelstunde",
    Duration(30, "minute"): "halbestunde",
    Duration(3, "month"): "vierteljahr",
    Duration(6, "month"): "halbjahr",
    Duration(9, "month"): "dreivierteljahr",
}
# "heutig", "morgig": the day as an adjective.
DAILY = {0: "heutig", 1: "morgig", 2: "übermorgig", -1: "gestrig"}
# The unit after this one, in one word.
FOLLOWING = {"day": "folgetag", "week": "folgewoche", "month": "folgemonat", "year": "folgejahr"}
# Parts of an hour that are said with the hour which they belong to.
FRACTIONS = {-30: "halb", -45: "viertel", -15: "dreiviertel"}
EDGES = {
    ("end", "month"): "monatsende", ("begin", "month"): "monatsanfang monatsbeginn",
    ("middle", "month"): "monatsmitte", ("begin", "week"): "wochenanfang wochenbeginn",
    ("middle", "week"): "wochenmitte", ("end", "week"): "wochenausklang",
    ("end", "quarter"): "quartalsende", ("begin", "quarter"): "quartalsanfang quartalsbeginn",
    ("end", "year"): "jahresende", ("begin", "year"): "jahresanfang jahresbeginn",
}  # fmt: skip
# Seasons as whole months: the first and how many; a winter's second month is the 13th.
SEASONS = {
    (3, 3): "frühling frühlings frühjahr frühjahrs frühjahres", (6, 3): "sommer sommers",
    (9, 3): "herbst herbsts herbstes", (12, 3): "winter winters", (9, 1): "frühherbst herbstanfang",
    (3, 1): "vorfrühling frühlingsanfang frühlingsbeginn", (6, 1): "frühsommer sommeranfang",
    (7, 1): "hochsommer", (8, 1): "spätsommer", (11, 1): "spätherbst", (14, 1): "spätwinter",
    (12, 1): "frühwinter winteranfang",
}  # fmt: skip
COUNTED = (
    "termin termine mal person personen leute frage euro minuten kind kinder platz mann frau gast"
)


TABLES: dict[str, dict[Any, str]] = {
    "WEEKDAY": WEEKDAYS,
    "MONTH": MONTHS,
    "UNIT": UNITS,
    "CYCLE": CYCLES,
    "REL": RELATIVE_DAYS,
    "PART": PARTS,
    "FEAST": FEASTS,
    "EDGEWORD": EDGES,
    "SEASON": SEASONS,
}


def build() -> dict[str, Cats]:
    """The whole lexicon: each word with all that it may be."""
    table: dict[str, Cats] = {}
    _numbers(table)
    for cat, names in TABLES.items():
        for value, words in names.items():
            _put(table, words, **{cat: value})
    for n, words in WEEKDAYS.items():
        _put(table, words.split()[0] + "s", WEEKDAY=n)
    for word, n in spellings_de.weekdays().items():
        _put(table, word, WEEKDAY=n)
    for which, stems in WHICH.items():
        inflected = " ".join(stem + ending for stem in stems.split() for ending in _ENDINGS)
        _put(table, inflected, **{which.upper(): which})
    _derived(table)
    _parts(table)
    for word in COUNTED.split():
        if word not in table:
            _put(table, word, NOUN=True, COUNTED=True)
    return table


def _derived(table: dict[str, Cats]) -> None:
    for span, words in SPANS.items():
        _put(table, words, SPANWORD=span)
    for rel, stem in DAILY.items():
        _put(table, " ".join(stem + ending for ending in _ENDINGS[1:]), DAILY=rel)
    for unit, word in FOLLOWING.items():
        _put(table, f"{word} {word}e {word}es {word}s", FOLLOWING=unit)
    for minutes, word in FRACTIONS.items():
        _put(table, word, FRACTION=minutes)


def _parts(table: dict[str, Cats]) -> None:
    """`Vormittagszeit`, `Abendstunden`; and the adverbs that may follow an hour."""
    for part, words in PARTS.items():
        stem = words.split()[0].removesuffix("s")
        _put(table, f"{stem}szeit {stem}zeit {stem}sstunde {stem}sstunden {stem}stunden", PART=part)
    for word in ADVERBS.split():
        table[word]["PARTADVERB"] = Moment(part=table[word]["PART"])
    for word, n in numerals.DE_CARDINALS.items():
        if word.endswith("i") or word == "eins":
            _put(table, word, HOURI=n)  # Alemannic hours: am achti, am vieri, am drü


ADVERBS = "morgens vormittags mittags nachmittags abends nachts fruh"


def unknown(token: Token) -> Cats:
    """German writes nouns large; a stranger of that kind may be what a number counts."""
    return {"NOUN": True} if token.start > 0 and token.text[0].isupper() else {}
