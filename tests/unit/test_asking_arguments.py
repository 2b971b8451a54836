"""Arguments of a model: one name each, cleaned, never a reason to fail."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.asking.arguments import MAX_CHARS, MAX_PEOPLE, MAX_SERVICES, digest, read_arguments
from domain.asking.model import Arguments

# As in the contract's fixtures, less the call object.
FIXTURES: list[tuple[str, dict[str, Any], Arguments]] = [
    (
        "check_availability",
        {
            "service": "Herrenhaarschnitt",
            "date_phrase": "nächsten Freitag",
            "time_phrase": "nachmittags, am liebsten gegen fünf",
            "staff": "Mehmet",
        },
        Arguments(
            services=("Herrenhaarschnitt",),
            date="nächsten Freitag",
            time="nachmittags, am liebsten gegen fünf",
            staff="Mehmet",
        ),
    ),
    (
        "collect_appointment_data",
        {
            "call_id": "call_1",
            "telefonnummer": "{{caller_phone_number}}",
            "datum": "2023-11-27",
            "uhrzeit": "18:16",
            "dienstleistung": "Herrenhaarschnitt",
            "name": "Jonas Feldmann",
            "bestaetigung": "true",
        },
        Arguments(
            services=("Herrenhaarschnitt",),
            date="2023-11-27",
            time="18:16",
            customer_name="Jonas Feldmann",
            confirmed=True,
        ),
    ),
    (
        "collect_appointment_data",
        {
            "datum": "27.11.2026",
            "uhrzeit": "18:00",
            "dienstleistung": "Herrenhaarschnitt",
            "name": "Jonas Feldmann",
            "mitarbeiter": "Mehmet",
            "bestaetigung": False,
            "filiale": "Mitte",
            "email": "jonas@example.org",
        },
        Arguments(
            services=("Herrenhaarschnitt",),
            date="27.11.2026",
            time="18:00",
            staff="Mehmet",
            branch="Mitte",
            customer_name="Jonas Feldmann",
            email="jonas@example.org",
            confirmed=False,
        ),
    ),
    (
        "book_appointment",
        {"hold_id": "hold_9c2", "customer_name": "Jonas Feldmann", "customer_email": "j@a.example"},
        Arguments(hold_id="hold_9c2", customer_name="Jonas Feldmann", email="j@a.example"),
    ),
    (
        "cancel_appointment",
        {
            "appointment_phrase": "morgen früh um acht Uhr fünfzehn",
            "customer_name": "Thomas Meier-Schulz",
            "reason": "krank",
        },
        Arguments(
            appointment="morgen früh um acht Uhr fünfzehn",
            customer_name="Thomas Meier-Schulz",
            reason="krank",
        ),
    ),
    (
        "reschedule_appointment",
        {
            "old_appointment_phrase": "morgen um zehn",
            "new_date_phrase": "Freitag",
            "new_time_phrase": "halb drei nachmittags",
            "customer_name": "Birgit Hansen",
            "staff": "Frau Yilmaz",
        },
        Arguments(
            appointment="morgen um zehn",
            new_date="Freitag",
            new_time="halb drei nachmittags",
            customer_name="Birgit Hansen",
            staff="Frau Yilmaz",
        ),
    ),
]


@pytest.mark.parametrize(("name", "args", "expected"), FIXTURES)
def test_arguments_of_the_contracts_fixtures_are_read(
    name: str, args: dict[str, Any], expected: Arguments
) -> None:
    assert read_arguments(name, args) == expected


@pytest.mark.parametrize(
    "nothing",
    [
        *("", "  ", "null", "None", "n/a", "N/A", "unbekannt", "Unknown", "undefined", "-", "."),
        *("{{caller_phone_number}}", " {{ x }} ", None, True, [], {}, float("nan"), float("inf")),
    ],
)
def test_what_says_nothing_is_absent(nothing: object) -> None:
    args = {"date_phrase": nothing, "staff": nothing, "phone": nothing, "hold_id": nothing}
    assert read_arguments("check_availability", args) == Arguments()


@pytest.mark.parametrize(
    ("name", "args", "expected"),
    [
        # A plain date is what the function is about.
        (
            "reschedule_appointment",
            {"date": "2026-11-27", "time": "14:30"},
            Arguments(new_date="2026-11-27", new_time="14:30"),
        ),
        (
            "reschedule_appointment",
            {"date": "morgen", "new_date": "Freitag"},
            Arguments(new_date="Freitag"),
        ),
        (
            "cancel_appointment",
            {"datum": "morgen", "uhrzeit": "um zehn"},
            Arguments(appointment="morgen um zehn"),
        ),
        (
            "find_appointments",
            {"appointment_phrase": "der am Dienstag", "date": "morgen"},
            Arguments(appointment="der am Dienstag"),
        ),
        # Structured values.
        (
            "check_availability",
            {"start": "2026-11-27T18:00:00+01:00"},
            Arguments(date="2026-11-27T18:00:00+01:00"),
        ),
        ("check_availability", {"time": 18}, Arguments(time="18")),
        ("check_availability", {"time": 18.0}, Arguments(time="18")),
        (
            "check_availability",
            {"services": ["Färben", {"name": "Schneiden"}, None, 7]},
            Arguments(services=("Färben", "Schneiden", "7")),
        ),
        # Two services in one phrase are for whoever knows the services.
        (
            "check_availability",
            {"service": "Schneiden und Färben"},
            Arguments(services=("Schneiden und Färben",)),
        ),
        # Keys as a model may write them; those that nobody knows are ignored.
        (
            "collect_appointment_data",
            {"Bestätigung": "Ja", "E_Mail": "a@b.example", "wetter": "schön"},
            Arguments(confirmed=True, email="a@b.example"),
        ),
        ("check_availability", {"staff": "{{x}} Mehmet"}, Arguments(staff="Mehmet")),
        ("check_availability", {"additional": "ja"}, Arguments(additional=True)),
    ],
)
def test_other_forms_come_to_the_same_fields(
    name: str, args: dict[str, Any], expected: Arguments
) -> None:
    assert read_arguments(name, args) == expected


@pytest.mark.parametrize(
    ("said", "count"),
    [
        (2, 2),
        ("2", 2),
        ("zwei", 2),
        ("drei Personen", 3),
        ("für zwei Personen", 2),
        ("two people", 2),
        (["Anna", "Bernd"], 2),
        ([], 1),
        (0, 1),
        (-3, 1),
        (10**30, 1),
        (1e300, 1),
        ("viele", 1),
        (True, 1),
        (99, MAX_PEOPLE),
    ],
)
def test_people_are_counted_and_never_too_many(said: object, count: int) -> None:
    for key in ("people", "persons", "personen"):
        assert read_arguments("check_availability", {key: said}).people == count


@pytest.mark.parametrize(
    ("said", "truth"),
    [
        *((yes, True) for yes in (True, "true", "True", "ja", "Ja!", "yes", 1, "1")),
        *((no, False) for no in (False, "false", "nein", "no", 0, "0")),
        (None, None),
        ("vielleicht", None),
        ("", None),
        ([], None),
        (0.5, None),
    ],
)
def test_a_yes_is_a_yes_in_any_form(said: object, truth: bool | None) -> None:
    args = {"bestaetigung": said}
    assert read_arguments("collect_appointment_data", args).confirmed is truth


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=12,
)
known_keys = st.sampled_from(
    [
        *("service", "services", "date", "datum", "time", "uhrzeit", "start", "staff", "people"),
        *("new_date", "new_time", "appointment_phrase", "email", "phone", "name", "confirmed"),
        *("bestaetigung", "hold_id", "additional", "code", "reason", "branch"),
    ]
)
functions = st.sampled_from(
    ["check_availability", "reschedule_appointment", "cancel_appointment", "find_appointments", ""]
)


@settings(max_examples=300, deadline=None)
@given(functions, st.dictionaries(known_keys | st.text(max_size=9), json_values, max_size=8))
def test_any_json_is_read_and_what_is_read_is_short_text(name: str, args: dict[str, Any]) -> None:
    read = read_arguments(name, args)
    texts = [
        *read.services,
        *(read.date, read.time, read.appointment, read.new_date, read.new_time, read.staff),
        *(read.branch, read.customer_name, read.email, read.phone, read.hold_id, read.reason),
    ]
    for text in texts:
        if text is not None:
            assert 0 < len(text) <= 2 * MAX_CHARS + 1  # a date and a time may be one phrase
            assert text == " ".join(text.split())
            text.encode()  # no halves of surrogate pairs
            assert "\x00" not in text
    assert len(read.services) <= MAX_SERVICES
    assert 1 <= read.people <= MAX_PEOPLE
    assert len(digest(name, read)) == 64


def test_the_same_question_has_the_same_digest_however_it_is_written() -> None:
    def of(**args: object) -> str:
        return digest("check_availability", read_arguments("check_availability", args))

    asked = of(service="Herrenhaarschnitt", date_phrase="nächsten Freitag", time_phrase="fünf")
    assert asked == of(
        service=" herrenhaarschnitt",
        date_phrase="Nächsten  Freitag.",
        time_phrase="FUNF",
        call_id="call_1",
        phone="{{caller_phone_number}}",
        staff="null",
    )
    assert asked == of(dienstleistung="Herrenhaarschnitt", datum="nächsten Freitag", zeit="fünf")
    assert asked != of(service="Herrenhaarschnitt", date_phrase="nächsten Freitag")
    assert asked != of(service="Herrenhaarschnitt", time_phrase="nächsten Freitag", date="fünf")
    arguments = read_arguments("x", {"service": "Herrenhaarschnitt"})
    assert digest("check_availability", arguments) != digest("find_next_slot", arguments)


def test_names_that_differ_by_a_letter_are_two_questions() -> None:
    names = ("Bauer", "Baur", "Baer", "Bär")
    digests = {digest("book_appointment", Arguments(customer_name=name)) for name in names}
    assert len(digests) == len(names)


@settings(max_examples=100)
@given(st.lists(st.text(max_size=8), max_size=3), st.lists(st.text(max_size=8), max_size=3))
def test_no_value_can_be_taken_for_two(one: list[str], other: list[str]) -> None:
    """Only what folds to the same words may have the same digest."""
    digests = [digest("f", Arguments(services=tuple(s))) for s in (one, other)]
    if len(one) != len(other):
        assert digests[0] != digests[1]


def test_personal_arguments_are_not_shown_where_objects_are_printed() -> None:
    shown = repr(
        Arguments(customer_name="Jonas", email="j@a.example", phone="0176", code="1234", reason="x")
    )
    assert not any(secret in shown for secret in ("Jonas", "j@a", "0176", "1234", "'x'"))
