"""What asking a model can come to. `tokens` is what the endpoint counted; None: it did not say."""

from dataclasses import dataclass, field

from domain.understanding import LlmReading


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    reading: LlmReading = field(repr=False)
    tokens: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotUnderstood:
    """It answered, but nothing that may be believed. `why` are codes, never words of the answer."""

    why: tuple[str, ...]
    tokens: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unavailable:
    """No answer. `retryable`: another try may get one; `tokens` 0: nothing was worked on."""

    why: str
    retryable: bool
    tokens: int | None
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverBudget:
    """The endpoint's own account is used up, or ours for this month."""

    tokens: int = 0


Answer = Read | NotUnderstood | Unavailable | OverBudget
