"""Evidence: every file read back, and a report that says only what was found."""

from __future__ import annotations

import hashlib
import io
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.modules import training_evidence as module
from botocore.exceptions import ClientError

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
        text = "\n".join(module.report_lines(RESULT, 1, ["TestAccuracy"], 7, "ns/dev"))
        assert "r1 succeeded in 12 s on synthetic data, version ba9755bec3ae" in text
        assert "s3://models/models/graphsage/r1/" in text
        assert "1 in ns/dev: TestAccuracy" in text
        assert "7 events in stream training/r1" in text

    def test_admits_that_no_metric_is_listed_yet(self) -> None:
        text = "\n".join(module.report_lines(RESULT, 1, [], 7, "ns/dev"))
        assert "none in ns/dev yet, of 40 values sent" in text


def test_the_bucket_is_the_first_part_of_an_address() -> None:
    assert module.bucket_of("s3://models/models/graphsage/r1/") == "models"
