"""What a sentence asks for by its main clause: asked before single words are looked at.

- Who tells us to remind or to enter something wants that, whatever it is about: "the paper".
- Who asks us for a free time wants it; who asks about the own calendar wants to know.
- Who looks for somebody to go to, and names no time with it, wants to know. Who names one, or looks
  for an appointment, or needs to go there, wants to book.

Patterns over folded words, in the order in which they are asked; `unless` takes back. Each pattern
is one construction; its examples stand in `tests/unit/intent_families/wish_*.txt`.
"""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

from domain.intent.wish_words import PROVIDERS, pattern

Wish = Literal["book", "reschedule", "cancel", "info"]


class _Request(NamedTuple):
    wish: Wish
    asked: tuple[str, ...]
    unless: tuple[str, ...] = ()


_PROVIDER = "(?:" + "|".join(pattern(stem) for stem in PROVIDERS.split()) + ")"
_DOCTOR = r"(?:dr\b\.?|doctor) (?!who\b|that\b|in\b|near\b|for\b|to\b|and\b|please\b)[a-z]{2,}"
_DAY = (
    r"(?:today|tonight|tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday|"
    r"this week|next week)"
)
_WHEN = (
    rf"(?:\b{_DAY}\b|\b\d{{1,2}}(?::\d\d)? ?[ap]\.?m\b|\b\d{{1,2}}:\d\d|\bo'clock\b|\bnoon\b|"
    r"\b(?:half|quarter) (?:past|to)\b|\bat (?:\w+ (?:am|pm)|\d)|\b\d{1,2}(?:st|nd|rd|th)\b)"
)
_SEARCH = r"(?:find(?:ing)?|look(?:ing)? (?:for|up)|search(?:ing)?(?: for)?|locat(?:e|ing))"
_SEARCHES = rf"\b{_SEARCH}\b"
_CALENDAR = r"(?:calendar|schedule|agenda|appointments|events|meetings|day|week)"
_FREE = r"(?:slots?|openings?|spots?|availabilit(?:y|ies)|vacanc(?:y|ies)|gaps?)"
_OFFERED = rf"(?:{_FREE}|appointments?|room for|time for|space|anything)"
_ENTRY = (
    r"(?:reminder|alarm|alert|event|meeting|appointment|note|task|entry|notification|show|call|"
    r"lunch|dinner|party)"
)
_POLITE = r"(?:please |kindly |(?:can|could|would|will) you (?:please )?|i(?:'d| would) like to )*"
_WH = (
    r"^(?:when|where|who|how|which|what)\b",
    r"\b(?:what|which) (?:times?|slots?|days?|dates?)\b",
)

