"""Who gets the appointment when several could."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from hashlib import sha256
from uuid import UUID


def choose_staff(
    candidates: Iterable[UUID], load_by_staff: Mapping[UUID, timedelta], seed_key: str
) -> tuple[UUID, ...]:
    """Order in which to try: least booked time that day, then a hash.

    The hash depends on `seed_key`, so that among equally free people not always the same one comes
    first, and the same question still gets the same answer.
    """

    def rank(staff_id: UUID) -> tuple[timedelta, bytes]:
        digest = sha256(f"{seed_key}|{staff_id}".encode()).digest()
        return load_by_staff.get(staff_id, timedelta()), digest

    return tuple(sorted(candidates, key=rank))
