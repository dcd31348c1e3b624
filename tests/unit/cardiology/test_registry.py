"""A version is published once: files first, manifest last, nothing overwritten."""

import hashlib

import numpy as np
import pytest

from cardiology import registry
from cardiology.errors import CardiologyError

FILES = {"model.pt": b"weights", "metrics.json": b"{}"}


def keys(settings, clients):
    listed = clients["s3"].list_objects_v2(Bucket=settings.buckets["model_artifacts"])
    return [item["Key"] for item in listed.get("Contents", [])]


def test_files_and_manifest_lie_under_name_and_version(aws, settings, clients):
    artifact = registry.publish(aws.s3, "graphsage", "1.0.0", FILES, {"run_id": "r1"})
    assert artifact.uri == "s3://test-dev-model-artifacts/models/graphsage/1.0.0/"
    assert sorted(keys(settings, clients)) == [
        "models/graphsage/1.0.0/manifest.json",
        "models/graphsage/1.0.0/metrics.json",
        "models/graphsage/1.0.0/model.pt",
    ]


def test_the_manifest_names_every_file_with_its_checksum(aws):
    registry.publish(aws.s3, "graphsage", "1.0.0", FILES, {"run_id": "r1"})
    manifest, files = registry.load(aws.s3, "graphsage", "1.0.0")
    assert manifest["run_id"] == "r1"
    assert {item["key"].rsplit("/", 1)[1]: item["sha256"] for item in manifest["files"]} == {
        name: hashlib.sha256(data).hexdigest() for name, data in FILES.items()
    }
    assert files == FILES


def test_a_version_that_exists_is_refused_and_left_alone(aws):
    registry.publish(aws.s3, "graphsage", "1.0.0", FILES, {})
    for attempt in (FILES, {"model.pt": b"others"}):
        with pytest.raises(CardiologyError, match=r"version 1\.0\.0 .* already exists"):
            registry.publish(aws.s3, "graphsage", "1.0.0", attempt, {})
    assert registry.load(aws.s3, "graphsage", "1.0.0")[1] == FILES


def test_another_version_of_the_same_model_is_welcome(aws):
    registry.publish(aws.s3, "graphsage", "1.0.0", FILES, {})
    registry.publish(aws.s3, "graphsage", "1.0.1", {"model.pt": b"better"}, {})
    assert registry.load(aws.s3, "graphsage", "1.0.1")[1] == {"model.pt": b"better"}


def test_an_upload_that_breaks_off_leaves_no_manifest(aws, settings, monkeypatch, clients):
    put = aws.s3.put

    def broken(bucket, key, data, **options):
        if key.endswith("metrics.json"):
            raise KeyboardInterrupt
        return put(bucket, key, data, **options)

    monkeypatch.setattr(aws.s3, "put", broken)
    with pytest.raises(KeyboardInterrupt):
        registry.publish(aws.s3, "graphsage", "1.0.0", FILES, {})
    assert keys(settings, clients) == ["models/graphsage/1.0.0/model.pt"]
    monkeypatch.undo()
    registry.check_free(aws.s3, "graphsage", "1.0.0")


def test_the_same_upload_can_be_finished_later(aws):
    aws.s3.put("model_artifacts", "models/graphsage/1.0.0/model.pt", FILES["model.pt"])
    registry.publish(aws.s3, "graphsage", "1.0.0", FILES, {})
    assert registry.load(aws.s3, "graphsage", "1.0.0")[1] == FILES


def test_the_leftovers_of_another_upload_are_neither_used_nor_overwritten(aws, settings, clients):
    key = "models/graphsage/1.0.0/model.pt"
    aws.s3.put("model_artifacts", key, b"of someone else")
    with pytest.raises(CardiologyError, match="another upload that was never finished"):
        registry.publish(aws.s3, "graphsage", "1.0.0", FILES, {})
    assert aws.s3.get("model_artifacts", key) == b"of someone else"
    assert keys(settings, clients) == [key]


def test_of_two_publishers_at_the_same_moment_one_fails(aws, monkeypatch):
    """The other one publishes between our look and our writing of the manifest."""
    put = aws.s3.put

    def overtaken(bucket, key, data, **options):
        if key.endswith("manifest.json"):
            put(bucket, key, b'{"by": "the other"}')
        return put(bucket, key, data, **options)

    monkeypatch.setattr(aws.s3, "put", overtaken)
    with pytest.raises(CardiologyError, match="already exists"):
        registry.publish(aws.s3, "graphsage", "1.0.0", FILES, {})
    manifest = aws.s3.get_json("model_artifacts", "models/graphsage/1.0.0/manifest.json")
    assert manifest == {"by": "the other"}


def test_a_write_whose_answer_is_lost_and_that_is_sent_again_succeeds(aws, clients, monkeypatch):
    """What botocore does: the first attempt was stored, and the second finds it there."""

    class Twice:
        def __getattr__(self, name):
            return getattr(clients["s3"], name)

        def put_object(self, **request):
            clients["s3"].put_object(**request)
            return clients["s3"].put_object(**request)

    monkeypatch.setattr(aws.s3, "_client", Twice())
    registry.publish(aws.s3, "graphsage", "1.0.0", FILES, {"run_id": "r1"})
    manifest, files = registry.load(aws.s3, "graphsage", "1.0.0")
    assert (manifest["run_id"], files) == ("r1", FILES)


def test_a_tampered_file_is_noticed_on_loading(aws):
    registry.publish(aws.s3, "graphsage", "1.0.0", FILES, {})
    aws.s3.put("model_artifacts", "models/graphsage/1.0.0/model.pt", b"tampered")
    with pytest.raises(CardiologyError, match=r"model\.pt is corrupt"):
        registry.load(aws.s3, "graphsage", "1.0.0")


@pytest.mark.parametrize("file", ["", "a/b", "manifest.json", "new\nline", "\udcff.pt"])
def test_a_file_name_that_makes_no_good_key_is_refused(aws, settings, clients, file):
    with pytest.raises(CardiologyError, match="cannot be the name of a model file"):
        registry.publish(aws.s3, "m", "1", {"good": b"", file: b""}, {})
    assert keys(settings, clients) == []


def test_facts_of_numpy_become_plain_values(aws):
    facts = {"accuracy": np.float32(0.5), "counts": np.array([1, 2]), "loss": float("nan")}
    registry.publish(aws.s3, "m", "1", FILES, facts)
    manifest, _ = registry.load(aws.s3, "m", "1")
    assert [manifest[fact] for fact in facts] == [0.5, [1, 2], None]


@pytest.mark.parametrize(
    "facts", [{"who": object()}, {"a": {1: 2}}, {"files": 1}, {"version": "2"}]
)
def test_facts_that_cannot_be_stored_are_refused_before_any_file(aws, settings, clients, facts):
    with pytest.raises(CardiologyError):
        registry.publish(aws.s3, "m", "1", FILES, facts)
    assert keys(settings, clients) == []


def test_a_manifest_of_somebody_else_is_reported_on_loading(aws):
    aws.s3.put_json("model_artifacts", "models/m/1/manifest.json", {"files": [{"name": "a"}]})
    with pytest.raises(CardiologyError, match="is not the manifest of a published model"):
        registry.load(aws.s3, "m", "1")


@pytest.mark.parametrize(
    ("name", "version"), [("a/b", "1"), ("m", "../1"), ("", "1"), ("m", ""), ("m", 1), (None, "1")]
)
def test_a_name_or_version_that_makes_no_good_key_is_refused(aws, name, version):
    with pytest.raises(CardiologyError, match="cannot be a"):
        registry.publish(aws.s3, name, version, FILES, {})
