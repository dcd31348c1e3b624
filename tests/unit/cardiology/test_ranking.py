"""Counties are ranked by observed burden times scarcity of care, the model's only where none is."""

import numpy as np
import polars as pl
import pytest

from cardiology import ranking
from cardiology.features import LABEL, RATE, SUPPLY, Tables
from cardiology.ranking import rank_counties

NAMES = "abcdefgh"


def made(rates, access, population=1e6, miles=10.0):
    """Return tables with the columns that the ranking reads, one county per rate."""
    size = len(rates)
    identity = {
        "fips": [f"01{2 * n + 1:03d}" for n in range(size)],
        "county": list(NAMES[:size]),
        "state": ["AL"] * size,
    }
    counties = pl.DataFrame({"population": [float(population)] * size, RATE: rates}).with_columns(
        pl.col(RATE).cast(pl.Float64)
    )
    above = [pl.col(RATE) > pl.col(RATE).quantile(share / 3) for share in (1, 2)]
    label = pl.when(pl.col(RATE).is_not_null()).then(pl.sum_horizontal(above).cast(pl.Int8))
    providers = pl.DataFrame(identity).with_columns(
        population=pl.lit(float(population)),
        n_cardio_like_npis=pl.lit(0),
        cardio_like_per_100k=pl.lit(0.0),
        miles_to_nearest_cardio_like=pl.Series([miles] * size if np.isscalar(miles) else miles),
        access_per_100k=pl.Series(access, dtype=pl.Float64),
        contradiction=pl.lit(None, dtype=pl.String),
    )
    assert set(SUPPLY) < set(providers.columns)
    return Tables(counties.with_columns(label.alias(LABEL)), pl.DataFrame(), providers)


def ranked(tables, p_high=None, trained_on=()):
    p_high = np.full(tables.counties.height, 0.5) if p_high is None else np.array(p_high)
    probabilities = np.stack([1 - p_high, 0 * p_high, p_high], axis=1)
    return rank_counties(tables, probabilities, np.array(trained_on, dtype=int))


def test_high_burden_without_access_comes_first_and_access_pushes_down():
    table = ranked(made([150, 300, 300, 320], [0, 0, 5, 20]))
    assert table["county"].to_list() == ["b", "a", "c", "d"]
    assert table["rank"].to_list() == [1, 2, 3, 4]


def test_the_score_is_expected_rate_times_scarcity_of_access():
    table = ranked(made([150, 300, 200, 320], [0, 0, 5, 20])).sort("fips")
    assert table["low_access"].to_list() == pytest.approx([1, 1, 1 / 3, 0])
    expected = (table["burden"] * table["low_access"]).to_list()
    assert table["score"].to_list() == pytest.approx(expected)


def test_an_observed_rate_counts_and_the_models_opinion_of_that_county_does_not():
    tables = made([150, 300, 200, 320], [0, 0, 5, 20])
    columns = ["rank", "fips", "burden", "score", "rank_low", "rank_high"]
    sure, unsure = ranked(tables, [1, 0, 1, 0]), ranked(tables, [0, 1, 0, 1])
    assert sure.select(columns).equals(unsure.select(columns))
    assert set(sure["burden_source"]) == {"observed"}


def test_where_no_rate_is_known_the_model_decides():
    tables = made([100, 150, 200, 250, 300, 350, None, None], [1] * 8)
    table = ranked(tables, [0.5] * 6 + [0.0, 1.0]).sort("fips")
    assert table["burden_source"].to_list() == ["observed"] * 6 + ["predicted"] * 2
    means = tables.counties.group_by(LABEL).agg(pl.mean(RATE)).sort(LABEL, nulls_last=True)[RATE]
    assert table["burden"][6] == pytest.approx(means[0], abs=10), "the mean of the low tercile"
    assert table["burden"][7] == pytest.approx(means[2], abs=10), "the mean of the high tercile"


def test_a_rate_of_few_people_is_shrunk_towards_the_mean_of_all():
    rates = [120, 160, 180, 200, 240, 400]
    of_many, of_few = (
        ranked(made(rates, [1] * 6, population)).sort("fips")["burden"][-1]
        for population in (1e6, 1e3)
    )
    assert of_many == pytest.approx(400, abs=5)
    assert np.mean(rates) < of_few < 350


def test_the_interval_of_the_rank_holds_the_rank_and_is_wider_for_fewer_people():
    rates = [120, 160, 180, 200, 240, 260]
    many, few = (ranked(made(rates, [0] * 6, population)) for population in (1e6, 1e4))
    for table in (many, few):
        assert (table["rank_low"] <= table["rank"]).all()
        assert (table["rank"] <= table["rank_high"]).all()
    assert many["rank_low"].to_list() == many["rank_high"].to_list() == [1, 2, 3, 4, 5, 6]
    assert (few["rank_high"] - few["rank_low"]).sum() > 6


def test_rates_that_vary_no_more_than_chance_are_all_the_same():
    burden = ranked(made([179, 180, 181], [1] * 3, population=1e3))["burden"]
    assert burden.max() - burden.min() < 1


def test_a_county_whose_access_is_unknown_has_no_rank_and_comes_last():
    table = ranked(made([150, 300, 400], [0, 5, None]))
    assert table["county"].to_list()[-1] == "c"
    assert table["rank"].to_list() == [1, 2, None]
    assert table["rank_low"][-1] is None


def test_equal_scores_are_ordered_by_distance_farthest_first():
    tables = made([300, 300, 100], [1, 1, 9], miles=[20.0, 70.0, 5.0])
    assert ranked(tables)["county"].to_list() == ["b", "a", "c"]


def test_counties_whose_label_the_model_saw_are_marked():
    tables = made([100, 150, 200, 300], [1] * 4)
    table = ranked(tables, trained_on=[1, 3]).sort("fips")
    assert table["in_training"].to_list() == [False, True, False, True]
    assert table["observed_tercile"].equals(tables.counties[LABEL])


def test_the_same_data_give_the_same_ranking():
    tables = made([150, 300, None, 320], [0, 0, 5, 20])
    assert ranked(tables).equals(ranked(tables))


def test_the_contradiction_flag_reaches_the_planner():
    tables = made([150, 300], [0, 1])
    flagged = tables.cardiology_providers.with_columns(contradiction=pl.Series([None, "too near"]))
    table = ranked(Tables(tables.counties, tables.edges, flagged))
    assert table.filter(pl.col("county") == "b")["contradiction"].item() == "too near"
    assert ranking.INTERVAL == (5, 95)
