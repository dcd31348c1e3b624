"""Train GraphSAGE and its baselines on both kinds of split, several seeds each.

The epoch is chosen on the validation counties; every reported accuracy is on the test counties.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

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
class Step:
    """One finished epoch; ``done`` of ``total`` epochs, counting all splits and seeds."""

    split: str
    seed: int
    epoch: int
    loss: float
    accuracy: float
    seconds: float
    done: int
    total: int


@dataclass(frozen=True)
class Fit:
    """One trained model: best epoch by validation accuracy, and its curve over all epochs run."""

    bundle: ModelBundle
    best_epoch: int
    loss: list[float]
    validation_accuracy: list[float]


@dataclass
class Outcome:
    """accuracy: split → model → one test accuracy per seed. The bundle is the first fit's."""

    accuracy: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    curves: list[dict[str, Any]] = field(default_factory=list)
    bundle: ModelBundle | None = None
    trained_on: np.ndarray | None = None


OnEpoch = Callable[[int, float, float, float], None]


def run(graph: CountyGraph, config: TrainConfig, on_step: Callable[[Step], None]) -> Outcome:
    """Train and test everything; ``on_step`` is called after every epoch."""
    # One thread: at this size a second one costs more in waiting than it computes.
    torch.set_num_threads(1)
    outcome = Outcome()
    total, begun = len(SPLITS) * len(config.seeds) * config.epochs, 0
    for name, make_split in SPLITS.items():
        scores: dict[str, list[float]] = {model: [] for model in MODELS}
        for seed in config.seeds:
            split = make_split(graph, seed)

            def report(
                epoch: int, loss: float, accuracy: float, seconds: float,
                name: str = name, seed: int = seed, before: int = begun,
            ) -> None:  # fmt: skip
                on_step(Step(name, seed, epoch, loss, accuracy, seconds, before + epoch, total))

            fit = fit_sage(graph, split, seed, config, report)
            begun += config.epochs
            scores["graphsage"].append(accuracy_of(fit.bundle, graph, split.test))
            scores["logistic_regression"].append(logistic_regression(graph, split))
            scores["majority"].append(majority(graph, split))
            outcome.curves.append(_curve(name, seed, fit))
            if outcome.bundle is None:
                outcome.bundle, outcome.trained_on = fit.bundle, split.train
        outcome.accuracy[name] = scores
    return outcome


def fit_sage(
    graph: CountyGraph, split: Split, seed: int, config: TrainConfig, on_epoch: OnEpoch
) -> Fit:
    """Train one model on the training counties; stop when validation stops improving.

    The whole graph is seen in every step (the task is transductive), but only the training
    counties' labels enter the loss.
    """
    torch.manual_seed(seed)
    scaler = Scaler.fit(graph.features[split.train])
    x = torch.from_numpy(scaler.apply(graph.features))
    labels = torch.from_numpy(graph.labels)
    train, validation = torch.from_numpy(split.train), torch.from_numpy(split.validation)
    model = GraphSAGE(x.shape[1], config.hidden, len(CLASSES), config.dropout)
    optimizer = torch.optim.Adam(
        model.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay
    )
    losses: list[float] = []
    accuracies: list[float] = []
    best: dict[str, Any] = {}
    best_epoch = 0
    for epoch in range(1, config.epochs + 1):
        started = time.perf_counter()
        model.train()
        optimizer.zero_grad()
        logits = model(x, graph.adjacency)
        loss = torch.nn.functional.cross_entropy(logits[train], labels[train])
        loss.backward()
        optimizer.step()
        model.eval()
        with torch.no_grad():
            guess = model(x, graph.adjacency)[validation].argmax(dim=1)
        accuracy = (guess == labels[validation]).float().mean().item()
        if not accuracies or accuracy > max(accuracies):
            best_epoch = epoch
            best = {key: value.clone() for key, value in model.state_dict().items()}
        losses.append(loss.item())
        accuracies.append(accuracy)
        on_epoch(epoch, losses[-1], accuracy, time.perf_counter() - started)
        if epoch - best_epoch >= config.patience:
            break
    bundle = ModelBundle(tuple(FEATURES), scaler, best, config.hidden)
    return Fit(bundle, best_epoch, losses, accuracies)


def accuracy_of(bundle: ModelBundle, graph: CountyGraph, rows: np.ndarray) -> float:
    """Return the share of ``rows`` whose tercile the model names."""
    guess = bundle.predict(graph.features, graph.adjacency).argmax(axis=1)
    return float((guess[rows] == graph.labels[rows]).mean())


def logistic_regression(graph: CountyGraph, split: Split) -> float:
    """Return the test accuracy of logistic regression on the same features, without the graph."""
    from sklearn.linear_model import LogisticRegression

    x = Scaler.fit(graph.features[split.train]).apply(graph.features)
    model = LogisticRegression(max_iter=1000).fit(x[split.train], graph.labels[split.train])
    return float(model.score(x[split.test], graph.labels[split.test]))


def majority(graph: CountyGraph, split: Split) -> float:
    """Return the test accuracy of always naming the most frequent training label."""
    label = np.bincount(graph.labels[split.train], minlength=len(CLASSES)).argmax()
    return float((graph.labels[split.test] == label).mean())


def summarise(accuracy: dict[str, dict[str, list[float]]]) -> dict[str, Any]:
    """Return split → model → mean, sample standard deviation (0 for one seed) and values."""
    return {
        split: {
            model: {
                "mean": float(np.mean(values)),
                "sd": float(np.std(values, ddof=1)) if len(values) > 1 else 0.0,
                "per_seed": values,
            }
            for model, values in models.items()
        }
        for split, models in accuracy.items()
    }


def _curve(split: str, seed: int, fit: Fit) -> dict[str, Any]:
    return {
        "split": split,
        "seed": seed,
        "best_epoch": fit.best_epoch,
        "loss": [round(value, 6) for value in fit.loss],
        "validation_accuracy": [round(value, 6) for value in fit.validation_accuracy],
    }
