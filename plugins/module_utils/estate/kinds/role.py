# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a training host may do, and nothing else."""

from __future__ import annotations

from typing import Any

from ..cloud import Cloud, absent, concurrently
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Properties, Resource
from ..normal import document, tags_of

#: What the host does with each bucket. It reads data, writes models, and deletes nothing: a lost
#: host cannot take a model or a data set with it. It has no use for raw data.
READS = ("processed_data", "model_artifacts")
WRITES = ("model_artifacts",)


def _name(inputs: Inputs) -> str:
    return f"{inputs.stem}-training"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """The role of training hosts."""
    properties = {
        "description": f"Training hosts of {inputs.stem}",
        "path": "/",
        "max_session_seconds": 3600,
        "trust": trust_policy(),
        "inline_policies": {"training": training_policy(inputs, facts)},
        "managed_policies": [],
        "permissions_boundary": None,
        "tags": inputs.tags,
    }
    return [Resource("role", "training", _name(inputs), properties)]


def trust_policy() -> Properties:
    """Only EC2 may take the role. EC2 sends no aws:SourceAccount, so there is none to ask for."""
    return document(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "OnlyInstances",
                    "Effect": "Allow",
                    "Principal": {"Service": "ec2.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    )


def training_policy(inputs: Inputs, facts: Facts) -> Properties:
    """What the calls of a run need: `tests/unit/cardiology/test_permissions.py` compares."""
    group = (
        f"arn:{facts.partition}:logs:{inputs.region}:{facts.account_id}"
        f":log-group:/aws/{inputs.project}/{inputs.environment}"
    )
    namespace = f"{inputs.project}/{inputs.environment}"
    return document(
        {
            "Version": "2012-10-17",
            "Statement": [
                # Without it S3 says "forbidden" of an object that is not there.
                _allow("FindObjects", ["s3:ListBucket"], _buckets(inputs, facts, READS)),
                _allow("ReadObjects", ["s3:GetObject"], _objects(inputs, facts, READS)),
                _allow("WriteObjects", ["s3:PutObject"], _objects(inputs, facts, WRITES)),
                # PutMetricData knows no resources: the namespace condition is its only limit.
                _allow("PublishMetrics", ["cloudwatch:PutMetricData"], ["*"])
                | {"Condition": {"StringEquals": {"cloudwatch:namespace": namespace}}},
                _allow(
                    "WriteLogs",
                    ["logs:CreateLogStream", "logs:PutLogEvents"],
                    [group, f"{group}:log-stream:*"],
                ),
            ],
        }
    )


def _allow(sid: str, actions: list[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}


def _buckets(inputs: Inputs, facts: Facts, keys: tuple[str, ...]) -> list[str]:
    return [f"arn:{facts.partition}:s3:::{inputs.bucket_name(key)}" for key in keys]


def _objects(inputs: Inputs, facts: Facts, keys: tuple[str, ...]) -> list[str]:
    return [f"{arn}/*" for arn in _buckets(inputs, facts, keys)]


def read(cloud: Cloud) -> list[Found]:
    """The role with our name, and every policy that is on it."""
    name = _name(cloud.inputs)
    iam = cloud.client("iam")
    answer = absent(lambda: iam.get_role(RoleName=name), "NoSuchEntity")
    if answer is None:
        return []
    role = answer["Role"]
    boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    attached = cloud.pages("iam", "list_attached_role_policies", "AttachedPolicies", RoleName=name)
    properties = {
        "description": role.get("Description", ""),
        "path": role["Path"],
        "max_session_seconds": role["MaxSessionDuration"],
        "trust": document(role["AssumeRolePolicyDocument"]),
        "inline_policies": _inline_policies(cloud, name),
        "managed_policies": sorted(policy["PolicyArn"] for policy in attached),
        "permissions_boundary": boundary,
        "tags": tags_of(role.get("Tags")),
    }
    return [Found("role", name, name, properties)]


def _inline_policies(cloud: Cloud, role: str) -> Properties:
    names = cloud.pages("iam", "list_role_policies", "PolicyNames", RoleName=role)
    documents = concurrently(
        lambda name: cloud.client("iam").get_role_policy(RoleName=role, PolicyName=name), names
    )
    return {
        name: document(answer["PolicyDocument"])
        for name, answer in zip(names, documents, strict=True)
    }


KIND = Kind("role", "identity", desired, read, immutable=frozenset({"path"}))
