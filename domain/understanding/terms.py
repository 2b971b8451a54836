"""On which terms a tenant has a model asked, and when it is worth it."""

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.intent import BookingIntent
from domain.routing import AskBack, Decision, NothingToDo

# Ten seconds is the engine's limit for one try (`workflows/policies.py`): ours ends before.
LONGEST_TIMEOUT_S = 9.0
# Reasons that other words from the same conversation could take away.
UNSURE = frozenset(
    {
        "ambiguous",
        "appointment_ambiguous",
        "incomplete",
        "not_confirmed",
        "told_booked_unconfirmed",
    }
)


class ModelTerms(BaseModel):
    """The settings of a connection `llm`. A call takes about 2,000 tokens."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    model: str = Field(min_length=1)
    enabled: bool = True
    mode: Literal["when_unsure", "always"] = "when_unsure"
    timeout_s: float = Field(default=8, ge=0.1, le=LONGEST_TIMEOUT_S)
    monthly_budget_tokens: int = Field(default=1_000_000, ge=0)
    answer_format: Literal["json_schema", "text"] = "json_schema"


def terms_from(settings: Mapping[str, Any]) -> ModelTerms | None:
    """None where the model is switched off, or the settings are not understood."""
    try:
        terms = ModelTerms.model_validate(settings)
    except ValidationError:
        return None
    return terms if terms.enabled else None


def worth_asking(
    intent: BookingIntent, decision: Decision, terms: ModelTerms, *, settled_otherwise: bool
) -> bool:
    """`settled_otherwise`: by the engine's own facts, or because nobody spoke."""
    if settled_otherwise or intent.action == "transfer":
        return False
    if terms.mode == "always":
        return True
    if isinstance(decision, AskBack):
        # No model can give a number that was neither shown nor said.
        return decision.reason in UNSURE and "phone" not in decision.missing
    return isinstance(decision, NothingToDo) and intent.action == "none"
