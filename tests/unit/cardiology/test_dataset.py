"""Datasets are named by content, stored once, and read back only if they are whole."""

import json

import pytest

from cardiology import coverage, dataset, features, sources, synthetic
from cardiology.errors import CardiologyError
from cardiology.sources import REAL, SYNTHETIC


def say(line):
    pass


@pytest.fixture
def summary(aws, raw):
    return dataset.ingest(aws.s3, raw, SYNTHETIC, say)


def everything(settings, clients):
    s3 = clients["s3"]
    return {
        (bucket, item["Key"]): item["LastModified"]
        for bucket in settings.buckets.values()
        for item in s3.list_objects_v2(Bucket=bucket).get("Contents", [])
    }


def test_raw_files_are_stored_byte_for_byte_with_a_source_record(aws, raw, summary):
    for entry, file in zip(summary["raw"], raw.values(), strict=True):
        assert aws.s3.get("raw_data", entry["key"], entry["sha256"]) == file.data
        assert entry["bytes"] == len(file.data)
        record = aws.s3.get_json("raw_data", entry["key"] + ".source.json")
        assert record == file.record(SYNTHETIC)


def test_the_summary_is_what_the_contract_says(summary, tables):
    assert summary["changed"] is True
    assert summary["source"] == "synthetic"
    assert len(summary["dataset_version"]) == 12
    assert summary["counties"] == tables.counties.height
    assert summary["edges"] == tables.edges.height
    assert all({"key", "sha256", "bytes"} <= set(entry) for entry in summary["raw"])
    assert [entry["rows"] for entry in summary["processed"]] == [
        table.height for _, table in tables.items()
    ]
    assert json.loads(json.dumps(summary)) == summary


def test_the_tables_come_back_as_they_went(aws, summary, tables):
    loaded = dataset.load(aws.s3, None)
    assert loaded.version == summary["dataset_version"]
    assert loaded.kind == "synthetic"
    for (_, expected), (_, table) in zip(tables.items(), loaded.tables.items(), strict=True):
        assert table.equals(expected)


def test_the_same_data_again_change_nothing(aws, raw, summary, settings, clients):
    before = everything(settings, clients)
    again = dataset.ingest(aws.s3, raw, SYNTHETIC, say)
    assert again == summary | {"changed": False}
    assert everything(settings, clients) == before


def test_other_data_get_another_version_and_become_the_latest(aws, raw, summary):
    other = sources.parse_all(synthetic.generate(counties=400, seed=8))
    second = dataset.ingest(aws.s3, other, SYNTHETIC, say)
    assert second["changed"]
    assert second["dataset_version"] != summary["dataset_version"]
    assert dataset.load(aws.s3, None).version == second["dataset_version"]
    assert dataset.load(aws.s3, summary["dataset_version"]).version == summary["dataset_version"]


def test_going_back_to_old_data_only_moves_the_pointer(aws, raw, summary):
    dataset.ingest(aws.s3, sources.parse_all(synthetic.generate(400, 8)), SYNTHETIC, say)
    back = dataset.ingest(aws.s3, raw, SYNTHETIC, say)
    assert back["changed"]
    assert dataset.load(aws.s3, None).version == summary["dataset_version"]


def test_real_and_synthetic_data_are_never_the_same_dataset(aws, real_files):
    raw = sources.parse_all(real_files)
    real, made = (dataset.ingest(aws.s3, raw, kind, say) for kind in (REAL, SYNTHETIC))
    assert real["dataset_version"] != made["dataset_version"]


def test_the_manifest_says_what_the_dataset_holds_and_lacks(aws, real_files):
    summary = dataset.ingest(aws.s3, sources.parse_all(real_files), REAL, say)
    facts = dataset.load(aws.s3, None).facts
    assert facts == {name: summary[name] for name in coverage.FACTS}
    assert facts["counties"] == 3142 - 9, "all but Connecticut and Valdez-Cordova"
    assert facts["counties_with_rate"] < facts["counties"]
    assert facts["incomplete"] == []


def test_every_area_that_is_not_covered_is_named_while_ingesting(aws, real_files):
    lines = []
    dataset.ingest(aws.s3, sources.parse_all(real_files), REAL, lines.append)
    assert "not covered: county_health 09001 Fairfield, CT: redrawn in 2022: " in " ".join(lines)


