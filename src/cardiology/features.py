"""Build the model's input from the raw county tables: 20 features, a label, edges, supply.

Missing values stay missing here. They are filled later from the *training* counties of each split,
so that no test county leaks into another's features. A county without a mortality rate is a normal
node without a label: the model predicts it and is never trained or tested on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cardiology import accessibility, counties
from cardiology.errors import CardiologyError
from cardiology.sources import ACCESS, ADJACENCY, HEALTH, RawFile

LABEL = "burden_tercile"
RATE = "heart_disease_mortality_2014_2016"
# Requirements for training: enough counties, three groups of useful size, and no state so large
# that holding out whole states could leave a part of the split empty (the smallest is a fifth).
MIN_COUNTIES, MIN_TERCILE, MAX_STATE = 100, 0.2, 0.2
# A county that has no provider although the nearest one is within NEAR_MILES, or has some although
# the nearest one is beyond FAR_MILES, contradicts itself: at least one of the figures is wrong.
NEAR_MILES, FAR_MILES = 5, 100

# Stroke mortality and PLACES prevalence are left out on purpose: the first is nearly the label
# itself, the second was modelled from these demographics.
_DEMOGRAPHY = {
    "rucc_2013": pl.col("rucc_2013"),
    "log_population": pl.col("population_2018").log1p(),
    "log_density": pl.col("density_2010").log1p(),
    "median_age": pl.col("median_age_2010"),
    "share_65_plus": pl.col("population_65_2017") / pl.col("population_2018"),
}
_ECONOMY = {
    "log_income": pl.col("median_hh_income").log(),
    "svi_percentile": pl.col("svi_percentile"),
    "uninsured_pct": pl.col("uninsured_pct"),
    "unemployed_pct": pl.col("unemployed_pct"),
    "child_poverty_pct": pl.col("child_poverty_pct"),
}
_HEALTH = {name: pl.col(name) for name in ("smokers_pct", "diabetes_pct", "obesity_pct")}


def _per_100k(column: str, population: str = "population_2018") -> pl.Expr:
    return pl.col(column) * 1e5 / pl.col(population)


_CARE = {
    "log_hospital_fte_per_100k": _per_100k("hospital_fte_2017").log1p(),
    "log_md_per_100k": _per_100k("total_md_2017").log1p(),
    "log_hospitals_per_100k": _per_100k("hospitals").log1p(),
    "log_icu_beds_per_100k": _per_100k("icu_beds").log1p(),
    # Blank means that the county is not designated, not that the figure is unknown.
    "share_underserved": (pl.col("hpsa_underserved_pop").fill_null(0) / pl.col("population_2018")),
    "log_cardio_like_per_100k": pl.col("cardio_like_per_100k").log1p(),
    "log_miles_to_cardio_like": pl.col("miles_to_nearest_cardio_like").log1p(),
}
FEATURES: dict[str, pl.Expr] = {**_DEMOGRAPHY, **_ECONOMY, **_HEALTH, **_CARE}


@dataclass(frozen=True)
class Tables:
    """The tables in processed-data.

    counties: one row per county, sorted by fips: identity, RATE (deaths per 100,000), LABEL (0 low,
      1 mid, 2 high; both null where the rate is unknown) and the columns of FEATURES.
    edges: ``src``, ``dst`` row numbers of counties; symmetric, no self edges, no duplicates.
    cardiology_providers: the *proxy* supply per county, never a cardiologist count;
      ``access_per_100k`` is the supply within 100 miles (accessibility.py), ``contradiction`` is
      set where the count and the distance to the nearest contradict each other (else null).
    """

    counties: pl.DataFrame
    edges: pl.DataFrame
    cardiology_providers: pl.DataFrame

    def items(self) -> list[tuple[str, pl.DataFrame]]:
        """Return (table name, table) in a fixed order."""
        return [(name, getattr(self, name)) for name in TABLE_NAMES]


TABLE_NAMES = ("counties", "edges", "cardiology_providers")
SUPPLY = (
    "population", "n_cardio_like_npis", "cardio_like_per_100k", "miles_to_nearest_cardio_like",
    "access_per_100k", "contradiction",
)  # fmt: skip


def build_tables(raw: Mapping[str, RawFile]) -> Tables:
    """Join the raw files into the tables; raises CardiologyError if training needs more."""
    joined = _joined(raw[HEALTH.name].table, raw[ACCESS.name].table)
    table = _counties(joined)
    _check_enough(table)
    edges = _edges(raw[ADJACENCY.name].table, table)
    if edges.is_empty():
        raise CardiologyError(f"no border of {ADJACENCY.filename} joins two of the counties")
    return Tables(table, edges, _providers(joined))


def by_current_code(table: pl.DataFrame) -> pl.DataFrame:
    """Return a county table with the newer code of each renamed county.

    If a file has both codes, the row with the newer code is kept.
    """
    published = table["fips"]
    newer = table.with_columns(counties.translate(pl.col("fips"), "renamed"))
    superseded = (newer["fips"] != published) & newer["fips"].is_in(published.implode())
    return newer.filter(~superseded)


def _joined(health: pl.DataFrame, access: pl.DataFrame) -> pl.DataFrame:
    """Return one row per county in both files, under the access file's code and name."""
    joined = (
        by_current_code(health.drop("county", "state"))
        .join(by_current_code(access), on="fips")
        .sort("fips")
        .with_columns(cardio_like_per_100k=_per_100k("n_cardio_like_npis", "population"))
    )
    doubles = joined.filter(pl.col("fips").is_duplicated())["fips"]
    if len(doubles):
        raise CardiologyError(f"county {doubles[0]} is listed more than once in the raw files")
    return joined


