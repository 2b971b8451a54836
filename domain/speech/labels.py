"""Words for codes, for those who read them at a branch: fields, outcomes, reasons."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from domain.errors import HANDLING
from domain.speech.numbers import Lang
from domain.speech.sentences import SENTENCES, say

_Table = Mapping[str, Mapping[Lang, str]]

FIELDS: _Table = MappingProxyType(
    {
        "action": {"de": "was gewünscht wird", "en": "what is wished for"},
        "start": {"de": "Tag und Uhrzeit", "en": "day and time"},
        "date": {"de": "der Tag", "en": "the day"},
        "time": {"de": "die Uhrzeit", "en": "the time"},
        "service": {"de": "die Leistung", "en": "the service"},
        "branch": {"de": "die Filiale", "en": "the branch"},
        "staff": {"de": "die gewünschte Person", "en": "the person wished for"},
        "name": {"de": "der Name", "en": "the name"},
        "phone": {"de": "die Telefonnummer", "en": "the phone number"},
        "email": {"de": "die Mailadresse", "en": "the mail address"},
        "appointment": {"de": "welcher Termin gemeint ist", "en": "which appointment is meant"},
        "confirmation": {"de": "die Bestätigung", "en": "the confirmation"},
    }
)
OUTCOMES: _Table = MappingProxyType(
    {
        "booked": {"de": "Termin gebucht", "en": "appointment booked"},
        "reserved": {"de": "Termin vorgemerkt", "en": "appointment reserved"},
        "rescheduled": {"de": "Termin verschoben", "en": "appointment moved"},
        "cancelled": {"de": "Termin abgesagt", "en": "appointment cancelled"},
        "info": {"de": "Auskunft gegeben", "en": "information given"},
        "callback": {"de": "Rückruf erbeten", "en": "callback wanted"},
        "transfer": {"de": "Anruf weitergeleitet", "en": "call transferred"},
        "none": {"de": "kein Anliegen erkannt", "en": "no wish understood"},
        "failed": {"de": "Anruf abgebrochen", "en": "call broke off"},
    }
)
# Why a person must call back; the codes are those of `domain.routing`, and of a running call.
REASONS: _Table = MappingProxyType(
    {
        "callback_asked": {
            "de": "Um den Rückruf wurde gebeten.",
            "en": "The caller asked for it.",
        },
        "incomplete": {
            "de": "Für eine Buchung fehlten Angaben.",
            "en": "Details were missing for a booking.",
        },
        "ambiguous": {
            "de": "Der Wunsch ließ mehrere Deutungen zu.",
            "en": "The wish could be understood in several ways.",
        },
        "model_disagrees": {
            "de": "Das Gespräch wurde auf zwei Arten verstanden.",
            "en": "The conversation was understood in two different ways.",
        },
        "not_confirmed": {
            "de": "Der Wunsch wurde am Telefon nicht bestätigt.",
            "en": "The wish was not confirmed on the phone.",
        },
        "told_booked_unconfirmed": {
            "de": "Am Telefon hieß es, der Termin sei gebucht; er ist es nicht.",
            "en": "On the phone the appointment was said to be booked; it is not.",
        },
        "appointment_not_found": {
            "de": "Der gemeinte Termin war nicht zu finden.",
            "en": "The appointment could not be found.",
        },
        "appointment_ambiguous": {
            "de": "Es gibt mehrere Termine, die gemeint sein können.",
            "en": "Several appointments could be meant.",
        },
        "calendar_conflict": {
            "de": "Im Kalender steht eine andere Zeit als hier, und beides geht nicht zugleich.",
            "en": "The calendar has another time than we have, and both cannot be true.",
        },
        "calendar_overlap": {
            "de": "Im Kalender stehen zwei Buchungen zur selben Zeit.",
            "en": "The calendar has two bookings at the same time.",
        },
        "overlap": {
            "de": "Zu dieser Zeit stand schon ein anderer Termin im Kalender.",
            "en": "There was another appointment in the calendar at that time already.",
        },
        "change_too_late": {
            "de": "Die Frist für Änderungen am Telefon war vorbei.",
            "en": "The time limit for changes by phone had passed.",
        },
        "emergency": {
            "de": "Notfall: Am Telefon klang es nach einem Notfall.",
            "en": "Emergency: on the phone it sounded like one.",
        },
        "verification_failed": {
            "de": "Am Telefon war nicht zu klären, wessen Termin es ist.",
            "en": "On the phone it could not be proved whose appointment it is.",
        },
        "too_many": {
            "de": "Gewünscht waren mehr Termine auf einmal, als am Telefon vergeben werden.",
            "en": "More appointments at once were wished for than are given by phone.",
        },
        "not_by_phone": {
            "de": "Diese Leistung wird nicht am Telefon vergeben.",
            "en": "That service is not given by phone.",
        },
    }
)


def field_words(names: Iterable[str], lang: Lang) -> tuple[str, ...]:
    """What is missing, in words; an unknown name is shown as it is, without underscores."""
    return tuple(_label(FIELDS, name, lang) for name in names)


def outcome_words(outcome: str, lang: Lang) -> str:
    return _label(OUTCOMES, outcome, lang)


def reason_sentence(code: str, lang: Lang) -> str | None:
    """A code of `domain.routing` or `domain.errors` as a sentence; None if it says nothing."""
    if code in REASONS:
        return REASONS[code][lang]
    if code in HANDLING:
        return say(HANDLING[code].sentence, lang)
    return say(code, lang) if code in SENTENCES else None


def _label(table: _Table, code: str, lang: Lang) -> str:
    return table[code][lang] if code in table else code.replace("_", " ")
