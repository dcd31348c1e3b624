"""A trained model and everything needed to use it: one file that is safe to load."""

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from cardiology.errors import CardiologyError
from cardiology.model import GraphSAGE


@dataclass(frozen=True)
class Scaler:
    """Fills missing values and standardises; fitted on training rows only. Arrays of shape (F,)."""

    median: np.ndarray
    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(cls, features: np.ndarray) -> "Scaler":
        """Fit on (N, F) training rows, NaN where unknown."""
        known = ~np.isnan(features).all(axis=0)
        median = np.zeros(features.shape[1], dtype=np.float32)
        median[known] = np.nanmedian(features[:, known], axis=0)
        filled = np.where(np.isnan(features), median, features)
        spread = filled.std(axis=0)
        # A constant column carries no information: scale by 1 instead of dividing by zero.
        return cls(median, filled.mean(axis=0), np.where(spread > 0, spread, 1).astype(np.float32))

    def apply(self, features: np.ndarray) -> np.ndarray:
        """Return (N, F) float32 without missing values."""
        filled = np.where(np.isnan(features), self.median, features)
        return ((filled - self.mean) / self.scale).astype(np.float32)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class ModelBundle:
    """Weights, scaler and the names of the F features, in order."""

    features: tuple[str, ...]
    scaler: Scaler
    state: dict[str, Any]
    hidden: int

    def predict(self, features: np.ndarray, adjacency: Any) -> np.ndarray:
        """Return (N, 3) probabilities of low, mid and high burden for raw (N, F) features."""
        model = GraphSAGE(len(self.features), self.hidden)
        model.load_state_dict(self.state)
        model.eval()
        with torch.no_grad():
            logits = model(torch.from_numpy(self.scaler.apply(features)), adjacency)
        return logits.softmax(dim=1).numpy()  # type: ignore[no-any-return]

    def to_bytes(self) -> bytes:
        """Return the file: tensors and plain values only, so that ``weights_only`` loads it."""
        scaler = {name: torch.from_numpy(array) for name, array in vars(self.scaler).items()}
        buffer = io.BytesIO()
        document = {"features": list(self.features), "scaler": scaler, "hidden": self.hidden}
        torch.save({**document, "state_dict": self.state}, buffer)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> "ModelBundle":
        """Load what ``to_bytes`` wrote; raise CardiologyError for anything else."""
        try:
            # weights_only: a model file from a bucket must never be able to run code.
            document = torch.load(io.BytesIO(data), weights_only=True)
            scaler = Scaler(**{name: array.numpy() for name, array in document["scaler"].items()})
            names = tuple(document["features"])
            return cls(names, scaler, document["state_dict"], document["hidden"])
        except Exception as error:  # torch raises many unrelated types here
            raise CardiologyError(
                "the model file was not written by this package, or it is damaged"
            ) from error
