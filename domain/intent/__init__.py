"""German and English words become a booking intent. Pure: no clock, no I/O, no logging."""

from domain.intent.emergency import is_emergency
from domain.intent.model import BookingIntent, Catalogue, Evidence, TimeReading, Utterance, Window
from domain.intent.reading import read_time
from domain.intent.understand import understand
from domain.intent.wishes import read_action

__all__ = [
    "BookingIntent",
    "Catalogue",
    "Evidence",
    "TimeReading",
    "Utterance",
    "Window",
    "is_emergency",
    "read_action",
    "read_time",
    "understand",
]
