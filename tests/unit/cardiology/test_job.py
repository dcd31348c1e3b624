"""A run ends in a whole result, published or not at all."""

import io
import json
import os
import signal

import polars as pl
import pytest

from cardiology import coverage, dataset, graph, job, registry
from cardiology.bundle import ModelBundle
from cardiology.errors import CardiologyError
from cardiology.sources import SYNTHETIC

RUN = {
    "run_id": "r1",
    "model_name": "graphsage",
    "version": "1.0.0",
    "dataset_version": None,
    "epochs": 3,
    "seeds": [0, 1],
    "host": {"instance_id": "i-1", "instance_type": "t3.medium", "region": "us-west-2"},
    "code_sha256": "c0de" * 16,
}


@pytest.fixture
def settings_path(tmp_path, settings):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(vars(settings)))
    return path


@pytest.fixture
def directory(tmp_path):
    path = tmp_path / "r1"
    path.mkdir()
    (path / "run.json").write_text(json.dumps(RUN))
    return path


@pytest.fixture
def ingested(aws, raw, monkeypatch):
    # The job's own helper would make its own clients, which takes most of a second.
    monkeypatch.setattr(job, "get_aws_helper", lambda settings, stream: _in_stream(aws, stream))
    return dataset.ingest(aws.s3, raw, SYNTHETIC, lambda line: None)


def _in_stream(aws, stream):
    aws.events._stream = stream
    return aws


def result_of(directory):
    return json.loads((directory / "result.json").read_text())


def phase_of(directory):
    return json.loads((directory / "progress.json").read_text())["phase"]


def published(aws):
    return aws.s3.holds("model_artifacts", "models/graphsage/1.0.0/manifest.json")


@pytest.fixture
def done(ingested, directory, settings_path):
    assert job.run_job(directory, settings_path) == 0
    return result_of(directory)


def test_a_run_ends_in_the_result_of_the_contract(done, ingested, directory):
    assert done["status"] == "succeeded"
    assert done["error"] is None
    assert done["run_id"] == "r1"
    assert done["source"] == "synthetic"
    assert done["dataset_version"] == ingested["dataset_version"]
    assert done["seconds"] > 0
    assert done["artifact"]["uri"] == "s3://test-dev-model-artifacts/models/graphsage/1.0.0/"
    for split in ("random", "held_out_states"):
        assert set(done["metrics"][split]) == {"graphsage", "logistic_regression", "majority"}
        for figures in done["metrics"][split].values():
            assert len(figures["per_seed"]) == 2
            assert 0 <= figures["mean"] <= 1
            assert figures["sd"] >= 0
    assert phase_of(directory) == "done"


def test_model_metrics_and_ranking_lie_beside_each_other_with_checksums(done, aws):
    manifest, files = registry.load(aws.s3, "graphsage", "1.0.0")
    assert set(files) == {"model.pt", "metrics.json", "ranking.parquet"}
    names = [entry["key"].rsplit("/", 1)[1] for entry in done["artifact"]["files"]]
    assert names == ["model.pt", "metrics.json", "ranking.parquet", "manifest.json"]
    assert manifest["run_id"] == "r1"
    assert manifest["host"]["instance_id"] == "i-1"
    assert manifest["code_sha256"] == "c0de" * 16
    assert manifest["dataset_version"] == done["dataset_version"]


def test_the_models_manifest_names_what_the_data_do_not_cover(done, aws, ingested):
    data = registry.load(aws.s3, "graphsage", "1.0.0")[0]["data"]
    assert set(data) == set(coverage.FACTS)
    assert data["not_covered"] == ingested["not_covered"]
    assert data["counties_with_rate"] == ingested["counties_with_rate"]


