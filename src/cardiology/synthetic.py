"""A synthetic country with the statistics of the real one, in the schema of the real files.

Used when no real data are given. The reproduced statistics were measured on the real files
(docs/workload.md): a planar county graph of mean degree 5.9, spatially smooth mortality (Moran's I
0.67), supply that is not smooth (0.0), the rank correlations of both with the covariates, and a
proxy supply that is zero in 57 % of the counties.
"""

import io
from dataclasses import dataclass

import numpy as np
import polars as pl

from cardiology.features import RATE
from cardiology.sources import ACCESS, ADJACENCY, HEALTH
from cardiology.synthetic_map import CountyMap, draw_map, smooth_field

# Correlation of each covariate's normal score with that of mortality. Ranks correlate slightly
# less than normal scores, so these are slightly above the resulting Spearman correlations.
_WITH_MORTALITY = {
    "smokers_pct": 0.66,
    "child_poverty_pct": 0.61,
    "income": -0.59,
    "svi_percentile": 0.53,
    "diabetes_pct": 0.52,
    "obesity_pct": 0.43,
    "unemployed_pct": 0.41,
    "uninsured_pct": 0.24,
}
# Part of the noise is common to all covariates: poor counties are poor by every measure. Without
# this, a linear model would average the noise out and do better than on the real data.
_SHARED_NOISE = 0.85
# Quantiles of the real proxy counts, interpolated on a log scale; zero below the first.
_SUPPLY_RANKS = (0.575, 0.70, 0.80, 0.90, 0.99, 0.9998)
_SUPPLY_COUNTS = (1.0, 3.5, 10.5, 36.5, 305.0, 1598.5)


def generate(counties: int = 3000, seed: int = 2026) -> dict[str, bytes]:
    """Return the bytes of the three CSV files, keyed by ``Spec.name``; same seed, same bytes."""
    rng = np.random.default_rng(seed)
    country = draw_map(counties, rng)
    scores = _scores(country, rng)
    health, access = _health(country, scores, rng), _access(country, scores)
    tables = {HEALTH.name: health, ACCESS.name: access, ADJACENCY.name: _adjacency(country)}
    return {name: _csv(table) for name, table in tables.items()}


@dataclass(frozen=True)
class _Scores:
    """Standard-normal scores, one (N,) array per quantity."""

    mortality: np.ndarray
    population: np.ndarray
    supply: np.ndarray
    covariates: dict[str, np.ndarray]


def _scores(country: CountyMap, rng: np.random.Generator) -> _Scores:
    size = country.size
    # The CDC smooths its rates: most of the remaining variation is slow over the map.
    mortality = _mix(smooth_field(country, rng, rounds=6), rng.standard_normal(size), 0.86)
    shared = _mix(smooth_field(country, rng, rounds=3), rng.standard_normal(size), 0.5)
    covariates = {}
    for name, share in _WITH_MORTALITY.items():
        noise = _mix(shared, rng.standard_normal(size), np.sign(share) * _SHARED_NOISE)
        covariates[name] = _mix(mortality, noise, share)
    population = _mix(mortality, rng.standard_normal(size), -0.11)
    # Supply follows population only; it has no spatial pattern of its own.
    supply = _mix(population, rng.standard_normal(size), 0.85)
    return _Scores(mortality, population, _mix(mortality, supply, -0.10), covariates)


def _mix(signal: np.ndarray, noise: np.ndarray, correlation: float) -> np.ndarray:
    """Return a standard-normal array with the given correlation with ``signal``."""
    mixed: np.ndarray = correlation * signal + np.sqrt(1 - correlation**2) * noise
    return mixed


def _ranks(scores: np.ndarray) -> np.ndarray:
    """Return the rank of each score in (0, 1)."""
    ranks: np.ndarray = (np.argsort(np.argsort(scores)) + 0.5) / len(scores)
    return ranks


