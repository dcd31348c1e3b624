"""Raw files are taken by name, checked by header and value, and kept as published."""

import hashlib

import pytest

from cardiology import sources
from cardiology.errors import CardiologyError
from cardiology.sources import ACCESS, ADJACENCY, HEALTH


@pytest.fixture
def directory(tmp_path, small_files):
    for spec in sources.SPECS:
        (tmp_path / spec.filename).write_bytes(small_files[spec.name])
    return tmp_path


def test_reads_the_three_files_of_a_directory(directory, small_files):
    raw = sources.read_directory(directory)
    assert {name: file.data for name, file in raw.items()} == small_files


def test_county_codes_keep_their_leading_zeros(directory):
    raw = sources.read_directory(directory)
    assert raw[HEALTH.name].table["fips"][0] == "01001"


def test_every_missing_file_is_named(directory):
    (directory / ACCESS.filename).unlink()
    (directory / ADJACENCY.filename).unlink()
    with pytest.raises(CardiologyError) as caught:
        sources.read_directory(directory)
    assert ACCESS.filename in str(caught.value)
    assert ADJACENCY.filename in str(caught.value)


def test_a_missing_directory_is_named(tmp_path):
    with pytest.raises(CardiologyError, match="no/such does not exist"):
        sources.read_directory(tmp_path / "no" / "such")


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        (HEALTH, b"smokers_pct", b"smoking", r"county_health_2014_2018.csv lacks .*smokers_pct"),
        (HEALTH, b"01001,", b"1001,", "line 2: fips is '1001' where a five-digit county code"),
        (HEALTH, b"01001,", b",", "line 2: fips is '' where a five-digit county code"),
        (ACCESS, b"0001,AL,", b"0001,AL,many", "line 2: population is 'many"),
        (ACCESS, b"\n01001,", b"\n01001,a,AL,inf,2,3,4\n99999,", "line 2: population is 'inf'"),
        (ACCESS, b"0001,AL,", b"0001,AL,1,", "line 2 has 8 fields, the header has 7"),
        (ACCESS, b"\n01001,", b'\n"01001,', "is not readable CSV"),
        (ADJACENCY, b"fips_dst", b"to", "county_adjacency.csv lacks .*fips_dst"),
    ],
)
def test_bad_content_is_named_by_file_and_column(directory, file, old, new, reason):
    path = directory / file.filename
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))
    with pytest.raises(CardiologyError, match=reason):
        sources.read_directory(directory)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"\xff\xfe\x00\x01", "line 1 is not UTF-8 text"),
        (b"fips_src,fips_dst\n", "header but no rows"),
    ],
)
def test_a_file_without_rows_is_refused(directory, content, reason):
    (directory / ADJACENCY.filename).write_bytes(content)
    with pytest.raises(CardiologyError, match=reason):
        sources.read_directory(directory)


def test_a_byte_order_mark_and_windows_line_ends_are_fine(directory, raw):
    path = directory / ACCESS.filename
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    table = sources.read_directory(directory)[ACCESS.name].table
    assert table.equals(raw[ACCESS.name].table)


def test_more_columns_than_we_need_do_no_harm(directory):
    path = directory / ADJACENCY.filename
    lines = path.read_text().splitlines()
    path.write_text("\n".join(f"{line},extra" for line in lines) + "\n")
    table = sources.read_directory(directory)[ADJACENCY.name].table
    assert table.columns == ["fips_src", "fips_dst"]


def test_the_source_record_says_what_the_file_is(raw):
    record = raw[ACCESS.name].record(sources.REAL)
    assert record["sha256"] == hashlib.sha256(raw[ACCESS.name].data).hexdigest()
    assert record["bytes"] == len(raw[ACCESS.name].data)
    assert record["rows"] == 400
    assert record["source"] == "real"
    assert "NPPES" in record["origin"]
    assert "proxy" in record["caveat"]


def test_synthetic_data_never_claim_a_real_origin(raw):
    record = raw[ACCESS.name].record(sources.SYNTHETIC)
    assert record["source"] == "synthetic"
    assert "NPPES" not in record["origin"]
