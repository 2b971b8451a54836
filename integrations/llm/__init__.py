"""A language model behind any OpenAI-compatible endpoint."""

from integrations.llm.client import LlmClient
from integrations.llm.outcomes import Answer, NotUnderstood, OverBudget, Read, Unavailable
from integrations.llm.question import ANSWER_TOKENS, estimated_tokens

__all__ = [
    "ANSWER_TOKENS",
    "Answer",
    "LlmClient",
    "NotUnderstood",
    "OverBudget",
    "Read",
    "Unavailable",
    "estimated_tokens",
]
