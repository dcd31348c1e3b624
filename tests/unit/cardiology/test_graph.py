"""The graph's tensors mean what they say, and the splits do not leak."""

import numpy as np
import polars as pl
import pytest
import torch

from cardiology import graph
from cardiology.features import FEATURES, MAX_STATE


@pytest.fixture(scope="module")
def counties(tables):
    return graph.build_graph(tables)


def test_features_stand_in_the_order_of_the_table(counties, tables):
    assert counties.features.shape == (tables.counties.height, 20)
    names = list(FEATURES)
    column = counties.features[:, names.index("smokers_pct")]
    assert np.allclose(column, tables.counties["smokers_pct"].to_numpy(), equal_nan=True)


def test_unknown_values_are_nan(tables):
    blanked = tables.counties.with_columns(smokers_pct=pl.lit(None, dtype=pl.Float64))
    built = graph.build_graph(type(tables)(blanked, tables.edges, tables.cardiology_providers))
    assert np.isnan(built.features[:, list(FEATURES).index("smokers_pct")]).all()


def test_a_county_without_a_rate_is_in_the_graph_but_has_no_label(counties, tables):
    unknown = np.flatnonzero(tables.counties["burden_tercile"].is_null().to_numpy())
    assert len(unknown) > 0
    assert (counties.labels[unknown] == graph.UNKNOWN).all()
    assert counties.size == len(unknown) + len(counties.labelled)


def test_row_i_of_the_adjacency_gathers_the_neighbours_of_i():
    edges = pl.DataFrame({"src": [0, 2, 1], "dst": [1, 1, 0]})
    dense = graph.adjacency(edges, 4).to_dense()
    assert dense.tolist() == [[0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]


def test_the_adjacency_is_csr_because_that_is_the_fast_layout(counties):
    assert counties.adjacency.layout == torch.sparse_csr


@pytest.mark.parametrize("make_split", graph.SPLITS.values(), ids=graph.SPLITS)
def test_every_county_with_a_label_is_in_exactly_one_part(counties, make_split):
    split = make_split(counties, seed=1)
    together = np.concatenate([split.train, split.validation, split.test])
    assert sorted(together.tolist()) == counties.labelled.tolist()


@pytest.mark.parametrize("make_split", graph.SPLITS.values(), ids=graph.SPLITS)
def test_a_seed_names_one_split(counties, make_split):
    first, again, other = (make_split(counties, seed) for seed in (1, 1, 2))
    assert np.array_equal(first.test, again.test)
    assert not np.array_equal(first.test, other.test)


def test_the_random_split_is_60_20_20(counties):
    split = graph.random_split(counties, seed=0)
    shares = [
        len(part) / len(counties.labelled) for part in (split.train, split.validation, split.test)
    ]
    assert shares == pytest.approx([0.6, 0.2, 0.2], abs=0.01)


@pytest.mark.parametrize("seed", range(5))
def test_no_state_is_in_two_parts_and_the_parts_are_about_60_20_20(counties, seed):
    split = graph.held_out_states_split(counties, seed)
    parts = [split.train, split.validation, split.test]
    states = [set(counties.states[part]) for part in parts]
    assert not states[0] & states[1]
    assert not states[0] & states[2]
    assert not states[1] & states[2]
    assert [len(part) / counties.size for part in parts] == pytest.approx([0.6, 0.2, 0.2], abs=0.1)


def test_no_part_is_empty_as_long_as_no_state_is_larger_than_ingestion_accepts(counties):
    rng = np.random.default_rng(1)
    for seed in range(300):
        sizes = rng.integers(1, round(MAX_STATE * 100) + 1, 100)
        sizes = sizes[: np.searchsorted(np.cumsum(sizes), 100) + 1]
        if sizes.max() > MAX_STATE * sizes.sum():
            continue
        states = np.repeat([f"S{n:02d}" for n in range(len(sizes))], sizes)
        labels = np.zeros(len(states), dtype=np.int64)
        made = graph.CountyGraph(np.zeros((len(states), 1)), labels, states, counties.adjacency)
        split = graph.held_out_states_split(made, seed)
        assert min(map(len, (split.train, split.validation, split.test))) > 0, sizes
