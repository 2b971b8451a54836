"""Appointments that are made beside the conversation, through REST."""

from typing import Any

from sandbox.caller.diary import Wish, qualified
from sandbox.conversations.backstage import Backstage
from sandbox.conversations.planning import Person, Trial

Json = dict[str, Any]

# Holds a slot so that the caller cannot have it.
SOMEBODY = {"name": "Frauke Lorenzen", "phone": "+4917604069079"}


async def take(desk: Backstage, trial: Trial, wish: str) -> list[str]:
    """Everybody who could do it then is somebody else's at that time. Ids of the appointments."""
    company = trial.company
    service = trial.service_of(wish)
    spec = Wish(
        company=company.slug,
        branch=trial.branch_of(wish),
        service=service or "",
        staff=trial.staff_of(wish),
    )
    made = []
    for person in qualified(company, spec):
        order = order_of(trial, wish) | {"staff": person.name, "customer": SOMEBODY}
        made.append(await desk.try_to_book(company.slug, order))
    return [each for each in made if each is not None]


def order_of(trial: Trial, wish: str, person: Person | None = None) -> Json:
    """Body of `POST /api/v1/appointments`."""
    company, staff = trial.company, trial.staff_of(wish)
    order: Json = {
        "branch": company.branch(trial.branch_of(wish)).name,
        "service": company.service(trial.service_of(wish) or "").name,
        "start_at": trial.starts[wish].isoformat(),
    }
    if staff is not None:
        order["staff"] = company.person(staff).name
    if person is not None:
        order["customer"] = {"name": person.name, "phone": person.phone}
        if person.email:
            order["customer"]["email"] = person.email
    return order
