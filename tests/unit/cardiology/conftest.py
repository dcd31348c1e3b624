"""What the workload's tests share: a small invented country and in-process AWS."""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from cardiology import features, sources, synthetic
from cardiology.aws import AwsHelper
from cardiology.metrics import EventLog, MetricBuffer
from cardiology.settings import BUCKETS, Settings
from cardiology.store import S3Store

REGION = "us-west-2"
NEED_TORCH = {"bundle", "graph", "job", "model", "real_data", "train"}


class WithoutTorch(pytest.Module):
    """A file that cannot even be imported here, reported as skipped."""

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
    """Clients for all tests: making one takes longer than most tests do."""
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        _only_invented_credentials(patch)
        return {name: boto3.client(name, REGION) for name in ("s3", "cloudwatch", "logs")}


@pytest.fixture
def cloud(
    clients: dict[str, Any], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """An empty account with this environment's buckets and log group."""
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
