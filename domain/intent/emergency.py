"""Whether a caller speaks of an emergency, for whom a booking engine is the wrong end of the line.

A hint for those who answer calls, not a diagnosis: it would rather be wrong once too often, but it
knows refusals ("kein Notfall"), things past ("der Herzinfarkt vor drei Jahren") and words that only
sound alike ("im Notfall auch um fünf", "emergency contact"). German as in Germany, Austria and
Switzerland, and English.
"""

import re

from domain.intent.text import MAX_CHARS, fold

# Patterns over folded words, divided by " | " or the end of the line.
_NAMED = r"""
    notfall\w* | notfoi\w* | lebensgefahr\w* | lebensbedrohlich\w* | rettungsdienst
    rettungswagen | rettung (rufen|holen) | ruf\w* die rettung | krankenwagen | sanitater
    notarzt\w* | notruf\w* | feuerwehr | ambulance | paramedics? | emergenc(y|ies)
    life.?threatening | nine one one | call (911|999|112|144) | leben und tod | leben oder tod
"""
_HEART = r"""
    herzinfarkt\w* | herzstillstand\w* | herzattacke\w* | herzanfall\w* | schlaganfall\w*
    hirnschlag\w* | schlagerl | (brust|herz)schmerz\w*
    (schmerz|stechen|druck|stich|weh|enge)\w* (in|auf|an) der( linken| rechten)? brust
    brust (tut|tuat)( \w+){0,3} weh | heart attack | cardiac arrest
    (having|had|has) (a|another) stroke | chest (is )?(pains?|hurts|hurting|tight\w*|pressure)
    (pains?|pressure|tightness) (in|on|across) (my|his|her|the) chest | halbseitig\w* gelahmt
    mundwinkel hang\w* | gesicht hangt | verwaschene? sprache | slurred speech
    (face|mouth) (is )?droop\w* | plotzlich (\w+ )?(blind|taub|gelahmt|nichts mehr)
    suddenly (blind|numb|paralyz\w*|paralys\w*|can't see|cannot see|can't move)
"""
_BREATH = r"""
    (keine?|ka|koa|kei|kaum|wenig|schlecht|schwer) luft\b(?! in| im) | luft\w*not | atemnot
    erstick\w* | luft (mehr )?bekomm\w* | luft weg\w* | blau (an)?(gelaufen|lauft) | lauft blau an
    (kaum|nicht|nimmer|ned|net|nid)( mehr| richtig| gut| gscheit)* (atmen|schnaufen|schnufe)
    (atmet|schnauft) (\w+ )?(kaum|nicht|nimmer|ned|net|nid) | aufgehort zu atmen
    (can ?not|can't|cant|couldn't|could not|unable to)( \w+)? breath\w*
    (trouble|difficulty|hard to|struggl\w* to)( \w+)? breath\w* | short(ness)? of breath
    (not|isn't|stopped|barely|hardly) breathing
    chok(e|es|ing) | suffocat\w* | gasping
"""
_BLOOD = r"""
    uberall( \w+)? blut | alles voller blut | blood everywhere | covered in blood
    blut\w* aus dem kopf
    bleeding from( \w+)? (head|ear|ears|neck|eye) | (turning|gone|lips are) blue
    (stark|heftig|schwer|massiv|schlimm)\w*( \w+)? (nach|nasen)?blut(e|et|en|end\w*|ung\w*)
    blut\w*( \w+){0,3} (stark|heftig|massiv|wie verruckt|wia narrisch)\w* | verblut\w* | blutsturz
    blut\w*( \w+){0,4} (nicht|nimmer|ned|net) (auf|stillen|stoppen|zu stillen|zum stehen)
    (nicht|nimmer|ned|net) (\w+ )?auf(\w+)? zu? ?(blut\w*) | viel blut( \w+)? verlor\w*
    (spuck|hust|erbrech|erbrich|kotz|speib)\w*( \w+){0,2} blut | blut (spuck|erbrech|gehustet)\w*
    blut (erbrochen|im erbrochenen)
    (severe|heavy|heavily|badly|profuse\w*|massive)( \w+)? bleed\w*
    bleed\w*( \w+){0,3} (badly|heavily|profusely|to death|a lot)
    bleeding( \w+){0,3} (won't|will not|doesn't|does not|not) stop\w*
    (won't|can't|doesn't|not) stop( the)? bleeding | (vomit|cough|throw|spit)\w*( \w+)? blood
    lost? a lot of blood | losing( a lot of)? blood
"""
_SENSES = r"""
    (bewegt|ruhrt) sich (gar )?(nicht|nimmer|ned|net) | (isn't|not|won't|stopped) mov(e|ing)
    (kippe?|kipp|werd\w*)( \w+)? (gleich )?(um|ohnmachtig) | (going|about) to (pass out|faint)
    bewusstlos\w* | bewusstsein verlor\w* | ohnmachtig\w* | ohnmacht | nicht (mehr )?ansprechbar
    kollabier\w* | zusammengebrochen | zsammbrochen | umgekippt | reagiert (gar )?nicht
    wacht nicht (mehr )?auf | unconscious | unresponsive | not responding | passed out | collapsed
    fainted | won't wake up | lost consciousness | krampfanfall\w* | krampft | fieberkrampf\w*
    epileptisch\w* anfall\w* | (having|had|has) (a |an )?(epileptic )?(seizures?|convulsions?)
"""
_HARM = r"""
    (putzmittel|reiniger|spulmittel|batterie|chlor|saure|gift|benzin) (getrunken|\w*schluckt)
    too many (pills|tablets) | can't swallow
    vergift\w* | uberdosis | zu viele (tabletten|pillen) | giftig\w* (geschluckt|gegessen|getrunken)
    poisoned | poisoning | overdos\w* | swallowed (\w+ )?(bleach|poison|pills|batter\w*)
    anaphyla\w* | allergischer schock
    (zunge|hals|kehle|rachen|gesicht) (ist )?(schwillt|zugeschwollen)
    (throat|tongue|face|airway)( is|'s)? (swelling|closing|swollen shut)\w*
    (severe|bad|serious) allergic reaction | schwere\w* allergische\w* reaktion\w*
    umbring\w* | suizid\w* | selbstmord\w* | das leben nehmen | nicht mehr leben | suicid\w*
    kill(ing)? (myself|himself|herself) | end my life | hurt(ing)? myself | fruchtblase
    wehen | water(s)?( has| have| just)* broke\w* | in labou?r | contractions
    (verkehrs|auto|motorrad|arbeits)unfall | schwere[rn]? unfall | schwer verletzt\w* | hurt badly
    (had|in|been in) (a|an) (car|bad|serious|terrible) (accident|crash) | badly (hurt|injured)
    abgetrennt\w* | abgeschnitten\w* finger | severed | stromschlag\w* | electrocut\w* | ertrink\w*
    drown(s|ing|ed) | es brennt (bei|im|in der|hier|lichterloh) | rauchvergiftung | gasgeruch
    (house|kitchen|flat|apartment|building)( is|'s)? on fire | smell gas
    unertraglich\w* \w*schmerz\w*
    \w*schmerz\w* (sind |nicht )?(unertraglich|nicht auszuhalten|nimmer aus) | unbearable pain
    pain is unbearable | excruciating | schadel\w*trauma | offene\w* bruch | compound fracture
    (schwer|stark|schlimm)\w* (verbrannt|verbrennung\w*|verbruht) | (severe|bad)(ly)? burn\w*
    kopf aufgeschlagen\b.*\bblut\w* | head injury | vom dach gefallen
"""
_CRY = r"""
    hilfe ?! | ^(zu )?hilfe\W*$ | ^help( me)?\W*$ | schnell( bitte)? hilfe
    help me(,| please) (quick|hurry|now)\w*
"""


