"""`{places}` and `$values` in a scenario's sentences and arguments."""

import re
from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

_VALUE = re.compile(r"\$([a-z_]+(?:\.[a-z_]+|\[\d+\])*)")
_PART = re.compile(r"([a-z_]+)|\[(\d+)\]")


class NothingThereError(LookupError):
    """A value that no answer has given: the talk has gone another way than was written."""


def filled(value: JsonValue, words: Mapping[str, str], known: Mapping[str, Any]) -> JsonValue:
    """With `{day}` and its like from `words`, `$hold_id` and its like from `known`.

    A text that is one `$value` becomes that value, whatever it is. `{{…}}` stays `{…}`.
    """
    if isinstance(value, str):
        whole = _VALUE.fullmatch(value)
        if whole is not None:
            found: JsonValue = looked_up(whole[1], known)
            return found
        text = _VALUE.sub(lambda match: str(looked_up(match[1], known)), value)
        return text.format_map(_Words(words))
    if isinstance(value, list):
        return [filled(each, words, known) for each in value]
    if isinstance(value, dict):
        return {name: filled(each, words, known) for name, each in value.items()}
    return value


def looked_up(path: str, known: Mapping[str, Any]) -> Any:
    """`slots[0].spoken` in the answers so far. Raises NothingThereError."""
    found: Any = known
    for name, index in _PART.findall(path):
        try:
            found = found[name] if name else found[int(index)]
        except (KeyError, IndexError, TypeError) as error:
            raise NothingThereError(f"${path}: no answer has it") from error
    return found


class _Words(dict[str, str]):
    def __missing__(self, name: str) -> str:
        raise NothingThereError(f"{{{name}}}: no wish has such a word")
