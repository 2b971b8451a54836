"""Public holidays by country and subdivision. The `holidays` package is loaded when first asked."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from domain.errors import InvalidArgument


@lru_cache(maxsize=512)
def holidays_of(country: str, subdivision: str | None, year: int) -> Mapping[date, str]:
    """Date -> German name. `subdivision` is ISO 3166-2 without the prefix (`BY`, `9`, `ZH`).

    Only days that are public holidays in the whole subdivision: Mariä Himmelfahrt, which holds in
    parts of Bavaria, is for the branch's special days to say.
    """
    import holidays  # noqa: PLC0415 - 0.3 s to load, and workflows import this room

    try:
        days = holidays.country_holidays(country, subdiv=subdivision, years=year, language="de")
    except NotImplementedError as error:
        raise InvalidArgument(field="subdivision", problem=str(error)) from error
    return MappingProxyType(dict(days))
