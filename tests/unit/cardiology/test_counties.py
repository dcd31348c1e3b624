"""The list of counties and the crosswalk between the codes of different years."""

import polars as pl
import pytest

from cardiology import counties


@pytest.mark.parametrize(
    ("year", "number", "there", "gone"),
    [
        (2017, 3142, ["09001", "02261", "46102", "02158", "51019"], ["09110", "46113", "51515"]),
        (2020, 3143, ["09001", "02063", "02066"], ["02261", "09110"]),
        (2022, 3144, ["09110", "02063", "46102"], ["09001", "02261"]),
    ],
)
def test_each_year_has_its_counties(year, number, there, gone):
    codes = set(counties.reference(year)["fips"])
    assert len(codes) == number
    assert codes >= set(there)
    assert not codes & set(gone)


def test_a_reference_covers_the_50_states_and_dc():
    assert counties.reference(2022)["state"].n_unique() == 51


def translated(*codes_and_kinds):
    *codes, kinds = codes_and_kinds
    table = pl.DataFrame({"fips": codes})
    return table.select(counties.translate(pl.col("fips"), *kinds))["fips"].to_list()


def test_only_one_to_one_changes_are_renamed():
    codes = ("46113", "02270", "51515", "02261", "09001", "01001")
    assert translated(*codes, ["renamed"]) == ["46102", "02158", "51515", "02261", "09001", "01001"]


def test_a_merged_city_can_be_taken_for_its_county():
    assert translated("51515", "46113", ["merged"]) == ["51019", "46113"]


def test_every_change_names_its_source_and_leads_to_a_county_that_exists():
    changes = counties.changes()
    assert changes["source"].str.contains("https://").all()
    successors = changes.filter(pl.col("kind").is_in(["renamed", "merged"]))["new"]
    assert set(successors) <= set(counties.all_counties()["fips"])
    assert changes.filter(pl.col("kind").is_in(["split", "redrawn"]))["new"].null_count() == 13
    assert set(changes["kind"]) == {"renamed", "merged", "split", "redrawn"}


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Do\u00f1a Ana", "Dona Ana County"),
        ("St. Clair", "Saint Clair"),
        ("LaSalle", "La Salle Parish"),
        ("Hoonah\u2013Angoon Census Area", "Hoonah-Angoon"),
        ("Capitol Planning Region", "Capitol"),
        ("Wrangell City and Borough", "Wrangell"),
    ],
)
def test_spellings_of_one_name_have_one_normal_form(left, right):
    assert counties.normal_name(left) == counties.normal_name(right)


def test_different_counties_have_different_normal_forms():
    assert counties.normal_name("Prince George's") != counties.normal_name("Prince George")
