"""Access counts what is within reach, divided by all who reach it."""

import polars as pl
import pytest

from cardiology.accessibility import EARTH_RADIUS_MILES, STEPS, access_per_100k

MILES_PER_DEGREE = EARTH_RADIUS_MILES * 3.141592653589793 / 180


def line_of(*counties):
    """Return counties on one meridian: (miles from the first, people, providers) each."""
    miles, people, providers = zip(*counties, strict=True)
    return pl.DataFrame(
        {
            "fips": [f"01{n:03d}" for n in range(len(counties))],
            "lat": [None if m is None else 30 + m / MILES_PER_DEGREE for m in miles],
            "lon": [-90.0] * len(counties),
            "population": [float(n) for n in people],
            "n_cardio_like_npis": [float(n) for n in providers],
        }
    )


def test_a_county_on_its_own_has_its_providers_per_100k():
    assert access_per_100k(line_of((0, 200_000, 10)))[0] == pytest.approx(5)


@pytest.mark.parametrize(
    ("miles", "weight"), [(10, 1), (29.9, 1), (30.1, 0.42), (59.9, 0.42), (61, 0.09), (99.9, 0.09)]
)
def test_providers_of_a_neighbour_count_by_distance_and_are_shared(miles, weight):
    here, there = access_per_100k(line_of((0, 100_000, 0), (miles, 100_000, 10)))
    demand = 1 + weight
    assert here == pytest.approx(10 / demand * weight)
    assert there == pytest.approx(10 / demand)


def test_beyond_100_miles_nothing_counts():
    here, there = access_per_100k(line_of((0, 100_000, 0), (101, 100_000, 10)))
    assert here == 0
    assert there == pytest.approx(10)


def test_all_providers_are_handed_out_to_all_people():
    counties = line_of((0, 50_000, 3), (20, 10_000, 0), (50, 400_000, 40), (90, 5_000, 1))
    access = access_per_100k(counties)
    assert (access * counties["population"] / 1e5).sum() == pytest.approx(44)


def test_a_county_without_a_place_is_unknown_and_takes_nothing_from_others():
    access = access_per_100k(line_of((0, 100_000, 5), (None, 100_000, 0)))
    assert access.to_list() == [pytest.approx(5), None]


def test_distance_goes_round_the_earth_and_shrinks_with_latitude():
    table = line_of((0, 100_000, 0), (0, 100_000, 10))
    far_north = table.with_columns(lat=pl.lit(60.0), lon=pl.Series([-90.0, -88.0]))
    equator = table.with_columns(lat=pl.lit(0.0), lon=pl.Series([-90.0, -88.0]))
    assert access_per_100k(far_north)[0] > 0, "69 miles at 60 degrees"
    assert access_per_100k(equator)[0] == 0, "138 miles at the equator"


def test_the_steps_are_those_of_the_documentation():
    assert STEPS == {30: 1.0, 60: 0.42, 100: 0.09}
