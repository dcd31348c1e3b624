"""The US counties, their codes, and the translation of old codes into newer ones.

``reference/counties.csv`` lists every county, with the years of its code where that changed;
``reference/code_changes.csv`` is the crosswalk, each line with its source;
``reference/spellings.csv`` has alternative names of counties in published files.
"""

import re
import unicodedata
from functools import cache
from importlib.resources import files

import polars as pl

# Codes from here on are territories, which not every publisher covers.
FIRST_TERRITORY = "60"


def reference(year: int) -> pl.DataFrame:
    """Return the counties (fips, state, county) of the 50 states and DC as coded in a year."""
    first, last = pl.col("first_year"), pl.col("last_year")
    return all_counties().filter(
        pl.col("fips") < FIRST_TERRITORY,
        first.is_null() | (first <= year),
        last.is_null() | (last >= year),
    )


@cache
def all_counties() -> pl.DataFrame:
    """Return every county of any year: fips, state, county, first_year, last_year."""
    years = {"first_year": pl.Int64, "last_year": pl.Int64}
    return _read("counties.csv").with_columns(
        pl.col(name).cast(kind) for name, kind in years.items()
    )


@cache
def changes() -> pl.DataFrame:
    """Return the crosswalk: old, old_county, new, year, kind, source.

    kind: ``renamed`` (one to one), ``merged`` (into ``new``, which already existed), ``split`` and
    ``redrawn`` (no single successor: ``new`` is blank).
    """
    return _read("code_changes.csv")


def translate(codes: pl.Expr, *kinds: str) -> pl.Expr:
    """Replace old codes with their successors, for these kinds of change."""
    pairs = changes().filter(pl.col("kind").is_in(kinds))
    return codes.replace(dict(zip(pairs["old"], pairs["new"], strict=True)))


@cache
def names() -> dict[str, tuple[str, frozenset[str]]]:
    """Return code → (display name, accepted "state name" in normal form)."""
    known = pl.concat(
        [
            all_counties().select("fips", "state", "county"),
            changes().select(fips="old", state=_state_of_code("old"), county="old_county"),
            _read("spellings.csv").select("fips", "state", "county"),
        ]
    )
    result: dict[str, tuple[str, frozenset[str]]] = {}
    for fips, state, county in known.rows():
        shown, accepted = result.get(fips, (f"{county}, {state}", frozenset()))
        result[fips] = shown, accepted | {f"{state} {normal_name(county)}"}
    return result


@cache
def states() -> dict[str, str]:
    """Return the first two digits of a code → the state's postal code."""
    pairs = all_counties().select(pl.col("fips").str.slice(0, 2), "state").unique()
    return dict(pairs.rows())


def normal_name(name: str) -> str:
    """Return a county's name without accents, case, punctuation and words like "County"."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    plain = _KINDS.sub("", plain).replace("saint", "st")
    return re.sub(r"[^a-z0-9]", "", plain)


_KINDS = re.compile(
    r"\b(county|parish|borough|census area|municipality|city|and|municipio|planning region)\b"
)


def _state_of_code(column: str) -> pl.Expr:
    return pl.col(column).str.slice(0, 2).replace_strict(states(), return_dtype=pl.String)


def _read(name: str) -> pl.DataFrame:
    data = files("cardiology").joinpath("reference", name).read_bytes()
    return pl.read_csv(data, infer_schema=False)