_EN = (
    _Request(
        "book",
        (
            rf"^{_POLITE}remind (?:me|us|him|her|them|everyone)\b",
            (
                rf"^{_POLITE}(?:set(?: up)?|add|create|make|put) (?:me |us )?(?:a|an|another) "
                rf"(?:\w+ )?{_ENTRY} (?:to|that|about|for|until|at|on|in)\b"
            ),
            rf"^{_POLITE}schedule (?:a|an|another|the) (?:\w+ )?{_ENTRY}\b",
        ),
        (r"\bremind (?:me|us) (?:of )?(?:when|what|where|who|how|which)\b", r"\binstead\b"),
    ),
    _Request(
        "info",
        (
            r"\b(?:fee|charge|cost|penalty) (?:for|of|to|if)\b",
            (
                r"(?:^|[.!?,] )(?:when|where|what time|how (?:long|much|many)) "
                r"(?:is|are|am|was|does) (?:my|i|the)\b[^.!?]*\W*$"
            ),
        ),
    ),
    _Request(
        "cancel",
        (
            (
                r"\bmake sure (?:that )?(?:my|the) \w+(?: \w+)? (?:is|are|stays?) (?:\w+ )?"
                r"(?:clear|empty|blank)\b"
            ),
            r"\bmake (?:\w+ ){0,4}blank\b",
        ),
    ),
    _Request(
        "book",
        (
            (
                r"\b(?:choose|pick|select|go with|go for|take) (?:this|that|dr|doctor|"
                r"the (?:first|second|third|last|other))\b"
            ),
            rf"\b(?:that|this) {_PROVIDER} (?:is|will|would|sounds|seems|looks)\b",
            rf"\b(?:see|visit|go to|come to|be seen by) {_DOCTOR}",
        ),
        (r"\?", *_WH, _SEARCHES),
    ),
    _Request(
        "book",
        (
            (
                r"\b(?:see|check|find out) (?:if|whether) (?:i|we|you|they|he|she|my \w+|"
                r"dr\.? \w+) (?:can|could|might) (?:get|come|be seen|squeeze|fit|take|see|book|"
                r"have|make it|do)\b"
            ),
        ),
    ),
    _Request(
        "book",
        (
            rf"\b(?:do|would|could) you (?:\w+ )?(?:have|got)\b(?! my| to\b).*\b{_OFFERED}\b",
            rf"\bhave you (?:\w+ )?got .*\b{_OFFERED}\b",
            (
                rf"\b(?:is|are) there (?:still )?(?:an?|any) (?:\w+ )?(?:{_FREE}|"
                r"appointments? (?:free|left|available|open))\b"
            ),
            rf"^(?:got )?any {_FREE}\b",
        ),
        (*_WH, r"\b(?:calendar|schedule|parking|website|waiting)\b", r"\broom (?!for\b)"),
    ),
    _Request(
        "book",
        (
            (
                rf"\b{_SEARCH} (?:me |us )?(?:an?|another|some) (?:[\w']+ ){{0,2}}"
                r"(?:appointment|slot|opening|spot)\b"
            ),
            rf"\b{_SEARCH}\b[^.,!?]*\b{_PROVIDER}[^.,!?]*{_WHEN}",
        ),
        (r"\b(?:my|existing|upcoming) \w*(?:calendar|appointments?)\b",),
    ),
    _Request(
        "info",
        (
            (
                rf"\b{_SEARCH} (?:me |us |out )?(?:an?|another|some|any|one|good|new) "
                rf"(?:\w+ ){{0,3}}{_PROVIDER}(?!'?s? (?:appointment|visit))"
            ),
            (
                r"\b(?:see|check) (?:if|whether) there(?:'s| is| are) (?:an?|any|some) "
                rf"(?:\w+ ){{0,2}}{_PROVIDER}"
            ),
        ),
        (_WHEN, r"\b(?:morning|afternoon|evening)\b", r"^remind\b"),
    ),
    _Request(
        "info",
        (
            (
                r"\b(?:go|run|walk|talk|take)(?: (?:me|us))? (?:through|over|down) "
                rf"(?:my|our|the) (?:\w+ )?{_CALENDAR}\b"
            ),
            (
                r"\b(?:check|see|look at|open|view|read|browse) (?:\w+ ){0,5}(?:my|our) "
                r"(?:\w+ )?(?:calendar|schedule|agenda)\W*$"
            ),
            (
                r"\b(?:like|want|need|wish|love) to (?:search|look|check|browse|find|view)"
                r"(?: (?:for|at|up|through|in|on))* (?:my |the |any |an? )?(?:\w+ )?"
                r"(?:events?|calendar|schedule|meetings?|agenda)\b"
            ),
        ),
        (r"\b(?:add|book|put|remind)\b",),
    ),
    _Request(
        "info",
        (
            (
                r"^(?:my|our) (?:\w+ )?(?:schedule|agenda|plans?|calendar)"
                rf"(?: (?:for|on|of) .*| {_DAY}.*)?\W*$"
            ),
            rf"^plans? (?:for|on) (?:{_DAY}|the weekend)\W*$",
            (
                rf"^{_POLITE}(?:find|search(?: for)?|locate|look (?:up|for)) "
                r"(?:an?|the|my|all|any) (?:\w+ )?(?:meetings?|events?|calls?|reminders?)\b"
                r"(?! (?:time|room|slot))"
            ),
        ),
    ),
    _Request(
        "book",
        (
            (
                r"\b(?:needs?|wants?|like|has|have) to (?:see|visit|go to|come to) "
                rf"(?:an?|the|my) (?:\w+ )?{_PROVIDER}"
            ),
            (
                r"\b(?:need|want|like|have) (?:to )?(?:(?:get|have) )?[^.!?]*"
                rf"\b(?:done|\w+ed|cut)\b[^.!?]* at (?:the|my) {_PROVIDER}"
            ),
        ),
        (
            _SEARCHES,
            *_WH,
            r"\b(?:in|near|around|close) [a-z]+",
            r"\b(?:know|recommend\w*|see if)\b",
        ),
    ),
    _Request(
        "reschedule", (r"\b(?:different|new|other) (?:appointment|booking) (?:time|date|day)\b",)
    ),
)

