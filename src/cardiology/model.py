"""The model: two GraphSAGE layers of 64 (Hamilton, Ying and Leskovec, 2017)."""

from typing import Any

import torch
from torch_geometric.nn import SAGEConv


class GraphSAGE(torch.nn.Module):  # type: ignore[misc]  # torch is untyped to mypy here
    """Each layer mixes a county's own vector with the mean of its neighbours' vectors."""

    def __init__(self, inputs: int, hidden: int = 64, classes: int = 3, dropout: float = 0.5):
        super().__init__()
        self.first = SAGEConv(inputs, hidden)
        self.second = SAGEConv(hidden, hidden)
        self.head = torch.nn.Linear(hidden, classes)
        self.dropout = torch.nn.Dropout(dropout)

    def forward(self, x: Any, adjacency: Any) -> Any:
        """Map (N, inputs) features and the (N, N) CSR adjacency to (N, classes) logits."""
        x = self.dropout(self.first(x, adjacency).relu())
        x = self.dropout(self.second(x, adjacency).relu())
        return self.head(x)
