"""What customers read as SMS: short, with the branch's name and local time, no calendar, no links.

Each text comes in several lengths, the fullest first, so that whoever sends it can keep to two
segments whatever a company and its services are called.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Literal

from domain.speech.numbers import Lang
from domain.speech.phrases import join_words

TextKind = Literal[
    "confirmation",
    "reservation",
    "reschedule",
    "unchanged",
    "cancellation",
    "apology",
    "reminder",
    "missed",
    "not_booked",
    "code",
    "help",
]
OFFERS_MAX = 2
NAME_CHARS_MAX = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFacts:
    """`when` and `offers` are written times. `opt_out`: say how to get no more of these."""

    company: str
    branch: str | None = None
    phone: str | None = None
    when: str | None = None
    service: str | None = None
    staff: str | None = None
    offers: tuple[str, ...] = ()
    code: str | None = None
    opt_out: bool = False


_TEXTS: Mapping[TextKind, Mapping[Lang, str]] = MappingProxyType(
    {
        "confirmation": {
            "de": "{who}: Ihr Termin ist bestätigt: {when}{what}.{change}{stop}",
            "en": "{who}: Your appointment is confirmed: {when}{what}.{change}{stop}",
        },
        "reservation": {
            "de": "{who}: Ihr Termin ist vorgemerkt, aber noch nicht bestätigt: {when}{what}. "
            "Die Bestätigung folgt.{stop}",
            "en": "{who}: Your appointment is reserved, but not confirmed yet: {when}{what}. "
            "The confirmation will follow.{stop}",
        },
        "reschedule": {
            "de": "{who}: Ihr Termin ist verschoben. Neu: {when}{what}.{change}{stop}",
            "en": "{who}: Your appointment has moved. New: {when}{what}.{change}{stop}",
        },
        "unchanged": {
            "de": "{who}: Die gewünschte Änderung war leider nicht möglich. Es bleibt bei Ihrem "
            "Termin: {when}{what}.{change}{stop}",
            "en": "{who}: We are sorry, the change was not possible. Your appointment stays as it "
            "was: {when}{what}.{change}{stop}",
        },
        "cancellation": {
            "de": "{who}: Ihr Termin ist abgesagt: {when}{what}.{again}{stop}",
            "en": "{who}: Your appointment is cancelled: {when}{what}.{again}{stop}",
        },
        "apology": {
            "de": "{who}: Es tut uns leid, dieser Termin kam nicht zustande: {when}{what}."
            "{offers}{again}{stop}",
            "en": "{who}: We are sorry, this appointment could not be booked: {when}{what}."
            "{offers}{again}{stop}",
        },
        "reminder": {
            "de": "{who}: Erinnerung an Ihren Termin: {when}{what}.{change}{stop}",
            "en": "{who}: A reminder of your appointment: {when}{what}.{change}{stop}",
        },
        "missed": {
            "de": "{who}: Schade, dass Sie nicht da waren: {when}{what}.{offers}{again}{stop}",
            "en": "{who}: We are sorry to have missed you: {when}{what}.{offers}{again}{stop}",
        },
        "not_booked": {
            "de": "{who}: Ihr Termin ist noch nicht gebucht. Wir rufen Sie zurück.{again}{stop}",
            "en": "{who}: Your appointment is not booked yet. We will call you back.{again}{stop}",
        },
        "code": {
            "de": "{who}: Ihr Code ist {code}. Bitte sagen Sie ihn jetzt am Telefon und geben Sie "
            "ihn sonst niemandem.",
            "en": "{who}: Your code is {code}. Please say it on the phone now and give it to "
            "nobody else.",
        },
        "help": {
            "de": "{who}: Von dieser Nummer kommen Nachrichten zu Ihren Terminen.{ask} "
            "Keine SMS mehr: STOP.",
            "en": "{who}: This number sends messages about your appointments.{ask} "
            "No more texts: STOP.",
        },
    }
)
_WITH: dict[Lang, str] = {"de": " bei {staff}", "en": " with {staff}"}
_CHANGE: dict[Lang, str] = {
    "de": " Verschieben oder absagen: {phone}.",
    "en": " To move or cancel it: {phone}.",
}
_AGAIN: dict[Lang, str] = {
    "de": " Für einen neuen Termin: {phone}.",
    "en": " For a new appointment: {phone}.",
}
_ASK: dict[Lang, str] = {"de": " Fragen: {phone}.", "en": " Questions: {phone}."}
_OFFERS: dict[Lang, str] = {"de": " Frei ist noch: {times}.", "en": " Still free: {times}."}
_STOP: dict[Lang, tuple[str, str]] = {
    "de": (" Keine SMS mehr? Anruf genügt: {phone}.", " Keine SMS mehr? Anruf genügt."),
    "en": (" No more texts? Call us: {phone}.", " No more texts? Call us."),
}


def text_messages(kind: TextKind, lang: Lang, facts: TextFacts) -> tuple[str, ...]:
    """The text, the fullest first; each next one leaves something out that can be asked for."""
    forms = [
        replace(facts, offers=facts.offers[:count])
        for count in range(min(len(facts.offers), OFFERS_MAX), -1, -1)
    ]
    forms += [replace(forms[-1], staff=None), replace(forms[-1], staff=None, service=None)]
    return tuple(dict.fromkeys(_filled(kind, lang, form) for form in forms))


def _filled(kind: TextKind, lang: Lang, facts: TextFacts) -> str:
    phone = facts.phone or ""
    stop = _STOP[lang][not phone].format(phone=phone) if facts.opt_out else ""
    return _TEXTS[kind][lang].format(
        who=" ".join(_short(name) for name in (facts.company, facts.branch) if name),
        when=facts.when or "",
        what=_what(facts, lang),
        offers=(_OFFERS[lang].format(times=join_words(facts.offers, lang)) if facts.offers else ""),
        change=_CHANGE[lang].format(phone=phone) if phone else "",
        again=_AGAIN[lang].format(phone=phone) if phone else "",
        ask=_ASK[lang].format(phone=phone) if phone else "",
        stop=stop,
        code=facts.code or "",
    )


def _what(facts: TextFacts, lang: Lang) -> str:
    staff = _WITH[lang].format(staff=_short(facts.staff)) if facts.staff else ""
    return f", {_short(facts.service)}{staff}" if facts.service else ""


def _short(name: str) -> str:
    """Whole words of a name that is too long for an SMS, and at least its beginning."""
    if len(name) <= NAME_CHARS_MAX:
        return name
    return name[: NAME_CHARS_MAX + 1].rpartition(" ")[0] or name[:NAME_CHARS_MAX]
