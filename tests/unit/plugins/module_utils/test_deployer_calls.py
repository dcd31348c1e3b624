"""Both estates are made, changed and removed by somebody who has the deployer's policies alone.

The local cloud's API enforces them on every request.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.deployer import Scope, documents
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands import left
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine import compare
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.apply import (
    Work,
    apply,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.change import (
    Pace,
    resolved,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import (
    Cloud,
    concurrently,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Found,
    Plan,
    Resource,
    Target,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import parse
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds import KINDS, resources
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.compute.key_pair import (
    public_key,
)
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from werkzeug.serving import make_server

from localcloud.iam.enforcement import Enforcement
from localcloud.iam.principals import ROOT_KEY
from localcloud.leases import Leases

from .estate import conftest

ACCOUNT = "123456789012"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}
AT_ONCE = Pace(looks=(0, 0), waits=(0, 0))
KIND = {kind.name: kind for kind in KINDS}

RAW = conftest.RAW | {
    "s3_bucket_prefix": f"cardiology-optimizer-{ACCOUNT}",
    "permissions_boundary": BOUNDARY,
}
#: What prod has on top; both are in one account.
PROD = conftest.PROD | {"permissions_boundary": BOUNDARY}


@dataclass
class World:
    """An account, in the hands of a deployer."""

    endpoint: str
    key: tuple[str, str]
    enforcement: Enforcement
    directory: Path

    def cloud(self, raw: Mapping[str, Any]) -> tuple[Cloud, list[Resource]]:
        """The account as the deployer sees it, and the estate that these inputs want."""
        file = self.directory / str(raw["env"])
        inputs, errors = parse({**raw, "ssh_private_key_file": str(file)})
        assert inputs, errors

        def make_client(service: str, region: str, config: Mapping[str, Any]) -> Any:
            return boto3.client(
                service,
                region_name=region or inputs.region,
                # S3 Control writes the account and a dot before the host.
                endpoint_url=self.endpoint.replace("//", "//local@")
                if service == "s3control"
                else self.endpoint,
                aws_access_key_id=self.key[0],
                aws_secret_access_key=self.key[1],
                config=Config(**config, s3={"addressing_style": "path"}),
            )

        cloud = Cloud(make_client)
        cloud.inputs = inputs
        cloud.identify()
        facts = Facts(ACCOUNT, "aws", ("us-west-2a", "us-west-2b"), public_key=public_key(file))
        return cloud, resources(inputs, facts)

    def denied(self) -> list[str]:
        """What was asked and not allowed, each once."""
        return sorted(
            {
                f"{d['action']} {d['resource']} {d['context']}"
                for d in self.enforcement.decisions
                if not d["allowed"]
            }
        )


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    from localcloud.server import aws_application

    enforcement = Enforcement(aws_application(Leases(tmp_path_factory.mktemp("l"), "unit")))
    server = make_server("127.0.0.1", 0, enforcement, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    import requests

    requests.post(f"{endpoint}/moto-api/reset", timeout=120).raise_for_status()
    directory = tmp_path_factory.mktemp("keys")
    yield World(endpoint, _deployer(endpoint), enforcement, directory)
    requests.post(f"{endpoint}/moto-api/reset", timeout=120).raise_for_status()
    server.shutdown()
    thread.join()


def _deployer(endpoint: str) -> tuple[str, str]:
    """A user who has our policies and nothing else; its access key."""
    iam = boto3.client(
        "iam",
        region_name="us-west-2",
        endpoint_url=endpoint,
        aws_access_key_id=ROOT_KEY,
        aws_secret_access_key=ROOT_KEY,
    )
    iam.create_policy(PolicyName="boundary", PolicyDocument=json.dumps(EVERYTHING))
    iam.create_user(UserName="deployer")
    scope = Scope(("dev", "prod"), account_id=ACCOUNT, boundary=BOUNDARY, hardening=True)
    for name, document in documents(scope).items():
        made = iam.create_policy(PolicyName=name, PolicyDocument=json.dumps(document))
        iam.attach_user_policy(UserName="deployer", PolicyArn=made["Policy"]["Arn"])
    key = iam.create_access_key(UserName="deployer")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"]


def _found(cloud: Cloud) -> list[Found]:
    return [item for items in concurrently(lambda kind: kind.read(cloud), KINDS) for item in items]


def _carry_out(cloud: Cloud, wanted: list[Resource], plan: Plan) -> list[str]:
    """Apply; the address and the reason of what failed."""
    by_address = {resource.address: resource for resource in wanted}
    outcomes = apply(Work(cloud, KIND, by_address, plan, pace=AT_ONCE))
    return [f"{o.change.address}: {o.reason}" for o in outcomes if o.status != "done"]


def _launch(cloud: Cloud, template: str) -> str:
    """As `amazon.aws.ec2_instance` does it for roles/training_host."""
    ec2 = cloud.client("ec2")
    [image, *_unused] = ec2.describe_images(Owners=["136693071363"])["Images"]
    name = f"{cloud.inputs.stem}-training"
    tags = [{"Key": k, "Value": v} for k, v in cloud.inputs.named_tags(name).items()]
    [made] = ec2.run_instances(
        LaunchTemplate={"LaunchTemplateId": template},
        ImageId=image["ImageId"],
        InstanceType="t3.medium",
        MinCount=1,
        MaxCount=1,
        BlockDeviceMappings=[{"DeviceName": "/dev/xvda", "Ebs": {"VolumeSize": 30}}],
        TagSpecifications=[{"ResourceType": kind, "Tags": tags} for kind in ("instance", "volume")],
    )["Instances"]
    return str(made["InstanceId"])


@pytest.mark.parametrize("raw", [RAW, {**RAW, **PROD}], ids=["dev", "prod"])
def test_the_policies_are_enough(world: World, raw: dict[str, Any]) -> None:
    cloud, wanted = world.cloud(raw)
    plan = compare.plan_present(KINDS, wanted, _found(cloud), owner=cloud.owner)

    assert _carry_out(cloud, wanted, plan) == []
    assert world.denied() == []

    cloud, wanted = world.cloud(raw)
    plan = compare.plan_present(KINDS, wanted, _found(cloud), owner=cloud.owner)
    assert [change for change in plan.changes if change.action not in ("unwanted", "keep")] == []
    _set_everything(cloud, wanted, plan)
    assert world.denied() == []

    host = _launch(cloud, plan.ids["launch_template/training"])
    ec2 = cloud.client("ec2")
    ec2.stop_instances(InstanceIds=[host])
    ec2.start_instances(InstanceIds=[host])
    ec2.get_console_output(InstanceId=host)
    for bucket in ("raw_data", "model_artifacts"):
        name = cloud.inputs.bucket_name(bucket)
        cloud.client("s3").put_object(Bucket=name, Key="a", Body=b"1")
        cloud.client("s3").get_object(Bucket=name, Key="a")
    left.tagged(cloud)
    assert world.denied() == []

    cloud.counts_objects = True
    plan = compare.plan_absent(KINDS, wanted, _found(cloud), owner=cloud.owner, destroy_data=True)
    failed = _carry_out(cloud, wanted, plan)
    assert world.denied() == []
    assert failed == []


def _set_everything(cloud: Cloud, wanted: list[Resource], plan: Plan) -> None:
    """Every setter of everything, as if nothing of it were as wanted.

    What moto cannot set is no matter here: whether it was allowed is.
    """
    for resource in wanted:
        known = resolved(resource, plan.ids)
        kind = KIND[resource.kind]
        target = Target(plan.ids[resource.address], resource.name, known.properties)
        for setter in dict.fromkeys(kind.setters.values()):
            for given in (target, replace(target, found=_spoiled(known.properties))):
                try:
                    setter(cloud, given)
                except (BotoCoreError, ClientError, KeyError):
                    continue


def _spoiled(properties: Mapping[str, Any]) -> dict[str, Any]:
    """The same properties with a tag too many, as if somebody had put it there."""
    tags = properties.get("tags")
    return {**properties, **({"tags": {**tags, "Rogue": "1"}} if tags else {})}


def test_nobody_elses_things_may_be_touched(world: World) -> None:
    cloud, _unused = world.cloud(RAW)
    before = len(world.denied())

    with pytest.raises(ClientError, match=r"UnauthorizedOperation|AccessDenied"):
        cloud.client("s3").create_bucket(
            Bucket="somebody-else",
            CreateBucketConfiguration={"LocationConstraint": "us-west-2"},
        )
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        cloud.client("ec2").create_vpc(CidrBlock="10.0.0.0/16")
    with pytest.raises(ClientError, match="AccessDenied"):
        cloud.client("iam").create_user(UserName="friend")

    assert len(world.denied()) == before + 3
