"""A language model as the third witness: what it may say, and what of it counts."""

from domain.understanding.reading import Conversation, LlmReading, faults_of
from domain.understanding.second_opinion import SecondOpinion, second_opinion
from domain.understanding.terms import ModelTerms, terms_from, worth_asking

__all__ = [
    "Conversation",
    "LlmReading",
    "ModelTerms",
    "SecondOpinion",
    "faults_of",
    "second_opinion",
    "terms_from",
    "worth_asking",
]
