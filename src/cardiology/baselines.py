"""The baselines of the graph model: the same features without the graph, and no features."""

import numpy as np
from sklearn.linear_model import LogisticRegression

from cardiology.bundle import Scaler
from cardiology.graph import CLASSES, CountyGraph, Split


def logistic_regression(graph: CountyGraph, split: Split) -> float:
    """Return the test accuracy of logistic regression on the same features, without the graph."""
    if len(np.unique(graph.labels[split.train])) < 2:
        return majority(graph, split)
    x = Scaler.fit(graph.features[split.train]).apply(graph.features)
    model = LogisticRegression(max_iter=1000).fit(x[split.train], graph.labels[split.train])
    return float(model.score(x[split.test], graph.labels[split.test]))


def majority(graph: CountyGraph, split: Split) -> float:
    """Return the test accuracy of always predicting the most frequent training label."""
    label = np.bincount(graph.labels[split.train], minlength=len(CLASSES)).argmax()
    return float((graph.labels[split.test] == label).mean())
