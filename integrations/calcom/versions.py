"""The version of the API that each resource is pinned to (contract 1.1).

Without the right header Cal.com silently serves the behaviour of 2024-04-15, or 404 as if the
address were wrong. `None`: the resource has no versions and ignores the header.
"""

BOOKINGS = "2024-08-13"
SLOTS = "2024-09-04"
EVENT_TYPES = "2024-06-14"
SCHEDULES = "2024-06-11"
UNVERSIONED = None
