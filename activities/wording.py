"""Short lines for people who read the Web UI and timelines: services, places, times; no persons."""

from datetime import datetime
from zoneinfo import ZoneInfo


def summary_of(
    service: str, branch: str, start_at: datetime, zone: str, *, staff: str | None = None
) -> str:
    """`Herrenhaarschnitt, Mitte, Fri 27 Nov 2026 18:00, Mehmet`; wall time of the branch."""
    local = start_at.astimezone(ZoneInfo(zone))
    parts = [service, branch, f"{local:%a %d %b %Y %H:%M}"]
    return ", ".join([*parts, staff] if staff else parts)
