"""Rank counties by burden times scarcity of care, each rank with an interval.

Burden is the observed rate where it is known, and the model's prediction elsewhere. Observed rates
are shrunk towards the national rate, more for small populations, whose rates are noisier
(empirical Bayes, gamma-Poisson: Clayton and Kaldor 1987, moments of Marshall 1991).
"""

import numpy as np
import polars as pl

from cardiology.features import LABEL, RATE, Tables

# The rate is an annual mean over 2014-2016.
YEARS = 3
DRAWS = 1000
INTERVAL = (5, 95)


def rank_counties(
    tables: Tables, probabilities: np.ndarray, trained_on: np.ndarray
) -> pl.DataFrame:
    """Return one row per county, those most in need of outreach or telehealth first.

    probabilities: (N, 3) of low, mid and high burden; trained_on: row numbers of the counties whose
    own label was used in training (``in_training``).

    ``burden`` is the expected rate (deaths per 100,000), ``burden_source`` is "observed" or
    "predicted". ``low_access`` is 1 where access is worst and 0 where it is best (by rank);
    ``score`` = burden * low_access. In 90 % of draws from the burden's distribution, the rank is
    between ``rank_low`` and ``rank_high``. If access is unknown, score and rank are null.
    """
    access = pl.col("access_per_100k")
    expected, rates = _rates(tables, probabilities)
    observed = tables.counties[RATE].is_not_null()
    table = tables.cardiology_providers.with_columns(
        burden=pl.Series(expected),
        burden_source=pl.when(observed).then(pl.lit("observed")).otherwise(pl.lit("predicted")),
        observed_rate=tables.counties[RATE],
        observed_tercile=tables.counties[LABEL],
        p_high=pl.Series(probabilities[:, 2].astype(np.float64)),
        in_training=pl.Series(np.isin(np.arange(tables.counties.height), trained_on)),
        low_access=1 - (access.rank("min") - 1) / pl.max_horizontal(access.count() - 1, 1),
    ).with_columns(score=pl.col("burden") * pl.col("low_access"))
    low, high = _rank_interval(rates * table["low_access"].to_numpy())
    ranked = table.with_columns(rank_low=low, rank_high=high).sort(
        "score", "miles_to_nearest_cardio_like", "fips",
        descending=[True, True, False], nulls_last=True,
    )  # fmt: skip
    position = pl.int_range(1, pl.len() + 1, dtype=pl.UInt32)
    rank = pl.when(pl.col("score").is_not_null()).then(position)
    return ranked.select(rank.alias("rank"), pl.all())


def _rates(tables: Tables, probabilities: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the expected rate of each of N counties, and (DRAWS, N) plausible ones."""
    rng = np.random.default_rng(0)
    rate = tables.counties[RATE].to_numpy()
    known = ~np.isnan(rate)
    shape, scale = _posterior(rate[known], tables.counties["population"].to_numpy()[known])
    draws = np.empty((DRAWS, len(rate)))
    draws[:, known] = rng.gamma(shape, scale, (DRAWS, known.sum()))
    # A predicted county: draw a tercile from its probabilities, then an observed rate in it.
    terciles = tables.counties[LABEL].to_numpy()[known]
    for county in np.flatnonzero(~known):
        chosen = rng.multinomial(DRAWS, probabilities[county] / probabilities[county].sum())
        pools = [rng.choice(rate[known][terciles == k], n) for k, n in enumerate(chosen)]
        draws[:, county] = rng.permutation(np.concatenate(pools))
    expected = draws.mean(axis=0)
    expected[known] = shape * scale
    return expected, draws


def _posterior(rate: np.ndarray, population: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return shape and scale of each county's gamma posterior (deaths per 100,000 and year)."""
    exposure = population * YEARS / 1e5
    mean = np.average(rate, weights=exposure)
    between = np.average((rate - mean) ** 2, weights=exposure) - mean / exposure.mean()
    # If rates vary less than by chance alone, all counties have the same rate.
    between = max(between, 1e-6 * mean**2)
    return mean**2 / between + rate * exposure, 1 / (mean / between + exposure)


def _rank_interval(scores: np.ndarray) -> tuple[pl.Series, pl.Series]:
    """Return the lower and upper rank of each column of (draws, N) scores; NaN scores give null."""
    ranks = np.argsort(np.argsort(-scores, axis=1, kind="stable"), axis=1) + 1
    low, high = np.percentile(ranks, INTERVAL, axis=0)
    unknown = np.isnan(scores).any(axis=0)
    low[unknown] = high[unknown] = np.nan
    bounds = (pl.Series(values, nan_to_null=True) for values in (np.floor(low), np.ceil(high)))
    first, last = (bound.cast(pl.UInt32) for bound in bounds)
    return first, last
