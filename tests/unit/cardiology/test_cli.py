"""The command prints one JSON line for machines, progress for people, and one-line errors."""

import json
import os
import subprocess
import sys

import pytest

from cardiology import cli
from cardiology.sources import SPECS


@pytest.fixture
def settings_path(tmp_path, settings):
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(vars(settings)))
    return path


@pytest.fixture
def data_dir(tmp_path, real_files):
    path = tmp_path / "data"
    path.mkdir()
    for spec in SPECS:
        (path / spec.filename).write_bytes(real_files[spec.name])
    return path


def test_ingesting_a_directory_prints_a_summary_and_again_changes_nothing(
    cloud, settings_path, data_dir, capsys
):
    command = ["ingest", "--settings", str(settings_path), "--data-dir", str(data_dir)]
    assert cli.main(command) == 0
    first = capsys.readouterr()
    assert cli.main(command) == 0
    second = capsys.readouterr()
    summary = json.loads(first.out.splitlines()[-1])
    assert summary["source"] == "real"
    assert summary["changed"] is True
    assert json.loads(second.out.splitlines()[-1]) == summary | {"changed": False}
    assert "uploading s3://" in first.err
    assert "uploading" not in second.err


def test_incomplete_files_are_refused_unless_they_are_allowed(
    cloud, settings_path, data_dir, capsys
):
    path = data_dir / SPECS[0].filename
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:2000]))
    command = ["ingest", "--settings", str(settings_path), "--data-dir", str(data_dir)]
    assert cli.main(command) == 1
    refusal = capsys.readouterr()
    assert refusal.out == ""
    assert "county_health_2014_2018.csv lacks 1,143 of 3,142 counties" in refusal.err
    assert cli.main([*command, "--allow-incomplete"]) == 0
    accepted = capsys.readouterr()
    assert "incomplete, but allowed: county_health_2014_2018.csv lacks 1,143" in accepted.err
    assert len(json.loads(accepted.out.splitlines()[-1])["incomplete"]) == 2


def test_ingesting_without_a_directory_uses_the_synthetic_country(cloud, settings_path, capsys):
    assert cli.main(["ingest", "--settings", str(settings_path)]) == 0
    summary = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert summary["source"] == "synthetic"
    assert summary["counties"] > 2900


def test_an_error_is_one_line_on_stderr(cloud, settings_path, tmp_path, capsys):
    command = ["ingest", "--settings", str(settings_path), "--data-dir", str(tmp_path / "none")]
    assert cli.main(command) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"cardiology: data directory {tmp_path / 'none'} does not exist\n"


def test_a_bucket_that_is_not_there_is_named(cloud, clients, settings, settings_path, capsys):
    clients["s3"].delete_bucket(Bucket=settings.buckets["raw_data"])
    assert cli.main(["ingest", "--settings", str(settings_path)]) == 1
    assert "NoSuchBucket" in capsys.readouterr().err.splitlines()[-1]


def test_training_in_a_directory_that_is_not_there(settings_path, tmp_path, capsys):
    run_dir = tmp_path / "none"
    assert cli.main(["train", "--settings", str(settings_path), "--run-dir", str(run_dir)]) == 1
    assert "run directory" in capsys.readouterr().err


def test_the_exit_status_of_a_failed_run_is_one(settings_path, tmp_path):
    run_dir = tmp_path / "run"
    run_dir.mkdir()
    assert cli.main(["train", "--settings", str(settings_path), "--run-dir", str(run_dir)]) == 1
    assert json.loads((run_dir / "result.json").read_text())["status"] == "failed"


def test_ingestion_works_where_the_training_packages_are_not_installed(settings, settings_path):
    """None in sys.modules makes an import fail as if the package were absent."""
    program = f"""
import sys
sys.modules |= dict.fromkeys(["torch", "torch_geometric", "sklearn", "pyarrow"])
import boto3
from moto import mock_aws
from cardiology import cli
with mock_aws():
    s3 = boto3.client("s3", "us-east-1")
    for bucket in {list(settings.buckets.values())}:
        s3.create_bucket(Bucket=bucket)
    sys.exit(cli.main(["ingest", "--settings", {str(settings_path)!r}]))
"""
    invented = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")} | invented
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["changed"] is True


def test_reading_a_dataset_needs_nothing_that_only_ingestion_has():
    """A training host has none of these."""
    program = """
import sys
sys.modules |= dict.fromkeys(["access", "geopandas", "pandas", "pyarrow"])
from cardiology import coverage, dataset, features, job, ranking
"""
    subprocess.run([sys.executable, "-c", program], timeout=1800, check=True)


def test_without_the_package_for_access_the_error_says_how_to_install_it(
    cloud, settings_path, capsys, monkeypatch
):
    monkeypatch.setitem(sys.modules, "access", None)
    assert cli.main(["ingest", "--settings", str(settings_path)]) == 1
    assert "pip install 'cardiology-cloud[ingest]'" in capsys.readouterr().err
