"""Fixtures for the workload's tests: synthetic files, small and full-sized, and in-process AWS."""

import csv
import io
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3
import polars as pl
import pytest
from moto import mock_aws

from cardiology import counties, features, sources, synthetic
from cardiology.aws import AwsHelper
from cardiology.metrics import EventLog, MetricBuffer
from cardiology.settings import BUCKETS, Settings
from cardiology.sources import ACCESS, ADJACENCY, HEALTH, Spec
from cardiology.store import S3Store

REGION = "us-west-2"
NEED_TORCH = {"bundle", "graph", "job", "model", "real_data", "train"}


class WithoutTorch(pytest.Module):
    """A test file that cannot be imported here, reported as skipped."""

    def collect(self):
        pytest.skip("no CPU build of torch for this Python", allow_module_level=True)


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> Any:
    needs = module_path.stem.removeprefix("test_") in NEED_TORCH
    if needs and find_spec("torch") is None:
        return WithoutTorch.from_parent(parent, path=module_path)
    return None


@pytest.fixture(scope="session")
def small_files() -> dict[str, bytes]:
    return synthetic.generate(counties=400, seed=7)


@pytest.fixture(scope="session")
def real_files() -> dict[str, bytes]:
    """The three files for all real counties, each with the codes of its year; synthetic values.

    Like the published files, health and adjacency have two codes that were renamed in 2015.
    """
    places = counties.reference(2017).select("fips", "county", "state")
    made = sources.parse_all(synthetic.generate(counties=places.height, seed=7))
    code = dict(zip(made[HEALTH.name].table["fips"], places["fips"], strict=True))
    old = {"46102": ("46113", "Shannon"), "02158": ("02270", "Wade Hampton")}
    rows = [(*old.get(fips, (fips, county)), state) for fips, county, state in places.rows()]
    published = pl.DataFrame(rows, schema=["fips", "county", "state"], orient="row")
    code_then = {fips: old[code[fips]][0] if code[fips] in old else code[fips] for fips in code}
    figures = made[HEALTH.name].table.drop("fips", "county", "state")
    access = made[ACCESS.name].table.drop("county", "state")
    tables = {
        HEALTH: pl.concat([published, figures], how="horizontal"),
        ACCESS: counties.reference(2022)
        .select("fips", "county", "state")
        .join(access.with_columns(pl.col("fips").replace_strict(code)), on="fips", how="left")
        .fill_null(strategy="forward"),
        ADJACENCY: made[ADJACENCY.name].table.select(pl.all().replace_strict(code_then)),
    }
    return {spec.name: table.write_csv().encode() for spec, table in tables.items()}


Rows = list[list[str]]


@pytest.fixture
def edited(
    real_files: dict[str, bytes],
) -> Callable[[Spec, Callable[[Rows], Any]], dict[str, bytes]]:
    """Return real_files with one file changed: the function gets its rows, header first.

    The function's return value is used, or else the rows as it modified them.
    """

    def edit(spec: Spec, change: Callable[[Rows], Any]) -> dict[str, bytes]:
        rows = list(csv.reader(io.StringIO(real_files[spec.name].decode())))
        rows = change(rows) or rows
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(rows)
        return real_files | {spec.name: text.getvalue().encode()}

    return edit


@pytest.fixture(scope="session")
def raw(small_files: dict[str, bytes]) -> dict[str, sources.RawFile]:
    return sources.parse_all(small_files)


@pytest.fixture(scope="session")
def tables(raw: dict[str, sources.RawFile]) -> features.Tables:
    return features.build_tables(raw)


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(
        project="cardiology-optimizer",
        environment="dev",
        region=REGION,
        buckets={name: f"test-dev-{name.replace('_', '-')}" for name in BUCKETS},
        log_group="/aws/cardiology-optimizer/dev",
        metrics_namespace="cardiology-optimizer/dev",
    )


@pytest.fixture(scope="session")
def clients() -> dict[str, Any]:
    """Clients for all tests: creating one takes longer than most tests."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        _only_invented_credentials(patch)
        return {name: boto3.client(name, REGION) for name in ("s3", "cloudwatch", "logs")}


@pytest.fixture
def cloud(
    clients: dict[str, Any], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Provide an empty account with this environment's buckets and log group."""
    _only_invented_credentials(monkeypatch)
    with mock_aws():
        for bucket in settings.buckets.values():
            clients["s3"].create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
            )
        clients["logs"].create_log_group(logGroupName=settings.log_group)
        yield


@pytest.fixture
def aws(cloud: None, clients: dict[str, Any], settings: Settings) -> Iterator[AwsHelper]:
    metrics = MetricBuffer(clients["cloudwatch"], settings.metrics_namespace)
    events = EventLog(clients["logs"], settings.log_group, "training/test")
    with AwsHelper(settings, S3Store(clients["s3"], settings), metrics, events) as helper:
        yield helper


def _only_invented_credentials(patch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        patch.delenv(name, raising=False)
    patch.setenv("AWS_ACCESS_KEY_ID", "testing")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
