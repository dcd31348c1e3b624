"""The helper offers the guide's calls, buffers what it may and raises what fails."""

import json

import polars as pl
import pytest

from cardiology import registry
from cardiology.aws import get_aws_helper
from cardiology.errors import CardiologyError


def test_the_four_calls_of_the_guide(cloud, settings, tmp_path, monkeypatch, clients):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps({**vars(settings)}))
    monkeypatch.setenv("CARDIOLOGY_SETTINGS", str(path))
    model = tmp_path / "model.pth"
    model.write_bytes(b"weights")
    df = pl.DataFrame({"npi": ["1"]})

    aws = get_aws_helper()
    aws.s3.upload_dataframe(df, "processed_data", "cardiology_providers")
    aws.log_training_metrics("graphsage_model", epoch=10, loss=0.245, accuracy=0.89)
    aws.save_model_artifact(model, "graphsage_v1", "1.0.0")
    assert aws.flush() == 2

    assert aws.s3.holds("processed_data", "cardiology_providers.parquet")
    assert registry.load(aws.s3, "graphsage_v1", "1.0.0")[1] == {"model.pth": b"weights"}
    cloudwatch = clients["cloudwatch"]
    sent = cloudwatch.list_metrics(Namespace=settings.metrics_namespace)["Metrics"]
    assert {metric["MetricName"] for metric in sent} == {"TrainingLoss", "TrainingAccuracy"}
    assert [m["Dimensions"] for m in sent] == [[{"Name": "Model", "Value": "graphsage_model"}]] * 2


def test_the_log_event_of_an_epoch_keeps_what_is_no_dimension(aws, settings, clients):
    aws.log_training_metrics("m", epoch=3, loss=0.5, accuracy=0.6, split="random", seed=4)
    aws.flush()
    logs = clients["logs"]
    event = logs.get_log_events(
        logGroupName=settings.log_group, logStreamName="training/test"
    )["events"][0]  # fmt: skip
    assert json.loads(event["message"]) == {
        "event": "epoch", "model": "m", "epoch": 3, "loss": 0.5, "accuracy": 0.6,
        "split": "random", "seed": 4,
    }  # fmt: skip


def test_accuracy_is_a_share_without_unit_and_time_is_in_seconds(aws, monkeypatch):
    sent = []
    monkeypatch.setattr(aws.metrics, "_send", sent.extend)
    aws.log_training_metrics("m", epoch=1, loss=0.5, accuracy=0.89, seconds=0.02)
    aws.flush()
    units = {datum["MetricName"]: datum["Unit"] for datum in sent}
    assert units == {"TrainingLoss": "None", "TrainingAccuracy": "None", "EpochTime": "Seconds"}


def test_a_with_statement_flushes(cloud, settings, monkeypatch):
    with get_aws_helper(settings) as aws:
        aws.log_training_metrics("m", epoch=1, loss=0.5, accuracy=0.6)
    assert aws.flush() == 0


def test_a_failed_flush_does_not_hide_the_first_error(cloud, settings, clients):
    aws = get_aws_helper(settings)
    clients["logs"].delete_log_group(logGroupName=settings.log_group)
    aws.events.add("epoch")
    with pytest.raises(RuntimeError, match="the first") as caught, aws:
        raise RuntimeError("the first")
    assert "cannot write to log group" in caught.value.__notes__[0]


def test_a_failed_flush_is_an_error_of_its_own(cloud, settings, clients):
    aws = get_aws_helper(settings)
    clients["logs"].delete_log_group(logGroupName=settings.log_group)
    with pytest.raises(CardiologyError, match="cannot write to log group"), aws:
        aws.events.add("epoch")


def test_a_model_file_that_is_not_there_is_named(aws, tmp_path):
    with pytest.raises(CardiologyError, match=r"none\.pth: No such file"):
        aws.save_model_artifact(tmp_path / "none.pth", "m", "1")


def test_a_model_version_is_never_overwritten(aws, tmp_path):
    model = tmp_path / "model.pth"
    model.write_bytes(b"weights")
    aws.save_model_artifact(model, "m", "1")
    model.write_bytes(b"others")
    with pytest.raises(CardiologyError, match="choose a new version"):
        aws.save_model_artifact(model, "m", "1")


def test_nothing_but_the_settings_names_the_region(cloud, settings, monkeypatch):
    monkeypatch.delenv("AWS_REGION", raising=False)
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    with get_aws_helper(settings) as aws:
        aws.s3.put("raw_data", "a", b"")
        assert aws.s3.holds("raw_data", "a")
