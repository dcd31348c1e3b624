"""The county graph as tensors, and the two ways of splitting it."""

import warnings
from dataclasses import dataclass

import numpy as np
import polars as pl
import torch

from cardiology.features import FEATURES, LABEL, Tables

CLASSES = ("low", "mid", "high")
SHARES = (0.6, 0.2, 0.2)
UNKNOWN = -1


@dataclass(frozen=True)
class Split:
    """Row numbers of counties (int64 arrays, disjoint, together all labelled counties)."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


@dataclass(frozen=True)
class CountyGraph:
    """features: (N, F) float32 with NaN for unknown; labels: (N,) int64; states: (N,) str.

    A county with unknown rate has the label UNKNOWN and is in no split.
    adjacency: (N, N) torch CSR, row i holds ones at the neighbours of i.
    """

    features: np.ndarray
    labels: np.ndarray
    states: np.ndarray
    adjacency: torch.Tensor

    @property
    def size(self) -> int:
        """The number of counties."""
        return len(self.labels)

    @property
    def labelled(self) -> np.ndarray:
        """The row numbers of the counties with a label, ascending."""
        return np.flatnonzero(self.labels != UNKNOWN)


def build_graph(tables: Tables) -> CountyGraph:
    """Turn the processed tables into tensors."""
    counties = tables.counties
    return CountyGraph(
        features=counties.select(*FEATURES).to_numpy().astype(np.float32),
        labels=counties[LABEL].cast(pl.Int64).fill_null(UNKNOWN).to_numpy().copy(),
        states=counties["state"].to_numpy(),
        adjacency=adjacency(tables.edges, counties.height),
    )


def adjacency(edges: pl.DataFrame, size: int) -> torch.Tensor:
    """Return the CSR adjacency of ``edges`` (columns src, dst): row dst sums over its src."""
    ordered = edges.sort("dst", "src")
    degree = np.bincount(ordered["dst"].to_numpy(), minlength=size)
    starts = np.concatenate([[0], np.cumsum(degree)])
    columns = torch.tensor(ordered["src"].to_numpy())
    with warnings.catch_warnings():
        # torch warns once per process that its CSR layout is beta; only matmul is used here.
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
        return torch.sparse_csr_tensor(
            torch.tensor(starts), columns, torch.ones(len(columns)), (size, size),
            check_invariants=True,
        )  # fmt: skip


def random_split(graph: CountyGraph, seed: int) -> Split:
    """Split the counties 60/20/20 at random; neighbours of a test county may be in training."""
    order = np.random.default_rng(seed).permutation(graph.labelled)
    first, second = (round(len(order) * share) for share in (SHARES[0], SHARES[0] + SHARES[1]))
    return Split(*(np.sort(part) for part in np.split(order, [first, second])))


def held_out_states_split(graph: CountyGraph, seed: int) -> Split:
    """Split about 60/20/20 by whole states: no state is in two parts."""
    states = graph.states[graph.labelled]
    names, counts = np.unique(states, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    # A state belongs to the part that contains its middle county.
    middle = (np.cumsum(counts[order]) - counts[order] / 2) / len(states)
    part = np.empty(len(names), dtype=int)
    part[order] = np.searchsorted(np.cumsum(SHARES)[:2], middle)
    of_county = part[np.searchsorted(names, states)]
    return Split(*(graph.labelled[of_county == number] for number in range(3)))


SPLITS = {"random": random_split, "held_out_states": held_out_states_split}
