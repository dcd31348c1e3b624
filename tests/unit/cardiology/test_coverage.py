"""No area with a known rate is lost without its name and the reason."""

import pytest

from cardiology import coverage, features, sources
from cardiology.features import RATE
from cardiology.sources import HEALTH


@pytest.fixture(scope="module")
def full(real_files):
    return sources.parse_all(real_files)


@pytest.fixture(scope="module")
def lost(full):
    return {entry["fips"]: entry for entry in coverage.not_covered(full)}


def test_every_row_with_a_rate_is_in_the_dataset_or_named(full, lost):
    known = full[HEALTH.name].table.filter(full[HEALTH.name].table[RATE].is_not_null())
    labelled = features.build_tables(full).counties[RATE].count()
    named = [entry for entry in lost.values() if entry["rate"] is not None]
    assert labelled + len(named) == known.height


@pytest.mark.parametrize(
    ("fips", "reason"),
    [
        ("09001", "redrawn in 2022: no single county has taken its place"),
        ("02261", "split in 2019: no single county has taken its place"),
        ("09110", "new in 2022: no single older county is the same area"),
        ("02063", "new in 2019: no single older county is the same area"),
    ],
)
def test_the_reason_is_named(lost, fips, reason):
    assert lost[fips]["reason"] == reason


def test_a_one_to_one_change_loses_nothing(lost):
    assert not {"46113", "46102", "02270", "02158"} & set(lost)


def test_an_area_that_the_other_file_does_not_have_is_named(edited):
    files = edited(HEALTH, lambda rows: [*rows, ["72001", "Adjuntas", "PR", *rows[1][3:]]])
    entries = coverage.not_covered(sources.parse_all(files))
    (adjuntas,) = (entry for entry in entries if entry["fips"] == "72001")
    assert adjuntas["county"] == "Adjuntas"
    assert adjuntas["rate"] > 0
    assert adjuntas["reason"] == "not in county_cardiology_access_2026.csv"


def test_a_merged_city_with_a_row_of_its_own_points_to_its_county(edited):
    files = edited(HEALTH, lambda rows: [*rows, ["51515", "Bedford City", "VA", *rows[1][3:]]])
    entries = {entry["fips"]: entry for entry in coverage.not_covered(sources.parse_all(files))}
    assert entries["51515"]["reason"] == "merged in 2013: see 51019, Bedford, VA"


def test_counts_are_by_state_for_known_rates_and_one_number_for_the_rest(lost):
    counts = coverage.counts(lost.values())
    assert counts["with_rate"] == sum(counts["by_state"].values())
    assert counts["by_state"]["CT"] in (7, 8), "a rate may be blank"
    assert counts["without"] == len(lost) - counts["with_rate"]


def test_borders_that_lead_nowhere_are_counted(full, edited):
    tables = features.build_tables(full)
    before = coverage.facts(full, tables, [])["unused_borders"]
    files = sources.parse_all(edited(sources.ADJACENCY, lambda rows: [*rows, ["72001", "72003"]]))
    assert coverage.facts(files, features.build_tables(files), [])["unused_borders"] == before + 1
    assert before > 0, "Connecticut has borders"
