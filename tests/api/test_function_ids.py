"""The same question on the wire is the same update, for ten seconds."""

from datetime import UTC, datetime, timedelta

from domain.ids import function_update_id

AT = datetime(2026, 11, 20, 14, 3, 29, tzinfo=UTC)


def test_the_same_question_after_the_window_is_another_update() -> None:
    now, soon, later = (
        function_update_id("opening_hours", "d" * 64, AT + timedelta(seconds=seconds))
        for seconds in (0, 0.9, 1)
    )
    assert now == soon != later


def test_another_function_or_other_arguments_are_another_update() -> None:
    asked = {("opening_hours", "d" * 64), ("opening_hours", "e" * 64), ("find_next_slot", "d" * 64)}
    assert len({function_update_id(name, digest, AT) for name, digest in asked}) == 3
