"""Counties are ranked by probable burden times scarcity of supply."""

import numpy as np
import polars as pl
import pytest

from cardiology.features import LABEL, Tables
from cardiology.ranking import rank_counties


@pytest.fixture
def four():
    providers = pl.DataFrame(
        {
            "fips": ["01001", "01003", "01005", "01007"],
            "county": list("abcd"),
            "state": ["AL"] * 4,
            "population": [1e4] * 4,
            "n_cardio_like_npis": [0, 0, 1, 9],
            "cardio_like_per_100k": [0.0, 0.0, 10.0, 90.0],
            "miles_to_nearest_cardio_like": [20.0, 70.0, 5.0, 5.0],
        }
    )
    counties = pl.DataFrame({LABEL: [0, 1, 2, 2]}, schema={LABEL: pl.Int8})
    return Tables(counties, pl.DataFrame(), providers)


def ranked(four, p_high, trained_on=()):
    p_high = np.array(p_high)
    probabilities = np.stack([1 - p_high, 0 * p_high, p_high], axis=1)
    return rank_counties(four, probabilities, np.array(trained_on, dtype=int))


def test_high_burden_without_supply_comes_first_and_supply_pushes_down(four):
    table = ranked(four, [0.5, 0.9, 0.9, 0.99])
    assert table["county"].to_list() == ["b", "a", "c", "d"]
    assert table["rank"].to_list() == [1, 2, 3, 4]


def test_the_score_is_probability_times_scarcity(four):
    table = ranked(four, [0.5, 0.9, 0.6, 0.8]).sort("fips")
    assert table["low_supply"].to_list() == pytest.approx([1, 1, 1 / 3, 0])
    assert table["score"].to_list() == pytest.approx([0.5, 0.9, 0.2, 0])


def test_equal_scores_are_ordered_by_distance(four):
    assert ranked(four, [0.7, 0.7, 0.1, 0.1])["county"].to_list()[:2] == ["b", "a"]


def test_counties_whose_label_the_model_saw_are_marked(four):
    table = ranked(four, [0.5] * 4, trained_on=[1, 3]).sort("fips")
    assert table["in_training"].to_list() == [False, True, False, True]
    assert table["observed_tercile"].to_list() == [0, 1, 2, 2]
