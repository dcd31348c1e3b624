"""What the workload's tests share: a small invented country and in-process AWS."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from cardiology import features, sources, synthetic
from cardiology.aws import AwsHelper, get_aws_helper
from cardiology.settings import BUCKETS, Settings

REGION = "us-west-2"


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


@pytest.fixture
def cloud(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty account with this environment's buckets and log group."""
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        s3 = boto3.client("s3", region_name=REGION)
        for bucket in settings.buckets.values():
            s3.create_bucket(
                Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION}
            )
        logs = boto3.client("logs", region_name=REGION)
        logs.create_log_group(logGroupName=settings.log_group)
        yield


@pytest.fixture
def aws(cloud: None, settings: Settings) -> Iterator[AwsHelper]:
    with get_aws_helper(settings) as helper:
        yield helper
