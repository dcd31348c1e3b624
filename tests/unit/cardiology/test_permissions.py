"""What a run asks of AWS is what the host's role allows: nothing is missing and nothing spare."""

import json
from dataclasses import fields
from fnmatch import fnmatchcase
from itertools import product

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import Facts
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.policies import (
    training_policy,
)

from cardiology import dataset
from cardiology.sources import SYNTHETIC

# Early: it stumbles over what Ansible, which other tests import, does to sys.intern.
pytest.importorskip("torch._dynamo")

RUN = {
    "run_id": "r1",
    "model_name": "graphsage",
    "version": "1.0.0",
    "dataset_version": None,
    "epochs": 1,
    "seeds": [0],
    "host": {"instance_id": "i-1", "instance_type": "t3.medium", "region": "us-west-2"},
}


@pytest.fixture
def policy(settings):
    """The role's policy for the environment of the test settings."""
    some = dict.fromkeys((field.name for field in fields(Inputs)), "")
    said = {"environment": "dev", "project": settings.project, "region": settings.region}
    inputs = Inputs(**some | said | {"s3_bucket_prefix": "test"})
    return training_policy(inputs, Facts("123456789012", "aws", ()))


@pytest.fixture
def calls(aws, raw, clients, settings, tmp_path, monkeypatch):
    """`(operation, parameters)` of every call of one whole run."""
    from cardiology import job

    dataset.ingest(aws.s3, raw, SYNTHETIC, lambda line: None)
    (tmp_path / "settings.json").write_text(json.dumps(vars(settings)))
    (tmp_path / "run.json").write_text(json.dumps(RUN))
    monkeypatch.setattr(job, "get_aws_helper", lambda settings, stream: aws)
    recorded = []

    def record(params, model, **_):
        recorded.append((model.name, dict(params)))

    for client in clients.values():
        client.meta.events.register("before-parameter-build", record)
    try:
        assert job.run_job(tmp_path, tmp_path / "settings.json") == 0
    finally:
        for client in clients.values():
            client.meta.events.unregister("before-parameter-build", record)
    return recorded


def needs(operation, params):
    """The IAM actions and resources of one call, as the service authorization reference says."""
    bucket = f"arn:aws:s3:::{params.get('Bucket')}"
    item = f"{bucket}/{params.get('Key')}"
    group = f"arn:aws:logs:us-west-2:123456789012:log-group:{params.get('logGroupName')}"
    stream = f"{group}:log-stream:{params.get('logStreamName')}"
    # Without ListBucket S3 says 403 of an object that is not there, and the run asks for some.
    read = [("s3:GetObject", item), ("s3:ListBucket", bucket)]
    return {
        "GetObject": read,
        "HeadObject": read,
        "PutObject": [("s3:PutObject", item)],
        "PutMetricData": [("cloudwatch:PutMetricData", "*")],
        "CreateLogStream": [("logs:CreateLogStream", group), ("logs:CreateLogStream", stream)],
        "PutLogEvents": [("logs:PutLogEvents", group), ("logs:PutLogEvents", stream)],
    }[operation]


def test_the_role_allows_what_a_run_does_and_nothing_else(policy, calls, settings):
    grants = {
        pair
        for statement in policy["Statement"]
        for pair in product(statement["Action"], statement["Resource"])
    }
    wanted = {need for operation, params in calls for need in needs(operation, params)}

    def covers(grant, need):
        return grant[0] == need[0] and fnmatchcase(need[1], grant[1])

    assert [n for n in wanted if not any(covers(g, n) for g in grants)] == []
    assert [g for g in grants if not any(covers(g, n) for n in wanted)] == []
    assert {params["Namespace"] for _, params in calls if "Namespace" in params} == {
        settings.metrics_namespace
    }
