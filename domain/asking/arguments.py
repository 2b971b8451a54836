"""The effective arguments of a function: what a model sent, under one name each, cleaned."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, replace
from hashlib import sha256
from typing import Any

from domain.asking.model import Arguments
from domain.intent.contact import spoken_people
from domain.intent.numerals import DE_CARDINALS, EN_CARDINALS
from domain.intent.text import fold

MAX_CHARS = 300
MAX_SERVICES = 6
MAX_PEOPLE = 20

# The names under which agents' definitions send a thing, the surest first.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "services": ("services", "service", "dienstleistungen", "dienstleistung", "service_name",
                 "service_phrase", "leistung", "leistungen", "behandlung", "treatment"),
    "date": ("start", "start_at", "start_time", "datetime", "date_time", "date_time_phrase",
             "date_phrase", "date", "datum", "day", "tag", "wunschdatum"),
    "time": ("time_phrase", "time", "uhrzeit", "zeit", "wunschzeit"),
    "appointment": ("appointment_phrase", "old_appointment_phrase", "appointment", "termin",
                    "alter_termin", "appointment_start", "original_appointment_start"),
    "new_date": ("new_start", "new_start_at", "new_date_phrase", "new_date", "neues_datum",
                 "neuer_tag", "neuer_termin"),
    "new_time": ("new_time_phrase", "new_time", "neue_uhrzeit", "neue_zeit"),
    "staff": ("staff", "staff_name", "staff_phrase", "mitarbeiter", "mitarbeiterin", "employee"),
    "branch": ("branch", "branch_name", "branch_phrase", "filiale", "standort", "location"),
    "customer_name": ("customer_name", "name", "full_name", "kundenname"),
    "email": ("customer_email", "email", "e_mail", "mail"),
    "phone": ("customer_phone", "phone", "phone_number", "telefonnummer", "telefon",
              "rueckrufnummer", "callback_number"),
    "people": ("people", "persons", "personen", "party_size", "anzahl_personen"),
    "confirmed": ("confirmed", "confirmation", "bestaetigung", "bestätigung",
                  "appointment_confirmed"),
    "hold_id": ("hold_id", "reservation_id"),
    "additional": ("additional", "second_appointment", "zusaetzlich", "weiterer_termin"),
    "code": ("code", "sms_code", "verification_code"),
    "reason": ("reason", "grund", "anliegen", "topic", "message", "nachricht"),
}  # fmt: skip
_ABSENT = frozenset(
    {
        *("", "null", "none", "nil", "undefined", "n a", "unknown", "unbekannt"),
        *("not provided", "not specified", "nicht angegeben", "keine angabe", "nicht genannt"),
    }
)
_YES = frozenset({"true", "yes", "y", "1", "ja", "jawohl", "bestatigt", "confirmed"})
_NO = frozenset({"false", "no", "n", "0", "nein"})
_TEMPLATE = re.compile(r"\{\{[^{}]*\}\}")
# Control characters and halves of surrogate pairs: no database takes them, and nobody says them.
_UNSAYABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_NUMBERS = DE_CARDINALS | EN_CARDINALS


def read_arguments(name: str, args: Mapping[str, object]) -> Arguments:
    """Never raises, whatever JSON came in: what cannot be used is not there.

    `name`: the function's, by which `date` is the wished day, the new one or the appointment's.
    """
    sent = {fold(key).strip(): value for key, value in args.items() if isinstance(key, str)}
    words = {field: _first_words(sent, field) for field in _WORDS}
    read = Arguments(
        services=_services(sent),
        people=_people(_raw(sent, "people")),
        confirmed=_truth(_raw(sent, "confirmed")),
        additional=_truth(_raw(sent, "additional")) is True,
        **words,
    )
    return _sorted_out(name, read)


def _sorted_out(name: str, read: Arguments) -> Arguments:
    """A plain `date` is the new one of a move, and that of the appointment to be found."""
    if read.date is None and read.time is None:
        return read
    if name == "reschedule_appointment":
        if read.new_date is None and read.new_time is None:
            read = replace(read, new_date=read.date, new_time=read.time)
        return replace(read, date=None, time=None)
    if name in {"cancel_appointment", "find_appointments"}:
        said = " ".join(part for part in (read.date, read.time) if part)
        return replace(read, appointment=read.appointment or said, date=None, time=None)
    return read


def digest(name: str, arguments: Arguments) -> str:
    """64 hex figures: the same function asked with the same effective arguments, however written.

    Case, blanks, umlauts and outer punctuation do not count.
    """
    # Names and lengths before the values, so that no value can be taken for two.
    pieces = [name]
    for field in fields(Arguments):
        value = getattr(arguments, field.name)
        for said in value if isinstance(value, tuple) else (value,):
            text = "" if said is None else _canonical(str(said))
            pieces.append(f"{field.name}:{len(text)}:{text}")
    return sha256("|".join(pieces).encode("utf-8", "backslashreplace")).hexdigest()


def _canonical(text: str) -> str:
    return " ".join(fold(text).split()).strip(" .,;:!?")


# --- single values ------------------------------------------------------------------------------

_WORDS = (
    *("date", "time", "appointment", "new_date", "new_time", "staff", "branch"),
    *("customer_name", "email", "phone", "hold_id", "code", "reason"),
)


def _raw(sent: Mapping[str, object], field: str) -> object:
    """The first of its names under which something usable came."""
    for key in _NAMES[field]:
        value = sent.get(fold(key))
        if value is not None and (not isinstance(value, str) or _words(value)):
            return value
    return None


def _first_words(sent: Mapping[str, object], field: str) -> Any:
    """`str | None`; all names are tried, since the first may hold what is no text."""
    found = (_words(sent.get(fold(key))) for key in _NAMES[field])
    return next((words for words in found if words), None)


def _words(value: object) -> str | None:
    """What was said, on one line and of bounded length; None where nothing was."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    raw = value[: 4 * MAX_CHARS] if isinstance(value, str) else _figures(value)
    text = " ".join(_UNSAYABLE.sub(" ", _TEMPLATE.sub(" ", raw)).split())[:MAX_CHARS].rstrip()
    plain = re.sub(r"[\W_]+", " ", fold(text)).strip()
    return None if plain in _ABSENT else text


