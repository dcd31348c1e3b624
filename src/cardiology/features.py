"""From the raw county tables to what the model reads: 20 features, a label, edges, supply.

Missing values stay missing here: they are filled from the *training* counties of each split,
so that no test county leaks into another's features.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from cardiology.errors import CardiologyError
from cardiology.sources import ACCESS, ADJACENCY, HEALTH, RawFile

LABEL = "burden_tercile"
RATE = "heart_disease_mortality_2014_2016"
MIN_COUNTIES = 30

# Stroke mortality and PLACES prevalence are left out on purpose: the one is a second reading of
# the label, the other was itself modelled from these demographics.
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
    """What goes into processed-data.

    counties: one row per county with a label, sorted by fips: identity, RATE (deaths per 100,000),
      LABEL (0 low, 1 mid, 2 high) and the columns of FEATURES.
    edges: ``src``, ``dst`` row numbers of counties; symmetric, no self edges, no doubles.
    cardiology_providers: the *proxy* supply per county, never a cardiologist count.
    """

    counties: pl.DataFrame
    edges: pl.DataFrame
    cardiology_providers: pl.DataFrame

    def items(self) -> list[tuple[str, pl.DataFrame]]:
        """Return (table name, table) in a fixed order."""
        return [(name, getattr(self, name)) for name in TABLE_NAMES]


TABLE_NAMES = ("counties", "edges", "cardiology_providers")


def build_tables(raw: Mapping[str, RawFile]) -> Tables:
    """Join the raw files into the tables; raises CardiologyError if too few counties remain."""
    access = raw[ACCESS.name].table.with_columns(
        cardio_like_per_100k=_per_100k("n_cardio_like_npis", "population")
    )
    counties = _counties(raw[HEALTH.name].table, access)
    edges = _edges(raw[ADJACENCY.name].table, counties)
    if edges.is_empty():
        raise CardiologyError(f"no edge of {ADJACENCY.filename} joins two counties with a label")
    return Tables(counties, edges, _providers(access, counties))


def _counties(health: pl.DataFrame, access: pl.DataFrame) -> pl.DataFrame:
    joined = health.filter(pl.col(RATE).is_not_null()).join(access, on="fips").sort("fips")
    if joined.height < MIN_COUNTIES:
        raise CardiologyError(
            f"only {joined.height} counties are in both {HEALTH.filename} and {ACCESS.filename} "
            f"with a mortality rate: at least {MIN_COUNTIES} are needed"
        )
    doubles = joined.filter(pl.col("fips").is_duplicated())["fips"]
    if len(doubles):
        # Checked here and not on reading: the CDC file itself repeats codes of territories.
        raise CardiologyError(f"county {doubles[0]} is listed more than once in the raw files")
    # Thresholds and not ranks: two counties with the same rate never get different labels.
    above = [pl.col(RATE) > pl.col(RATE).quantile(share / 3) for share in (1, 2)]
    features = [expr.cast(pl.Float64).alias(name) for name, expr in FEATURES.items()]
    table = joined.select(
        *("fips", "county", "state", "lat", "lon", "population", RATE),
        pl.sum_horizontal(above).cast(pl.Int8).alias(LABEL),
        *features,
    )
    # A county of population zero divides by zero: unknown, like any other blank.
    finite = [pl.when(pl.col(name).is_finite()).then(pl.col(name)) for name in FEATURES]
    return table.with_columns(finite)


def _edges(adjacency: pl.DataFrame, counties: pl.DataFrame) -> pl.DataFrame:
    rows = counties.select("fips").with_row_index("row")
    directed = (
        adjacency.join(rows.rename({"fips": "fips_src", "row": "src"}), on="fips_src")
        .join(rows.rename({"fips": "fips_dst", "row": "dst"}), on="fips_dst")
        .filter(pl.col("src") != pl.col("dst"))
        .select(pl.col("src", "dst").cast(pl.Int64))
    )
    back = directed.select(src="dst", dst="src")
    return pl.concat([directed, back]).unique().sort("src", "dst")


def _providers(access: pl.DataFrame, counties: pl.DataFrame) -> pl.DataFrame:
    return counties.select("fips", "county", "state").join(
        access.select(
            "fips",
            "population",
            pl.col("n_cardio_like_npis").cast(pl.Int64),
            "cardio_like_per_100k",
            "miles_to_nearest_cardio_like",
        ),
        on="fips",
        maintain_order="left",
    )
