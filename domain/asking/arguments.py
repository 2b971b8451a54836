"""The effective arguments of a function: what a model sent, under one name each, cleaned."""

from collections.abc import Mapping

from domain.asking.model import Arguments


def read_arguments(name: str, args: Mapping[str, object]) -> Arguments:
    """Never raises, whatever JSON came in: what cannot be used is not there.

    `name`: the function's, by which `date` is the wished day, the new one or the appointment's.
    """
    raise NotImplementedError


def digest(name: str, arguments: Arguments) -> str:
    """64 hex figures: the same function asked with the same effective arguments, however written.

    Case, blanks, umlauts and outer punctuation do not count.
    """
    raise NotImplementedError