def _counties(joined: pl.DataFrame) -> pl.DataFrame:
    # Thresholds instead of ranks: counties with the same rate always get the same label.
    above = [pl.col(RATE) > pl.col(RATE).quantile(share / 3) for share in (1, 2)]
    label = pl.when(pl.col(RATE).is_not_null()).then(pl.sum_horizontal(above).cast(pl.Int8))
    features = [expr.cast(pl.Float64).alias(name) for name, expr in FEATURES.items()]
    table = joined.select(
        *("fips", "county", "state", "lat", "lon", "population", RATE),
        label.alias(LABEL),
        *features,
    )
    # Population zero causes a division by zero: the value is unknown, like any blank.
    finite = [pl.when(pl.col(name).is_finite()).then(pl.col(name)) for name in FEATURES]
    return table.with_columns(finite)


def _check_enough(table: pl.DataFrame) -> None:
    """Raise CardiologyError for data that a training run cannot use."""
    labelled = table.filter(pl.col(LABEL).is_not_null())
    total = labelled.height
    if total < MIN_COUNTIES:
        raise CardiologyError(
            f"only {total} counties have a mortality rate and are in both {HEALTH.filename} and "
            f"{ACCESS.filename}: training needs at least {MIN_COUNTIES}"
        )
    state, largest = labelled["state"].value_counts(sort=True).row(0)
    if largest > MAX_STATE * total:
        raise CardiologyError(
            f"{largest} of {total} counties with a mortality rate are in {state}: training on some "
            f"states and testing on others needs at most {MAX_STATE:.0%} in any one state"
        )
    smallest = min((labelled[LABEL] == tercile).sum() for tercile in range(3))
    if smallest < MIN_TERCILE * total:
        raise CardiologyError(
            f"{HEALTH.filename}: {RATE} is the same or nearly so in most counties, so they do "
            f"not form three groups: the smallest has {smallest} of {total} counties"
        )


def _edges(adjacency: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    rows = table.select("fips").with_row_index("row")
    directed = (
        adjacency.with_columns(
            counties.translate(pl.col("fips_src", "fips_dst"), "renamed", "merged")
        )
        .join(rows.rename({"fips": "fips_src", "row": "src"}), on="fips_src")
        .join(rows.rename({"fips": "fips_dst", "row": "dst"}), on="fips_dst")
        .filter(pl.col("src") != pl.col("dst"))
        .select(pl.col("src", "dst").cast(pl.Int64))
    )
    back = directed.select(src="dst", dst="src")
    return pl.concat([directed, back]).unique().sort("src", "dst")


def _providers(joined: pl.DataFrame) -> pl.DataFrame:
    count, miles = pl.col("n_cardio_like_npis"), pl.col("miles_to_nearest_cardio_like")
    contradiction = (
        pl.when((count == 0) & (miles < NEAR_MILES))
        .then(pl.lit(f"no provider inside, yet the nearest is under {NEAR_MILES} miles away"))
        .when((count > 0) & (miles > FAR_MILES))
        .then(pl.lit(f"providers inside, yet the nearest is over {FAR_MILES} miles away"))
    )
    return joined.with_columns(
        count.cast(pl.Int64),
        access_per_100k=accessibility.access_per_100k(joined),
        contradiction=contradiction,
    ).select("fips", "county", "state", *SUPPLY)
