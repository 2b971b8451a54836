"""What goes in and what comes out of understanding; the shapes other rooms rely on."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import override

Action = Literal["book", "reschedule", "cancel", "info", "transfer", "none"]
Language = Literal["de", "en"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Utterance(_Frozen):
    role: Literal["agent", "user"]
    text: str


class Branch(_Frozen):
    id: str
    name: str
    spoken_names: tuple[str, ...] = ()
    district: str | None = None
    city: str | None = None
    postal_code: str | None = None
    bundesland: str | None = None
    country: str = "DE"


class ServiceItem(_Frozen):
    id: str
    name: str
    aliases: tuple[str, ...] = ()
    branch_ids: tuple[str, ...] = ()


class StaffMember(_Frozen):
    id: str
    name: str
    display_name: str
    aliases: tuple[str, ...] = ()
    branch_ids: tuple[str, ...] = ()


class Catalogue(_Frozen):
    """What a company offers, as callers may name it. Ids are opaque and handed back as they are."""

    branches: tuple[Branch, ...]
    services: tuple[ServiceItem, ...]
    staff: tuple[StaffMember, ...] = ()
    generic_terms: Mapping[str, tuple[str, ...]] = Field(default_factory=dict)
    languages: tuple[str, ...] = ("de", "en")
    timezone: str = "Europe/Berlin"
    bundesland: str | None = None
    country: str = "DE"
    company_names: tuple[str, ...] = ()

    @override
    def __hash__(self) -> int:
        """The mapping is left out, so that prepared look-ups can be cached by catalogue."""
        return hash((self.branches, self.services, self.staff, self.company_names))

    @classmethod
    def from_demo(cls, company: Mapping[str, Any]) -> "Catalogue":
        """From one company of a demo catalogue file (its JSON, decoded)."""
        branches = tuple(_demo_branch(b) for b in company["branches"])
        return cls(
            branches=branches,
            services=tuple(
                ServiceItem(
                    id=s["id"],
                    name=s["name"],
                    aliases=tuple(s.get("aliases", ())),
                    branch_ids=tuple(s.get("branches", ())),
                )
                for s in company["services"]
            ),
            staff=tuple(
                StaffMember(
                    id=p["id"],
                    name=p["name"],
                    display_name=p.get("display_name") or p["name"],
                    aliases=tuple(p.get("aliases", ())),
                    branch_ids=tuple(p.get("branches", ())),
                )
                for p in company.get("staff", ())
            ),
            generic_terms={k: tuple(v) for k, v in company.get("generic_terms", {}).items()},
            languages=tuple(company.get("languages", ("de", "en"))),
            timezone=company.get("timezone", "Europe/Berlin"),
            bundesland=branches[0].bundesland if branches else None,
            country=branches[0].country if branches else "DE",
            company_names=(company.get("name", ""), *company.get("spoken_names", ())),
        )


def _demo_branch(branch: Mapping[str, Any]) -> Branch:
    address = branch.get("address", {})
    return Branch(
        id=branch["id"],
        name=branch["name"],
        spoken_names=tuple(branch.get("spoken_names", ())),
        district=branch.get("district"),
        city=address.get("city"),
        postal_code=address.get("postal_code"),
        bundesland=branch.get("bundesland"),
        country=address.get("country", "DE"),
    )


class Evidence(_Frozen):
    """Which words of whom led to a part of the intent. `turn` counts utterances from 0."""

    what: str
    words: str
    role: Literal["agent", "user", "analysis", "caller_id"]
    turn: int | None = None


class TimeReading(_Frozen):
    """What a text says about time: local wall-clock times, without a zone beside `zone`.

    `end` is exclusive. `time_only`: no date was said, `start` lies on the nearest one.
    `past`: the reading is over already; nothing may be booked at it.
    `contradictory`: the words do not fit each other ("Freitag den 28.", a Saturday); `start` is one
    way to mend them, `alternatives` has others, and only the caller can tell.
    """

    start: dt.datetime | None
    end: dt.datetime | None
    grain: Literal["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
    kind: Literal["instant", "interval", "open"]
    zone: str
    time_only: bool = False
    past: bool = False
    ambiguous: bool = False
    contradictory: bool = False
    alternatives: tuple[dt.datetime, ...] = ()
    evidence: tuple[tuple[int, int], ...] = ()


class Window(_Frozen):
    """Local times between which the caller wants to come; either side may be open."""

    start_local: dt.datetime | None
    end_local: dt.datetime | None


class BookingIntent(_Frozen):
    action: Action
    zone: str
    start_local: dt.datetime | None = None
    window: Window | None = None
    original_start_local: dt.datetime | None = None
    service_id: str | None = None
    service_name: str | None = None
    service_ids: tuple[str, ...] = ()
    service_candidates: tuple[str, ...] = ()
    staff_id: str | None = None
    staff_name: str | None = None
    staff_is_hard_condition: bool = False
    branch_id: str | None = None
    branch_name: str | None = None
    customer_name: str | None = None
    people: int = 1
    phone: str | None = None
    phone_source: Literal["spoken", "caller_id"] | None = None
    email: str | None = None
    confirmed_by_caller: bool = False
    booked_in_call: bool = False
    ambiguous: bool = False
    ambiguous_without_question: bool = False
    other_readings_local: tuple[dt.datetime, ...] = ()
    missing: tuple[str, ...] = ()
    confidence: float = Field(default=0.0, ge=0.0, le=1.0)
    evidence: tuple[Evidence, ...] = ()
    language: Language = "de"
    notes: tuple[str, ...] = ()
