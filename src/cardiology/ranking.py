"""The planner's product: counties by probable burden times scarcity of supply."""

import numpy as np
import polars as pl

from cardiology.features import LABEL, Tables


def rank_counties(
    tables: Tables, probabilities: np.ndarray, trained_on: np.ndarray
) -> pl.DataFrame:
    """Return one row per county, the first most in need of outreach or telehealth.

    probabilities: (N, 3) of low, mid and high burden. ``low_supply`` is 1 where there is no
    supply and falls to 0 at the best-supplied county (rank of the proxy per 100,000), and
    ``score`` is p_high * low_supply. Equal scores are ordered by distance, farthest first.
    ``in_training`` marks counties whose own label the model has seen.
    """
    per_100k = pl.col("cardio_like_per_100k")
    scored = tables.cardiology_providers.with_columns(
        pl.Series("p_high", probabilities[:, 2].astype(np.float64)),
        low_supply=1 - (per_100k.rank("min") - 1) / max(tables.counties.height - 1, 1),
        observed_tercile=tables.counties[LABEL],
        in_training=pl.Series(np.isin(np.arange(tables.counties.height), trained_on)),
    ).with_columns(score=pl.col("p_high") * pl.col("low_supply"))
    ordered = scored.sort(
        "score", "miles_to_nearest_cardio_like", "fips",
        descending=[True, True, False], nulls_last=True,
    )  # fmt: skip
    return ordered.with_row_index("rank", offset=1)
