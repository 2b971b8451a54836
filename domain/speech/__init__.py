"""What callers hear and customers read, in German and English."""

from domain.speech.labels import field_words, outcome_words, reason_sentence
from domain.speech.numbers import Lang, cardinal, ordinal, year_words
from domain.speech.phrases import (
    join_words,
    spoken_duration,
    spoken_price,
    written_duration,
    written_price,
)
from domain.speech.sentences import KEYS, SENTENCES, FieldValue, fields_of, say
from domain.speech.times import (
    TimeStyle,
    spoken_at,
    spoken_date,
    spoken_offers,
    spoken_span,
    spoken_time,
    written_at,
    written_date,
    written_time,
)

__all__ = [
    "KEYS",
    "SENTENCES",
    "FieldValue",
    "Lang",
    "TimeStyle",
    "cardinal",
    "field_words",
    "fields_of",
    "join_words",
    "ordinal",
    "outcome_words",
    "reason_sentence",
    "say",
    "spoken_at",
    "spoken_date",
    "spoken_duration",
    "spoken_offers",
    "spoken_price",
    "spoken_span",
    "spoken_time",
    "written_at",
    "written_date",
    "written_duration",
    "written_price",
    "written_time",
    "year_words",
]
