"""Two layers see two borders far, and no farther."""

import polars as pl
import torch

from cardiology.graph import adjacency
from cardiology.model import GraphSAGE


def test_a_county_hears_of_those_one_and_two_borders_away_but_not_three():
    torch.manual_seed(0)
    chain = [(0, 1), (1, 2), (2, 3)]
    both_ways = chain + [(b, a) for a, b in chain]
    borders = adjacency(pl.DataFrame(both_ways, schema=["src", "dst"], orient="row"), 4)
    model = GraphSAGE(inputs=5).eval()
    x = torch.randn(4, 5, requires_grad=True)
    model(x, borders)[0].sum().backward()
    heard = x.grad.abs().sum(dim=1) > 0
    assert heard.tolist() == [True, True, True, False]


def test_neighbours_are_averaged_and_not_summed():
    torch.manual_seed(0)
    model = GraphSAGE(inputs=5).eval()
    x = torch.ones(3, 5)
    one = adjacency(pl.DataFrame({"src": [1], "dst": [0]}), 3)
    two = adjacency(pl.DataFrame({"src": [1, 2], "dst": [0, 0]}), 3)
    layer = model.first
    assert torch.allclose(layer(x, one)[0], layer(x, two)[0])


def test_a_county_without_neighbours_still_gets_an_answer():
    model = GraphSAGE(inputs=5).eval()
    alone = adjacency(pl.DataFrame({"src": [], "dst": []}, schema={"src": int, "dst": int}), 2)
    assert torch.isfinite(model(torch.ones(2, 5), alone)).all()
