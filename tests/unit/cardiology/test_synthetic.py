"""The synthetic country has the statistics that were measured on the real files."""

import networkx
import numpy as np
import polars as pl
import pytest

from cardiology import features, sources, synthetic
from cardiology.features import RATE
from cardiology.sources import ACCESS, ADJACENCY, HEALTH


@pytest.fixture(scope="module")
def country():
    return sources.parse_all(synthetic.generate())


@pytest.fixture(scope="module")
def built(country):
    return features.build_tables(country)


def morans_i(values: np.ndarray, edges: np.ndarray) -> float:
    """Return Moran's I with weight 1 for each of the (2, E) edges."""
    centred = values - values.mean()
    between = (centred[edges[0]] * centred[edges[1]]).sum() / edges.shape[1]
    return float(between / (centred**2).mean())


def test_it_has_about_as_many_counties_as_the_real_one(country, built):
    assert country[HEALTH.name].table.height == 3000
    assert built.counties.height == 3000, "no code is one that ingestion would translate"
    assert 0 < built.counties[RATE].null_count() < 50, "a few rates are suppressed"


def test_the_map_is_planar_and_as_dense_as_the_real_one(country):
    graph = networkx.Graph(country[ADJACENCY.name].table.rows())
    degrees = [degree for _, degree in graph.degree]
    assert networkx.check_planarity(graph)[0]
    assert networkx.is_connected(graph)
    assert np.mean(degrees) == pytest.approx(5.9, abs=0.1)
    assert 11 <= max(degrees) <= 15


def test_mortality_is_spatially_smooth_and_supply_is_not(built):
    edges = built.edges.to_numpy().T
    supply = built.cardiology_providers["cardio_like_per_100k"].to_numpy()
    rates = built.counties[RATE].fill_null(strategy="mean").to_numpy()
    assert morans_i(rates, edges) == pytest.approx(0.67, abs=0.04)
    assert morans_i(supply, edges) == pytest.approx(0.0, abs=0.05)


def test_the_median_rate_is_the_real_one(built):
    assert built.counties[RATE].median() == pytest.approx(179, rel=0.03)


def test_the_proxy_supply_is_as_skewed_as_the_real_one(country):
    counts = country[ACCESS.name].table["n_cardio_like_npis"]
    assert (counts == 0).mean() == pytest.approx(0.57, abs=0.01)
    assert counts.quantile(0.9) == pytest.approx(36, abs=2)
    assert counts.quantile(0.99) == pytest.approx(304, abs=10)
    assert counts.max() == 1598


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ("smokers_pct", 0.64),
        ("child_poverty_pct", 0.59),
        ("median_hh_income", -0.57),
        ("svi_percentile", 0.51),
        ("diabetes_pct", 0.50),
        ("n_cardio_like_npis", -0.17),
    ],
)
def test_covariates_correlate_with_mortality_as_in_the_real_data(country, column, expected):
    joined = country[HEALTH.name].table.join(country[ACCESS.name].table, on="fips")
    known = joined.filter(pl.col(RATE).is_not_null())
    spearman = known.select(pl.corr(column, RATE, method="spearman")).item()
    assert spearman == pytest.approx(expected, abs=0.05)


def test_blanks_are_where_the_real_files_have_them(country):
    table = country[HEALTH.name].table
    assert 0 < table[RATE].null_count() < 60
    assert table["hpsa_underserved_pop"].null_count() / table.height == pytest.approx(
        1 / 3, abs=0.1
    )
    assert table["smokers_pct"].null_count() == 0


def test_names_are_visibly_synthetic(country):
    assert country[HEALTH.name].table["county"].str.starts_with("Synthetic").all()


def test_a_county_without_supply_is_farther_from_it_than_one_with(country):
    table = country[ACCESS.name].table
    near = table.filter(pl.col("n_cardio_like_npis") > 0)["miles_to_nearest_cardio_like"]
    far = table.filter(pl.col("n_cardio_like_npis") == 0)["miles_to_nearest_cardio_like"]
    assert near.max() < far.min()


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    first = synthetic.generate(counties=200, seed=3)
    assert synthetic.generate(counties=200, seed=3) == first
    assert synthetic.generate(counties=200, seed=4) != first
