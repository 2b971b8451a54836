"""The mails: their parts, their words, and that no name can do more than be shown."""

from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as default_policy
from html.parser import HTMLParser
from typing import Any, get_args

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from typing_extensions import override

from integrations.mail import (
    AppointmentFacts,
    BranchFacts,
    CallFacts,
    CustomerFacts,
    MailKind,
    Party,
    build_ics,
    build_message,
    mail_address,
)
from tests.builders.mail import CUSTOMER, SENT_AT, make_draft, make_ics, make_message

KINDS: tuple[MailKind, ...] = get_args(MailKind)
LANGS = ("de", "en")
HOSTILE = (
    '<script>alert(1)</script>"><img src=x onerror=alert(1)>\r\nBcc: all@example.org\r\n\r\nHi'
)


def reread(message: EmailMessage) -> EmailMessage:
    return message_from_bytes(message.as_bytes(), policy=default_policy)


def body(message: EmailMessage, subtype: str) -> str:
    part = reread(message).get_body((subtype,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


class _Tags(HTMLParser):
    """Collects tags, attributes and text: what a mail program would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[str] = []
        self.text = ""

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    @override
    def handle_data(self, data: str) -> None:
        self.text += data


def parsed(html: str) -> _Tags:
    tags = _Tags()
    tags.feed(html)
    tags.close()
    return tags


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_exists_in_both_languages_with_the_same_facts_in_text_and_html(
    kind: MailKind, lang: str
) -> None:
    draft = make_draft(kind=kind, lang=lang, offers=("Freitag um neun",), missing=("der Name",))
    message = build_message(draft)
    text, html = body(message, "plain"), parsed(body(message, "html")).text
    facts = ["Freitag um neun", "der Name", "Salon Schönhaar", "Torstraße 12, 10119 Berlin"]
    assert draft.appointment is not None
    facts += [draft.appointment.service, draft.appointment.when, "Ayşe Yıldız", "ab 110,00 €"]
    for fact in facts:
        assert fact in text
        assert fact in html
    assert message["Subject"]
    assert "{" not in text + html
    assert "None" not in text + html


@pytest.mark.parametrize("kind", KINDS)
def test_languages_differ_in_subject_and_text(kind: MailKind) -> None:
    german, english = (make_message(kind=kind, lang=lang) for lang in LANGS)
    assert german["Subject"] != english["Subject"]
    assert body(german, "plain") != body(english, "plain")


def test_customers_are_greeted_by_name_and_formally() -> None:
    text = body(make_message(), "plain")
    assert text.startswith("Guten Tag Jürgen Müßig,\n\nIhr Termin ist fest für Sie eingetragen.\n")


def test_a_customer_without_a_name_is_greeted_without_one() -> None:
    assert body(make_message(to=Party("", "a@b.example")), "plain").startswith("Guten Tag,\n")


def test_the_parts_are_what_mail_and_calendar_programs_look_for() -> None:
    message = reread(make_message())
    assert message.get_content_type() == "multipart/mixed"
    alternative, attachment = message.iter_parts()
    assert [part.get_content_type() for part in alternative.iter_parts()] == [
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    calendar = list(alternative.iter_parts())[-1]
    assert calendar.get_param("method") == "REQUEST"
    assert calendar.get_content_charset() == "utf-8"
    assert calendar.get_payload(decode=True) == build_ics(make_ics())
    assert attachment.get_filename() == "termin.ics"
    assert attachment.get_payload(decode=True) == build_ics(make_ics())


def test_a_cancellation_says_so_in_the_calendar_part() -> None:
    message = make_message(kind="cancellation", ics=make_ics(status="CANCELLED", sequence=1))
    [calendar] = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
    assert calendar.get_param("method") == "CANCEL"


def test_without_a_calendar_entry_there_is_no_attachment() -> None:
    message = make_message(kind="apology", ics=None)
    assert message.get_content_type() == "multipart/alternative"
    assert list(message.iter_attachments()) == []


def test_headers_are_given_and_nothing_else() -> None:
    message = reread(make_message())
    assert message["Message-ID"] == "<6f1c1f0e.confirmation.customer.0@mail.test>"
    assert message["Date"].datetime == SENT_AT
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["From"].addresses[0].display_name == "Salon Schönhaar Mitte"
    assert message["Reply-To"].addresses[0].addr_spec == "mitte@schoenhaar.example"
    assert message["To"].addresses[0].addr_spec == "j.muessig@example.org"
    assert {name.lower() for name in message} == {
        *("from", "to", "reply-to", "subject", "date", "message-id"),
        *("auto-submitted", "mime-version", "content-type"),
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_hostile_name_is_shown_and_does_nothing(kind: MailKind) -> None:
    message = make_message(
        kind=kind,
        to=Party(HOSTILE, "eve@example.org"),
        sender=Party(HOSTILE, "termine@mail.test"),
        branch=BranchFacts(company=HOSTILE, name=HOSTILE, address=HOSTILE, phone=HOSTILE),
        appointment=AppointmentFacts(service=HOSTILE, when=HOSTILE, staff=HOSTILE),
        customer=CustomerFacts(name=HOSTILE, phone=HOSTILE, email=HOSTILE),
        call=CallFacts(when=HOSTILE, outcome=HOSTILE, summary=HOSTILE),
        reason=HOSTILE,
        offers=(HOSTILE,),
        missing=(HOSTILE,),
        wishes=(HOSTILE,),
    )
    reference = reread(make_message(kind=kind))
    arrived = reread(message)
    assert list(arrived.keys()) == list(reference.keys())
    assert [address.addr_spec for address in arrived["To"].addresses] == ["eve@example.org"]
    tags = parsed(body(message, "html"))
    assert not {"script", "img"} & set(tags.tags)
    assert "onerror" not in tags.attributes
    assert "<script>alert(1)</script>" in tags.text
    assert "\nBcc:" not in body(message, "plain")


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200), st.text(max_size=200))
@example('ä <a@b.example>, "', "<b>")
@example("=?utf-8?q?=3Cevil=40x.example=3E=2C?= ä", "&lt;")
@example("ä" * 119 + "<x@y.example>", "ß")
def test_any_name_makes_a_mail_of_the_same_shape(name: str, service: str) -> None:
    def shaped(name: str, service: str) -> tuple[list[str], list[str], EmailMessage]:
        facts = AppointmentFacts(service=f"1 {service}", when="morgen")
        message = make_message(to=Party(name, "a@b.example"), appointment=facts)
        arrived = reread(message)
        return list(arrived.keys()), parsed(body(message, "html")).tags, arrived

    *shape, arrived = shaped(name, service)
    *plain_shape, _ = shaped("Eva", "Schnitt")
    assert shape == plain_shape
    assert [each.addr_spec for each in arrived["To"].addresses] == ["a@b.example"]


def test_the_branch_learns_what_is_missing_and_whom_to_call() -> None:
    text = body(
        make_message(
            kind="branch_callback",
            appointment=None,
            ics=None,
            customer=CustomerFacts(name="Eva Lang", phone="030 99 88 77"),
            missing=("die Uhrzeit", "die Leistung"),
            offers=("Freitag um neun",),
            wishes=("Samstag",),
        ),
        "plain",
    )
    assert "Rückruf unter 030 99 88 77." in text
    assert "Das fehlt noch:\n- die Uhrzeit\n- die Leistung\n" in text
    assert "Diese Zeiten können Sie anbieten:\n- Freitag um neun\n" in text
    assert "Wunsch: Samstag\n" in text


def test_the_branch_is_told_when_nobody_can_be_called_back() -> None:
    draft = make_draft(
        kind="branch_callback", appointment=None, call=None, ics=None, customer=CustomerFacts()
    )
    message = build_message(draft)
    assert message["Subject"] == "Bitte zurückrufen: unbekannter Anrufer"
    assert "unterdrückt" in body(message, "plain")


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "confirmation", "appointment": None},
        {"kind": "branch_booked", "customer": None},
        {"kind": "branch_call_summary", "call": None},
        {"sent_at": SENT_AT.replace(tzinfo=None)},
    ],
)
def test_a_draft_without_its_matter_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"about|aware"):
        make_message(**fields)


def test_the_same_draft_sent_later_differs_in_its_date_only() -> None:
    first, later = make_message(), make_message(sent_at=SENT_AT + timedelta(hours=1))
    assert first["Message-ID"] == later["Message-ID"]
    differing = [name for name in first if first[name] != later[name] and name != "Content-Type"]
    assert differing == ["Date"]


@pytest.mark.parametrize(
    "text",
    [
        *("", "max", "max@", "@example.org", "max@example..org", "max mustermann@example.org"),
        *("max@exam ple.org", "a@b.example\r\nBcc: c@d.example", "mäx@example.org", ".a@b.example"),
        *("a@-b.example", "a@straße.example", "a@b.example, c@d.example", "x" * 65 + "@b.example"),
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a mail address"):
        mail_address(text)


def test_international_domains_go_out_in_ascii() -> None:
    assert mail_address(" Info@Schönhaar.example ") == "Info@xn--schnhaar-p4a.example"
    assert CUSTOMER.email == "j.muessig@example.org"
