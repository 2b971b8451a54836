"""Calendar entries, read back by a calendar library and by the letter of RFC 5545."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar

from integrations.mail import Party, build_ics
from tests.builders.mail import END_AT, START_AT, make_ics


def read(content: bytes) -> tuple[Any, Any]:
    """Calendar and event. Any: the library's types leave open what each property holds."""
    calendar = Calendar.from_ical(content)
    [event] = calendar.walk("VEVENT")
    return calendar, event


def test_a_confirmed_appointment_is_a_request() -> None:
    calendar, event = read(build_ics(make_ics(sequence=2)))
    assert calendar["METHOD"] == "REQUEST"
    assert calendar["VERSION"] == "2.0"
    assert calendar["PRODID"]
    assert event["STATUS"] == "CONFIRMED"
    assert event["SEQUENCE"] == 2
    assert event["UID"] == "6f1c1f0e-2a53-4d5b-9b7e-0d5a7f7c3a11@mail.test"
    assert event["DTSTAMP"].dt == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def test_a_cancellation_cancels_the_same_entry() -> None:
    _, booked = read(build_ics(make_ics()))
    calendar, cancelled = read(build_ics(make_ics(status="CANCELLED", sequence=1)))
    assert calendar["METHOD"] == "CANCEL"
    assert cancelled["STATUS"] == "CANCELLED"
    assert cancelled["UID"] == booked["UID"]
    assert cancelled["SEQUENCE"] > booked["SEQUENCE"]


def test_a_held_appointment_is_tentative() -> None:
    calendar, event = read(build_ics(make_ics(status="TENTATIVE")))
    assert calendar["METHOD"] == "REQUEST"
    assert event["STATUS"] == "TENTATIVE"
    assert event["ATTENDEE"].params["PARTSTAT"] == "TENTATIVE"


def test_umlauts_and_separators_come_back_as_they_were() -> None:
    _, event = read(build_ics(make_ics()))
    assert event["SUMMARY"] == "Damenhaarschnitt bei Salon Schönhaar"
    assert event["LOCATION"] == "Torstraße 12, 10119 Berlin"
    assert event["DESCRIPTION"] == "Bei Ayşe Yıldız\n45 Minuten; ab 110,00 €"
    assert event["ORGANIZER"] == "mailto:mitte@schoenhaar.example"
    assert event["ORGANIZER"].params["CN"] == "Salon Schönhaar, Mitte"
    assert event["ATTENDEE"] == "mailto:j.muessig@example.org"
    assert event["ATTENDEE"].params["CN"] == "Jürgen Müßig"


@pytest.mark.parametrize(
    ("start_at", "wall_time"),
    [
        (datetime(2026, 3, 28, 9, tzinfo=UTC), "20260328T100000"),
        (datetime(2026, 3, 29, 9, tzinfo=UTC), "20260329T110000"),
        (datetime(2026, 10, 24, 9, tzinfo=UTC), "20261024T110000"),
        (datetime(2026, 10, 25, 9, tzinfo=UTC), "20261025T100000"),
    ],
)
def test_times_are_wall_time_with_a_zone_across_the_changes(
    start_at: datetime, wall_time: str
) -> None:
    content = build_ics(make_ics(start_at=start_at, end_at=start_at + timedelta(minutes=45)))
    assert f"DTSTART;TZID=Europe/Berlin:{wall_time}\r\n".encode() in content
    _, event = read(content)
    assert event["DTSTART"].dt.astimezone(UTC) == start_at
    assert event["DTEND"].dt.astimezone(UTC) == start_at + timedelta(minutes=45)


# The offset as the VTIMEZONE in the file says it, without knowing the zone by its name.
@pytest.mark.parametrize(
    ("zone", "month", "hours"),
    [
        ("Europe/Berlin", 1, 1),
        ("Europe/Berlin", 7, 2),
        ("Europe/Zurich", 12, 1),
        ("Europe/London", 7, 1),
        ("America/New_York", 7, -4),
        ("America/New_York", 12, -5),
        ("Australia/Sydney", 12, 11),
        ("Asia/Tokyo", 6, 9),
        ("Africa/Casablanca", 6, 1),
    ],
)
def test_the_zone_in_the_file_has_the_right_offset(zone: str, month: int, hours: int) -> None:
    start_at = datetime(2026, month, 15, 10, tzinfo=UTC)
    calendar, _ = read(
        build_ics(make_ics(zone=zone, start_at=start_at, end_at=start_at + timedelta(hours=1)))
    )
    [timezone] = calendar.timezones
    assert timezone["TZID"] == zone
    rules = timezone.to_tz(lookup_tzid=False)
    assert start_at.astimezone(rules).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Europe/London", "America/New_York"])
def test_zones_with_a_yearly_change_say_it_as_a_rule(zone: str) -> None:
    content = build_ics(make_ics(zone=zone))
    assert content.count(b"RRULE:FREQ=YEARLY;BYDAY=") == 2
    assert b"RDATE" not in content


def test_central_european_changes_are_the_last_sundays() -> None:
    lines = build_ics(make_ics()).decode().split("\r\n")
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3" in lines
    assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10" in lines


def test_utc_needs_no_zone_in_the_file() -> None:
    content = build_ics(make_ics(zone="UTC"))
    assert b"DTSTART:20261203T131500Z\r\n" in content
    assert b"VTIMEZONE" not in content


@settings(deadline=None)
@given(
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300),
    st.text("äöüßé€漢👩🏽‍🦰a,;:\\\"' ", min_size=1, max_size=90),
)
def test_lines_are_folded_at_75_octets_and_end_in_crlf(text: str, name: str) -> None:
    content = build_ics(
        make_ics(summary=text, description=text, attendee=Party(name, "a@b.example"))
    )
    assert content.endswith(b"\r\n")
    assert b"\n" not in content.replace(b"\r\n", b"")
    for line in content.split(b"\r\n"):
        assert len(line) <= 75
        line.decode()  # no character is cut in two
    _, event = read(content)
    assert event["SUMMARY"] == " ".join(event["SUMMARY"].split())


def test_a_name_cannot_add_properties() -> None:
    hostile = 'Eve"\r\nATTENDEE:mailto:all@example.org\r\nX:"'
    content = build_ics(
        make_ics(attendee=Party(hostile, "eve@example.org"), summary=hostile, location=hostile)
    )
    _, event = read(content)
    assert event["ATTENDEE"] == "mailto:eve@example.org"
    assert "X" not in event
    assert not any(line.startswith(b"ATTENDEE:") for line in content.split(b"\r\n"))


def test_the_same_appointment_gives_the_same_bytes() -> None:
    assert build_ics(make_ics()) == build_ics(make_ics())


@pytest.mark.parametrize(
    "fields",
    [
        {"start_at": START_AT.replace(tzinfo=None)},
        {"end_at": START_AT},
        {"start_at": END_AT, "end_at": START_AT},
        {"sequence": -1},
    ],
)
def test_an_entry_that_makes_no_sense_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"aware|ends after|SEQUENCE"):
        build_ics(make_ics(**fields))
