"""The invented map: hexagonal counties, some merged into bigger ones, grouped into states."""

from dataclasses import dataclass

import numpy as np

# The postal codes and FIPS prefixes of the fifty states, so that codes look like real ones.
STATES = dict(
    zip(
        "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ "
        "NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY".split(),
        "01 02 04 05 06 08 09 10 12 13 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 "
        "35 36 37 38 39 40 41 42 44 45 46 47 48 49 50 51 53 54 55 56".split(),
        strict=True,
    )
)
# Hexagons per county before merging: sets the spread of the degrees (maximum 12 to 14).
_CELLS_PER_COUNTY = 1.25
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
    """Return the places of about ``cells`` hexagons in rows, and their shared borders."""
    width = int(np.ceil(np.sqrt(cells)))
    height = int(np.ceil(cells / width))
    row, column = np.divmod(np.arange(width * height), width)
    places = np.stack([(column + 0.5 * (row % 2)) / width, row / height], axis=1)
    pairs = []
    for down, right in ((0, 1), (1, 0), (1, -1)):
        # In odd rows, shifted by half a cell, the lower neighbours are one further right.
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
    owner = np.arange(len(places))
    surplus = len(places) - counties
    for here, there in rng.permutation(edges.T):
        if not surplus:
            break
        # Only single hexagons merge, so that no county grows into a hub.
        if owner[here] == here and owner[there] == there and not (owner == here).sum() > 1:
            if (owner == there).sum() > 1:
                continue
            owner[here] = there
            surplus -= 1
    kept, new = np.unique(owner, return_inverse=True)
    weight = np.bincount(new)
    middle = [np.bincount(new, places[:, axis]) / weight for axis in (0, 1)]
    joined = np.unique(new[edges], axis=1)
    assert len(kept) == counties, "more merges were asked for than the map has borders"
    return np.stack(middle, axis=1), joined[:, joined[0] != joined[1]]


def _nearest_centre(places: np.ndarray, centres: np.ndarray) -> np.ndarray:
    return ((places[:, None] - centres[None]) ** 2).sum(axis=2).argmin(axis=1)  # type: ignore[no-any-return]


def _codes(nearest: np.ndarray) -> tuple[list[str], list[str]]:
    """Number the counties of each state with odd numbers, as real FIPS codes are."""
    names, prefixes = list(STATES), list(STATES.values())
    state, fips, count = [], [], dict.fromkeys(range(len(names)), 0)
    for number in nearest.tolist():
        count[number] += 1
        state.append(names[number])
        fips.append(f"{prefixes[number]}{2 * count[number] - 1:03d}")
    return state, fips