def _figures(number: float) -> str:
    """A model's `18` or `18.0`; what has more figures than any number of ours is nothing."""
    if isinstance(number, int):
        return str(number) if -_MOST < number < _MOST else ""
    return f"{number:.0f}" if number.is_integer() and abs(number) < _MOST else ""


_MOST = 10**15  # digits of the longest phone number


def _services(sent: Mapping[str, object]) -> tuple[str, ...]:
    """A list as it came; "Schneiden und Färben" stays one phrase for whoever knows the services."""
    for key in _NAMES["services"]:
        value = sent.get(fold(key))
        many: Iterable[object] = value if isinstance(value, list | tuple) else (value,)
        said = [words for one in list(many)[:MAX_SERVICES] if (words := _words(_named(one)))]
        if said:
            return tuple(said)
    return ()


def _named(value: object) -> object:
    """`{"name": "Maniküre"}` as an entry of a list."""
    return value.get("name") if isinstance(value, Mapping) else value


def _people(value: object) -> int:
    if isinstance(value, list | tuple):
        count = len(value)
    elif isinstance(value, str):
        count = _counted(fold(value))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        count = int(value) if abs(value) < _MOST else 1
    else:
        count = 1
    return min(max(count, 1), MAX_PEOPLE)


def _counted(said: str) -> int:
    """Like "2", "zwei", "zwei Personen", "für drei Personen"."""
    told = spoken_people(said)
    if told is not None:
        return told
    first = re.search(r"\d{1,4}|[a-z]+", said)
    if first is None:
        return 1
    return int(first[0]) if first[0].isdecimal() else int(_NUMBERS.get(first[0], 1))


def _truth(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    if not isinstance(value, str | int):
        return None
    said = fold(value).strip(" .!") if isinstance(value, str) else str(bool(value)).lower()
    return True if said in _YES else False if said in _NO else None
