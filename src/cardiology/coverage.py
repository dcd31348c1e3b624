"""What a dataset lacks compared to its raw files: each area with the reason, and counts."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl

from cardiology import counties
from cardiology.features import LABEL, RATE, Tables, by_current_code
from cardiology.sources import ACCESS, ADJACENCY, HEALTH, RawFile

FACTS = (
    "counties", "counties_with_rate", "not_covered", "incomplete", "contradictions",
    "unused_borders",
)  # fmt: skip


def facts(raw: Mapping[str, RawFile], tables: Tables, gaps: list[str]) -> dict[str, Any]:
    """Return the entries FACTS of a dataset's manifest; ``gaps`` come from checks.incomplete."""
    return {
        "counties": tables.counties.height,
        "counties_with_rate": tables.counties[LABEL].count(),
        "not_covered": not_covered(raw),
        "incomplete": gaps,
        "contradictions": tables.cardiology_providers["contradiction"].count(),
        "unused_borders": _borders(raw[ADJACENCY.name].table) - tables.edges.height // 2,
    }


def not_covered(raw: Mapping[str, RawFile]) -> list[dict[str, Any]]:
    """Return one entry per row of the health and access files that the dataset lacks.

    Each has file, fips, county, state, rate (deaths per 100,000; None where unknown) and reason.
    """
    health, access = (raw[spec.name].table for spec in (HEALTH, ACCESS))
    return [
        *(_entry(HEALTH.name, row, ACCESS.filename) for row in _lost(health, access)),
        *(_entry(ACCESS.name, row, HEALTH.filename) for row in _lost(access, health)),
    ]


def counts(entries: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return how many areas are not covered: those with a known rate, by state, and the others."""
    rated = Counter(entry["state"] for entry in entries if entry["rate"] is not None)
    other = sum(1 for entry in entries if entry["rate"] is None)
    return {"with_rate": rated.total(), "by_state": dict(rated.most_common()), "without": other}


def _borders(adjacency: pl.DataFrame) -> int:
    ends = ("fips_src", "fips_dst")
    pairs = adjacency.select(low=pl.min_horizontal(ends), high=pl.max_horizontal(ends))
    return pairs.filter(pl.col("low") != pl.col("high")).n_unique()


def _lost(table: pl.DataFrame, other: pl.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of ``table`` without a match in ``other``, as published."""
    numbered = table.with_row_index("row")
    met = by_current_code(numbered).join(by_current_code(other), on="fips", how="semi")
    return numbered.join(met, on="row", how="anti", maintain_order="left").to_dicts()


def _entry(file: str, row: Mapping[str, Any], other: str) -> dict[str, Any]:
    identity = {name: row[name] for name in ("fips", "county", "state")}
    reason = _reason(row["fips"], other)
    return {"file": file, **identity, "rate": row.get(RATE), "reason": reason}


def _reason(fips: str, other: str) -> str:
    for change in counties.changes().filter(pl.col("old") == fips).to_dicts():
        if change["new"]:
            name = counties.names()[change["new"]][0]
            return f"{change['kind']} in {change['year']}: see {change['new']}, {name}"
        return f"{change['kind']} in {change['year']}: no single county has taken its place"
    newer = counties.all_counties().filter(pl.col("fips") == fips)["first_year"].drop_nulls()
    if len(newer):
        return f"new in {newer[0]}: no single older county is the same area"
    return f"not in {other}"
