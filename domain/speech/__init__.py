"""What callers hear and customers read, in German and English."""

from domain.speech.answers import ANSWERS, answer
from domain.speech.labels import field_words, outcome_words, reason_sentence
from domain.speech.numbers import Lang, cardinal, ordinal, year_words
from domain.speech.offers import (
    FreeTime,
    at_branch,
    day_word,
    free_sentence,
    spoken_hours,
    spoken_week,
    the_one,
    with_people,
)
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
    spoken_day,
    spoken_offers,
    spoken_on,
    spoken_span,
    spoken_time,
    written_at,
    written_date,
    written_time,
)

__all__ = [
    "ANSWERS",
    "KEYS",
    "SENTENCES",
    "FieldValue",
    "FreeTime",
    "Lang",
    "TimeStyle",
    "answer",
    "at_branch",
    "cardinal",
    "day_word",
    "field_words",
    "fields_of",
    "free_sentence",
    "join_words",
    "ordinal",
    "outcome_words",
    "reason_sentence",
    "say",
    "spoken_at",
    "spoken_date",
    "spoken_day",
    "spoken_duration",
    "spoken_hours",
    "spoken_offers",
    "spoken_on",
    "spoken_price",
    "spoken_span",
    "spoken_time",
    "spoken_week",
    "the_one",
    "with_people",
    "written_at",
    "written_date",
    "written_duration",
    "written_price",
    "written_time",
    "year_words",
]
