"""Which call, company and appointment the running code works for; on every line it logs.

A module of its own with nothing but the standard library in it, so that it costs nothing where
workflows run.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

IDS = ("call_id", "company_id", "appointment_id", "workflow_id")
# Names of the fields in our messages, where they differ from those in the logs.
_FIELD_OF_ID = {"call_id": "retell_call_id"}

# The mapping itself may be changed: what one task of a workflow learns, the others log too.
_bound: ContextVar[dict[str, str] | None] = ContextVar("askproai_bound_ids", default=None)


def bound_ids() -> Mapping[str, str]:
    return _bound.get() or {}


def bind_call(
    call_id: str | None = None,
    company_id: object | None = None,
    appointment_id: object | None = None,
) -> None:
    """From here on every line of this task, and of tasks it starts, carries these ids."""
    given = {"call_id": call_id, "company_id": company_id, "appointment_id": appointment_id}
    known = {key: str(value) for key, value in given.items() if value is not None}
    _bound.set({**(_bound.get() or {}), **known})


@contextmanager
def bound_to(ids: dict[str, str]) -> Iterator[None]:
    """`ids` are on every line within; what is added to the mapping meanwhile is, too."""
    token = _bound.set(ids)
    try:
        yield
    finally:
        _bound.reset(token)


def learn_ids(ids: dict[str, str], message: object) -> None:
    """Adds the ids that `message` has as fields; what is known already stays."""
    for name in IDS:
        value = getattr(message, _FIELD_OF_ID.get(name, name), None)
        if value is not None:
            ids.setdefault(name, str(value))
