"""Training is reproducible and honest, and the graph earns its place."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
import torch

from cardiology import baselines, features, graph, sources, synthetic, train

SHORT = train.TrainConfig(epochs=8, seeds=(3, 5))


@pytest.fixture(scope="module")
def counties(tables):
    return graph.build_graph(tables)


@pytest.fixture(scope="module")
def steps():
    return []


@pytest.fixture(scope="module")
def trials(counties, steps):
    return train.run(counties, SHORT, steps.append)


def test_every_split_and_seed_is_tried_with_every_model(trials):
    assert [(t.name, t.seed) for t in trials] == [
        ("random", 3), ("random", 5), ("held_out_states", 3), ("held_out_states", 5),
    ]  # fmt: skip
    assert all(set(trial.accuracy) == set(train.MODELS) for trial in trials)


def test_the_first_trial_is_the_random_split_of_the_first_seed(trials, counties):
    assert np.array_equal(trials[0].split.test, graph.random_split(counties, 3).test)


def test_the_summary_holds_mean_deviation_and_every_seed(trials):
    summary = train.summarise(trials)
    assert set(summary) == {"random", "held_out_states"}
    figures = summary["random"]["graphsage"]
    values = [trial.accuracy["graphsage"] for trial in trials[:2]]
    assert figures["per_seed"] == values
    assert figures["mean"] == pytest.approx(np.mean(values))
    assert figures["sd"] == pytest.approx(abs(values[0] - values[1]) / 2**0.5)


def test_one_seed_has_no_deviation(trials):
    assert train.summarise([trials[0], trials[2]])["random"]["graphsage"]["sd"] == 0.0


def test_progress_counts_every_epoch_of_the_whole_run(trials, steps):
    assert [step.done for step in steps] == list(range(1, 33))
    assert {step.total for step in steps} == {2 * 2 * 8}
    assert (steps[-1].split, steps[-1].seed, steps[-1].epoch.number) == ("held_out_states", 5, 8)


def test_learning_curves_hold_every_epoch_and_fall(trials):
    curves = train.learning_curves(trials)
    assert [len(curve["loss"]) for curve in curves] == [8] * 4
    assert all(curve["loss"][-1] < curve["loss"][0] for curve in curves)


def test_the_same_seed_gives_the_same_model_and_another_seed_another(counties, trials):
    split = graph.random_split(counties, 3)
    again = train.fit_sage(counties, split, 3, SHORT)
    other = train.fit_sage(counties, split, 4, SHORT)
    first = trials[0].fit.bundle.state
    assert all(torch.equal(first[key], value) for key, value in again.bundle.state.items())
    assert not all(torch.equal(first[key], value) for key, value in other.bundle.state.items())


def test_the_published_weights_are_those_of_the_best_validation_epoch(counties):
    split = graph.random_split(counties, 0)
    fit = train.fit_sage(counties, split, 0, replace(SHORT, epochs=60))
    best = max(fit.curve, key=lambda epoch: epoch.accuracy)
    assert fit.best_epoch == best.number < 60, "otherwise this shows nothing"
    accuracy = train.accuracy_of(fit.bundle, counties, split.validation)
    assert accuracy == pytest.approx(best.accuracy)


def test_training_stops_when_validation_has_not_improved_for_long(counties):
    config = replace(SHORT, epochs=200, patience=5)
    fit = train.fit_sage(counties, graph.random_split(counties, 0), 0, config)
    assert len(fit.curve) == fit.best_epoch + 5 < 200


def test_labels_and_features_of_test_counties_do_not_reach_the_model(counties):
    """Scramble the labels of the test counties: not one weight may differ."""
    split = graph.random_split(counties, 0)
    labels = counties.labels.copy()
    labels[split.test] = 2 - labels[split.test]
    scrambled = replace(counties, labels=labels)
    honest, other = (train.fit_sage(g, split, 0, SHORT).bundle for g in (counties, scrambled))
    assert all(torch.equal(honest.state[key], value) for key, value in other.state.items())


def test_the_scaler_sees_only_training_counties(counties):
    split = graph.random_split(counties, 0)
    values = counties.features.copy()
    values[split.test] *= 1000
    scalers = [
        train.fit_sage(g, split, 0, replace(SHORT, epochs=1)).bundle.scaler
        for g in (counties, replace(counties, features=values))
    ]
    assert np.array_equal(scalers[0].mean, scalers[1].mean)


def test_the_majority_baseline_names_the_most_frequent_training_label():
    labels = np.array([0, 2, 2, 1, 2, 0, 1, 2])
    counties = graph.CountyGraph(np.zeros((8, 1)), labels, np.array([""] * 8), None)
    split = graph.Split(np.arange(4), np.array([]), np.arange(4, 8))
    assert baselines.majority(counties, split) == 0.5


def test_logistic_regression_learns_a_linear_rule():
    values = np.linspace(-1, 1, 90, dtype=np.float32)[:, None]
    labels = np.repeat([0, 1, 2], 30)
    counties = graph.CountyGraph(values, labels, np.array([""] * 90), None)
    split = graph.Split(np.arange(0, 90, 2), np.array([]), np.arange(1, 90, 2))
    assert baselines.logistic_regression(counties, split) > 0.9


def shuffled(tables: features.Tables, seed: int) -> torch.Tensor:
    """Return the same graph between the wrong counties: every degree survives, no border does."""
    order = np.random.default_rng(seed).permutation(tables.counties.height)
    edges = pl.DataFrame({name: order[tables.edges[name].to_numpy()] for name in ("src", "dst")})
    return graph.adjacency(edges, tables.counties.height)


def test_graphsage_needs_the_true_borders_to_beat_logistic_regression():
    """The acceptance test of the generator: the graph carries signal, as it does in real data."""
    tables = features.build_tables(sources.parse_all(synthetic.generate()))
    counties = graph.build_graph(tables)
    scores: dict[str, list[float]] = {"sage": [], "shuffled": [], "linear": []}
    for seed in (0, 1):
        split = graph.random_split(counties, seed)
        wrong = replace(counties, adjacency=shuffled(tables, seed))
        for name, candidate in (("sage", counties), ("shuffled", wrong)):
            fit = train.fit_sage(candidate, split, seed, train.TrainConfig())
            scores[name].append(train.accuracy_of(fit.bundle, candidate, split.test))
        scores["linear"].append(baselines.logistic_regression(counties, split))
    mean = {name: np.mean(values) for name, values in scores.items()}
    assert mean["linear"] == pytest.approx(0.63, abs=0.04), "as hard as the real task"
    assert mean["sage"] >= mean["linear"] + 0.03
    assert mean["sage"] >= mean["shuffled"] + 0.03


def test_the_smallest_data_that_ingestion_accepts_can_be_trained_on():
    files = synthetic.generate(counties=features.MIN_COUNTIES + 2, seed=4)
    small = graph.build_graph(features.build_tables(sources.parse_all(files)))
    assert len(small.labelled) < features.MIN_COUNTIES + 5
    trials = train.run(small, train.TrainConfig(epochs=2, seeds=(0, 1, 2)), lambda step: None)
    assert all(np.isfinite(list(trial.accuracy.values())).all() for trial in trials)


def test_training_counties_of_one_class_are_answered_with_that_class(counties):
    one = np.flatnonzero(counties.labels == 2)
    split = graph.Split(one, one, counties.labelled)
    expected = (counties.labels[counties.labelled] == 2).mean()
    assert baselines.logistic_regression(counties, split) == pytest.approx(expected)
