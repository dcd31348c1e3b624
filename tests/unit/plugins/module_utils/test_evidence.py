"""Evidence: every file read back, and a report that says only what was found."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils import evidence as module
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.text.line import texts
from botocore.exceptions import ClientError
from moto import mock_aws

DATA = b"model" * 1000
FILE = {
    "key": "models/graphsage/r1/model.pt",
    "sha256": hashlib.sha256(DATA).hexdigest(),
    "bytes": len(DATA),
}
FIGURES = {"mean": 0.7, "sd": 0.01}
RESULT: dict[str, Any] = {
    "run_id": "r1",
    "seconds": 12.4,
    "source": "synthetic",
    "dataset_version": "ba9755bec3ae",
    "metrics_published": 40,
    "metrics": {
        "random": {"graphsage": FIGURES, "majority": {"mean": 0.33, "sd": 0.0}},
        "held_out_states": {"graphsage": {"mean": 0.65, "sd": 0.02}},
    },
    "artifact": {"uri": "s3://models/models/graphsage/r1/", "files": [FILE]},
}


class S3:
    """One bucket, `models`."""

    def __init__(self, objects: dict[str, bytes]) -> None:
        self.objects = objects

    def client(self, _service: str) -> S3:
        return self

    def get_object(self, Bucket: str, Key: str) -> dict[str, io.BytesIO]:  # noqa: N803
        if Bucket != "models" or Key not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[Key])}


class TestAFile:
    def test_that_is_as_published_is_accepted(self) -> None:
        module.check_file(S3({FILE["key"]: DATA}), "models", FILE)

    def test_that_is_missing_is_an_error_with_its_address(self) -> None:
        with pytest.raises(module.EvidenceError, match=f"s3://models/{FILE['key']} is missing"):
            module.check_file(S3({}), "models", FILE)

    @pytest.mark.parametrize("stored", [b"", DATA[:-1], DATA + b"x", DATA[:-1] + b"x"])
    def test_that_differs_is_an_error(self, stored: bytes) -> None:
        with pytest.raises(module.EvidenceError, match="is not what the run published"):
            module.check_file(S3({FILE["key"]: stored}), "models", FILE)


def test_a_fingerprint_covers_more_than_one_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHUNK_BYTES", 7)
    assert module.fingerprint(io.BytesIO(DATA)) == (FILE["sha256"], len(DATA))


class TestTheReport:
    def test_puts_models_beside_each_other_on_both_splits(self) -> None:
        assert module.accuracy_lines(RESULT["metrics"]) == [
            "accuracy                      random split     held-out states",
            "GraphSAGE                    0.700 ± 0.010       0.650 ± 0.020",
            "majority class               0.330 ± 0.000                   -",
        ]

    def test_says_where_the_model_is_and_whether_the_data_were_real(self) -> None:
        text = "\n".join(texts(module.report_lines(RESULT, 1, ["TestAccuracy"], 7, "ns/dev")))
        assert "r1 succeeded in 12 s on synthetic data, version ba9755bec3ae" in text
        assert "s3://models/models/graphsage/r1/" in text
        assert "40 values sent to ns/dev; data found for TestAccuracy" in text
        assert "7 events in stream training/r1" in text

    def test_admits_that_no_metric_is_listed_yet(self) -> None:
        text = "\n".join(texts(module.report_lines(RESULT, 1, [], 7, "ns/dev")))
        assert "40 values sent to ns/dev; none found yet" in text


@pytest.fixture
def metrics() -> Iterator[Cloud]:
    """CloudWatch with metrics of a run an hour ago."""
    with mock_aws():
        client = boto3.client("cloudwatch", region_name="us-west-2")
        put(client, "TestAccuracy", datetime.now(UTC) - timedelta(hours=1))
        yield Cloud(lambda _service, _region, _config: client)


def put(client: Any, name: str, when: datetime) -> None:
    dimensions = [{"Name": "Model", "Value": "graphsage"}]
    datum = {"MetricName": name, "Dimensions": dimensions, "Timestamp": when, "Value": 0.7}
    client.put_metric_data(Namespace="ns/dev", MetricData=[datum])


class TestMetrics:
    def test_of_an_earlier_run_do_not_count(self, metrics: Cloud) -> None:
        assert module.metric_names(metrics, "ns/dev", module.beginning({"seconds": 60})) == []

    def test_of_this_run_are_found(self, metrics: Cloud) -> None:
        minute = datetime.now(UTC).replace(second=0, microsecond=0)
        put(metrics.client("cloudwatch"), "TrainingTime", minute - timedelta(minutes=1))
        put(metrics.client("cloudwatch"), "SomethingElse", minute)
        began = module.beginning({"seconds": 60})
        assert module.metric_names(metrics, "ns/dev", began) == ["TrainingTime"]


def test_the_bucket_is_the_first_part_of_an_address() -> None:
    assert module.bucket_of("s3://models/models/graphsage/r1/") == "models"
