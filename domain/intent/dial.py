"""Which of the two halves of the day an hour of the dial means."""

from domain.intent.moment import PARTS, Clock

_NOON = 12


def hours(clock: Clock, part: str | None) -> list[int]:
    """The hours a spoken hour may mean, likeliest first. 24 stands for midnight at day's end.

    Without any hint callers of shops and practices mean 13 to 18 by one to six, and 7 to 12 else.
    """
    hour = clock.hour
    if clock.half == "24" or hour > _NOON or (hour == 0 and clock.half != "pm"):
        return [hour]
    if clock.half is not None:
        return [hour % _NOON + (_NOON if clock.half == "pm" else 0)]
    if part is not None:
        return _hour_in_part(hour, part)
    if hour == _NOON:
        return [12, 24]
    return [hour + 12, hour] if hour < 7 else [hour, hour + 12]  # noqa: PLR2004 - see docstring


_MORNINGS = frozenset(
    {"early", "morning", "forenoon", "breakfast", "late_morning", "mid_morning", "after_breakfast"}
)
# Hours that speakers count to a part of the day, generously: "evening" may begin at a quarter past
# three, "one in the morning" is night.
_REACH = {
    "noon": (10, 15), "lunch": (10, 15), "afternoon": (12, 19), "early_afternoon": (12, 16),
    "mid_afternoon": (12, 18), "late_afternoon": (14, 19), "evening": (15, 24),
    "early_evening": (15, 21), "late_evening": (19, 24), "dinner": (15, 24),
}  # fmt: skip


def fits(hour: int, part: str) -> bool:
    """Whether an hour may be said of a part of the day; "this morning at twelve" is a riddle."""
    low, high = (0, _NOON - 1) if part in _MORNINGS else _REACH.get(part, (0, 24))
    return low <= hour <= high


def _hour_in_part(hour: int, part: str) -> list[int]:
    low, _ = PARTS[part]
    if part in _MORNINGS:
        return [hour]
    if part in ("evening", "tonight", "late_evening", "early_evening", "dinner", "after_work"):
        return [24] if hour == _NOON else [hour + 12]
    if part in ("night", "late_night", "deep_night"):
        return [24] if hour == _NOON else [hour] if hour < 6 else [hour + 12]  # noqa: PLR2004
    if part == "noon":
        return [hour] if hour > 9 else [hour + 12]  # noqa: PLR2004 - eleven at noon is 11
    if part == "daytime":
        return [hour] if hour >= low else [hour + 12]
    return [12] if hour == _NOON else [hour + 12]
