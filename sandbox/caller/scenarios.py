"""The demo's calls: who phones whom for what, and what has to come out. Days are set by `plans`."""

from dataclasses import dataclass, replace
from typing import Literal

from sandbox.caller.calls import EventName
from sandbox.caller.diary import Wish

Before = Literal["nothing", "slot_taken", "appointment", "calendar_outage"]

IN_ORDER: tuple[EventName, ...] = ("call_started", "call_ended", "call_analyzed")
WITHHELD = "anonymous"
UNKNOWN_LINE = "unknown"


@dataclass(frozen=True, kw_only=True)
class Expected:
    """`outcome` as in `GET /api/v1/calls/{id}`; `bookings` live at Cal.com for this call's caller.

    `branch` is the name by which the engine must have understood the branch.
    """

    outcome: str
    bookings: int
    branch: str | None = None
    phone: str | None = None
    offers: bool = False
    review: bool = False


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """`key` is also the conversation's file. `misread_minutes`: how far the analysis is off.

    `wish` is what the caller wants now, `old` an appointment made before through REST: theirs
    (`before="appointment"`), or somebody else's at the wished time (`before="slot_taken"`).
    Scenarios of one `rivals` group want the same slot at the same moment: one of them gets
    `expected`, the others `loser`.
    """

    key: str
    title: str
    company: str
    dialled: str
    caller: str
    name: str
    expected: Expected
    wish: Wish | None = None
    old: Wish | None = None
    before: Before = "nothing"
    email: str | None = None
    misread_minutes: int = 0
    rivals: str | None = None
    loser: Expected | None = None
    order: tuple[EventName, ...] = IN_ORDER