def test_metrics_json_holds_the_accuracies_and_every_learning_curve(done, aws):
    metrics = json.loads(registry.load(aws.s3, "graphsage", "1.0.0")[1]["metrics.json"])
    assert metrics["accuracy"] == done["metrics"]
    assert metrics["source"] == "synthetic"
    curves = metrics["learning_curves"]
    assert [(c["split"], c["seed"]) for c in curves] == [
        ("random", 0), ("random", 1), ("held_out_states", 0), ("held_out_states", 1),
    ]  # fmt: skip
    assert all(len(c["loss"]) == len(c["validation_accuracy"]) == 3 for c in curves)


def test_the_stored_model_reproduces_the_stored_ranking(done, aws):
    files = registry.load(aws.s3, "graphsage", "1.0.0")[1]
    tables = dataset.load(aws.s3, done["dataset_version"]).tables
    counties = graph.build_graph(tables)
    model = ModelBundle.from_bytes(files["model.pt"])
    p_high = model.predict(counties.features, counties.adjacency)[:, 2]
    ranking = pl.read_parquet(io.BytesIO(files["ranking.parquet"])).sort("fips")
    assert ranking["p_high"].to_numpy() == pytest.approx(p_high)


def test_the_learning_curve_is_in_the_log_stream_of_the_run(done, clients, settings):
    events = clients["logs"].get_log_events(
        logGroupName=settings.log_group, logStreamName="training/r1"
    )["events"]
    messages = [json.loads(event["message"]) for event in events]
    epochs = [m for m in messages if m["event"] == "epoch"]
    assert len(epochs) == 2 * 2 * 3
    assert {"split", "seed", "epoch", "loss", "accuracy"} <= set(epochs[0])


def test_cloudwatch_has_one_value_per_split_and_model_and_no_costly_dimension(
    done, clients, settings
):
    listed = clients["cloudwatch"].list_metrics(Namespace=settings.metrics_namespace)["Metrics"]
    names = {metric["MetricName"] for metric in listed}
    assert names == {
        "TrainingLoss", "TrainingAccuracy", "EpochTime", "TestAccuracy", "TrainingTime",
    }  # fmt: skip
    dimensions = {d["Name"] for metric in listed for d in metric["Dimensions"]}
    assert dimensions == {"Model", "Split"}
    assert 10 <= done["metrics_published"] <= 13, "minutes and runs, not epochs"


def test_a_named_dataset_is_used_instead_of_the_latest(ingested, aws, directory, settings_path):
    aws.s3.put_json("processed_data", "latest.json", {"dataset_version": "000000000000"})
    named = RUN | {"dataset_version": ingested["dataset_version"]}
    (directory / "run.json").write_text(json.dumps(named))
    assert job.run_job(directory, settings_path) == 0


def failed(directory, settings_path, capsys):
    assert job.run_job(directory, settings_path) == 1
    result = result_of(directory)
    assert result["status"] == "failed"
    assert phase_of(directory) == "failed"
    assert f"failed: {result['error']}" in capsys.readouterr().out
    return result["error"]


def test_no_dataset(aws, ingested, clients, settings, directory, settings_path, capsys):
    clients["s3"].delete_object(Bucket=settings.buckets["processed_data"], Key="latest.json")
    assert "there is no dataset yet" in failed(directory, settings_path, capsys)


def test_a_corrupt_table(aws, ingested, directory, settings_path, capsys):
    key = ingested["processed"][0]["key"]
    aws.s3.put("processed_data", key, b"damaged")
    assert f"{key} is corrupt" in failed(directory, settings_path, capsys)
    assert not published(aws)


def test_a_version_that_exists_fails_before_any_training(
    aws, ingested, directory, settings_path, capsys, monkeypatch
):
    registry.publish(aws.s3, "graphsage", "1.0.0", {"model.pt": b"first"}, {})
    monkeypatch.setattr(dataset, "load", lambda *_: pytest.fail("went on"))
    assert "already exists" in failed(directory, settings_path, capsys)
    assert registry.load(aws.s3, "graphsage", "1.0.0")[1] == {"model.pt": b"first"}


