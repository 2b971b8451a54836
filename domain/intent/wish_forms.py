"""Ways of wishing that no single word gives away: "give me the ten o'clock", "den nehme ich".

Patterns over folded words, by language and wish, in the order in which they are asked. Each names a
construction with its variants, not a sentence.
"""

import re
from functools import lru_cache

_THING_EN = (
    r"(appointment|appt|booking|reservation|meeting|event|visit|slot|reminder|alarm|haircut|call|"
    r"class|session|treatment|party|lunch|dinner)s?"
)
_THING_DE = (
    r"(termin|buchung|reservierung|treffen|meeting|besprechung|erinnerung|wecker|alarm|tisch|"
    r"verabredung|kurs|behandlung|veranstaltung)\w*"
)
_SAME = r"(that|this|it|that time|this time|that day|that one|this one|the time|which)"
_GOOD = r"(good|great|perfect|fine|ok|okay|ideal|wonderful|lovely|excellent|alright|best)"

ENGLISH = {
    "reschedule": (
        (
            rf"\b(change|switch|swap|alter|shift) (my|our|the) (\w+ )?({_THING_EN}|time|date|"
            r"day)\b(?! color)"
        ),
        r"\b(switch|move|shift|push|bump|put) (me|us) (to|back|forward|until)\b",
        (
            r"\b(different|another|other|later|earlier|new) (time|day|date|slot|hour)\b.*\bfor "
            rf"(my|our|the) {_THING_EN}"
        ),
        (
            rf"\b(my|our|the) {_THING_EN}( \w+){{0,4}} (be|been|get) (moved|changed|shifted|"
            r"pushed|postponed|rescheduled)"
        ),
        r"\b(come|visit|be there|make it)\b.* instead of\b",
        (
            r"\b(i have|i've got|i had|i'm booked|there is|"
            rf"there's)\b.*\b{_THING_EN}\b.*\b(instead|rather|but)\b.*\b"
            r"(monday|tuesday|wednesday|thursday|friday|saturday|sunday|"
            r"tomorrow|later|earlier|at \w+)"
        ),
        (
            r"\b(transfer|reset|correct|alter|advance|relocate) (my|our|the|that|this) "
            r"(?!alarm|reminder)"
            rf"({_THING_EN}|time|date)"
        ),
        (
            r"\b(update|change|move|push|shift|switch|alter|bump|slide|pull) (it|that|this|"
            r"everything)\b"
        ),
        (
            r"\b(bump|slide|pull|put|bring|drag|push|nudge|set) (my|our|the|that|this) (\w+ "
            rf")?({_THING_EN}|time)\b.*\b(forward|back|ahead|up|off|to|until|later|earlier)\b"
        ),
        (
            rf"\b(have|get|want) (my|our|the|[\w. ]+'s) (\w+ )?{_THING_EN} (moved|changed|"
            r"shifted|pushed|postponed|rescheduled|switched)\b"
        ),
    ),
    "cancel": (
        rf"\btake back (my|our|the) {_THING_EN}",
        (
            r"\b(don't|do not|no longer|doesn't|does not|didn't|not) (want|need|require|"
            rf"wish)\b.*\b({_THING_EN}|it|that|this)\b"
            r".*\b(any ?more|any ?longer|after all)\b"
        ),
        (
            rf"\b(won't|will not|don't|do not) (be )?need(ing)?\b.*\b({_THING_EN}|it|that|"
            r"table)\b.*\b(after all|any ?more|any ?longer)\b"
        ),
        (
            r"\b(get|take|strike|drop|pull) (me|us|it|that|my \w+|the \w+) (off|out of|from) (the|"
            r"my|your|our) (books|list|schedule|calendar|agenda)\b"
        ),
        rf"\bno longer (want|need|require|be needing)\b.*\b({_THING_EN}|it|that)\b",
        (
            r"\b(eliminat|discard|unschedul|unbook|delet|eras|remov|clear|cancel+|void|nix|"
            rf"abandon)\w*\b.*\b({_THING_EN}|it|that|this|"
            r"everything|all|calendar|schedule|reservation)\b"
        ),
        rf"\b(kill|end|silence) (my|the|that|this) (\w+ )?{_THING_EN}",
        (
            r"\b(take|strike|cross|knock) (it|that|this|my|the)\b.*\b(out of|off|off of|from) (my|"
            r"the|our)\b"
        ),
        (
            r"\b(i'm|i am|we're|we are|i|we) (not|no longer) (coming|going|attending|able to "
            r"(come|make it|attend))\b(?!.*\?)"
        ),
        r"\b(i|we) (won't|will not) be (coming|attending|there|able to make)\b",
        rf"\b(i|we) want out\b|\bback out of (my|the) {_THING_EN}",
        rf"(?<!me )\bforget (about )?(my|the) {_THING_EN}",
    ),
    "info": (
        (
            r"^(is|are) there (a|an|any) (\w+ )?(charge|fee|cost|parking|discount|deposit|wait|"
            r"waiting list)\b"
        ),
        (
            r"^how (far|long|much|many|late|early|soon|often|busy)\b(?!.*\b(song|movie|weather|"
            r"outside)\b)"
        ),
        r"\bremind me (when|what|where|who|how|which)\b",
        r"\b(like|want|need|wish|love|wanna) to (know|hear)\b",
        (
            r"^(do|did) (i|we) (have|got|need|book|make|set|schedule)\b|^(have|had) (i|we) (got|"
            r"booked|made|set)\b"
        ),
        (
            r"\b(pull|bring|call|open|look) up (my|the|our) (\w+ )?(schedule|calendar|agenda|"
            r"appointments?|meetings?|events?)\b"
        ),
        (
            r"\b(find|search for|locate|look for) my (\w+ )?(appointment|meeting|event|"
            r"reservation|booking)s?\b"
        ),
        r"^is (anyone|anybody|someone|somebody|who) (else )?\w+",
        (
            r"\b(any|some)thing (on|in|scheduled|planned|going on)( on| in| for)? (my|the|our) "
            r"(calendar|schedule|agenda|day|plate)"
        ),
        r"\b(what|which) (times|days|slots|dates|hours|openings|appointments)\b",
    ),
    "book": (
        r"\block (it|that|this|\w+( at \w+)?) in\b",
        (
            r"\b(need|could use|want) (a|an) (\w+ )?(slot|spot|opening|appointment)\b"
            r"(?!.*\b(find|look|search|recommend)\b)"
        ),
        r"^(can|could|may|might) (my \w+|he|she|they) (come|be seen|get|have|drop|stop)\b",
        (
            r"\bwondering (if|whether) (you|i|we) (could|can|might) (\w+ ){0,2}(see|fit|squeeze|"
            r"come|get|book|take|have)\b"
        ),
        (
            r"^(give|get|hand) (me|us) (the|a|an|that) (\w+ )?(\w+ (o'clock|am|pm|a\.m|p\.m)|slot|"
            r"appointment|spot|opening)(?! of)"
        ),
        (
            r"^(give|set|send|get|leave|make) (me|us) (a|an|another) (\w+ )?(reminder|alert|"
            r"notification|alarm|note|wake ?up call|nudge|ping)\b"
        ),
        (
            r"^(i|we)( will|'ll| have to| need to| must| should| am going to|'m going to|'re "
            r"going to| want to| plan to|'ve got to| gotta) "
            r"(attend|be at|go to|meet|be attending|join|be meeting)\b(?!.*\b(find|search)\b)"
        ),
        r"\blet me know (about|before|in|at|by|an?|one|two|five|ten|fifteen|thirty|half|\d+)\b",
        r"^make sure\b|^(go for it|do it|go ahead|let's do it|let's do that|that's it|perfect)\W*$",
        (
            r"^(i('ll| will) take |i('d| would) like |i prefer |let's (take|do|go with) )?the "
            r"(first|second|third|last|later|earlier|other|latter|former|morning|afternoon|"
            r"evening|next|\w+ (am|pm|o'clock)) (one|option|slot|time|appointment)( please| then| "
            r"works| is fine)?$"
        ),
        (
            r"^(can|could|may|might) (i|we|you) (please )?(have|get|book|make|arrange|give|grab|"
            r"take) (me |us )?(an?|another|the (first|next|earliest)) (\w+ )?(appointment|slot|"
            r"table|spot|booking|reservation|visit|session|haircut|time)\b"
        ),
        (
            rf"^(yes |yeah |ok |okay |sure |great |perfect )*{_SAME} (time |day |slot |one "
            r")?(works|work|would work|will work|suits|"
            rf"will do|would do|fits|is|sounds|would be|looks)( \w+)?( {_GOOD})?( for (me|us))?( "
            r"\w+)?$"
        ),
        (
            rf"^[\w ':.]{{0,40}}\b(works|suits me|would work|will do|sounds {_GOOD}|is {_GOOD}|"
            rf"would be {_GOOD})( for (me|us))?( please| then| too)?$"
        ),
        r"^(please )?confirm( it| that| this| the \w+( for .*)?| my \w+)?( please)?$",
        (
            r"^(as soon as possible|asap|the (first|next|earliest|soonest)( \w+)? (available|"
            r"slot|one|opening|you have|appointment (please|you have|available)))"
        ),
        (
            r"\b(any chance|(is it|would it be|might it be) possible|any way|possible for)\b.*\b"
            r"(come|book|get|see|visit|schedule|have|reserve|drop|stop|fit|squeeze)\b"
        ),
        (
            r"\b(put|pencil|mark|write|sign|slot|fit|squeeze|book|get|jot|stick) (me|us|him|her|"
            r"it|my \w+)( \w+)? (in|down|up)\b"
        ),
        r"^(a |new |another )?calendar (entry|event|item|reminder) (for|on|at|about)\b",
        r"\b(keep|hold|leave|block|set aside) (\w+ ){0,3}(free|open|off|aside)? ?(for me|for us)\b",
        (
            r"\b(i|we|my \w+|he|she|they) (need|needs|want|wants|would like|'d like|could use)( "
            r"\w+){0,4} (cut|haircut|check ?up|"
            r"cleaning|massage|trim|color|colour|manicure|pedicure|facial|shave|filling|exam|"
            r"consultation|physical)\b"
            r"(?=.*\b(tomorrow|today|tonight|monday|tuesday|wednesday|thursday|friday|saturday|"
            r"sunday|next|this|at \d+)\b)(?!.*\b(find|see if|look|search|recommend)\b)"
        ),
    ),
}
_PREVERB = r"(ich|wir|i|mir|mia|ma)"
GERMAN = {
    "reschedule": (
        (
            r"\b(ander(en|e|er|es)|anderen|neuen|spateren|fruheren|neue|spatere|fruhere) (termin|"
            r"uhrzeit|zeit|tag)\b(?!.*\b(auch|noch) (frei|einen)\b)"
            r"(.*\b(statt|anstatt|fur (meinen|den|unseren)|bitte)\b)"
        ),
        (
            r"\b(brauch\w*|hatt\w*|mocht\w*|mecht\w*|will|benotig\w*|wunsch\w*|"
            r"suche)\b.*\beinen? ander(en|e) (termin|uhrzeit|zeit|tag)\b"
        ),
        (
            r"\b(statt|anstatt|anstelle)\b.*\b(kommen|kemma|vorbeikommen|machen|nehmen|legen|"
            r"schieben)\b"
        ),
        (
            r"\b(auf|an) (einen |den |die |das |nen )?(anderen? (tag|termin|uhrzeit|zeit)|montag|"
            r"dienstag|mittwoch|donnerstag|freitag|samstag|"
            r"sonntag|morgen|ubermorgen|nachste|spater|\w+ uhr|\w+)\b.{0,30}\b(legen|gelegt|"
            r"ziehen|setzen|umlegen|rucken)\b"
        ),
        (
            r"\b(tragen|trag|buchen|buch|legen|leg|planen|plan|schreiben) (sie |s |uns |mich |den "
            r"\w+ |das |es )*(bitte )?\bum\b"
        ),
        (
            r"\b(umtragen|umschreiben|umsetzen|umlegen|umdisponieren|umterminieren|nach (vorn|"
            r"vorne|hinten) (legen|setzen|rucken))\b"
        ),
        (
            r"\b(termin|zeit|uhrzeit)?(verschiebung|anderung|verlegung|umbuchung|verschiebungen|"
            r"anderungen)\b(?!.*\b(wetter|temperatur)\b)"
        ),
        (
            rf"\bneuen? {_THING_DE} statt\b|\bstatt (des|meines|dem|meinem|vom) (alten|bisherigen|"
            r"jetzigen)"
        ),
        rf"\b(der|mein|die|das) {_THING_DE} (muss|musste|soll|sollte|kann|konnte|darf) (auf|zu)\b",
        (
            rf"\bhab\w* ({_PREVERB} )?(am |um |fur )?\w+( \w+)?( um \w+)? (einen?|an|den|mein\w*) "
            rf"{_THING_DE}\b.*\b(kann aber|konnte aber|aber erst|"
            r"lieber|muss aber|aber nur|doch erst)\b"
        ),
    ),
    "cancel": (
        r"\bzurucktreten\b|^storno\b|\bstorno (bitte|fur)\b",
        (
            rf"\b{_THING_DE}\b.*\b(nicht|ned|net|nicht mehr|nimmer) (wahrnehmen|einhalten|"
            r"schaffen|wahrnehma)\b"
        ),
        (
            rf"\b({_THING_DE}|das|die|es)\b.*\bnicht (mehr|langer) (gebraucht|benotigt|notig|"
            r"notwendig|erforderlich)\b"
        ),
        (
            r"^(den |der |die |das |mein\w* )?(wecker|alarm|erinnerung|timer|wecka)( \w+)? (aus|"
            r"weg|ab)\W*$"
        ),
        rf"\b{_THING_DE}\b.*\bhat sich erledigt\b|\bhat sich erledigt\b.*\b{_THING_DE}\b",
        (
            r"\b(ich|wir|i|mir|mia) (komm\w*|kumm\w*|kimm) (doch |leider |jetzt |morgen |heute |"
            r"am \w+ )*(nicht|ned|net|nid|nimmer)( mehr)?\W*$"
        ),
        (
            rf"\b(tret\w*|zuruck\w*)\b.*\bzuruck\b.*\b{_THING_DE}\b|\btret\w* (ich )?(zuruck|"
            rf"von)\b.*\b({_THING_DE}|zuruck)\b"
        ),
        r"\b(melde?n?|meld) (sie |mich |uns |bitte )+.*\bab\b",
        (
            rf"\b{_THING_DE}\b.*\b(soll|muss|kann|darf|konnen) (bitte )?(weg|raus|gestrichen|"
            r"geloscht)\b|\bweg mit (dem|der|meinem|meiner)\b"
        ),
        (
            rf"\b(will|mocht\w*|brauch\w*|mecht\w*|benotig\w*|wui)\b.*\b{_THING_DE}\b.*\b(nicht|"
            r"ned|net|nid|nimmer)( mehr|$)"
        ),
        (
            rf"\b(nimm|nehm\w*|hol\w*|schmeiss\w*|werf\w*)\b.*\b({_THING_DE}|mich|das|"
            r"es)\b.*\b(aus (dem|meinem)|raus|heraus|von der)\b"
        ),
        rf"\b(vergiss|vergessen sie|vergesst) (den|das|die|meinen|mein|meine) {_THING_DE}",
        rf"\bbl(as|asen|ast|aest) (sie )?(den|das|die|mein\w*) {_THING_DE}.*\bab\b",
    ),
    "info": (
        (
            r"\b(nehmen|nehmt|akzeptieren|akzeptiert) (sie|ihr) (\w+ )?\w*(versicherung|kasse|"
            r"krankenkasse|kassen|gutschein\w*|karte\w*)\b"
        ),
        r"\bhabts?( ihr| es)?\b.*\b(offen|geoffnet)\W*$",
        (
            r"\b(nach(sehen|schauen|gucken|prufen)|sagen|verraten|wissen|erfahren|fragen|klaren|"
            r"schauen)\b.{0,25}\b"
            r"(wann|wo|wie|wer|was|welche\w*|wieviel|bei wem|um wie viel)\b"
        ),
        r"^(an|in|zu|um|fur|bei|mit|auf|von|bis|ab|seit|wegen) (welche\w*|wann|wem|wen|wie|was)\b",
        (
            r"^(brauch\w*|benotig\w*) (ich|man|wir|es|i) (da |dafur |dazu )?(uberhaupt |"
            r"eigentlich )?(einen?|an|nen|keinen?) (termin|voranmeldung|anmeldung|reservierung)\b"
        ),
        r"^geht (das|es) (auch |denn |so )*(ohne|mit|bei)\b|^(arbeitet|bedient|schneidet) ",
        (
            r"\b(gib|geben|gebts) (sie )?(mir|uns) (\w+ )?(uberblick|ubersicht|liste|auskunft|"
            r"info\w*|bescheid|details)\b"
        ),
        (
            r"\b(habt|haben|hat) (ihr|sie|s|der laden|das geschaft)\b.*\b(offen|auf|geoffnet|zu|"
            r"geschlossen)\W*$"
        ),
        (
            r"^(wo|wann|wie) (finde?|erreiche?|treffe?) (ich|man|wir|i) (sie|euch|den salon|"
            r"die praxis|"
            r"das geschaft|den laden|ihren?|eure?n?)\b"
        ),
        r"\b(nehmen|akzeptieren|nehmt) (sie|ihr) (auch )?(kredit|ec|bar|karte|kassen|paypal)\w*",
        (
            r"^(machen|macht|bieten|bietet|fuhren|haben|habt|gibt) (sie|ihr|es) (bei ihnen |bei "
            r"euch )?(auch|eigentlich) "
        ),
    ),
    "book": (
        (
            r"\bfix(ieren|iere)? (machen|wir|ma|den|das)\b|\bmachen? (wir|ma) (das |es )?fix\b|"
            r"^(ja )?fix\b|^ich sage? zu\b"
        ),
        (
            r"\bob (sie|ihr) (mich|uns)\b.*\b(reinkriegen|unterbringen|drannehmen|einschieben|"
            r"dazwischenschieben|nehmen)\b"
        ),
        (
            r"^(ja |gut |okay |ok |na gut |also |dann )*(das|den|die|der|es|dies|diesen)( termin| "
            r"zeit| tag)? "
            r"(passt|passat|nehm\w*|geht|ginge|ware|war|klingt|ist|bestatige?|buch\w*|"
            r"mache?n?)\b(?! (nicht|ned|leider|schlecht|zu))"
        ),
        (
            r"^(ja |gut |okay |ok |na gut |also |dann )*(nehmen|nehm|nimm|mach(en|ma)?|nemma) "
            r"(ich|wir|ma|mir)( \w+){0,3}$"
        ),
        (
            r"^(ich (nehme|mochte|will|hatte gern) )?(den|die|das|der) (spatere\w*|fruhere\w*|"
            r"erste\w*|zweite\w*|dritte\w*|letzte\w*|andere\w*|nachste\w*)"
            r"( termin| vorschlag| uhrzeit| zeit| variante)?( bitte| dann| passt| geht| ware gut| "
            r"ist gut| nehme ich)*$"
        ),
        (
            r"^(der|die|das) (\w+ )?(vorschlag|uhrzeit|zeit|termin|tag) (passt|geht|ist (gut|okay|"
            r"super|perfekt|recht)|klingt)\b"
        ),
        r"\bsag\w* (mir|uns)\b.*\bbescheid\b|\bvergiss nicht\b|\bdenk\w* (bitte )?(dran|daran)\b",
        (
            r"^(kann|darf|konnte|durfte|kannt) (mein|meine|unser|unsere|die|der) \w+\b.*\b(kommen|"
            r"vorbeikommen|haben|bekommen|kriegen|drankommen)\b"
        ),
        (
            r"^((so )?(bald|schnell|fruh) (wie|als)|sobald wie|moglichst|der nachste freie|den "
            r"nachsten freien|der erste freie|den fruhesten|baldmoglichst|schnellstmoglich)"
        ),
        (
            r"\b(halt\w*|sicher\w*|reservier\w*|lass\w*) (sie )?(mir|uns)\b.*\b(frei|termin|platz|"
            r"zeit|slot|tisch)\b"
        ),
        (
            r"\b(schieb\w*|nehm\w*|quetsch\w*) (sie |bitte )*(mich|uns|ihn)( \w+){0,2} "
            r"(dazwischen|dran|rein|ein)\b"
        ),
        r"\b(melde?n?|meld) (sie |mich |uns |bitte |ich )+.*\ban\b|\banmelden\b",
        r"\b(setz\w*|schreib\w*|trag\w*|pack\w*) (sie )?(mich|uns|ihn)\b.*\b(liste|auf|ein|plan)\b",
        (
            r"\b(brauch\w*|muss\w*|musst\w*|mocht\w*|mecht\w*|will|wollt\w*|"
            r"benotig\w*)\b.*\b(haarschnitt|massage|kontrolle|untersuchung|"
            r"fullung|zahnreinigung|manikure|pedikure|maniküre|farbung|strahnen|impfung|"
            r"behandlung|vorsorge|zum (zahn)?arzt|zum friseur|"
            r"zur (massage|kontrolle|untersuchung|vorsorge|impfung|"
            r"behandlung|frisorin|friseurin))\b"
        ),
        (
            r"\bob (ich|wir|man|i)\b.*\b(kommen|vorbeikommen|reinkommen|kemma|drankommen|"
            r"buchen)\b (kann|konnen|konnte|konnten|durfte|darf)"
        ),
    ),
}


_MOST_CHARS = 800  # patterns with two gaps take the square of it: 60 ms for 2000, 10 for 800


@lru_cache(maxsize=2)
def _forms(lang: str) -> dict[str, re.Pattern[str]]:
    table = ENGLISH if lang == "en" else GERMAN
    return {wish: re.compile("|".join(f"(?:{p})" for p in ps)) for wish, ps in table.items()}


def wish_by_form(words: str, lang: str, wish: str) -> bool:
    """Whether one of the wish's constructions stands in the folded words."""
    return _forms(lang)[wish].search(words[:_MOST_CHARS]) is not None
