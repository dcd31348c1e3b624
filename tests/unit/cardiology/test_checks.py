"""Real data that contradict the list of counties, or lack some of them, are refused untouched."""

import pytest

from cardiology import checks, dataset, sources
from cardiology.errors import CardiologyError
from cardiology.sources import ACCESS, ADJACENCY, HEALTH, REAL

RATE = "heart_disease_mortality_2014_2016"


def say(line):
    pass


def column(rows, name):
    return rows[0].index(name)


def set_all(name, value, where=lambda row: True):
    """Return a change that sets a column in all rows, or in some."""

    def change(rows):
        at = column(rows, name)
        for row in rows[1:]:
            if where(row):
                row[at] = value(row[at]) if callable(value) else value

    return change


def of_state(state):
    return lambda row: row[2] == state


def refused(files):
    """Return the message with which files are refused before anything else is done with them."""
    with pytest.raises(CardiologyError) as caught:
        checks.check(sources.parse_all(files), allow_incomplete=False)
    return str(caught.value)


def test_whole_files_with_the_codes_of_their_years_are_accepted(real_files):
    assert checks.check(sources.parse_all(real_files), allow_incomplete=False) == []


class TestCompleteness:
    def test_a_file_cut_in_half_within_a_line_is_refused_by_line(self, real_files):
        data = real_files[HEALTH.name]
        files = real_files | {HEALTH.name: data[: len(data) // 2]}
        assert "fields, the header has 23: is the file cut off?" in refused(files)

    @pytest.mark.parametrize(("spec", "total"), [(HEALTH, "3,142"), (ACCESS, "3,144")])
    def test_half_a_file_is_refused_with_counts_and_states(self, edited, spec, total):
        message = refused(edited(spec, lambda rows: rows[: len(rows) // 2]))
        assert f"{spec.filename} lacks 1,57" in message
        assert f"of {total} counties, among them every county of " in message
        assert "WI" in message or "MT" in message

    def test_one_missing_state_is_refused_however_small(self, edited):
        files = edited(HEALTH, lambda rows: [row for row in rows if row[2] != "DE"])
        assert "lacks 3 of 3,142 counties, among them every county of DE" in refused(files)

    def test_a_few_missing_counties_are_accepted(self, edited):
        raw = sources.parse_all(edited(HEALTH, lambda rows: rows[:1] + rows[30:]))
        assert checks.incomplete(raw) == []

    def test_a_column_that_is_blank_in_a_state_is_refused(self, edited):
        message = refused(edited(HEALTH, set_all(RATE, "", of_state("VT"))))
        assert f"lacks values of {RATE} for " in message
        assert "every county of VT" in message

    def test_shortage_areas_may_be_blank_everywhere(self, edited):
        raw = sources.parse_all(edited(HEALTH, set_all("hpsa_underserved_pop", "")))
        assert checks.incomplete(raw) == []

    def test_a_code_of_no_county_is_named(self, edited):
        files = edited(ACCESS, lambda rows: [*rows, ["01999", "Nowhere", "AL", *rows[1][3:]]])
        assert "has 1 codes that belong to no county: 01999" in refused(files)


class TestIdentity:
    def test_codes_shifted_by_one_row_are_refused(self, edited):
        def shift(rows):
            codes = [row[0] for row in rows[1:]]
            for row, code in zip(rows[1:], codes[1:] + codes[:1], strict=True):
                row[0] = code

        message = refused(edited(HEALTH, shift))
        assert "line 2: code 01003 belongs to Baldwin, AL, but the row says Autauga, AL" in message
        assert "more)" in message

    def test_two_swapped_codes_of_one_state_are_refused(self, edited):
        def swap(rows):
            rows[1][0], rows[2][0] = rows[2][0], rows[1][0]

        assert "line 2: code 01003 belongs to Baldwin, AL" in refused(edited(ACCESS, swap))

    def test_another_state_than_the_codes_is_refused(self, edited):
        message = refused(edited(ACCESS, set_all("state", "GA", lambda row: row[0] == "01001")))
        assert "code 01001 belongs to Autauga, AL, but the row says Autauga, GA" in message

    def test_an_unknown_code_must_at_least_be_of_its_state(self, edited):
        files = edited(ACCESS, lambda rows: [*rows, ["01999", "Nowhere", "TX", *rows[1][3:]]])
        assert "code 01999 belongs to AL, but the row says Nowhere, TX" in refused(files)

    def test_a_county_listed_twice_is_named_by_line(self, edited):
        files = edited(HEALTH, lambda rows: [*rows, rows[1]])
        assert "line 2: county 01001 is listed more than once" in refused(files)

    @pytest.mark.parametrize("name", ["Autauga County", "AUTAUGA", " Autauga "])
    def test_other_spellings_of_the_same_name_are_accepted(self, edited, name):
        files = edited(HEALTH, set_all("county", name, lambda row: row[0] == "01001"))
        checks.check_identity(sources.parse_all(files))


class TestValues:
    @pytest.mark.parametrize(
        ("spec", "name", "value", "where"),
        [
            (HEALTH, RATE, "-1", of_state("GA")),
            (HEALTH, "svi_percentile", "-999", of_state("GA")),
            (HEALTH, "svi_percentile", "43.5", of_state("GA")),
            (HEALTH, "smokers_pct", "0.18", of_state("GA")),
            (HEALTH, "unemployed_pct", "0.04", of_state("GA")),
            (HEALTH, "density_2010", "1e30", of_state("GA")),
            (HEALTH, "rucc_2013", "2.5", of_state("GA")),
            (HEALTH, "icu_beds", "nan", of_state("GA")),
            (ACCESS, "n_cardio_like_npis", "-1", of_state("GA")),
            (ACCESS, "n_cardio_like_npis", "99999999", of_state("GA")),
            (ACCESS, "median_hh_income", "-666666666", of_state("GA")),
            (ACCESS, "population", "0", of_state("GA")),
        ],
    )
    def test_a_value_out_of_range_is_named_by_line_and_bounds(
        self, edited, spec, name, value, where
    ):
        message = refused(edited(spec, set_all(name, value, where)))
        assert f"{spec.filename} line " in message
        assert f": {name} is '{value}' where a " in message
        assert "(and 158 more)" in message, "Georgia has 159 counties"

    def test_swapped_coordinates_are_refused(self, edited):
        def swap(rows):
            lat, lon = column(rows, "lat"), column(rows, "lon")
            for row in rows[1:]:
                row[lat], row[lon] = row[lon], row[lat]

        assert "lat is '-" in refused(edited(HEALTH, swap))

    def test_a_column_name_that_occurs_twice_is_refused(self, edited):
        def rename(rows):
            rows[0][column(rows, "obesity_pct")] = "smokers_pct"

        assert "has more than one column smokers_pct" in refused(edited(HEALTH, rename))

    def test_a_nul_in_a_name_is_refused_by_line(self, real_files):
        data = real_files[HEALTH.name].replace(b"Autauga", b"Auta\0uga", 1)
        message = refused(real_files | {HEALTH.name: data})
        assert "line 2 holds the control character '\\x00'" in message

    @pytest.mark.parametrize("ending", [b"\n", b"\n\n", b"\r\n", b",,\n", b"  \n"])
    def test_blank_lines_at_the_end_are_fine(self, real_files, ending):
        spec = ADJACENCY
        raw = sources.parse_all(real_files | {spec.name: real_files[spec.name] + ending})
        assert raw[spec.name].table.height == real_files[spec.name].count(b"\n") - 1


class TestBorders:
    def test_borders_with_the_codes_of_other_counties_are_refused(self, edited):
        def recode(rows):
            for row in rows[1:]:
                row[:] = [f"9{code[1:]}" if code[0] == "4" else code for code in row]

        message = refused(edited(ADJACENCY, recode))
        assert "borders with a county that county_health_2014_2018.csv does not have" in message

    def test_half_the_borders_are_refused(self, edited):
        message = refused(edited(ADJACENCY, lambda rows: rows[: len(rows) // 2]))
        assert "county_adjacency.csv lacks borders of 1," in message

    def test_a_column_of_borders_shifted_by_one_row_is_refused(self, edited):
        def shift(rows):
            codes = [row[1] for row in rows[1:]]
            for row, code in zip(rows[1:], codes[1:] + codes[:1], strict=True):
                row[1] = code

        assert "borders in one direction only" in refused(edited(ADJACENCY, shift))

    def test_borders_listed_once_each_are_fine(self, edited):
        once = edited(ADJACENCY, lambda rows: [r for r in rows if r[0] < r[1] or "fips" in r[0]])
        assert checks.incomplete(sources.parse_all(once)) == []


class TestIngestion:
    def test_refused_data_change_nothing_and_the_previous_dataset_stays_the_latest(
        self, aws, clients, settings, real_files, edited
    ):
        def everything():
            return {
                (bucket, item["Key"], item["ETag"], item["LastModified"])
                for bucket in settings.buckets.values()
                for item in clients["s3"].list_objects_v2(Bucket=bucket).get("Contents", [])
            }

        first = dataset.ingest(aws.s3, sources.parse_all(real_files), REAL, say)
        before = everything()
        half = sources.parse_all(edited(HEALTH, lambda rows: rows[: len(rows) // 2]))
        with pytest.raises(CardiologyError, match=r"Nothing was stored.*allow_incomplete=true"):
            dataset.ingest(aws.s3, half, REAL, say)
        assert everything() == before
        assert dataset.load(aws.s3, None).version == first["dataset_version"]

    def test_incomplete_data_are_accepted_when_asked_and_the_manifest_says_what_is_missing(
        self, aws, edited
    ):
        raw = sources.parse_all(edited(HEALTH, lambda rows: [r for r in rows if r[2] != "DE"]))
        summary = dataset.ingest(aws.s3, raw, REAL, say, allow_incomplete=True)
        assert "every county of DE" in summary["incomplete"][0]
        assert dataset.load(aws.s3, None).facts["incomplete"] == summary["incomplete"]
        lost = [area for area in summary["not_covered"] if area["state"] == "DE"]
        assert [area["county"] for area in lost] == ["Kent", "New Castle", "Sussex"]

    def test_contradicting_data_are_refused_even_when_incomplete_ones_are_allowed(
        self, aws, edited
    ):
        raw = sources.parse_all(edited(ACCESS, set_all("state", "GA", of_state("AL"))))
        with pytest.raises(CardiologyError, match="belongs to Autauga, AL"):
            dataset.ingest(aws.s3, raw, REAL, say, allow_incomplete=True)