def test_a_dataset_without_access_by_distance_asks_for_a_new_ingestion(aws, raw, monkeypatch):
    monkeypatch.setattr(
        features.Tables, "items",
        lambda tables: [
            ("counties", tables.counties),
            ("edges", tables.edges),
            ("cardiology_providers", tables.cardiology_providers.drop("access_per_100k")),
        ],
    )  # fmt: skip
    dataset.ingest(aws.s3, raw, SYNTHETIC, say)
    with pytest.raises(CardiologyError, match=r"lacks access_per_100k.*ingest the data again"):
        dataset.load(aws.s3, None)


def test_other_features_of_the_same_files_are_another_dataset(aws, raw, summary, monkeypatch):
    monkeypatch.setitem(features.FEATURES, "median_age", features.FEATURES["rucc_2013"])
    assert (
        dataset.ingest(aws.s3, raw, SYNTHETIC, say)["dataset_version"]
        != summary["dataset_version"]
    )  # fmt: skip


@pytest.mark.parametrize("what", ["raw", "processed"])
def test_a_lost_object_is_put_back(aws, raw, summary, settings, what, clients):
    key = summary[what][0]["key"]
    bucket = "raw_data" if what == "raw" else "processed_data"
    clients["s3"].delete_object(Bucket=settings.buckets[bucket], Key=key)
    assert dataset.ingest(aws.s3, raw, SYNTHETIC, say)["changed"]
    assert aws.s3.holds(bucket, key, summary[what][0]["sha256"])


def test_an_ingestion_that_breaks_off_publishes_nothing(aws, raw, monkeypatch):
    put = aws.s3.put

    def broken(bucket, key, data, **options):
        if "cardiology_providers" in key:
            raise KeyboardInterrupt
        return put(bucket, key, data, **options)

    monkeypatch.setattr(aws.s3, "put", broken)
    with pytest.raises(KeyboardInterrupt):
        dataset.ingest(aws.s3, raw, SYNTHETIC, say)
    monkeypatch.undo()
    with pytest.raises(CardiologyError, match="no dataset yet"):
        dataset.load(aws.s3, None)
    assert dataset.ingest(aws.s3, raw, SYNTHETIC, say)["changed"]
    dataset.load(aws.s3, None)


def test_an_empty_bucket_says_what_to_do(aws):
    with pytest.raises(CardiologyError, match=r"no dataset yet .*latest\.json.*ingest"):
        dataset.load(aws.s3, None)


def test_an_unknown_version_is_named(aws, summary):
    with pytest.raises(CardiologyError, match="no dataset abc123"):
        dataset.load(aws.s3, "abc123")


@pytest.mark.parametrize("number", range(3))
def test_a_corrupt_table_is_named(aws, summary, number):
    key = summary["processed"][number]["key"]
    aws.s3.put("processed_data", key, b"PAR1 damaged")
    with pytest.raises(CardiologyError, match=f"{key} is corrupt"):
        dataset.load(aws.s3, None)


def test_a_lost_table_is_named(aws, summary, settings, clients):
    key = summary["processed"][0]["key"]
    clients["s3"].delete_object(Bucket=settings.buckets["processed_data"], Key=key)
    with pytest.raises(CardiologyError, match=f"{key} does not exist"):
        dataset.load(aws.s3, None)


@pytest.mark.parametrize("document", [{}, {"tables": "none"}, {"tables": [], "source": "real"}])
def test_a_foreign_manifest_is_refused(aws, summary, document):
    version = summary["dataset_version"]
    aws.s3.put_json("processed_data", f"datasets/{version}/manifest.json", document)
    with pytest.raises(
        CardiologyError, match=f"manifest of dataset {version} was not written by this package"
    ):
        dataset.load(aws.s3, None)


def test_a_pointer_without_a_version_is_refused(aws, summary):
    aws.s3.put_json("processed_data", "latest.json", {})
    with pytest.raises(CardiologyError, match=r"latest\.json does not name a dataset"):
        dataset.load(aws.s3, None)


def test_a_dataset_of_another_release_asks_for_a_new_ingestion(aws, summary, monkeypatch):
    monkeypatch.setitem(features.FEATURES, "brand_new", features.FEATURES["rucc_2013"])
    with pytest.raises(CardiologyError, match=r"lacks brand_new.*ingest the data again"):
        dataset.load(aws.s3, None)
