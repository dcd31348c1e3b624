"""A stored model can be loaded safely, predicts the same, and is refused when damaged."""

import io
import pickle

import numpy as np
import pytest
import torch

from cardiology import graph, train
from cardiology.bundle import ModelBundle, Scaler
from cardiology.errors import CardiologyError
from cardiology.features import FEATURES


@pytest.fixture(scope="module")
def counties(tables):
    return graph.build_graph(tables)


@pytest.fixture(scope="module")
def bundle(counties):
    split = graph.random_split(counties, seed=0)
    return train.fit_sage(counties, split, 0, train.TrainConfig(epochs=5)).bundle


def test_a_reload_reproduces_the_predictions_exactly(bundle, counties):
    again = ModelBundle.from_bytes(bundle.to_bytes())
    expected = bundle.predict(counties.features, counties.adjacency)
    assert np.array_equal(again.predict(counties.features, counties.adjacency), expected)


def test_predictions_are_probabilities_of_three_classes(bundle, counties):
    predicted = bundle.predict(counties.features, counties.adjacency)
    assert predicted.shape == (counties.size, 3)
    assert np.allclose(predicted.sum(axis=1), 1, atol=1e-5)
    assert np.ptp(predicted[:, 2]) > 0.1, "counties differ"


def test_the_file_names_its_features_in_order(bundle):
    assert ModelBundle.from_bytes(bundle.to_bytes()).features == tuple(FEATURES)


def test_the_file_loads_without_running_code(bundle):
    document = torch.load(io.BytesIO(bundle.to_bytes()), weights_only=True)
    assert set(document) == {"features", "scaler", "hidden", "state_dict"}


class _Bomb:
    def __reduce__(self):
        return (pytest.fail, ("the file ran code while it was loaded",))


@pytest.mark.parametrize(
    "content",
    [b"", b"not a model", pickle.dumps({"a": _Bomb()}, protocol=2)],
    ids=["empty", "text", "pickle"],
)
def test_anything_else_is_refused(content):
    with pytest.raises(CardiologyError, match="not written by this package, or it is damaged"):
        ModelBundle.from_bytes(content)


def test_a_torch_file_that_carries_code_is_refused():
    buffer = io.BytesIO()
    torch.save({"features": _Bomb()}, buffer)
    with pytest.raises(CardiologyError, match="not written by this package"):
        ModelBundle.from_bytes(buffer.getvalue())


def test_the_scaler_standardises_the_rows_it_was_fitted_on():
    rows = np.array([[1, 10], [2, 20], [3, 60]], dtype=np.float32)
    scaled = Scaler.fit(rows).apply(rows)
    assert scaled.mean(axis=0) == pytest.approx([0, 0], abs=1e-6)
    assert scaled.std(axis=0) == pytest.approx([1, 1])


def test_the_scaler_fills_blanks_with_the_median_of_its_own_rows():
    fitted = np.array([[1], [2], [9], [np.nan]], dtype=np.float32)
    scaler = Scaler.fit(fitted)
    blank, two = np.array([[np.nan]], dtype=np.float32), np.array([[2]], dtype=np.float32)
    assert scaler.apply(blank) == scaler.apply(two)


def test_constant_and_unknown_columns_become_zero_and_not_infinite():
    rows = np.array([[5, np.nan], [5, np.nan]], dtype=np.float32)
    assert Scaler.fit(rows).apply(rows).tolist() == [[0, 0], [0, 0]]