def _health(country: CountyMap, scores: _Scores, rng: np.random.Generator) -> pl.DataFrame:
    size, cov = country.size, scores.covariates
    population = np.round(np.exp(10.2 + 1.45 * scores.population)) + 100
    urban = _ranks(scores.population + 0.5 * rng.standard_normal(size))
    per_person = {
        "population_65_2017": 0.19 * np.exp(0.22 * rng.standard_normal(size)),
        "hospital_fte_2017": 0.008 * np.exp(0.9 * rng.standard_normal(size)),
        "total_md_2017": 0.0012 * np.exp(0.8 * rng.standard_normal(size)),
        "hospitals": 4.5e-5 * np.exp(0.7 * rng.standard_normal(size)),
        "icu_beds": 1.3e-4 * np.exp(0.9 * rng.standard_normal(size)),
        "hpsa_underserved_pop": 0.35 * rng.uniform(size=size),
    }
    # Some values are blank in the real files: the label in 1 county of 160 (suppressed), the
    # shortage-area population where there is no shortage.
    blank = {RATE: rng.uniform(size=size) < 1 / 160, "hpsa_underserved_pop": urban > 0.65}
    columns = {
        "rucc_2013": np.clip(np.ceil(9 * (1 - urban)), 1, 9),
        "population_2018": population,
        "density_2010": population / np.exp(6.4 + 0.7 * rng.standard_normal(size)),
        "median_age_2010": 40.3 + 5 * rng.standard_normal(size),
        RATE: 179 * np.exp(0.24 * scores.mortality),
        "smokers_pct": np.clip(17.9 + 3.6 * cov["smokers_pct"], 5, 45),
        "child_poverty_pct": np.clip(19.5 * np.exp(0.42 * cov["child_poverty_pct"]), 2.5, 75),
        "svi_percentile": _ranks(cov["svi_percentile"]),
        "diabetes_pct": np.clip(11.5 + 2.6 * cov["diabetes_pct"], 2, 30),
        "obesity_pct": np.clip(32 + 4.5 * cov["obesity_pct"], 12, 50),
        "unemployed_pct": np.clip(3.9 * np.exp(0.33 * cov["unemployed_pct"]), 1, 22),
        "uninsured_pct": np.clip(10.6 * np.exp(0.43 * cov["uninsured_pct"]), 2, 36),
        **{name: np.round(share * population) for name, share in per_person.items()},
    }
    table = _identity(country).with_columns(
        pl.Series(name, np.where(blank.get(name, False), np.nan, np.round(values, 3)))
        for name, values in columns.items()
    )
    return table.select(HEALTH.columns)


def _access(country: CountyMap, scores: _Scores) -> pl.DataFrame:
    ranks = _ranks(scores.supply)
    some = np.floor(np.exp(np.interp(ranks, _SUPPLY_RANKS, np.log(_SUPPLY_COUNTS))))
    supply = np.where(ranks < _SUPPLY_RANKS[0], 0, some)
    return _identity(country).select(
        "fips",
        "county",
        "state",
        population=pl.Series(np.round(np.exp(10.2 + 1.45 * scores.population)) + 100),
        median_hh_income=pl.Series(np.round(52_000 * np.exp(0.25 * scores.covariates["income"]))),
        n_cardio_like_npis=pl.Series(supply.astype(np.int64)),
        miles_to_nearest_cardio_like=pl.Series(np.round(_miles(country, supply > 0), 1)),
    )


def _miles(country: CountyMap, has: np.ndarray) -> np.ndarray:
    """Return the distance to the nearest county with supply; a few miles within such a county."""
    gaps = country.places[:, None, :] - country.places[None, has, :]
    nearest = np.sqrt((gaps**2).sum(axis=2)).min(axis=1) * country.miles_per_unit
    distance: np.ndarray = np.where(has, 5.0, nearest)
    return distance


def _identity(country: CountyMap) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "fips": country.fips,
            "county": [f"Synthetic {number + 1:04d}" for number in range(country.size)],
            "state": country.state,
            "lat": np.round(25 + country.places[:, 1] * 24, 6),
            "lon": np.round(-124 + country.places[:, 0] * 57, 6),
        }
    )


def _adjacency(country: CountyMap) -> pl.DataFrame:
    fips = np.array(country.fips)
    return pl.DataFrame({"fips_src": fips[country.edges[0]], "fips_dst": fips[country.edges[1]]})


def _csv(table: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    table.with_columns(pl.col(pl.Float64).fill_nan(None)).write_csv(buffer)
    return buffer.getvalue()
