"""The promise about the real data. Needs the real files, which are not part of the project."""

import os
from pathlib import Path

import pytest

from cardiology import features, graph, sources, train

DATA = os.environ.get("CARDIOLOGY_DATA_DIR")
pytestmark = pytest.mark.skipif(
    not DATA, reason="CARDIOLOGY_DATA_DIR does not name a directory of real data"
)


@pytest.fixture(scope="module")
def counties():
    assert DATA
    return graph.build_graph(features.build_tables(sources.read_directory(Path(DATA))))


def test_all_counties_with_a_rate_and_their_borders_are_in_the_graph(counties):
    assert counties.size == 3124
    assert counties.adjacency.values().numel() == 18452


def test_graphsage_beats_logistic_regression_by_three_points_on_five_random_splits(
    counties, capsys
):
    summary = train.summarise(train.run(counties, train.TrainConfig(), lambda step: None))
    with capsys.disabled():
        for split, models in summary.items():
            means = ", ".join(f"{model} {m['mean']:.3f}" for model, m in models.items())
            print(f"\n{split}: {means}")
    random, held_out = summary["random"], summary["held_out_states"]
    assert random["graphsage"]["mean"] >= random["logistic_regression"]["mean"] + 0.03
    assert held_out["graphsage"]["mean"] > held_out["majority"]["mean"] + 0.2