_WO = (
    r"^(?:wann|wo|wer|wie|was|welche\w*|ab wann|bis wann|um wie ?viel)\b",
    r"\b(?:wann|welche\w*)\b",
)
_HELPERS = (
    r"(?!\w*termin)\w*(?:arzt|arztin|doktor|therapeut\w*|friseur\w*|frisor\w*|orthopad\w*|"
    r"physio\w*|kosmetik\w*|hebamme)"
)
_DE = (
    _Request(
        "book",
        (
            r"^(?:bitte )?erinner\w* (?:sie )?(?:mich|uns)(?: bitte)? ?(?:,|daran|dran|dass|an)",
            r"^(?:bitte )?trag\w* (?:sie )?(?:bitte )?ein ?(?:,|dass)",
        ),
        (r"\b(?:wann|wo|wer)\b",),
    ),
    _Request(
        "info",
        (
            r"^wann (?:ist|hab\w*|bin|sind) (?:mein|meine|ich)\b",
            r"^(?:haben|habt|hat) (?:sie|ihr|es) (?:mein|unser)en termin\W*$",
            r"\bwas ich (?:\w+ )?(?:vorhab\w*|geplant habe?|ansteht)\b",
            (
                r"\b(?:suche?n?|brauche?n?|finden?|empfehlen|empfehlt|kennen|kennt) "
                rf"(?:sie |ihr |mir |uns )*(?:einen?|guten?) (?:\w+ )?{_HELPERS}\b(?!.*\btermin)"
            ),
        ),
    ),
    _Request(
        "reschedule",
        (
            (
                r"^(?:bitte )?leg\w* (?:sie |bitte )*(?:mir |uns )?(?:den|das|die|mein\w*) "
                r"\w*(?:termin|treffen|besprechung|buchung)\b.* auf\b"
            ),
        ),
    ),
    _Request(
        "info",
        (
            (
                r"\b(?:gehen?|geh) (?:sie |wir )?(?:\w+ ){0,3}(?:kalender|termine|plan|tag|woche)\b"
                r".*\bdurch\b"
            ),
            r"\b(?:mocht\w*|will|wurde gerne?|muss) in (?:mein\w*|den) (?:kalender|terminplan)\b",
            (
                r"\b(?:mocht\w*|will|wurde gerne?) nach (?:\w+ )?(?:veranstaltung\w*|termin\w*|"
                r"treffen) (?:such\w*|schau\w*)"
            ),
            (
                r"^mein\w* (?:\w+ )?(?:plan|terminplan|zeitplan|kalender|termine)"
                r"(?: (?:fur|am|von|diese|nachste|heute|morgen)\b.*)?\W*$"
            ),
        ),
    ),
    _Request(
        "book",
        (
            (
                r"\b(?:haben|habt|hatten|hattet|hatte|hats|habts|gabe|hat) (?:sie|ihr|s|es|man)\b"
                r".*\b(?:(?:einen|nen|freien?|noch) (?:\w+ )?termine?|frei\w*|lucke\w*|platz|luft|"
                r"zeit fur|noch (?:was|etwas|einen))\b"
            ),
            (
                r"^(?:ist|ware|war|geht|ginge) .*\bnoch .*\b(?:was|etwas|einer|ein termin|"
                r"ein platz|frei)\b"
            ),
            r"^(?:gibt|gabe|gibts|gibt's)\b .*\bnoch .*\b(?:termine?|platz|frei\w*)\b",
        ),
        (
            *_WO,
            (
                r"\b(?:mein\w*|parkplatz|offen|auf|geoffnet|raum|zimmer|besprechung\w*|"
                r"kalender)\b"
            ),
        ),
    ),
    _Request(
        "book",
        (
            (
                r"\b(?:schau\w*|sehen|seh\w*|guck\w*|pruf\w*|nachschau\w*|nachseh\w*)\b.*\bob\b.*"
                r"\b(?:kommen|drannehmen|drankomm\w*|reinkomm\w*|einschieben|noch was geht|"
                r"was frei|einen termin)\b"
            ),
            r"\b(?:ich suche?|wir suchen|mir|uns) (?:\w+ )?(?:einen?|nen) (?:\w+ )?\w*termin\b",
            (
                r"^(?:ich|wir) (?:muss|mussen|musste|will|wollen|mocht\w*|wurden? gerne?) "
                r"(?:\w+ )?(?:zum|zur|zu)(?: (?:einem|einer|frau|herrn?|meinem|meiner|doktor|dr))*"
                rf"\.? (?:{_HELPERS}|(?<=doktor )\w+|(?<=dr\. )\w+|(?<=dr )\w+)\b"
            ),
        ),
        (*_WO, r"\b(?:wie|adresse|weg|verschieb\w*|absag\w*)\b"),
    ),
)

# "Change my hair", "the salon from earlier": a change or a time, but of no appointment.
_ASIDE = re.compile(
    r"\b(?:change|update|alter) (?:my|our|his|her|up my) (?:\w+ )?"
    r"(?:hair(?:style|do)?\b|look|style|colou?r|nails?|image)\b|"
    r"\b(?:from|found|mentioned|said|suggested|showed me|told me|looked at|went to|had) "
    r"(?:about )?earlier\b|"
    r"\b(?:mein\w*|ihr\w*|sein\w*) (?:haarfarbe|frisur|haare?|aussehen|look|stil|typ) "
    r"(?:\w+ )?(?:ver[aä]nder\w*|[aä]nder\w*)",
    re.IGNORECASE,
)


def without_asides(text: str) -> str:
    """The text (its umlauts kept) without changes and times that are of no appointment."""
    return _ASIDE.sub(" ", text)


@lru_cache(maxsize=2)
def _compiled(lang: str) -> tuple[tuple[Wish, re.Pattern[str], re.Pattern[str]], ...]:
    return tuple(
        (r.wish, re.compile("|".join(r.asked)), re.compile("|".join(r.unless) or _NEVER))
        for r in (_EN if lang == "en" else _DE)
    )


_NEVER = r"(?!)"
_MOST_CHARS = 400  # patterns with gaps take the square of it


def requested(words: str, lang: str) -> Wish | None:
    """The wish that the main clause of the folded words tells, or None where words must decide."""
    words = words[:_MOST_CHARS]
    for wish, asked, unless in _compiled(lang):
        if asked.search(words) and not unless.search(words):
            return wish
    return None
