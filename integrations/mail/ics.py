"""Calendar attachments (RFC 5545, RFC 5546) as Google, Apple and Outlook take them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress

from integrations.mail.address import Party, one_line
from integrations.mail.vtimezone import build_timezone

PRODID = "-//AskProAI//Termine 1.0//DE"
IcsStatus = Literal["CONFIRMED", "TENTATIVE", "CANCELLED"]
IcsMethod = Literal["REQUEST", "CANCEL"]


@dataclass(frozen=True, kw_only=True)
class AppointmentIcs:
    """One state of one appointment.

    `uid_domain` must never change for an appointment: id and domain are its UID, by which calendar
    programs find the entry to move or remove. `sequence` grows with each state that is sent.
    """

    appointment_id: UUID
    uid_domain: str
    sequence: int
    stamped_at: datetime
    start_at: datetime
    end_at: datetime
    zone: str
    status: IcsStatus
    summary: str
    location: str
    description: str
    organizer: Party
    attendee: Party

    @property
    def uid(self) -> str:
        return f"{self.appointment_id}@{self.uid_domain}"

    @property
    def method(self) -> IcsMethod:
        return "CANCEL" if self.status == "CANCELLED" else "REQUEST"


def build_ics(appointment: AppointmentIcs) -> bytes:
    """The calendar with one event: CRLF, UTF-8, folded at 75 octets. Raises ValueError."""
    _check(appointment)
    zone = ZoneInfo(appointment.zone)
    calendar = Calendar()
    calendar.add("prodid", PRODID)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", appointment.method)
    if appointment.zone != "UTC":
        year = appointment.start_at.astimezone(zone).year
        calendar.add_component(build_timezone(appointment.zone, year))
    calendar.add_component(_event(appointment, zone))
    content: bytes = calendar.to_ical()
    return content


def _check(appointment: AppointmentIcs) -> None:
    instants = (appointment.stamped_at, appointment.start_at, appointment.end_at)
    if any(at.tzinfo is None for at in instants):
        raise ValueError("an ICS needs aware instants")
    if appointment.end_at <= appointment.start_at:
        raise ValueError("an appointment ends after it starts")
    if appointment.sequence < 0:
        raise ValueError("SEQUENCE counts from 0")


def _event(appointment: AppointmentIcs, zone: ZoneInfo) -> Event:
    event = Event()
    event.add("uid", appointment.uid)
    event.add("sequence", appointment.sequence)
    event.add("dtstamp", appointment.stamped_at.astimezone(UTC))
    event.add("dtstart", appointment.start_at.astimezone(zone))
    event.add("dtend", appointment.end_at.astimezone(zone))
    event.add("summary", one_line(appointment.summary))
    event.add("location", one_line(appointment.location))
    event.add("description", appointment.description.replace("\r\n", "\n"))
    event.add("status", appointment.status)
    event.add("transp", "TRANSPARENT" if appointment.status == "CANCELLED" else "OPAQUE")
    event.add("organizer", _person(appointment.organizer), encode=False)
    event.add("attendee", _attendee(appointment), encode=False)
    return event


def _person(party: Party) -> vCalAddress:
    address = vCalAddress(f"mailto:{party.email}")
    # A double quote cannot be written in a parameter at all (RFC 5545, 3.2).
    address.params["CN"] = party.name.replace('"', "'")
    return address


def _attendee(appointment: AppointmentIcs) -> vCalAddress:
    address = _person(appointment.attendee)
    address.params["ROLE"] = "REQ-PARTICIPANT"
    address.params["CUTYPE"] = "INDIVIDUAL"
    # The customer agreed on the phone. Asking again would send the branch a reply for each entry.
    address.params["PARTSTAT"] = "ACCEPTED" if appointment.status == "CONFIRMED" else "TENTATIVE"
    address.params["RSVP"] = "FALSE"
    return address
