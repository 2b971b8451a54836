"""The demo's companies, as `data/companies.json` has them; hours become values here."""

from datetime import date, time
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DATA = Path(__file__).parent / "data" / "companies.json"


def _interval(raw: object) -> object:
    """`"09:00-13:00"` -> (09:00, 13:00)."""
    return tuple(raw.split("-")) if isinstance(raw, str) else raw


Interval = Annotated[tuple[time, time], BeforeValidator(_interval)]
Hours = dict[Weekday, list[Interval]]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DemoAddress(_Entry):
    street: str
    postal_code: str
    city: str
    country: str


class DemoResource(_Entry):
    ref: str
    name: str
    kind: str


class DemoHotline(_Entry):
    phone_numbers: list[str]
    agents: list[str]
    email: str


class DemoRules(_Entry):
    minimum_notice_minutes: int
    horizon_days: int
    cancel_limit_hours: int
    hold_minutes: int
    slot_interval_minutes: int


class DemoBranch(_Entry):
    """`special_days`: month and day of every year (`12-24`) -> hours that replace the week's."""

    ref: str
    name: str
    spoken_names: list[str]
    address: DemoAddress
    bundesland: str
    phone_numbers: list[str]
    staff_phone_number: str
    forwarded_from: list[str]
    agents: list[str]
    email: str
    hours: Hours
    special_days: dict[str, list[Interval]]
    closed_on_holidays: bool
    resources: list[DemoResource]

    def weekly_or_special(self, day: date) -> list[Interval]:
        """Opening hours of a date; public holidays are the caller's business."""
        return self.special_days.get(f"{day:%m-%d}", self.hours.get(WEEKDAYS[day.weekday()], []))


class DemoStaff(_Entry):
    ref: str
    name: str
    display_name: str
    aliases: list[str]
    role: str
    services: list[str]
    hours: dict[str, Hours] = Field(description="Working hours by branch.")


class DemoOverride(_Entry):
    minutes: int | None = None
    price_cents: int | None = None


class DemoService(_Entry):
    ref: str
    name: str
    aliases: list[str]
    minutes: int
    buffer_before_minutes: int
    buffer_after_minutes: int
    price_cents: int
    branches: list[str]
    description: str | None = None
    price_is_from: bool = False
    price_note: str | None = None
    overrides: dict[str, DemoOverride] = Field(default_factory=dict, description="By staff.")
    resources: dict[str, int] = Field(default_factory=dict, description="Kind -> how many.")
    bookable_by_phone: bool = True

    def minutes_with(self, staff_ref: str) -> int:
        override = self.overrides.get(staff_ref)
        return override.minutes if override and override.minutes else self.minutes


class DemoCompany(_Entry):
    ref: str
    slug: str
    name: str
    spoken_names: list[str]
    industry: str
    locale: str
    languages: list[str]
    timezone: str
    booking_model: Literal["simple", "multi_branch_hotline", "complex_service_matrix"]
    hotline: DemoHotline | None
    rules: DemoRules
    branches: list[DemoBranch]
    staff: list[DemoStaff]
    services: list[DemoService]
    generic_terms: dict[str, list[str]]

    def branch(self, ref: str) -> DemoBranch:
        return next(branch for branch in self.branches if branch.ref == ref)

    def service(self, ref: str) -> DemoService:
        return next(service for service in self.services if service.ref == ref)

    def person(self, ref: str) -> DemoStaff:
        return next(person for person in self.staff if person.ref == ref)


class _DemoFile(_Entry):
    about: str
    companies: list[DemoCompany]


@lru_cache(maxsize=1)
def demo_companies() -> tuple[DemoCompany, ...]:
    return tuple(_DemoFile.model_validate_json(_DATA.read_bytes()).companies)


def demo_company(slug: str) -> DemoCompany:
    return next(company for company in demo_companies() if company.slug == slug)
