"""Check real data against the list of US counties: rows that contradict it, missing data.

Synthetic data are not checked here: their counties do not exist.
"""

from collections.abc import Iterable, Mapping, Sequence

import polars as pl

from cardiology import counties
from cardiology.csvfile import first_of
from cardiology.errors import CardiologyError
from cardiology.sources import ACCESS, ADJACENCY, HEALTH, RawFile

# How many counties, or borders, may be missing before the file counts as incomplete.
TOLERANCE = 0.02


def check(raw: Mapping[str, RawFile], *, allow_incomplete: bool) -> list[str]:
    """Return what is missing; raise CardiologyError if anything is, unless it is allowed."""
    check_identity(raw)
    gaps = incomplete(raw)
    if gaps and not allow_incomplete:
        raise CardiologyError(
            f"{'. '.join(gaps)}. Nothing was stored: get the whole files, or ingest them as they "
            "are with --allow-incomplete (in playbooks/ingest.yml: -e allow_incomplete=true)"
        )
    return gaps


def check_identity(raw: Mapping[str, RawFile]) -> None:
    """Raise CardiologyError if a row's code, name and state contradict each other.

    This detects a column shifted by one row: every value is plausible, but in the wrong row.
    """
    for name in (HEALTH.name, ACCESS.name):
        faults = [*_wrong_names(raw[name]), *_repeated_codes(raw[name])]
        if faults:
            raise CardiologyError(first_of(faults))


def incomplete(raw: Mapping[str, RawFile]) -> list[str]:
    """Return what is missing from the files, one sentence each; empty for complete data."""
    found: list[str] = []
    for name in (HEALTH.name, ACCESS.name):
        found += _unknown_codes(raw[name])
        found += _missing_counties(raw[name])
    return [*found, *_missing_borders(raw[ADJACENCY.name], raw[HEALTH.name])]


def _wrong_names(file: RawFile) -> Iterable[str]:
    known, states = counties.names(), counties.states()
    columns = file.table.select("fips", "county", "state").rows()
    for line, (fips, county, state) in zip(file.lines, columns, strict=True):
        shown, accepted = known.get(fips, (None, frozenset()))
        if shown is None:
            belongs = states.get(fips[:2])
            if state != belongs:
                yield _fault(file, line, fips, county, state, belongs or "no state")
        elif f"{state} {counties.normal_name(county)}" not in accepted:
            yield _fault(file, line, fips, county, state, shown)


def _fault(file: RawFile, line: int, fips: str, county: str, state: str, shown: str) -> str:
    return (
        f"{file.spec.filename} line {line}: code {fips} belongs to {shown}, but the row says "
        f"{county}, {state} (has a column slipped?)"
    )


def _repeated_codes(file: RawFile) -> Iterable[str]:
    # The CDC file repeats some territory codes, one row per island: these are accepted.
    rows = file.table.select("fips").with_columns(line=pl.Series(file.lines))
    rows = rows.filter(pl.col("fips") < counties.FIRST_TERRITORY)
    for fips, line in rows.filter(pl.col("fips").is_duplicated()).rows():
        yield f"{file.spec.filename} line {line}: county {fips} is listed more than once"


def _unknown_codes(file: RawFile) -> Iterable[str]:
    known = counties.names()
    unknown = [fips for fips in file.table["fips"] if fips not in known]
    if unknown:
        yield (
            f"{file.spec.filename} has {len(unknown):,} codes that belong to no county: "
            f"{_some(unknown)}"
        )


def _missing_counties(file: RawFile) -> Iterable[str]:
    """Yield what is missing from the rows, then from each column; blank values are missing too."""
    wanted = counties.reference(file.spec.codes_of)
    table = file.table.with_columns(counties.translate(pl.col("fips"), "renamed"))
    rows = _missing(file, "", wanted, wanted.join(table, on="fips", how="anti"))
    if rows:
        yield rows
        return
    for column in file.spec.numbers:
        if column.known:
            known = table.filter(pl.col(column.name).is_not_null())
            blank = wanted.join(known, on="fips", how="anti")
            if text := _missing(file, f"values of {column.name} for ", wanted, blank):
                yield text


def _missing(
    file: RawFile, what: str, wanted: pl.DataFrame, missing: pl.DataFrame, *, states: bool = True
) -> str | None:
    """Return a sentence if more than the tolerance, or (``states``) a whole state, is missing."""
    left = wanted.join(missing, on="fips", how="anti")
    gone = sorted(set(wanted["state"]) - set(left["state"])) if states else []
    if not gone and missing.height <= TOLERANCE * wanted.height:
        return None
    whole = f", among them every county of {_some(gone)}" if gone else ""
    examples = [counties.names()[fips][0] for fips in missing["fips"].head(3)]
    return (
        f"{file.spec.filename} lacks {what}{missing.height:,} of {wanted.height:,} counties"
        f"{whole} (for example {'; '.join(examples)})"
    )


def _missing_borders(adjacency: RawFile, health: RawFile) -> Iterable[str]:
    """Yield the signs that borders are missing or belong to other counties."""
    file, total = adjacency.spec.filename, adjacency.table.height
    source, target = "fips_src", "fips_dst"
    pairs = adjacency.table.select(
        counties.translate(pl.col(name), "renamed", "merged") for name in (source, target)
    )
    known = health.table.select(counties.translate(pl.col("fips"), "renamed", "merged"))["fips"]
    strange = pairs.filter(
        ~(pl.col(source).is_in(known.implode()) & pl.col(target).is_in(known.implode()))
    ).height
    if strange > TOLERANCE * total:
        yield (
            f"{file} has {strange:,} of {total:,} borders with a county that "
            f"{health.spec.filename} does not have (are its codes of another year?)"
        )
    back = pairs.select(pl.col(target).alias(source), pl.col(source).alias(target))
    one_way = pairs.join(back, on=[source, target], how="anti").height
    # Every border in both directions, or every border in one: both are fine, a mixture is not.
    if TOLERANCE * total < one_way < (1 - TOLERANCE) * total:
        yield f"{file} has {one_way:,} of {total:,} borders in one direction only"
    wanted = counties.reference(adjacency.spec.codes_of)
    ends = pl.concat([pairs[source], pairs[target]])
    alone = wanted.filter(~pl.col("fips").is_in(ends.implode()))
    if text := _missing(adjacency, "borders of ", wanted, alone, states=False):
        yield text


def _some(items: Sequence[str]) -> str:
    return ", ".join(items[:5]) + (" ..." if len(items) > 5 else "")
