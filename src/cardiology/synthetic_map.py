"""The synthetic map: hexagonal counties, some merged into bigger ones, grouped into states."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from cardiology import counties as real_counties

# The postal codes and FIPS prefixes of the fifty states, so that codes look like real ones.
_POSTAL = (
    "AL01 AK02 AZ04 AR05 CA06 CO08 CT09 DE10 FL12 GA13 HI15 ID16 IL17 IN18 IA19 KS20 KY21 LA22 "
    "ME23 MD24 MA25 MI26 MN27 MS28 MO29 MT30 NE31 NV32 NH33 NJ34 NM35 NY36 NC37 ND38 OH39 OK40 "
    "OR41 PA42 RI44 SC45 SD46 TN47 TX48 UT49 VT50 VA51 WA53 WV54 WI55 WY56"
)
STATES = [(code[:2], code[2:]) for code in _POSTAL.split()]
# Hexagons per county before merging, and maximum hexagons in a county: they determine the spread
# of the degrees (standard deviation 1.4 and maximum 12 to 14 on the real map).
_CELLS_PER_COUNTY = 1.3
_LARGEST = 5
_MILES_ACROSS = 2800


@dataclass(frozen=True)
class CountyMap:
    """places: (N, 2) in the unit square; edges: (2, E) symmetric row numbers; N labels each."""

    places: np.ndarray
    edges: np.ndarray
    state: list[str]
    fips: list[str]
    miles_per_unit: float = _MILES_ACROSS

    @property
    def size(self) -> int:
        """The number of counties."""
        return len(self.fips)


def draw_map(counties: int, rng: np.random.Generator) -> CountyMap:
    """Draw a planar map of exactly ``counties`` counties, sorted by FIPS code."""
    places, edges = _hexagons(round(counties * _CELLS_PER_COUNTY))
    places, edges = _merge(places, edges, counties, rng)
    nearest = _nearest_centre(places, rng.uniform(size=(len(STATES), 2)))
    order = np.argsort(nearest, kind="stable")
    position = np.empty(counties, dtype=np.int64)
    position[order] = np.arange(counties)
    edges = position[edges]
    edges = edges[:, np.lexsort((edges[1], edges[0]))]
    state, fips = _codes(nearest[order])
    return CountyMap(places[order], edges, state, fips)


def smooth_field(country: CountyMap, rng: np.random.Generator, rounds: int) -> np.ndarray:
    """Return a standard-normal-like (N,) field: noise averaged ``rounds`` times over neighbours."""
    field = rng.standard_normal(country.size)
    degree = np.bincount(country.edges[0], minlength=country.size)
    for _ in range(rounds):
        around = np.bincount(country.edges[0], field[country.edges[1]], minlength=country.size)
        field = (field + around) / (1 + degree)
    standard: np.ndarray = (field - field.mean()) / field.std()
    return standard


def _hexagons(cells: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of about ``cells`` hexagons in rows, and their shared borders."""
    width = int(np.ceil(np.sqrt(cells)))
    height = int(np.ceil(cells / width))
    row, column = np.divmod(np.arange(width * height), width)
    places = np.stack([(column + 0.5 * (row % 2)) / width, row / height], axis=1)
    pairs = []
    for down, right in ((0, 1), (1, 0), (1, -1)):
        # Odd rows are shifted by half a cell, so their lower neighbours are one further right.
        other = column + right + (row % 2 if down else 0)
        inside = (row + down < height) & (other >= 0) & (other < width)
        here = np.flatnonzero(inside)
        pairs.append(np.stack([here, (row + down)[inside] * width + other[inside]]))
    one_way = np.concatenate(pairs, axis=1)
    return places, np.concatenate([one_way, one_way[::-1]], axis=1)


def _merge(
    places: np.ndarray, edges: np.ndarray, counties: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Contract random borders until ``counties`` are left; a contracted planar map is planar."""
    owner = list(range(len(places)))
    cells = [1] * len(places)

    def find(cell: int) -> int:
        while owner[cell] != cell:
            cell = owner[cell]
        return cell

    surplus = len(places) - counties
    for here, there in _merge_order(edges, rng):
        first, second = find(here), find(there)
        if surplus and first != second and cells[first] + cells[second] <= _LARGEST:
            owner[first] = second
            cells[second] += cells[first]
            surplus -= 1
    _, new = np.unique([find(cell) for cell in owner], return_inverse=True)
    weight = np.bincount(new)
    middle = [np.bincount(new, places[:, axis]) / weight for axis in (0, 1)]
    joined = np.unique(new[edges], axis=1)
    return np.stack(middle, axis=1), joined[:, joined[0] != joined[1]]


def _merge_order(edges: np.ndarray, rng: np.random.Generator) -> list[list[int]]:
    """Return all borders in random order, those along the coast first.

    Coastal counties have fewer neighbours, and a small map has much coast. Bigger coastal counties
    keep its mean degree from falling below the real one.
    """
    degree = np.bincount(edges[0])
    shuffled = rng.permutation(edges.T)
    inland = (degree[shuffled] == degree.max()).any(axis=1)
    return shuffled[np.argsort(inland, kind="stable")].tolist()  # type: ignore[no-any-return]


def _nearest_centre(places: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return ((places[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)  # type: ignore[no-any-return]


def _codes(nearest: np.ndarray) -> tuple[list[str], list[str]]:
    """Number the counties of each state with odd numbers, like real FIPS codes.

    Retired codes are left out: ingestion would translate them.
    """
    retired = set(real_counties.changes()["old"])
    free = {prefix: _unused(prefix, retired) for _, prefix in STATES}
    own = [STATES[number] for number in nearest.tolist()]
    return [name for name, _ in own], [next(free[prefix]) for _, prefix in own]


def _unused(prefix: str, retired: set[str]) -> Iterator[str]:
    codes = (f"{prefix}{number:03d}" for number in range(1, 1000, 2))
    return (code for code in codes if code not in retired)
