"""The run directory: run.json is checked by name, progress.json is always whole."""

import json

import pytest

from cardiology import limits, rundir
from cardiology.errors import CardiologyError
from cardiology.rundir import Progress, read_spec

RUN = {
    "run_id": "r1",
    "model_name": "graphsage",
    "version": "1.0.0",
    "dataset_version": None,
    "epochs": 3,
    "seeds": [0, 1],
    "host": {"instance_id": "i-1", "instance_type": "t3.medium", "region": "us-west-2"},
}


def written(directory, **changes):
    (directory / "run.json").write_text(json.dumps(RUN | changes))
    return directory


def progress_of(directory):
    return json.loads((directory / "progress.json").read_text())


def test_reads_what_the_run_asks_for(tmp_path):
    spec = read_spec(written(tmp_path))
    assert (spec.run_id, spec.epochs, spec.seeds) == ("r1", 3, (0, 1))
    assert spec.dataset_version is None
    assert spec.host["instance_id"] == "i-1"


@pytest.mark.parametrize("key", ["run_id", "model_name", "version", "epochs", "seeds"])
def test_a_missing_field_is_named(tmp_path, key):
    (tmp_path / "run.json").write_text(json.dumps({k: v for k, v in RUN.items() if k != key}))
    with pytest.raises(CardiologyError, match=f"lacks {key}"):
        read_spec(tmp_path)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"epochs": 0}, "epochs is 0: a whole number from 1 to 10,000 is needed"),
        ({"epochs": 10_001}, "epochs is 10001"),
        ({"seeds": []}, "1 to 50 whole numbers from 0 to 4,294,967,295"),
        ({"seeds": [-1]}, r"seeds is \[-1\]"),
        ({"seeds": [2**32]}, "seeds is"),
        ({"seeds": list(range(51))}, "1 to 50 whole numbers"),
        ({"seeds": [1, 2, 1]}, "each seed may be given once"),
        ({"model_name": "my model"}, "model_name is 'my model': use 1 to 128 letters"),
        ({"model_name": "-x"}, "beginning with a letter or digit"),
        ({"version": "v/1"}, "version is 'v/1'"),
        ({"seeds": ["x"]}, "not a run description"),
        ({"epochs": None}, "not a run description"),
    ],
)
def test_a_senseless_value_is_refused(tmp_path, changes, reason):
    with pytest.raises(CardiologyError, match=reason):
        read_spec(written(tmp_path, **changes))


@pytest.mark.parametrize(("content", "reason"), [("{", "not valid JSON"), ("[]", "not a run")])
def test_a_file_that_is_no_description_is_refused(tmp_path, content, reason):
    (tmp_path / "run.json").write_text(content)
    with pytest.raises(CardiologyError, match=reason):
        read_spec(tmp_path)


def test_an_absent_file_is_named(tmp_path):
    with pytest.raises(CardiologyError, match=r"run\.json: No such file"):
        read_spec(tmp_path)


def test_progress_has_every_field_from_the_first_moment(tmp_path):
    Progress(tmp_path, "r1").phase("loading", "reading")
    assert set(progress_of(tmp_path)) == {
        "run_id", "phase", "split", "seed", "epoch", "epochs", "steps_done", "steps_total",
        "loss", "accuracy", "eta_seconds", "message", "updated_at",
    }  # fmt: skip


def test_a_step_is_written_only_if_the_last_writing_is_some_time_ago(tmp_path, monkeypatch):
    now = 100.0
    monkeypatch.setattr(rundir.time, "monotonic", lambda: now)
    progress = Progress(tmp_path, "r1")
    progress.phase("training", "")
    progress.step(epoch=1)
    assert progress_of(tmp_path)["epoch"] is None
    now += 0.5
    progress.step(epoch=2)
    assert progress_of(tmp_path)["epoch"] == 2


def test_a_phase_is_written_at_once_with_the_last_step(tmp_path):
    progress = Progress(tmp_path, "r1")
    progress.phase("training", "")
    progress.step(epoch=7)
    progress.phase("evaluating", "ranking")
    assert progress_of(tmp_path)["epoch"] == 7
    assert progress_of(tmp_path)["phase"] == "evaluating"


def test_a_reader_never_sees_half_a_document(tmp_path, monkeypatch):
    path = tmp_path / "progress.json"
    rundir.write_json(path, {"old": True})
    monkeypatch.setattr(rundir.Path, "replace", lambda *_: pytest.fail("interrupted here"))
    with pytest.raises(pytest.fail.Exception):
        rundir.write_json(path, {"new": True})
    assert json.loads(path.read_text()) == {"old": True}


def test_limits_can_be_checked_for_some_inputs_before_there_is_a_run():
    assert limits.faults({}) == []
    assert limits.faults({"epochs": 200, "seeds": [0, 1], "model_name": "graphsage"}) == []
    assert len(limits.faults({"epochs": 0, "seeds": [], "model_name": ""})) == 3
    assert limits.faults({"epochs": 1.5}), "half an epoch"
    assert limits.faults({"epochs": "many"})