# What sounds alike: means at need, things for a case, and people who work with it.
_ALIKE = r"""
    (im|fur den|fur) (aller\w* )?(notfall|notfalle) (kann|konnte|ginge|geht|auch|nehme|reicht|tut)
    notfall(kontakt|nummer|plan|ausweis|sanitater|set|training|medizin|koffer|ubung|tasche)\w*
    notfall(sprechstunde|sprechstunden|praxis|dienst|dienste) | (beim|im) rettungsdienst
    (in case of|for|contact|no) (an )?emergenc(y|ies) | notfallkontakt\w* | sanitatshaus\w*
    emergency (contact|exit|number|plan|kit|brake|fund|drill|training|medicine|physician|phone)\w*
    notrufnummer\w* | rettungsdienst (arbeit|tatig)\w* | bei der feuerwehr | notarztin von beruf
    (first|erste)[ -](aid|hilfe)\w* | hilfe beim | wehen (winde?|fahnen|haare)
"""
# Illnesses of former times and fears of them are reasons for an appointment.
_PAST = r"""
    hatte\w* | gehabt | damals | fruher | letzt\w* (jahr|monat|woche|sommer|winter)\w* | im vorjahr
    vor (\w+ )?\w+ (jahr|monat|woche)\w* | nach (meinem|dem|einem|seinem|ihrem) | seit meinem
    nachsorge | kontrolle | vorsorge | angst vor | last (year|month|week|summer|winter)
    (years?|months?|weeks?) ago | history of | used to | after (my|the|his|her|a) | follow.?up
    check.?up | afraid of | worried about | recover\w* from | reha\w* | vorbeug\w* | prevent\w*
"""


def _either(words: str) -> re.Pattern[str]:
    parts = [part.strip() for part in re.split(r" \| |\n", words)]
    return re.compile("|".join(f"(?:{part})" for part in parts if part))


def _bounded(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_either(words).pattern})(?!\w)")


_NAMED_RE = _bounded(_NAMED)
_SIGNS_RE = _bounded(_HEART + _BREATH + _BLOOD + _SENSES + _HARM)
_CRY_RE = _either(_CRY)
_ALIKE_RE = _bounded(_ALIKE)
_PAST_RE = _bounded(_PAST)
_CLAUSE = re.compile(r"[.!?;,:]+|\b(?:aber|sondern|but)\b")
_DENIED = re.compile(
    r"\b(kein\w*|koa\w*|ka|nicht|ned|net|nid|nie|ohne|weder|nix|no|not|never|without|neither|"
    r"\w+n't)"
    r"( \w+){0,3} ?$"
)


def _speaks_of(clause: str) -> bool:
    for pattern in (_NAMED_RE, _SIGNS_RE):
        for found in pattern.finditer(clause):
            if _DENIED.search(clause[: found.start()]):
                continue
            if pattern is _SIGNS_RE and _PAST_RE.search(clause):
                continue
            return True
    return False


def is_emergency(text: str) -> bool:
    """Whether the words of a caller, in German or English, tell of an emergency now.

    Pure and bounded: at most `MAX_CHARS` characters are looked at. "Kein Notfall" is False.
    """
    words = re.sub(r"\s+", " ", fold(text[:MAX_CHARS])).strip()
    if _CRY_RE.search(words):
        return True
    plain = _ALIKE_RE.sub(" ", words)
    return any(_speaks_of(clause.strip()) for clause in _CLAUSE.split(plain))
