"""German as it is spoken in the South, written by ear: regular sound laws, not a list of finds.

Weekdays are made of a stem and a form of "Tag" (`Samschtig`, `Freidog`); other words are mapped to
the one that the rules name. All is folded: no umlauts, lower case.
"""

from itertools import product

from domain.intent.text import fold

_TAG = ("tag", "tog", "dag", "dog", "tig", "dig", "täg", "däg", "dåg", "tåg", "toch", "tach")
_STEMS = {
    0: "mon moon mo män mään meen moan",
    1: "diens diensch deens deans dins zis zisch zys zysch zies ziesch ir er irch erch",
    3: "donners donnersch dunners dunnersch donnas donnasch donns donnsch duns dunsch dons donsch "
    "pfinz pfins pfings",
    4: "frei frai frey fri frii",
    5: "sams samsch soms somsch sumsch saams saamsch",
    6: "sonn sunn sun sonna sunna",
}
_BAVARIAN = {0: "mo mon", 1: "irch erch iri eri", 3: "pfinz pfins pfings donnas", 5: "sams soms",
             6: "sunn"}  # fmt: skip
_WEDNESDAY = (
    "mittwoch midwoch mittwo mittwuch midwuch mittwuuch migga migge miggdi mittich mittwocha"
)


def weekdays() -> dict[str, int]:
    found = {fold(stem + tag): n for n, stems in _STEMS.items()
             for stem, tag in product(stems.split(), _TAG)}  # fmt: skip
    found |= {fold(stem + tag): n for n, stems in _BAVARIAN.items()
              for stem, tag in product(stems.split(), ("da", "ta"))}  # fmt: skip
    found |= dict.fromkeys(_WEDNESDAY.split(), 2)
    return found


_SAID = {
    "halb": "halba hoib hoiba hoibe hoibi halwa halwe halwer hoiwa hoiwe",
    "viertel": "viertl viatl viadl viadel vierdl viertele viartl vertel",
    "dreiviertel": "dreiviertl dreiviatl dreiviadl dreivierdl dreiviartl drüviertel",
    "um": "uma umma umara ummara",
    "vor": "vorm voa vur vuar",
    "nach": "nooch noh",
    "uhr": "ua uah uhra",
    "drei": "drü drüü droi drai drue",
    "eins": "eis oas oins",
    "zwei": "zwöi zwää zwoo",
    "vier": "viar",
    "fünf": "foif füüf fiif fimf fümv",
    "fünfe": "fimfe feife",
    "sechs": "sächs seggs",
    "sieben": "sibe siibe sim simm siem",
    "acht": "ocht oacht",
    "achte": "ochte oachte",
    "neun": "nüün naun",
    "neune": "neine nüne naine",
    "zehn": "zäh zää zähn zeha",
    "zehne": "zehna zeahne",
    "zwölf": "zwöuf zwoif zwölwe zweuf",
    "zwölfe": "zwöife zweife zwoife",
    "zwanzig": "zwänzg zwanzge zwoanzg zwonzg",
    "dreißig": "drissg driissg dreissge",
    "nächste": "nächschti nächscht nächschte nägscht nägschte nägschde nägschti näxte nexte "
    "nexschte näkscht nächsti nächst nexscht neggschd nägsde",
    "kommende": "kommendi chommendi kemmende chommende",
    "woche": "woch wuche wuch wocha wochn wucha",
    "tag": "dag dog tog",
    "tagen": "däg dage doge",
    "stunde": "stund schtund stunn",
    "monat": "monet monad moned",
    "jahr": "johr joar jor",
    "heute": "hüt hütt haint hite hiit heint heunt",
    "morgen": "moang moing morng moarn moargn moagn moign",
    "übermorgen": "übermoang übamoang übermorn übamorgn ibermorgn ibermorje",
    "abend": "abig obig oobed obed owend omd oobnd",
    "vormittag": "vormiddag voamittog voamiddog vormiddog vormittog",
    "nachmittag": "namittag namiddag nomiddog nochmiddog nomittag namitag nammidaag",
    "mittag": "middag middog mittog zmittag z'mittag",
    "früh": "friah fria frua früa frie fruah",
}  # fmt: skip


def canonical() -> dict[str, str]:
    """Spoken form to the word that rules and lexicon know."""
    return {fold(form): fold(word) for word, forms in _SAID.items() for form in forms.split()}
