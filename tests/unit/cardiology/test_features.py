"""Twenty features, a tercile and a symmetric graph come out of the raw files."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from cardiology import features, sources
from cardiology.errors import CardiologyError
from cardiology.features import FEATURES, LABEL, RATE
from cardiology.sources import ACCESS, ADJACENCY, HEALTH


def changed(raw, spec, table):
    return {**raw, spec.name: replace(raw[spec.name], table=table)}


def test_there_are_twenty_features(tables):
    assert len(FEATURES) == 20
    assert set(FEATURES) < set(tables.counties.columns)


def test_nothing_that_reads_the_label_is_a_feature():
    words = " ".join([*FEATURES, *map(str, FEATURES.values())])
    assert "mortality" not in words
    assert "places" not in words


def test_terciles_are_equal_thirds_ordered_by_rate(tables):
    counts = tables.counties[LABEL].drop_nulls().value_counts().sort(LABEL)
    assert counts[LABEL].to_list() == [0, 1, 2]
    assert counts["count"].max() - counts["count"].min() <= 3
    labelled = tables.counties.filter(pl.col(LABEL).is_not_null())
    bounds = labelled.group_by(LABEL).agg(low=pl.min(RATE), high=pl.max(RATE)).sort(LABEL)
    assert bounds["high"][0] < bounds["low"][1] <= bounds["high"][1] < bounds["low"][2]


def test_equal_rates_get_equal_labels(raw):
    health = raw[HEALTH.name].table.with_columns((pl.col(RATE) / 10).round() * 10)
    counties = features.build_tables(changed(raw, HEALTH, health)).counties
    assert counties.group_by(RATE).agg(pl.col(LABEL).n_unique())[LABEL].max() == 1


def test_a_county_without_a_rate_is_a_node_without_a_label(raw, tables):
    unknown = raw[HEALTH.name].table.filter(pl.col(RATE).is_null())["fips"].to_list()
    rows = tables.counties.filter(pl.col("fips").is_in(unknown))
    assert len(rows) == len(unknown) > 0
    assert rows[LABEL].null_count() == rows.height
    assert rows["smokers_pct"].null_count() == 0
    assert tables.counties[LABEL].null_count() == rows.height


def test_supply_per_100k_is_the_proxy_over_the_population_of_the_same_year(raw, tables):
    row = tables.cardiology_providers.filter(pl.col("n_cardio_like_npis") > 0).row(0, named=True)
    source = raw[ACCESS.name].table.filter(pl.col("fips") == row["fips"]).row(0, named=True)
    expected = source["n_cardio_like_npis"] / source["population"] * 100_000
    assert row["cardio_like_per_100k"] == pytest.approx(expected)
    feature = tables.counties.filter(pl.col("fips") == row["fips"])["log_cardio_like_per_100k"]
    assert feature.item() == pytest.approx(np.log1p(expected))


def test_a_blank_shortage_area_means_that_nobody_is_underserved(raw, tables):
    blank = raw[HEALTH.name].table.filter(pl.col("hpsa_underserved_pop").is_null())["fips"]
    shares = tables.counties.filter(pl.col("fips").is_in(blank.to_list()))["share_underserved"]
    assert len(shares) > 0
    assert set(shares) == {0.0}, "and not null"


def test_the_order_of_the_files_rows_does_not_matter(raw, tables):
    turned = {name: replace(file, table=file.table.reverse()) for name, file in raw.items()}
    for (_, expected), (_, table) in zip(
        tables.items(), features.build_tables(turned).items(), strict=True
    ):
        assert table.equals(expected)


def test_provider_rows_stand_in_the_order_of_the_counties(tables):
    assert tables.cardiology_providers["fips"].equals(tables.counties["fips"])


def test_no_table_calls_the_proxy_a_cardiologist_count(tables):
    names = [column for _, table in tables.items() for column in table.columns]
    assert not [name for name in names if "cardiologist" in name]


def test_edges_are_symmetric_unique_and_join_the_right_counties(raw, tables):
    edges = set(tables.edges.rows())
    fips = tables.counties["fips"]
    published = set(raw[ADJACENCY.name].table.rows())
    assert len(edges) == tables.edges.height
    assert all((dst, src) in edges and src != dst for src, dst in edges)
    assert all((fips[src], fips[dst]) in published for src, dst in edges)


def test_one_way_and_self_edges_are_put_right(raw, tables):
    adjacency = raw[ADJACENCY.name].table
    one_way = adjacency.filter(pl.col("fips_src") < pl.col("fips_dst"))
    loops = pl.DataFrame({"fips_src": ["01001"], "fips_dst": ["01001"]})
    repaired = features.build_tables(changed(raw, ADJACENCY, pl.concat([one_way, loops])))
    assert repaired.edges.equals(tables.edges)


def test_a_county_of_nobody_has_unknown_and_not_infinite_features(raw):
    health = raw[HEALTH.name].table.with_columns(
        population_2018=pl.when(pl.col("fips") == "01001").then(0.0).otherwise("population_2018")
    )
    first = features.build_tables(changed(raw, HEALTH, health)).counties.row(0, named=True)
    assert first["fips"] == "01001"
    assert first["share_65_plus"] is None
    assert all(first[name] is None or np.isfinite(first[name]) for name in FEATURES)


def test_a_county_listed_twice_is_named(raw):
    health = raw[HEALTH.name].table
    with pytest.raises(CardiologyError, match="county 01001 is listed more than once"):
        features.build_tables(changed(raw, HEALTH, pl.concat([health, health.head(1)])))


def test_too_few_counties_are_refused_with_their_number(raw):
    with pytest.raises(CardiologyError, match=r"only 31 counties .* at least 100"):
        features.build_tables(changed(raw, ACCESS, raw[ACCESS.name].table.head(31)))


def test_counties_of_mostly_one_state_are_refused(raw):
    number = pl.int_range(pl.len())
    state = pl.when(number < 100).then(pl.lit("TX")).otherwise("state").alias("state")
    access = raw[ACCESS.name].table.with_columns(state)
    with pytest.raises(CardiologyError, match=r"are in TX: .* needs at most 20% in any one state"):
        features.build_tables(changed(raw, ACCESS, access))


@pytest.mark.parametrize(
    "rate", [pl.lit(180.0), pl.when(pl.col("fips") < "02").then(300.0).otherwise(180.0)]
)
def test_rates_that_are_the_same_in_most_counties_are_refused(raw, rate):
    health = raw[HEALTH.name].table.with_columns(rate.alias(RATE))
    with pytest.raises(CardiologyError, match=r"do not form three groups"):
        features.build_tables(changed(raw, HEALTH, health))


def test_a_graph_without_edges_is_refused(raw):
    strangers = pl.DataFrame({"fips_src": ["99001"], "fips_dst": ["99003"]})
    with pytest.raises(CardiologyError, match="no border of county_adjacency"):
        features.build_tables(changed(raw, ADJACENCY, strangers))


class TestCodesOfOtherYears:
    @pytest.fixture(scope="class")
    def built(self, real_files):
        return features.build_tables(sources.parse_all(real_files))

    def test_renamed_counties_are_joined_under_their_newer_code_and_name(self, built):
        rows = built.counties.filter(pl.col("fips").is_in(["46102", "02158", "46113", "02270"]))
        assert rows.select("fips", "county", "state").rows() == [
            ("02158", "Kusilvak", "AK"),
            ("46102", "Oglala Lakota", "SD"),
        ]
        assert rows[RATE].null_count() == 0

    def test_renamed_counties_keep_their_borders(self, built, real_files):
        renamed = real_files[ADJACENCY.name].count(b"46113,")
        row = built.counties["fips"].index_of("46102")
        assert built.edges.filter(pl.col("src") == row).height == renamed > 0

    def test_redrawn_and_split_counties_are_not_joined_to_anything(self, built):
        codes = set(built.counties["fips"])
        assert not [code for code in codes if code.startswith("09")]
        assert not codes & {"02261", "02063", "02066"}

    def test_a_row_under_the_old_code_gives_way_to_one_under_the_newer(self, raw):
        table = raw[HEALTH.name].table.head(2)
        both = table.with_columns(fips=pl.Series(["46113", "46102"]))
        assert features.by_current_code(both).equals(both.tail(1))

    def test_borders_of_a_merged_city_become_those_of_its_county(self, built, real_files):
        data = real_files[ADJACENCY.name] + b"51515,51009\n51009,51515\n"
        files = sources.parse_all(real_files | {ADJACENCY.name: data})
        edges = features.build_tables(files).edges
        fips = built.counties["fips"]
        assert (fips.index_of("51019"), fips.index_of("51009")) in edges.rows()


class TestContradictions:
    @pytest.mark.parametrize(
        ("count", "miles", "expected"),
        [
            (0, 1.5, "no provider inside, yet the nearest is under 5 miles away"),
            (0, 5.0, None),
            (0, 80.0, None),
            (1, 1.5, None),
            (2, 207.7, "providers inside, yet the nearest is over 100 miles away"),
            (2, 60.0, None),
        ],
    )
    def test_a_count_that_the_distance_contradicts_is_flagged(self, raw, count, miles, expected):
        access = raw[ACCESS.name].table.with_columns(
            n_cardio_like_npis=pl.when(pl.col("fips") == "01001")
            .then(float(count))
            .otherwise("n_cardio_like_npis"),
            miles_to_nearest_cardio_like=pl.when(pl.col("fips") == "01001")
            .then(miles)
            .otherwise("miles_to_nearest_cardio_like"),
        )
        row = features.build_tables(changed(raw, ACCESS, access)).cardiology_providers.row(
            0, named=True
        )
        assert row["fips"] == "01001"
        assert row["contradiction"] == expected
