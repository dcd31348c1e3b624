"""Twenty features, a tercile and a symmetric graph come out of the raw files."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from cardiology import features
from cardiology.errors import CardiologyError
from cardiology.features import FEATURES, LABEL, RATE
from cardiology.sources import ACCESS, ADJACENCY, HEALTH


def changed(raw, spec, table):
    return {**raw, spec.name: replace(raw[spec.name], table=table)}


def test_there_are_twenty_features(tables):
    assert len(FEATURES) == 20
    assert set(FEATURES) < set(tables.counties.columns)


def test_nothing_that_reads_the_label_is_a_feature():
    words = " ".join([*FEATURES, *map(str, FEATURES.values())])
    assert "mortality" not in words
    assert "places" not in words


def test_terciles_are_equal_thirds_ordered_by_rate(tables):
    counts = tables.counties[LABEL].value_counts().sort(LABEL)
    assert counts[LABEL].to_list() == [0, 1, 2]
    assert counts["count"].max() - counts["count"].min() <= 3
    bounds = tables.counties.group_by(LABEL).agg(low=pl.min(RATE), high=pl.max(RATE)).sort(LABEL)
    assert bounds["high"][0] < bounds["low"][1] <= bounds["high"][1] < bounds["low"][2]


def test_equal_rates_get_equal_labels(raw):
    health = raw[HEALTH.name].table.with_columns((pl.col(RATE) / 10).round() * 10)
    counties = features.build_tables(changed(raw, HEALTH, health)).counties
    assert counties.group_by(RATE).agg(pl.col(LABEL).n_unique())[LABEL].max() == 1


def test_a_county_without_a_rate_is_left_out(raw, tables):
    assert raw[HEALTH.name].table[RATE].null_count() > 0
    assert tables.counties[RATE].null_count() == 0
    assert tables.counties.height < raw[HEALTH.name].table.height


def test_supply_per_100k_is_the_proxy_over_the_population_of_the_same_year(raw, tables):
    row = tables.cardiology_providers.filter(pl.col("n_cardio_like_npis") > 0).row(0, named=True)
    source = raw[ACCESS.name].table.filter(pl.col("fips") == row["fips"]).row(0, named=True)
    expected = source["n_cardio_like_npis"] / source["population"] * 100_000
    assert row["cardio_like_per_100k"] == pytest.approx(expected)
    feature = tables.counties.filter(pl.col("fips") == row["fips"])["log_cardio_like_per_100k"]
    assert feature.item() == pytest.approx(np.log1p(expected))


def test_a_blank_shortage_area_means_that_nobody_is_underserved(raw, tables):
    blank = raw[HEALTH.name].table.filter(pl.col("hpsa_underserved_pop").is_null())["fips"]
    shares = tables.counties.filter(pl.col("fips").is_in(blank.to_list()))["share_underserved"]
    assert len(shares) > 0
    assert set(shares) == {0.0}, "and not null"


def test_the_order_of_the_files_rows_does_not_matter(raw, tables):
    turned = {name: replace(file, table=file.table.reverse()) for name, file in raw.items()}
    for (_, expected), (_, table) in zip(
        tables.items(), features.build_tables(turned).items(), strict=True
    ):
        assert table.equals(expected)


def test_provider_rows_stand_in_the_order_of_the_counties(tables):
    assert tables.cardiology_providers["fips"].equals(tables.counties["fips"])


def test_no_table_calls_the_proxy_a_cardiologist_count(tables):
    names = [column for _, table in tables.items() for column in table.columns]
    assert not [name for name in names if "cardiologist" in name]


def test_edges_are_symmetric_unique_and_join_the_right_counties(raw, tables):
    edges = set(tables.edges.rows())
    fips = tables.counties["fips"]
    published = set(raw[ADJACENCY.name].table.rows())
    assert len(edges) == tables.edges.height
    assert all((dst, src) in edges and src != dst for src, dst in edges)
    assert all((fips[src], fips[dst]) in published for src, dst in edges)


def test_one_way_and_self_edges_are_mended(raw, tables):
    adjacency = raw[ADJACENCY.name].table
    one_way = adjacency.filter(pl.col("fips_src") < pl.col("fips_dst"))
    loops = pl.DataFrame({"fips_src": ["01001"], "fips_dst": ["01001"]})
    mended = features.build_tables(changed(raw, ADJACENCY, pl.concat([one_way, loops])))
    assert mended.edges.equals(tables.edges)


def test_a_county_of_nobody_has_unknown_and_not_infinite_features(raw):
    health = raw[HEALTH.name].table.with_columns(
        population_2018=pl.when(pl.col("fips") == "01001").then(0.0).otherwise("population_2018")
    )
    first = features.build_tables(changed(raw, HEALTH, health)).counties.row(0, named=True)
    assert first["fips"] == "01001"
    assert first["share_65_plus"] is None
    assert all(first[name] is None or np.isfinite(first[name]) for name in FEATURES)


def test_a_county_listed_twice_is_named(raw):
    health = raw[HEALTH.name].table
    with pytest.raises(CardiologyError, match="county 01001 is listed more than once"):
        features.build_tables(changed(raw, HEALTH, pl.concat([health, health.head(1)])))


def test_too_few_counties_are_refused_with_their_number(raw):
    with pytest.raises(CardiologyError, match=r"only 10 counties .* at least 30"):
        features.build_tables(changed(raw, ACCESS, raw[ACCESS.name].table.head(10)))


def test_a_graph_without_edges_is_refused(raw):
    strangers = pl.DataFrame({"fips_src": ["99001"], "fips_dst": ["99003"]})
    with pytest.raises(CardiologyError, match="no edge of county_adjacency"):
        features.build_tables(changed(raw, ADJACENCY, strangers))