_LYMPH = Wish(
    company="physiomarkt", branch="br_physio_eppendorf", service="svc_physio_lymphdrainage"
)
_RIVAL_WINS = Expected(outcome="booked", bookings=1, branch="Eppendorf")
_RIVAL_LOSES = Expected(outcome="callback", bookings=0, offers=True)
_PHYSIO_EXERCISES = Wish(
    company="physiomarkt",
    branch="br_physio_eppendorf",
    service="svc_physio_krankengymnastik",
    staff="st_physio_yilmaz",
    hours=range(10, 16),
)

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        key="clean_booking",
        title="A clean booking, with a person and a mail address",
        company="haarwerk",
        dialled="br_haarwerk_mitte",
        caller="+4917604069041",
        name="Katrin Vollmer",
        email="katrin.vollmer@example.org",
        wish=Wish(
            company="haarwerk",
            branch="br_haarwerk_mitte",
            service="svc_haarwerk_damenhaarschnitt",
            staff="st_haarwerk_sophie",
            hours=range(14, 18),
        ),
        expected=Expected(outcome="booked", bookings=1, branch="Mitte"),
        order=(*IN_ORDER, "call_analyzed"),
    ),
    Scenario(
        key="wrong_analysis",
        title="The analysis misread the time: the transcript wins",
        company="lindner",
        dialled="br_lindner_schwabing",
        caller="+4917604069042",
        name="Alois Huber",
        wish=Wish(
            company="lindner",
            branch="br_lindner_schwabing",
            service="svc_lindner_kontrolle",
            minutes=frozenset({15}),
            hours=range(13, 17),
        ),
        misread_minutes=30,
        expected=Expected(outcome="booked", bookings=1, branch="Schwabing"),
        order=("call_started", "call_analyzed", "call_ended"),
    ),
    Scenario(
        key="other_branch",
        title="Another branch named than dialled",
        company="haarwerk",
        dialled="br_haarwerk_mitte",
        caller="+4917604069043",
        name="Can Yildirim",
        wish=Wish(
            company="haarwerk",
            branch="br_haarwerk_charlottenburg",
            service="svc_haarwerk_haarschnitt_bart",
            minutes=frozenset({0}),
            hours=range(10, 18),
        ),
        expected=Expected(outcome="booked", bookings=1, branch="Charlottenburg"),
        order=("call_ended", "call_started", "call_ended", "call_analyzed"),
    ),
    Scenario(
        key="taken_slot",
        title="No slot at the wished time: a callback with alternatives",
        company="rosengarten",
        dialled="br_rosengarten_ehrenfeld",
        caller="+4917604069044",
        name="Wiebke Stratmann",
        email="wiebke.stratmann@example.org",
        wish=Wish(
            company="rosengarten",
            branch="br_rosengarten_ehrenfeld",
            service="svc_rosengarten_shellac",
        ),
        before="slot_taken",
        expected=Expected(outcome="callback", bookings=0, offers=True),
    ),
    Scenario(
        key="race_first",
        title="Two callers, the same last slot, the same moment (one of two)",
        company="physiomarkt",
        dialled="br_physio_eppendorf",
        caller="+4917604069045",
        name="Hinnerk Petersen",
        wish=_LYMPH,
        rivals="lymph",
        expected=_RIVAL_WINS,
        loser=_RIVAL_LOSES,
        order=(*IN_ORDER, "call_ended"),
    ),
    Scenario(
        key="race_second",
        title="Two callers, the same last slot, the same moment (two of two)",
        company="physiomarkt",
        dialled="br_physio_eppendorf",
        caller="+4917604069046",
        name="Wencke Brodersen",
        wish=_LYMPH,
        rivals="lymph",
        expected=_RIVAL_WINS,
        loser=_RIVAL_LOSES,
        order=(*IN_ORDER, "call_started"),
    ),
    Scenario(
        key="cancellation",
        title="A cancellation",
        company="haarwerk",
        dialled="br_haarwerk_mitte",
        caller="+4917604069047",
        name="Ruth Oppermann",
        email="ruth.oppermann@example.org",
        wish=Wish(
            company="haarwerk",
            branch="br_haarwerk_mitte",
            service="svc_haarwerk_damenhaarschnitt",
            staff="st_haarwerk_kerstin",
            hours=range(10, 13),
        ),
        before="appointment",
        expected=Expected(outcome="cancelled", bookings=0),
        order=(*IN_ORDER, "call_analyzed", "call_ended"),
    ),
    Scenario(
        key="move",
        title="An appointment is moved",
        company="physiomarkt",
        dialled="br_physio_eppendorf",
        caller="+4917604069048",
        name="Gesine Ahlers",
        email="gesine.ahlers@example.org",
        old=_PHYSIO_EXERCISES,
        wish=replace(_PHYSIO_EXERCISES, days_ahead=2),
        before="appointment",
        expected=Expected(outcome="rescheduled", bookings=1),
    ),
    Scenario(
        key="information",
        title="A question about prices and hours: nothing is booked",
        company="haarwerk",
        dialled="br_haarwerk_charlottenburg",
        caller="+4917604069049",
        name="",
        expected=Expected(outcome="info", bookings=0),
        order=("call_analyzed", "call_ended", "call_started"),
    ),
    Scenario(
        key="silence",
        title="Silence on the line",
        company="seeblick",
        dialled="br_seeblick_sachsenhausen",
        caller="+4917604069050",
        name="",
        expected=Expected(outcome="none", bookings=0),
    ),
    Scenario(
        key="unknown_number",
        title="A number nobody knows: kept for review",
        company="seeblick",
        dialled=UNKNOWN_LINE,
        caller="+4917604069051",
        name="Lotte Maibaum",
        wish=Wish(
            company="seeblick",
            branch="br_seeblick_sachsenhausen",
            service="svc_seeblick_damen",
        ),
        expected=Expected(outcome="none", bookings=0, review=True),
        order=("call_started", "call_started", "call_ended", "call_analyzed"),
    ),
    Scenario(
        key="english_caller",
        title='An English caller; "half four" is misread by the analysis',
        company="haarwerk",
        dialled="br_haarwerk_mitte",
        caller="+447700900152",
        name="Graham Whitfield",
        wish=Wish(
            company="haarwerk",
            branch="br_haarwerk_mitte",
            service="svc_haarwerk_herrenhaarschnitt",
            minutes=frozenset({30}),
            hours=range(14, 18),
        ),
        misread_minutes=-60,
        expected=Expected(outcome="booked", bookings=1, branch="Mitte"),
    ),
    Scenario(
        key="withheld_number",
        title="A withheld number; the caller dictates theirs",
        company="rosengarten",
        dialled="br_rosengarten_ehrenfeld",
        caller=WITHHELD,
        name="Selin Aksoy",
        wish=Wish(
            company="rosengarten",
            branch="br_rosengarten_ehrenfeld",
            service="svc_rosengarten_manikuere",
            minutes=frozenset({0}),
            hours=range(14, 18),
        ),
        expected=Expected(outcome="booked", bookings=1, branch="Ehrenfeld", phone="+4917604069054"),
        order=("call_ended", "call_analyzed", "call_started", "call_analyzed"),
    ),
    Scenario(
        key="calendar_outage",
        title="Cal.com is down for the first tries: booked after all",
        company="seeblick",
        dialled="br_seeblick_sachsenhausen",
        caller="+4917604069053",
        name="Volker Schreiner",
        wish=Wish(
            company="seeblick",
            branch="br_seeblick_sachsenhausen",
            service="svc_seeblick_herren",
        ),
        before="calendar_outage",
        expected=Expected(outcome="booked", bookings=1, branch="Sachsenhausen"),
    ),
)