def test_settings_that_are_not_there(directory, tmp_path, capsys):
    error = failed(directory, tmp_path / "none.json", capsys)
    assert "cannot read settings file" in error


def test_a_run_that_is_not_described(directory, settings_path, capsys):
    (directory / "run.json").unlink()
    assert "cannot read" in failed(directory, settings_path, capsys)


def test_sigterm_during_training_publishes_nothing(
    aws, ingested, directory, settings_path, capsys, monkeypatch
):
    on_step = job.Run._on_step

    def stopped(self, step):
        on_step(self, step)
        if step.done == 4:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(job.Run, "_on_step", stopped)
    before = signal.getsignal(signal.SIGTERM)
    assert failed(directory, settings_path, capsys) == "interrupted"
    assert not aws.s3.holds("model_artifacts", "models/graphsage/1.0.0/model.pt")
    assert signal.getsignal(signal.SIGTERM) == before


def test_an_interrupted_upload_has_no_manifest_and_can_be_repeated(
    aws, ingested, directory, settings_path, capsys, monkeypatch
):
    put = aws.s3.put

    def broken(bucket, key, data, **options):
        if key.endswith("ranking.parquet"):
            raise KeyboardInterrupt
        return put(bucket, key, data, **options)

    monkeypatch.setattr(aws.s3, "put", broken)
    assert failed(directory, settings_path, capsys) == "interrupted"
    assert not published(aws)
    monkeypatch.setattr(aws.s3, "put", put)
    assert job.run_job(directory, settings_path) == 0
    assert published(aws)


def test_metrics_that_cannot_be_sent_fail_the_run_before_it_is_published(
    aws, ingested, directory, settings_path, capsys, monkeypatch
):
    def refuse(data):
        raise CardiologyError("cannot publish metrics: AccessDenied")

    monkeypatch.setattr(aws.metrics, "_send", refuse)
    assert "cannot publish metrics" in failed(directory, settings_path, capsys)
    assert not published(aws)
    aws.metrics._minutes.clear()


def test_metrics_that_cannot_be_sent_for_a_while_are_sent_later(
    aws, ingested, clients, settings, directory, settings_path, capsys, monkeypatch
):
    send, refused = aws.metrics._send, []

    def refuse_at_first(data):
        if len(refused) < 3:
            refused.append(data)
            raise CardiologyError("cannot publish metrics: no connection")
        send(data)

    monkeypatch.setattr(job, "FLUSH_SECONDS", 0.0)
    monkeypatch.setattr(aws.metrics, "_send", refuse_at_first)
    assert job.run_job(directory, settings_path) == 0

    assert capsys.readouterr().out.count("not sent yet: cannot publish metrics") == len(refused)
    loss = clients["cloudwatch"].list_metrics(
        Namespace=settings.metrics_namespace, MetricName="TrainingLoss"
    )["Metrics"][0]
    data = clients["cloudwatch"].get_metric_statistics(
        **loss,
        StartTime="2000-01-01T00:00:00Z",
        EndTime="2100-01-01T00:00:00Z",
        Period=86400,
        Statistics=["SampleCount"],
    )["Datapoints"]
    assert sum(datum["SampleCount"] for datum in data) == 2 * 2 * 3, "splits, seeds, epochs"


def test_the_failure_is_in_the_log_stream_too(
    aws, ingested, clients, settings, directory, settings_path
):
    aws.s3.put("processed_data", ingested["processed"][0]["key"], b"damaged")
    job.run_job(directory, settings_path)
    events = clients["logs"].get_log_events(
        logGroupName=settings.log_group, logStreamName="training/r1"
    )["events"]
    last = json.loads(events[-1]["message"])
    assert last["event"] == "failed"
    assert "corrupt" in last["error"]


def test_a_bug_still_leaves_a_result(ingested, directory, settings_path, monkeypatch):
    monkeypatch.setattr(dataset, "load", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        job.run_job(directory, settings_path)
    assert result_of(directory)["error"] == "unexpected ZeroDivisionError: division by zero"
