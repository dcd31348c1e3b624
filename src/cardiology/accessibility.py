"""Access to care by distance: E2SFCA (Luo and Qi, 2009), computed by the PySAL package ``access``.

A count per county is zero for every county whose people drive ten miles to the next county. The
enhanced two-step floating catchment area method first divides each county's providers by all
people within reach, then sums those ratios over all counties within a county's reach; nearer
counties weigh more. Distances are straight lines between county centres.
"""

import numpy as np
import polars as pl

from cardiology.errors import CardiologyError

# Miles -> weight: full within 30 miles, less up to 60 and 100, zero beyond.
STEPS = {30: 1.0, 60: 0.42, 100: 0.09}
EARTH_RADIUS_MILES = 3958.8


def access_per_100k(counties: pl.DataFrame) -> pl.Series:
    """Return providers within reach per 100,000 people in reach, null if a location is unknown.

    counties: columns fips, lat, lon (degrees), population, n_cardio_like_npis.
    """
    # Imported here: training hosts use this package but do not need these.
    try:
        import pandas as pd
        from access import fca, weights
    except ImportError as error:
        raise CardiologyError(
            f"ingestion needs the Python package {error.name}: "
            "pip install 'cardiology-cloud[ingest]'"
        ) from error
    placed = counties.drop_nulls(["lat", "lon", "population", "n_cardio_like_npis"])
    places = pd.DataFrame(
        {
            "people": placed["population"].to_numpy(),
            "providers": placed["n_cardio_like_npis"].to_numpy(),
        },
        index=pd.Index(placed["fips"].to_list(), name="fips"),
    )
    origin, dest, miles = _pairs(placed)
    costs = pd.DataFrame(
        {"origin": places.index[origin], "dest": places.index[dest], "cost": miles}
    )
    ratio = fca.two_stage_fca(
        places, places, costs, max(STEPS), True, "people", True, "providers",
        weight_fn=weights.step_fn(STEPS),
    )  # fmt: skip
    values = dict(zip(ratio.index, (ratio * 1e5).tolist(), strict=True))
    return pl.Series([values.get(fips) for fips in counties["fips"]], dtype=pl.Float64)


def _pairs(placed: pl.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return row numbers and miles of all ordered pairs within reach, self pairs included."""
    from scipy.spatial import KDTree

    lat, lon = (np.radians(placed[name].to_numpy()) for name in ("lat", "lon"))
    east, north, up = np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)
    # The tree measures chords through the earth: c = 2 sin(angle / 2).
    reach = 2 * np.sin(max(STEPS) / EARTH_RADIUS_MILES / 2)
    tree = KDTree(np.stack([east, north, up], axis=1))
    found = tree.sparse_distance_matrix(tree, reach, output_type="ndarray")
    miles = 2 * EARTH_RADIUS_MILES * np.arcsin(found["v"] / 2)
    return found["i"], found["j"], miles
