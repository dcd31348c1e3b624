"""What is claimed about the real data. Needs the real files, which are not part of the project."""

import os
from pathlib import Path

import polars as pl
import pytest

from cardiology import checks, coverage, features, graph, ranking, sources, train
from cardiology.features import RATE
from cardiology.sources import HEALTH

DATA = os.environ.get("CARDIOLOGY_DATA_DIR")
pytestmark = pytest.mark.skipif(
    not DATA, reason="CARDIOLOGY_DATA_DIR does not name a directory of real data"
)


@pytest.fixture(scope="module")
def raw():
    assert DATA
    return sources.read_directory(Path(DATA))


@pytest.fixture(scope="module")
def tables(raw):
    return features.build_tables(raw)


@pytest.fixture(scope="module")
def counties(tables):
    return graph.build_graph(tables)


@pytest.fixture(scope="module")
def trials(counties):
    return train.run(counties, train.TrainConfig(), lambda step: None)


@pytest.fixture(scope="module")
def ranked(tables, counties, trials):
    probabilities = trials[0].fit.bundle.predict(counties.features, counties.adjacency)
    return ranking.rank_counties(tables, probabilities, trials[0].split.train)


def test_the_published_files_pass_every_check(raw):
    assert checks.check(raw, allow_incomplete=False) == []


def test_all_counties_and_their_borders_are_in_the_graph(counties):
    assert (counties.size, len(counties.labelled)) == (3133, 3126)
    assert counties.adjacency.values().numel() == 18502


def test_of_3202_rows_with_a_known_rate_those_that_are_not_covered_are_named(raw, tables):
    entries = coverage.not_covered(raw)
    counts = coverage.counts(entries)
    assert raw[HEALTH.name].table[RATE].count() == 3202 == 3126 + counts["with_rate"]
    assert counts["by_state"] == {"PR": 65, "CT": 8, "AK": 1, "MP": 1, "GU": 1}
    named = {entry["county"] for entry in entries if entry["rate"] is not None}
    assert {"Fairfield", "Valdez-Cordova", "Guam", "Adjuntas"} <= named
    assert counts["without"] == 44


def test_renamed_counties_keep_rate_and_supply(tables):
    rows = tables.counties.filter(pl.col("fips").is_in(["46102", "02158"]))
    assert rows[RATE].to_list() == [177.7, 159.6]
    assert rows["log_cardio_like_per_100k"].null_count() == 0


def test_few_counties_without_a_provider_have_none_within_100_miles(tables):
    none = tables.cardiology_providers.filter(pl.col("n_cardio_like_npis") == 0)
    median = tables.cardiology_providers["access_per_100k"].median()
    assert none.height == 1799
    assert (none["access_per_100k"] == 0).sum() == 56
    assert (none["access_per_100k"] > median).mean() == pytest.approx(0.35, abs=0.01)


def test_contradictions_between_count_and_distance_are_flagged(tables):
    assert tables.cardiology_providers["contradiction"].count() == 81


def test_graphsage_beats_logistic_regression_by_three_points_on_five_random_splits(trials, capsys):
    summary = train.summarise(trials)
    with capsys.disabled():
        for split, models in summary.items():
            means = ", ".join(
                f"{name} {m['mean']:.3f} ({m['sd']:.3f})" for name, m in models.items()
            )
            print(f"\n{split}: {means}")
    random, held_out = summary["random"], summary["held_out_states"]
    assert random["graphsage"]["mean"] >= random["logistic_regression"]["mean"] + 0.03
    assert held_out["graphsage"]["mean"] > held_out["majority"]["mean"] + 0.2


def test_the_model_decides_only_where_no_rate_is_known(ranked):
    predicted = ranked.filter(pl.col("burden_source") == "predicted")
    assert predicted.height == 7
    assert set(predicted["state"]) == {"AK"}


def test_the_top_of_the_ranking_hardly_depends_on_the_seed(tables, counties, trials):
    tops = []
    for trial in trials[:5]:
        probabilities = trial.fit.bundle.predict(counties.features, counties.adjacency)
        table = ranking.rank_counties(tables, probabilities, trial.split.train)
        tops.append(set(table["fips"][:50]))
    assert len(set.intersection(*tops)) >= 45


def test_the_rank_lies_in_its_interval(ranked):
    inside = (ranked["rank_low"] <= ranked["rank"]) & (ranked["rank"] <= ranked["rank_high"])
    assert inside.mean() > 0.99
