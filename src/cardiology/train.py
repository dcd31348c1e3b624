"""Train GraphSAGE and its baselines on both kinds of split, with several seeds each.

The best epoch is chosen on the validation counties; all reported accuracies are on the test
counties.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from cardiology import baselines
from cardiology.bundle import ModelBundle, Scaler
from cardiology.features import FEATURES
from cardiology.graph import CLASSES, SPLITS, CountyGraph, Split
from cardiology.model import GraphSAGE

MODELS = ("graphsage", "logistic_regression", "majority")


@dataclass(frozen=True)
class TrainConfig:
    """Hyperparameters: untuned textbook values, the same for every split and seed."""

    epochs: int = 200
    seeds: tuple[int, ...] = (0, 1, 2, 3, 4)
    patience: int = 50
    hidden: int = 64
    learning_rate: float = 0.01
    weight_decay: float = 5e-4
    dropout: float = 0.5


@dataclass(frozen=True)
class Epoch:
    """One finished epoch, counted from 1: training loss, validation accuracy, duration in s."""

    number: int
    loss: float
    accuracy: float
    seconds: float


@dataclass(frozen=True)
class Step:
    """An epoch within the whole run: ``done`` of ``total``, counting all splits and seeds."""

    split: str
    seed: int
    epoch: Epoch
    done: int
    total: int


@dataclass(frozen=True)
class Fit:
    """One trained model at its best epoch by validation accuracy, and all epochs run."""

    bundle: ModelBundle
    best_epoch: int
    curve: list[Epoch]


@dataclass(frozen=True)
class Trial:
    """One split and seed: the model, and its test accuracy and that of each baseline."""

    name: str
    seed: int
    split: Split
    fit: Fit
    accuracy: dict[str, float]


def run(graph: CountyGraph, config: TrainConfig, on_step: Callable[[Step], None]) -> list[Trial]:
    """Train and test on every split and seed; ``on_step`` is called after every epoch.

    The model of the first trial (random split, first seed) is published. This is fixed in
    advance, so that no model is selected by its test accuracy.
    """
    # At this size a second thread costs more in waiting than it saves.
    torch.set_num_threads(1)
    plan = [(name, seed) for name in SPLITS for seed in config.seeds]
    total = len(plan) * config.epochs
    trials = []
    for number, (name, seed) in enumerate(plan):
        before = number * config.epochs

        def report(epoch: Epoch, name: str = name, seed: int = seed, before: int = before) -> None:
            on_step(Step(name, seed, epoch, before + epoch.number, total))

        trials.append(_trial(graph, name, seed, config, report))
    return trials


def _trial(
    graph: CountyGraph, name: str, seed: int, config: TrainConfig, on_epoch: Callable[[Epoch], None]
) -> Trial:
    split = SPLITS[name](graph, seed)
    fit = fit_sage(graph, split, seed, config, on_epoch)
    accuracy = {
        "graphsage": accuracy_of(fit.bundle, graph, split.test),
        "logistic_regression": baselines.logistic_regression(graph, split),
        "majority": baselines.majority(graph, split),
    }
    return Trial(name, seed, split, fit, accuracy)


def fit_sage(
    graph: CountyGraph,
    split: Split,
    seed: int,
    config: TrainConfig,
    on_epoch: Callable[[Epoch], None] = lambda epoch: None,
) -> Fit:
    """Train one model on the training counties; stop when validation accuracy stops improving.

    Every step uses the whole graph (the task is transductive), but only the training
    counties' labels enter the loss.
    """
    torch.manual_seed(seed)
    scaler = Scaler.fit(graph.features[split.train])
    x = torch.from_numpy(scaler.apply(graph.features))
    labels = torch.from_numpy(graph.labels)
    model = GraphSAGE(x.shape[1], config.hidden, len(CLASSES), config.dropout)
    optimizer = torch.optim.Adam(
        model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    curve: list[Epoch] = []
    best: Epoch | None = None
    state: dict[str, Any] = {}
    for number in range(1, config.epochs + 1):
        started = time.perf_counter()
        loss = _train_step(model, optimizer, x, graph.adjacency, labels, split.train)
        accuracy = _validate(model, x, graph.adjacency, labels, split.validation)
        epoch = Epoch(number, loss, accuracy, time.perf_counter() - started)
        curve.append(epoch)
        if best is None or accuracy > best.accuracy:
            best = epoch
            state = {key: value.clone() for key, value in model.state_dict().items()}
        on_epoch(epoch)
        if number - best.number >= config.patience:
            break
    bundle = ModelBundle(tuple(FEATURES), scaler, state, config.hidden)
    return Fit(bundle, best.number if best else 0, curve)


def _train_step(
    model: Any, optimizer: Any, x: Any, adjacency: Any, labels: Any, rows: np.ndarray
) -> float:
    model.train()
    optimizer.zero_grad()
    loss = torch.nn.functional.cross_entropy(model(x, adjacency)[rows], labels[rows])
    loss.backward()
    optimizer.step()
    return float(loss.item())


def _validate(model: Any, x: Any, adjacency: Any, labels: Any, rows: np.ndarray) -> float:
    model.eval()
    with torch.no_grad():
        guess = model(x, adjacency)[rows].argmax(dim=1)
    return float((guess == labels[rows]).float().mean())


def accuracy_of(bundle: ModelBundle, graph: CountyGraph, rows: np.ndarray) -> float:
    """Return the share of ``rows`` whose tercile the model predicts correctly."""
    guess = bundle.predict(graph.features, graph.adjacency).argmax(axis=1)
    return float((guess[rows] == graph.labels[rows]).mean())


def summarise(trials: Sequence[Trial]) -> dict[str, Any]:
    """Return split → model → mean, sample standard deviation (0 for one seed) and values."""
    return {
        split: {
            model: _statistics([t.accuracy[model] for t in trials if t.name == split])
            for model in MODELS
        }
        for split in SPLITS
    }


def learning_curves(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """Return the curve of every trial, one value per epoch run."""
    return [
        {
            "split": trial.name,
            "seed": trial.seed,
            "best_epoch": trial.fit.best_epoch,
            "loss": [round(epoch.loss, 6) for epoch in trial.fit.curve],
            "validation_accuracy": [round(epoch.accuracy, 6) for epoch in trial.fit.curve],
        }
        for trial in trials
    ]


def _statistics(values: list[float]) -> dict[str, Any]:
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return {"mean": float(np.mean(values)), "sd": deviation, "per_seed": values}
