"""Which starts are bookable, for whom, with what, and why not.

Semantics in short: a start lies on the slot interval counted from its opening interval's start;
[start, start + duration) lies inside one opening interval and one working interval of a qualified
person; the person and one free resource for each need are reserved with the buffers, which may
reach past closing time or into a break; notice and horizon count from `now`.
"""

from domain.slots.fairness import choose_staff
from domain.slots.hours import opening_of, working_of
from domain.slots.model import (
    ALWAYS_OFF,
    Allocation,
    BookingRules,
    BranchPlan,
    Busy,
    DayHours,
    Offer,
    OpeningRules,
    ResourceNeed,
    ResourceRules,
    ServiceRules,
    StaffOverride,
    StaffRules,
    WallHours,
    WeekHours,
)
from domain.slots.public_holidays import holidays_of
from domain.slots.search import free_slots, nearest_offers, why_not, why_not_local
from domain.slots.visits import PartWish, Visit, first_visits, fit_visit, nearest_visits

__all__ = [
    "ALWAYS_OFF",
    "Allocation",
    "BookingRules",
    "BranchPlan",
    "Busy",
    "DayHours",
    "Offer",
    "OpeningRules",
    "PartWish",
    "ResourceNeed",
    "ResourceRules",
    "ServiceRules",
    "StaffOverride",
    "StaffRules",
    "Visit",
    "WallHours",
    "WeekHours",
    "choose_staff",
    "first_visits",
    "fit_visit",
    "free_slots",
    "holidays_of",
    "nearest_offers",
    "nearest_visits",
    "opening_of",
    "why_not",
    "why_not_local",
    "working_of",
]
