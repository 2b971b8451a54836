"""Every sentence that a caller hears, by key and language.

A template is text with `{field}` in it. `[a|b]` says `a` if all of its fields are there, else `b`
(or nothing): so each sentence can be said with nothing known, and says more when more is.
Fields are words (`spoken_at`, `spoken_offers`), or several of them that are joined here.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Literal
from zoneinfo import ZoneInfo

from domain.speech.numbers import Lang
from domain.speech.phrases import join_words
from domain.speech.times import written_date

FieldValue = str | Sequence[str] | None

_OFFERS_DE = "[ Ich kann Ihnen {offers} anbieten.]"
_OFFERS_EN = "[ I can offer you {offers}.]"

SENTENCES: Mapping[str, Mapping[Lang, str]] = MappingProxyType(
    {
        "slot_taken": {
            "de": "[Am {when} ist|Zu dieser Zeit ist] leider nichts mehr frei." + _OFFERS_DE,
            "en": "I am sorry, [{when}|that time] is already taken." + _OFFERS_EN,
        },
        "outside_hours": {
            "de": "Zu dieser Zeit haben wir nicht geöffnet[, sondern {hours}]." + _OFFERS_DE,
            "en": "We are not open at that time[, but {hours}]." + _OFFERS_EN,
        },
        "closed": {
            "de": "[Am {day}|An diesem Tag] haben wir geschlossen." + _OFFERS_DE,
            "en": "We are closed [on {day}|that day]." + _OFFERS_EN,
        },
        "holiday": {
            "de": "[Am {day}|An diesem Tag] ist Feiertag, da haben wir geschlossen." + _OFFERS_DE,
            "en": "[{day}|That day] is a public holiday, and we are closed." + _OFFERS_EN,
        },
        "too_soon": {
            "de": "Das ist leider zu kurzfristig[, der früheste Termin wäre {earliest}]."
            + _OFFERS_DE,
            "en": "That is too soon for us[, the earliest would be {earliest}]." + _OFFERS_EN,
        },
        "too_far": {
            "de": "So weit im Voraus können wir noch keinen Termin vergeben[, nur bis {latest}]."
            + _OFFERS_DE,
            "en": "We cannot book that far ahead yet[, only until {latest}]." + _OFFERS_EN,
        },
        "staff_off": {
            "de": "Zu dieser Zeit ist [{staff} leider nicht|leider niemand] da." + _OFFERS_DE,
            "en": "I am sorry, [{staff} is not available|nobody is available] then." + _OFFERS_EN,
        },
        "unknown_service": {
            "de": "[{service}|Diese Leistung] haben wir leider nicht im Angebot."
            "[ Möglich wäre {services}.]",
            "en": "I am sorry, we do not offer [{service}|that service].[ We do offer {services}.]",
        },
        "unknown_branch": {
            "de": "Diese Filiale kenne ich leider nicht.[ Meinen Sie {branches}?]",
            "en": "I am sorry, I do not know that branch.[ Do you mean {branches}?]",
        },
        "unknown_staff": {
            "de": "[{staff}|Diesen Namen] kenne ich bei uns leider nicht.[ Meinen Sie {options}?]",
            "en": "I am sorry, I do not know [{staff}|that name] here.[ Do you mean {options}?]",
        },
        "clarify": {
            "de": "[{question}|[Meinen Sie {options}?|Können Sie mir das bitte genauer sagen?]]",
            "en": "[{question}|[Do you mean {options}?|Could you tell me that more exactly?]]",
        },
        "offers": {
            "de": "[Ich kann Ihnen {offers} anbieten.|Einen Moment, ich sehe nach.]",
            "en": "[I can offer you {offers}.|One moment, I am looking.]",
        },
        "no_offers": {
            "de": "[Am {day}|In dieser Zeit] ist leider nichts mehr frei.",
            "en": "I am sorry, nothing is free [on {day}|at that time].",
        },
        "held": {
            "de": "[Am {when}|Zu dieser Zeit] ist[ bei {staff}] noch frei, ich halte die Zeit für "
            "Sie fest. Soll ich buchen?",
            "en": "[{when}|That time] is free[ with {staff}], and I am holding it for you. "
            "Shall I book it?",
        },
        "booked": {
            "de": "Ihr Termin[ am {when}][ bei {staff}] ist gebucht.",
            "en": "Your appointment[ with {staff}][ on {when}] is booked.",
        },
        "reserved": {
            "de": "Ihr Termin[ am {when}] ist vorgemerkt, die Bestätigung bekommen Sie als "
            "Nachricht.",
            "en": "Your appointment[ on {when}] is reserved, and you will get the confirmation "
            "as a message.",
        },
        "cancelled": {
            "de": "Ihr Termin[ am {when}] ist abgesagt.",
            "en": "Your appointment[ on {when}] is cancelled.",
        },
        "rescheduled": {
            "de": "Ihr Termin ist verschoben[, neu ist {when}].",
            "en": "Your appointment has been moved[ to {when}].",
        },
        "pending": {
            "de": "Ich habe die Änderung aufgenommen, die Bestätigung bekommen Sie als Nachricht.",
            "en": "I have taken down the change, and you will get the confirmation as a message.",
        },
        "callback": {
            "de": "Wir rufen Sie[ unter {phone}] zurück.[ Uns fehlt noch {missing}.]",
            "en": "We will call you back[ on {phone}].[ We still need {missing}.]",
        },
        "found": {
            "de": "[Sie haben einen Termin am {when}.|Ich habe Ihren Termin gefunden.]",
            "en": "[You have an appointment on {when}.|I have found your appointment.]",
        },
        "not_found": {
            "de": "Ich finde[ am {when}] leider keinen Termin von Ihnen.",
            "en": "I am sorry, I cannot find an appointment of yours[ on {when}].",
        },
        "cancel_limit": {
            "de": "Dieser Termin lässt sich am Telefon nicht mehr ändern[, das ging nur bis "
            "{limit}].[ Bitte wenden Sie sich an die Filiale unter {phone}.]",
            "en": "This appointment can no longer be changed by phone[, that was possible until "
            "{limit}].[ Please contact the branch on {phone}.]",
        },
        "info": {
            "de": "[[{service}|Diese Leistung] dauert {duration}[ und kostet {price}]."
            "|[[{service}|Diese Leistung] kostet {price}.|Das kann ich Ihnen leider nicht sagen.]]",
            "en": "[[{service}|That service] takes {duration}[ and costs {price}]."
            "|[[{service}|That service] costs {price}.|I am sorry, I cannot tell you that.]]",
        },
        "one_moment": {
            "de": "Einen Moment bitte, ich bin noch dabei.",
            "en": "One moment please, I am still working on it.",
        },
        "no_calendar": {
            "de": "Ich kann gerade nicht auf den Kalender zugreifen. Soll Sie jemand zurückrufen?",
            "en": "I cannot reach the calendar right now. Shall somebody call you back?",
        },
        "call_over": {
            "de": "Dieses Gespräch ist schon abgeschlossen, bitte rufen Sie noch einmal an.",
            "en": "This call has been closed already, please call again.",
        },
        "failed": {
            "de": "Das hat leider nicht geklappt." + _OFFERS_DE,
            "en": "I am sorry, that did not work." + _OFFERS_EN,
        },
    }
)
KEYS: tuple[str, ...] = tuple(SENTENCES)
_AND_FIELDS = frozenset({"missing", "when"})
_INNERMOST = re.compile(r"\[([^\[\]]*)\]")
_FIELD = re.compile(r"\{(\w+)\}")
_ISO_DATE = re.compile(
    r"(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?"
)


def say(key: str, lang: Lang, **fields: FieldValue) -> str:
    """The sentence, on one line. Fields it has no use for are ignored. Raises KeyError."""
    return filled(SENTENCES[key][lang], lang, fields)


def filled(template: str, lang: Lang, fields: Mapping[str, FieldValue]) -> str:
    """The template with its fields in it, on one line."""
    words = {name: _words(name, value, lang) for name, value in fields.items()}
    return _filled(template, {name: word for name, word in words.items() if word})


def fields_of(key: str) -> frozenset[str]:
    """What the sentence has a place for."""
    return frozenset(_FIELD.findall(" ".join(SENTENCES[key].values())))


def _words(name: str, value: FieldValue, lang: Lang) -> str:
    if value is None:
        return ""
    link: Literal["and", "or"] = "and" if name in _AND_FIELDS else "or"
    text = value if isinstance(value, str) else join_words(value, lang, link)
    return " ".join(_without_iso(text, lang).split())


def _filled(template: str, words: Mapping[str, str]) -> str:
    def chosen(match: re.Match[str]) -> str:
        known, _, unknown = match[1].partition("|")
        return known if all(name in words for name in _FIELD.findall(known)) else unknown

    # Inner brackets first, and words last: what a caller said is never read as a template.
    while "[" in template:
        template = _INNERMOST.sub(chosen, template)
    return _FIELD.sub(lambda match: words[match[1]], template)


def _without_iso(text: str, lang: Lang) -> str:
    """A date that came along in a name is said as a date too; a voice would read digits."""

    def worded(match: re.Match[str]) -> str:
        try:
            day = datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
        except ValueError:
            return match[1].replace("-", " ")
        date = written_date(day, ZoneInfo("UTC"), lang)
        return f"{date}, {match[2]}" if match[2] else date

    return _ISO_DATE.sub(worded, text)
