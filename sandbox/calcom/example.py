"""A tenant to try things with: `askproai sandbox --port N --example`."""

from datetime import date, timedelta
from typing import Any

from sandbox.calcom.setup import TenantSetup, apply
from sandbox.calcom.state import World

KEY = "cal_test_example"
EXAMPLE: dict[str, Any] = {
    "tenant": "example",
    "api_key": KEY,
    "users": [
        {
            "username": "jana",
            "name": "Jana Petersen",
            "email": "jana@salon.example",
            "role": "owner",
        },
        {"username": "mehmet", "name": "Mehmet Kaya", "email": "mehmet@salon.example"},
    ],
    "event_types": [
        {
            "id": 70001,
            "slug": "cut",
            "title": "Cut",
            "lengthInMinutes": 30,
            "lengthInMinutesOptions": [30, 60],
            "owner": "jana",
        },
        {
            "id": 70002,
            "slug": "whoever-is-free",
            "title": "Cut by whoever is free",
            "lengthInMinutes": 30,
            "hosts": ["jana", "mehmet"],
            "schedulingType": "roundRobin",
        },
    ],
}


def load(world: World) -> None:
    apply(world, TenantSetup.model_validate(EXAMPLE))


def first_steps(url: str, today: date) -> str:
    """Commands that work at once after `load`."""
    last = today + timedelta(days=14)
    return f"""\
  Free times of two weeks (no key needed):
    curl '{url}/v2/slots?eventTypeId=70001&start={today}&end={last}' \\
      -H 'cal-api-version: 2024-09-04'
  Book one of them:
    curl {url}/v2/bookings -H 'Authorization: Bearer {KEY}' \\
      -H 'cal-api-version: 2024-08-13' -H 'content-type: application/json' \\
      -d '{{"eventTypeId": 70001, "start": "ONE-OF-THEM", "attendee": {{"name": "Ada",
           "email": "ada@guest.example", "timeZone": "Europe/Berlin"}}}}'
  Let the next booking be made and its answer be lost:
    curl {url}/sandbox/faults -H 'content-type: application/json' \\
      -d '{{"operation": "create_booking", "fault": "commit_then_drop"}}'
"""
