"""Convert numpy, torch and similar values to Python values that JSON and CloudWatch accept."""

import math
from collections.abc import Mapping
from datetime import date
from pathlib import PurePath
from typing import Any

from cardiology.errors import CardiologyError


def number(what: str, value: object) -> float:
    """Return one number as a float; NaN and infinity are kept.

    Accepts anything that holds exactly one number, such as a numpy scalar or a torch tensor. Text
    and booleans are refused. ``what`` names the value in the error.
    """
    found = _item(value)
    if isinstance(found, bool | str | bytes) or not hasattr(found, "__float__"):
        raise CardiologyError(f"{what} must be one number, not {_shown(value)}")
    try:
        return float(found)
    except (TypeError, ValueError, OverflowError) as error:
        raise CardiologyError(f"{what} must be one number, not {_shown(value)}") from error


def whole_number(what: str, value: object) -> int:
    """Return one whole number as an int; ``3.0`` counts, ``3.5`` and NaN are refused."""
    found = number(what, value)
    if not found.is_integer():
        raise CardiologyError(f"{what} must be a whole number, not {_shown(value)}")
    return int(found)


def jsonable(what: str, value: object) -> Any:
    """Return ``value`` as a JSON value: numbers as numbers, NaN and infinity as None.

    Accepts mappings with text keys, lists, tuples, arrays, tensors, dates and paths, also nested.
    Raises CardiologyError for anything else; ``what`` names the value in the error.
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {_key(what, key): jsonable(f"{what}.{key}", each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(f"{what}[{place}]", each) for place, each in enumerate(value)]
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, PurePath):
        return str(value)
    for convert in (getattr(value, "tolist", None), getattr(value, "to_list", None)):
        if callable(convert):
            return jsonable(what, convert())
    raise CardiologyError(f"{what} is {_shown(value)}, which JSON cannot hold")


def _item(value: object) -> object:
    """Return the one element of an array or tensor, anything else unchanged."""
    item = getattr(value, "item", None)
    if not callable(item):
        return value
    try:
        return item()
    except (TypeError, ValueError, RuntimeError):
        return value


def _key(what: str, key: object) -> str:
    if not isinstance(key, str):
        raise CardiologyError(f"{what} has the key {_shown(key)}: JSON keys are text")
    return str(key)


def _shown(value: object) -> str:
    text = " ".join(repr(value).split())
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({type(value).__name__})"
