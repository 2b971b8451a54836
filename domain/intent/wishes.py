"""What a caller wants: first what the talk is about, then the deed, then the form of the sentence.

The words are data in `wish_words`; here is only the order in which they are asked.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from domain.intent import wish_words
from domain.intent.text import MAX_CHARS, fold
from domain.intent.wish_forms import wish_by_form
from domain.intent.wish_requests import requested, without_asides

Wish = Literal["book", "reschedule", "cancel", "info", "other"]

_TRANSFER = re.compile(
    r"\b(mit einem menschen|mit jemandem|mit einer person|echten menschen|mitarbeiter sprechen|"
    r"mitarbeiterin sprechen|verbinden sie|durchstellen|weiterverbinden|rezeption sprechen|"
    r"speak to a human|real person|talk to (a|some)(one| person| human)|speak to "
    r"someone|put me through)\b"
)
_PUT_THROUGH = re.compile(
    r"\b(ich verbinde sie|ich stelle sie durch|i('ll| will) (put you through|"
    r"transfer you|connect you))\b"
)
_INFO = re.compile(
    r"\b(was kostet|wie viel kostet|wie teuer|wie lange (habt|haben|hat|dauert)|"
    r"offnungszeiten|geoffnet|ob (sie|ihr) .{0,40}(offen|auf) (haben|habt|hat)|"
    r"nur (mal )?fragen|wann (habt|haben) (ihr|sie) (auf|offen|geoffnet)|parkplatz|"
    r"wo (seid|sind) (ihr|sie)|"
    r"how much|opening hours|are you open|what time do you (open|close)|nehmen sie "
    r"karte|preis\w*)\b"
)
_WITHDRAWN = re.compile(
    r"\b(uberleg\w* ?(es |'s |s )?mir|uberleg's mir|uberlege mir|ruf\w* (noch ?mal|"
    r"nochmal|spater|wieder) (an|zuruck)|"
    r"meld\w* mich|doch nicht|lass\w* ich|dann( (eben|halt|lieber|wohl|leider|also))*( gar)? nicht|"
    r"dann (probier|versuch|geh|schau|guck)\w*( \w+){0,3} (woanders|anderswo)\w*|"
    r"ein ander(mal|es mal)|vergessen sie( es|'?s| das)|"
    r"lassen wir|hat sich erledigt|weiss noch nicht|i'll think about it|call back later|"
    r"then not|(try|look|go) (somewhere|elsewhere)|(some )?other time then|another time,? then|"
    r"i'll call (back|again)|never ?mind|forget (it|that)|vielleicht komm)\b"
)
_CLOSING = re.compile(
    r"\bdas (war|ware|ist)( dann| jetzt| schon| auch)?( es|'?s| alles)\b|\bdas wars\b|"
    r"\bthat('s| is| was| will be|'ll be) (all|it|everything)\b"
)
_CALLBACK = re.compile(r"\b(ruckruf|zuruckrufen|rufen sie mich|call me back|ring me back)\b")


def transfers(text: str) -> bool:
    return _TRANSFER.search(fold(text)) is not None


def puts_through(text: str) -> bool:
    return _PUT_THROUGH.search(fold(text)) is not None


def withdraws(text: str) -> bool:
    """`wenn nicht, dann lieber gar nicht` is a condition, not a farewell."""
    found = _WITHDRAWN.search(fold(text))
    return found is not None and "wenn" not in fold(text)[: found.start()]


def closes(text: str) -> bool:
    """`Danke, das war alles`: nothing is wished for by it, and nothing taken back."""
    return _CLOSING.search(fold(text)) is not None


def wants_callback(text: str) -> bool:
    return _CALLBACK.search(fold(text)) is not None


def asks(text: str) -> bool:
    return _INFO.search(fold(text)) is not None


@dataclass(frozen=True)
class _Cues:
    off_topic: re.Pattern[str]
    cancel: re.Pattern[str]
    move: re.Pattern[str]
    create: re.Pattern[str]
    show: re.Pattern[str]
    asking: re.Pattern[str]
    yes_no: re.Pattern[str]
    things: re.Pattern[str]


@lru_cache(maxsize=2)
def _cues(lang: str) -> _Cues:
    key = "en" if lang == "en" else "de"
    tables = (
        wish_words.OFF_TOPIC, wish_words.CANCEL, wish_words.MOVE, wish_words.CREATE,
        wish_words.SHOW, wish_words.ASKING, wish_words.YES_NO, wish_words.THINGS,
    )  # fmt: skip
    return _Cues(*(wish_words.compiled(table[key]) for table in tables))


_OPENERS = re.compile(
    r"^(?:(?:ja|nein|no|yes|yeah|ok|okay|oh|ah|hallo|hello|hi|hey|hey siri|ok "
    r"google|bitte|please|great|perfect|sure|well|also|gut|good|"
    r"thanks|thank you|danke|alright|cool|nice|now|so|and|und)\b[\s,.!]*)+"
)


def read_action(text: str, lang: str) -> Wish:
    """The wish of one utterance; "other" is talk that is not about appointments.

    Deeds decide in the order undo, move, make; a sentence that opens by asking is a question
    unless it asks us to make something; what is left is an entry if it names a thing or a time.
    """
    cues = _cues(lang)
    text = text[:MAX_CHARS]
    words = _OPENERS.sub("", fold(text).strip())
    if _is_off_topic(words, cues):
        return "other"
    return requested(words, lang) or _by_words(without_asides(text), lang, cues)


def _by_words(text: str, lang: str, cues: _Cues) -> Wish:
    words = _OPENERS.sub("", fold(text).strip())
    if _changes(text, words, cues) or wish_by_form(words, lang, "reschedule"):
        return "reschedule"
    if cues.cancel.search(words) and not _STATE.search(words):
        return "cancel"
    by_form = next((wish for wish in _BY_FORM if wish_by_form(words, lang, wish)), None)
    if by_form or lang != "en":
        return by_form or _german(words, cues)
    last = _last_request(text)
    found = _english(last, cues) if last else "other"
    return found if found == "info" else _english(words, cues)


def _last_request(text: str) -> str | None:
    """Of several sentences the last one that asks for something says what is wanted now."""
    sentences = [s.strip() for s in re.split(r"[.!?]+", fold(text)) if s.strip()]
    if (
        len(sentences) == 1
        or not sentences
        or not re.match(r"(can|could|would|will) you|please|do you", sentences[-1])
    ):
        return None
    return sentences[-1]


_BY_FORM: tuple[Wish, ...] = ("cancel", "info", "book")
_CHANGE_DE = re.compile(r"\b(ab|um|ver)?änder\w*|^(plan|leg|buch)\w*\b.* um\W*$", re.IGNORECASE)
_STATE = re.compile(r"\b(is|are|'s|schedule|calendar) (completely )?clear\b")


_CHANGE_EN = re.compile(
    r"^(?:please |can you |could you |i want to |i need to )?(update|change|move|"
    r"push|edit|modify|adjust|shift)\b(?! (my )?hair)(?! on\b)"
)
_BETWEEN = re.compile(r"\bdazwischen\b")
_PAUSE = re.compile(
    r"\b(stopp?|stop|pausier\w*|pause)\b.*\b(fur|fia|fir|for) \w+ (min\w*|sekund\w*|"
    r"stund\w*|hours?)\b"
)


def _changes(text: str, words: str, cues: _Cues) -> bool:
    """`ändere` and `andere` fold to the same letters, so the umlaut itself is looked for."""
    return any(
        found is not None
        for found in (
            _CHANGE_DE.search(text), None if _BETWEEN.search(words) else cues.move.search(words),
            _CHANGE_EN.match(words), _PAUSE.search(words),
        )
    )  # fmt: skip


_PLAYS = re.compile(
    r"^(bitte )?(spiel\w*|spui|spul|spu|play)\b|.*\b(und|and) (spiel\w*|spui|play)\b"
)
_OURS = re.compile(
    r"^(erinner\w*|erinnad|remind|buche?n?|buach|buchs|reservier\w*|resavier\w*|"
    r"vereinbar\w*|book|cancel|delete|losch\w*|lesch\w*|"
    r"schedule|set (an? )?(alarm|reminder|notif\w*)|stelle? (den|einen) wecker)\b|"
    r"\b(kalender|calendar|calender|termin\w*|appointment\w*|meeting\w*|remind me|"
    r"erinnere mich|reservierung|resavierung|reservation|reserviern?|buchen)\b"
)
# "Add this to my … list": a list that is not a calendar.
_LISTED = re.compile(
    r"^(?:fug\w*|tua|tu|dua|mach|leg\w*|setz\w*|add|put|gib)\b(?! (?:sie )?(?:me|us|mich|uns)\b)"
    r".*\b(?:zu|zur|zua|zum|"
    r"auf|in|to (?:my|the|this|our|your)|on|onto)\b(?:(?!kalender|calend|liste "
    r"der).)*$"
)
_TIMELY = re.compile(
    r"\b(uhr|um \w+|am|montag\w*|dienstag\w*|mittwoch\w*|donnerstag\w*|freitag\w*|"
    r"samstag\w*|sonntag\w*|heute|morgen|heid|moang|morgn|woche|monat|"
    r"vormittag|nachmittag|abend|at \w+|\d+ ?(am|pm)|o'clock|\w+ (am|pm)|monday|tuesday|"
    r"wednesday|thursday|friday|saturday|sunday|today|tomorrow|tonight|"
    r"week|month|morning|afternoon|evening|noon|january|february|march|april|may|"
    r"june|july|august|september|october|november|december|\d+(st|nd|rd|th)|"
    r"januar|februar|marz|mai|juni|juli|oktober|dezember|\d{1,2})\b"
)
_IMPERSONAL = re.compile(
    r"\b(wird|werd|weart|wead)(?: es| s|'s)\b(?! lange?\b)|\b(werds|wearts|weards|weads)\b|"
    r"\b(das|des|the) (hoch|tief|high|low)\b"
)


def _is_off_topic(words: str, cues: _Cues) -> bool:
    if _PLAYS.match(words) or _BOOK_TO_READ.search(words):
        return True
    if _OURS.search(words):
        return False
    if cues.off_topic.search(words) or _IMPERSONAL.search(words):
        return True
    return (
        _LISTED.match(words) is not None
        and not cues.things.search(words)
        and not _TIMELY.search(words)
    )


_BOOK_TO_READ = re.compile(
    r"\b(das|dem|des|es|in|den|im|aktuellen?|aktuelles?|diese[smn]?|the|this|"
    r"current) (aktuellen? |current )?(text)?(buch|buach|book)\b|"
    r"\blist(e|en|n)?\b.*\b(hinzu|derzua|dazu|zua|dazuadoa)\b|"
    r"\b(out of|von|vo|vu) (6|sechs\w*|six|5|funf|five)\W*$"
)
_FINDS = re.compile(
    r"\b(nachschlag\w*|find\w*|such\w*|suach\w*|zeig\w*|zoag\w*|search|look (up|for)|show)\b"
)
_OWN = re.compile(
    r"^(habe? ich|um .{1,30} habe ich|hob i|bin ich|bin i|gibt es|gibts|wird|werden|"
    r"ist|sind|san|is)\b"
)
_INFINITIVE = re.compile(
    r"\b(buchen|reservieren|vereinbaren|eintragen|ausmachen|erstellen|machen|haben|"
    r"bekommen|kriegen|kommen)\b"
)


_SEATS = re.compile(
    r"\b(find\w*|such\w*|suach\w*|search|look for|get)\b.{0,40}\b(tisch|disch|platz|"
    r"plotz|blotz|reservierung\w*|resavierung\w*|table|reservation|restaurant|"
    r"appointment)\b"
)
_ROOM = re.compile(r"\b(raum|zimmer|tagungsraum|besprechungsraum|konferenzraum|room)\b")
_TO_KNOW = re.compile(
    r"\b(fragen|sagen|sogn|nachschauen|wissen)\b.{0,20}\b(wann|wo|wie|ob|wer|was)\b|"
    r"\b(wie lang|wie lange|wie viel|wissen|bescheid|erfahren|gibt es (eine?n?|"
    r"noch)?\??$|wer (\w+ )?(geht|kommt|ist))\b|\bgibt es eine?r?s?\?|\b(wann|wo)\W*$"
)


def _german(words: str, cues: _Cues) -> Wish:
    """The questions in the order in which they decide."""
    things = cues.things.search(words)
    make, show = cues.create.search(words), cues.show.search(words)
    if _SEATS.search(words):
        return "book"
    if _FINDS.search(words) and not (things or make or _NEIGHBOUR.search(words)):
        return "info" if _TO_KNOW.search(words) else "other"  # it is in no calendar
    if _asks_in_german(words, cues) or (show and (not make or show.start() < make.start())):
        return "info"
    if make:
        return "book"
    if cues.yes_no.match(words):
        # "Kann ich morgen kommen": no word of telling or looking, show was asked above
        asked = _REQUESTS_DE.match(words) and (things or _TIMELY.search(words))
        return "book" if asked or (_INFINITIVE.search(words) and things) else "info"
    return "book" if things or _WANTS_OUT.search(words) or _TIMELY.search(words) else "other"


def _asks_in_german(words: str, cues: _Cues) -> bool:
    if _TO_KNOW.search(words) or _HEADLESS_DE.match(words):
        return True
    if cues.yes_no.match(words) and _ROOM.search(words):
        return True  # whether a room is free
    return cues.asking.match(words) is not None or _OWN.match(words) is not None


_NEIGHBOUR = re.compile(r"\b(vorherig\w*|nachste\w*|vorige\w*|letzte\w*)\b")
_HEADLESS_DE = re.compile(
    r"^(kalender|zeitplan|nachste\w* (termin|treffen|meeting)|zeit (vor|bis|fur|"
    r"nach)|minuten|ort|dauer|details)\b"
)
_WANTS_OUT = re.compile(
    r"\b(wollen|woin|woll\w*|mocht\w*|mecht\w*|mechad\w*|i wui|lass uns|loss ins)\b.*\b(gehen|geh|"
    r"gian|essen|essn|besuchen)\b"
)
_PROVIDER = wish_words.compiled(wish_words.PROVIDERS)
_SEEKS = re.compile(
    r"\b(find\w*|look\w*|search\w*|locat\w*|help|get me|recommend\w*|know of|any "
    r"good|suggest\w*|after an?|in need of|moved|necessity|there an?)\b"
)
_GOES = re.compile(
    r"\b(see|visit\w*|go to|get to|appointment\w*|appt|book\w*|schedul\w*|reserv\w*|"
    r"at \d|at \w+ (in|o|am|pm)|for \d+(:\d+)? ?(am|pm))\b"
)
_PROPOSES = re.compile(
    r"^(how about|what about|what if|let's (go|try|do|make|have)|i('d| would) (like|"
    r"prefer|rather)|maybe|make (it|that|this|the)|do (it|that|so)|go (ahead|with)|"
    r"this one|that one|that's a good one|that works|i('ll| will) (take|go|have)|i "
    r"like|try|in that case|fine|on|at|for)\b"
)
_SLOT = re.compile(
    r"\b(anything|something|a slot|an? opening|a spot|any openings?|any slots?|an "
    r"appointment)\b.*\b(available|open|free|at)\b|\b(dentist|doctor|"
    r"therapist|stylist|salon) (available|free)\b"
)
_MINE = re.compile(
    r"^(do i|did i|have i|are there|is there an?y?|am i|what|when|where|who|how "
    r"(long|many|much)|show|tell me|is my|are my|let me (see|know when))\b"
)
_ACCEPTS = re.compile(
    r"\b(this one|that one|go with (this|that|it)|like (that|it|this)|go there|"
    r"sounds? good|be fine|works for me)\b"
)


_INQUIRES = re.compile(
    r"\b(check|see|look at|take a look|look into|peek|view|go over|get|open|know|show|list( out)?|"
    r"tell( me)?|give( me)?)\b.{0,40}\b(calendar|calender|appointments|events?|schedule|"
    r"availability|available|free|agenda|list|plans|my next appointment)\b|"
    r"\bwhat('s| is| ?' ?s) on\b|\b(anything|have|what i have|have i) (scheduled|booked|planned)\b|"
    r"\bsupposed to\b|\b(what|which) (events?|appointments?|meetings?|time)\b|\bdo "
    r"i have\b|\bwith who\b|\bwhen i('m| am)\b"
)
_ENTERS = re.compile(
    r"\b(add|book me|book an?|book it|create|remind|put|set (up|an?)|schedule an?|"
    r"make an?|notify|alert)\b"
)
_LIKES = re.compile(
    r"\b(that|this) (dentist|doctor|salon|therapist|one|place)\b.*\b(sounds|works|"
    r"is good|looks|would be|will do|please)\b"
)
_HEADLESS = re.compile(
    r"^(location of|meetings from|upcoming|my|the next|next|time|minutes|hours|"
    r"total|latest|up coming|plans? for|calendar|events?|schedule|availability)\b"
)


def _english(words: str, cues: _Cues) -> Wish:  # noqa: PLR0911 - one line a question
    """The questions in the order in which they decide."""
    if _SLOT.search(words) or _SEATS.search(words) or _LIKES.search(words):
        return "book"
    if _asks_about_calendar(words, cues) or _seeks_provider(words):
        return "info"
    if cues.create.search(words) or (_PROPOSES.match(words) and not _FINDS.search(words)):
        return "book"
    if _FINDS.search(words) and not _HEADLESS.match(words):
        return "info" if cues.things.search(words) or _ABOUT_TIME.search(words) else "other"
    if _REQUESTS_EN.match(words) and _TIMELY.search(words) and not cues.show.search(words):
        return "book"  # what we are asked to do, with no word of telling or looking
    if any(cue.match(words) for cue in (_HEADLESS, cues.asking, cues.yes_no)):
        return "info"
    if cues.show.search(words):
        return "info"
    entry = cues.things.search(words) or _ACCEPTS.search(words) or _TIMELY.search(words)
    return "book" if entry else "other"


_REQUESTS_EN = re.compile(r"(can|could|may|might|would|will) (i|you|we)\b")
_REQUESTS_DE = re.compile(
    r"(kann|konnte|konn|konnt|chan|ka|darf|durfte|konnen|konnten|kannst|konntest) "
    r"(ich|i|man|wir|sie|du|ihr|mir|ma|mich)\b"
)


def _asks_about_calendar(words: str, cues: _Cues) -> bool:
    if _INQUIRES.search(words) and not _ENTERS.search(words):
        return True
    if _ROOM.search(words) and (cues.yes_no.match(words) or "possible" in words):
        return True  # whether a room is free
    return _MINE.match(words) is not None and not _PROPOSES.match(words)


_SOMEWHERE = re.compile(r"\b(in|near|around|nearby|close to|within) [a-z]+")


def _seeks_provider(words: str) -> bool:
    """Looks for somebody to go to, before there can be an appointment."""
    if not _PROVIDER.search(words):
        return False
    if _PROVIDER.match(words) and _TIMELY.search(words):
        return False  # "dentist Monday at ten" is an entry
    if _SOMEWHERE.search(words) and not _TIMELY.search(words):
        return True  # a place and no time: the next question is which one
    if not _GOES.search(words) and not _ENTERS.search(words):
        return True
    return _SEEKS.search(words) is not None and not _BOOKS.search(words)


_BOOKS = re.compile(
    r"\b(book\w*|appointment|schedul\w*|reserv\w*|\d+(:\d+)? ?(am|pm)|in the "
    r"(morning|afternoon|evening))\b"
)
_ABOUT_TIME = re.compile(
    r"\b(free|available|availability|time|times|busy|day|days|week|open|spare|date|"
    r"scheduled|going on|plans|i|my|next|room|remaining|left|slots?|openings?)\b"
)
