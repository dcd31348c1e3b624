"""The county graph as tensors, and the two ways of splitting it."""

import warnings
from dataclasses import dataclass

import numpy as np
import polars as pl
import torch

from cardiology.features import FEATURES, LABEL, Tables

CLASSES = ("low", "mid", "high")
SHARES = (0.6, 0.2, 0.2)


@dataclass(frozen=True)
class Split:
    """Row numbers of the counties (int64 arrays, disjoint, together all N)."""

    train: np.ndarray
    validation: np.ndarray
    test: np.ndarray


@dataclass(frozen=True)
class CountyGraph:
    """features: (N, F) float32 with NaN for unknown; labels: (N,) int64; states: (N,) str.

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


def build_graph(tables: Tables) -> CountyGraph:
    """Turn the processed tables into tensors."""
    counties = tables.counties
    return CountyGraph(
        features=counties.select(*FEATURES).to_numpy().astype(np.float32),
        labels=counties[LABEL].cast(pl.Int64).to_numpy().copy(),
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
        # torch calls its CSR layout beta, once per process; we use nothing of it but matmul.
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta")
        return torch.sparse_csr_tensor(
            torch.tensor(starts), columns, torch.ones(len(columns)), (size, size),
            check_invariants=True,
        )  # fmt: skip


def random_split(graph: CountyGraph, seed: int) -> Split:
    """Split the counties 60/20/20 at random; neighbours of a test county may be in training."""
    order = np.random.default_rng(seed).permutation(graph.size)
    first, second = (round(graph.size * share) for share in (SHARES[0], SHARES[0] + SHARES[1]))
    return Split(*(np.sort(part) for part in np.split(order, [first, second])))


def held_out_states_split(graph: CountyGraph, seed: int) -> Split:
    """Split about 60/20/20 by whole states: no state is in two parts."""
    names, counts = np.unique(graph.states, return_counts=True)
    order = np.random.default_rng(seed).permutation(len(names))
    # A state belongs to the part in which its middle county falls.
    middle = (np.cumsum(counts[order]) - counts[order] / 2) / graph.size
    part = np.empty(len(names), dtype=int)
    part[order] = np.searchsorted(np.cumsum(SHARES)[:2], middle)
    of_county = part[np.searchsorted(names, graph.states)]
    return Split(*(np.flatnonzero(of_county == number) for number in range(3)))


SPLITS = {"random": random_split, "held_out_states": held_out_states_split}
