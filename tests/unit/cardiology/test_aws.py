"""The helper offers the guide's calls, refuses bad values at the call and loses nothing."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from cardiology import registry
from cardiology.aws import get_aws_helper
from cardiology.errors import CardiologyError

ROOT = Path(__file__).parents[3]


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


@pytest.mark.parametrize(
    "change",
    [
        {"model": ""},
        {"model": None},
        {"model": ":m"},
        {"loss": "0.5"},
        {"loss": None},
        {"loss": np.array([1.0, 2.0])},
        {"accuracy": 89},
        {"accuracy": True},
        {"epoch": 1.5},
        {"epoch": float("nan")},
        {"seconds": "1"},
        {"split": object()},
        {"event": "epoch"},
    ],
)
def test_a_bad_epoch_is_refused_at_the_call_and_leaves_nothing_behind(aws, change):
    good = {"model": "m", "epoch": 1, "loss": 0.5, "accuracy": 0.6}
    for _ in range(3):
        aws.log_training_metrics(**good)
    call = good | change
    with pytest.raises(CardiologyError):
        aws.log_training_metrics(call.pop("model"), **call)
    assert len(aws.events._events) == 3
    assert aws.flush() == 2


class Tensor:
    """A tensor with one element, as torch has it."""

    def item(self):
        return 0.5


@pytest.mark.parametrize("loss", [np.float32(0.5), np.float64(0.5), np.array(0.5), Tensor()])
def test_numbers_of_numpy_and_torch_are_numbers(aws, settings, clients, loss):
    aws.log_training_metrics("m", epoch=np.int64(3), loss=loss, accuracy=np.float32(0.25))
    assert aws.flush() == 2
    event = events(settings, clients)[0]
    assert (event["epoch"], event["loss"], event["accuracy"]) == (3, 0.5, 0.25)


def test_a_loss_that_is_not_a_number_is_null_in_the_event_and_no_metric(aws, settings, clients):
    aws.log_training_metrics("m", epoch=3, loss=float("nan"), accuracy=0.5)
    assert aws.flush() == 1
    assert events(settings, clients)[0]["loss"] is None


def events(settings, clients):
    answer = clients["logs"].get_log_events(
        logGroupName=settings.log_group, logStreamName="training/test"
    )
    return [json.loads(event["message"]) for event in answer["events"]]


def test_events_arrive_when_metrics_cannot_be_sent(aws, settings, clients, monkeypatch):
    def refused(_data):
        raise CardiologyError("cannot publish metrics")

    aws.log_training_metrics("m", epoch=1, loss=0.5, accuracy=0.5)
    with monkeypatch.context() as patch:
        patch.setattr(aws.metrics, "_send", refused)
        with pytest.raises(CardiologyError, match="cannot publish metrics"):
            aws.flush()
    assert len(events(settings, clients)) == 1
    assert aws.flush() == 2  # and the metrics are still there


PROGRAM = """
import atexit, boto3, json, sys
from moto import mock_aws
from cardiology.settings import Settings, BUCKETS
from src.utils.aws_utils import get_aws_helper

mock_aws().start()
logs = boto3.client("logs", "us-west-2")
logs.create_log_group(logGroupName="/g")
found = lambda: print(len(logs.get_log_events(logGroupName="/g", logStreamName="s")["events"]))
atexit.register(found)
names = {name: name for name in BUCKETS}
aws = get_aws_helper(Settings("p", "dev", "us-west-2", names, "/g", "p/dev"), "s")
for epoch in range(100):
    aws.log_training_metrics("m", epoch=epoch, loss=0.5, accuracy=0.5)
"""


def run_in_a_clone(program):
    return subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_guides_import_works_in_a_clone_and_the_end_of_the_program_sends_everything():
    done = run_in_a_clone(PROGRAM)
    assert (done.returncode, done.stdout) == (0, "100\n"), done.stderr


def test_epochs_logged_before_an_uncaught_error_arrive(tmp_path):
    done = run_in_a_clone(PROGRAM + "aws.log_training_metrics('', epoch=1, loss=1, accuracy=1)")
    assert done.stdout == "100\n"
    assert done.returncode == 1
    assert "'' cannot be a model" in done.stderr


def test_a_failure_at_the_end_of_the_program_is_one_line():
    done = run_in_a_clone(
        PROGRAM.replace("atexit.register(found)", "") + "logs.delete_log_group(logGroupName='/g')"
    )
    assert done.stderr.startswith("cardiology: metrics or log events were lost: cannot write")
    assert len(done.stderr.splitlines()) == 1


def test_epochs_logged_after_a_with_statement_are_sent_at_the_end():
    done = run_in_a_clone(PROGRAM.replace("for epoch", "with aws: pass\nfor epoch"))
    assert (done.returncode, done.stdout) == (0, "100\n"), done.stderr


@pytest.mark.parametrize("path", [None, 7, "nul\0"])
def test_a_model_path_that_is_none_is_refused(aws, path):
    with pytest.raises(CardiologyError, match="cannot read model file"):
        aws.save_model_artifact(path, "m", "1")
