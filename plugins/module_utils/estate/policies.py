# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy documents: what all of them share, who may take a role of ours, and what it may do.

Pure functions. A key's id is random, so a statement about a key has its address as a resource.
"""

from __future__ import annotations

from typing import Any

from . import names
from .inputs import DATA, REPLICA, Inputs
from .model import Facts, Properties
from .normal import document

VERSION = "2012-10-17"

#: What the host does with each bucket. It reads data, writes models, and deletes nothing: a lost
#: host cannot take a model or a data set with it. It has no use for raw data.
READS = ("processed_data", "model_artifacts")
WRITES = ("model_artifacts",)

#: All that makes EC2 bill by the hour.
LAUNCHES = (
    "ec2:CreateFleet",
    "ec2:RequestSpotFleet",
    "ec2:RequestSpotInstances",
    "ec2:RunInstances",
    "ec2:StartInstances",
)

#: The automation document that a budget runs to stop hosts.
STOP_DOCUMENT = "AWS-StopEC2Instance"


def policy(*statements: Properties) -> Properties:
    """A document of these statements, in normal form."""
    return document({"Version": VERSION, "Statement": list(statements)})


def allow(
    sid: str, actions: list[str], resources: list[str], condition: Properties | None = None
) -> dict[str, Any]:
    """One statement that allows."""
    statement = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
    return statement | ({"Condition": condition} if condition else {})


def only_tls(action: str, *resources: str, sid: str = "OnlyTLS") -> dict[str, Any]:
    """Deny everything that does not come over TLS, whoever asks."""
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def for_us(facts: Facts, *sources: str) -> Properties:
    """The condition on a service: for these things of our account and nobody else's."""
    return {
        "StringEquals": {"aws:SourceAccount": facts.account_id},
        "ArnLike": {"aws:SourceArn": list(sources)},
    }


def bucket_arns(inputs: Inputs, facts: Facts, keys: tuple[str, ...]) -> list[str]:
    """The ARNs of buckets."""
    return [names.bucket_arn(facts, inputs.bucket_name(key)) for key in keys]


def _objects(arns: list[str]) -> list[str]:
    return [f"{arn}/*" for arn in arns]


def _via_s3(region: str) -> Properties:
    """Only S3 may ask for the key: its holder cannot decrypt anything by itself."""
    return {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}}


# --- who may take a role


def ec2_trust() -> Properties:
    """Only EC2 may take the role. EC2 sends no aws:SourceAccount, so there is none to ask for."""
    return policy(
        {
            "Sid": "OnlyInstances",
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    )


def service_trust(facts: Facts, service: str, sources: list[str]) -> Properties:
    """One service may take the role, for these things of our account and nobody else's."""
    return policy(
        {
            "Sid": "OnlyForUs",
            "Effect": "Allow",
            "Principal": {"Service": f"{service}.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": for_us(facts, *sources),
        }
    )


def replication_trust(inputs: Inputs, facts: Facts) -> Properties:
    """S3, for the buckets with a replica."""
    return service_trust(facts, "s3", bucket_arns(inputs, facts, DATA))


def flow_logs_trust(inputs: Inputs, facts: Facts) -> Properties:
    """The flow logs of our region; the id of ours is not known before it exists."""
    source = names.arn(facts, "ec2", inputs.region, "vpc-flow-log/*")
    return service_trust(facts, "vpc-flow-logs", [source])


def cloudtrail_trust(inputs: Inputs, facts: Facts) -> Properties:
    """Our trail."""
    return service_trust(facts, "cloudtrail", [names.trail_arn(inputs, facts)])


def budget_trust(inputs: Inputs, facts: Facts) -> Properties:
    """Our budget and its action."""
    source = names.arn(facts, "budgets", "", f"budget/{names.budget(inputs)}")
    return service_trust(facts, "budgets", [source, f"{source}/action/*"])


# --- what it may do


def training_policy(inputs: Inputs, facts: Facts) -> Properties:
    """What the calls of a run need: `tests/unit/cardiology/test_permissions.py` compares."""
    group = names.log_group_arn(inputs, facts, names.log_group(inputs))
    namespace = names.metrics_namespace(inputs)
    reads = bucket_arns(inputs, facts, READS)
    statements = [
        # Without it S3 says "forbidden" of an object that is not there.
        allow("FindObjects", ["s3:ListBucket"], reads),
        allow("ReadObjects", ["s3:GetObject"], _objects(reads)),
        allow("WriteObjects", ["s3:PutObject"], _objects(bucket_arns(inputs, facts, WRITES))),
        # PutMetricData knows no resources: the namespace condition is its only limit.
        allow(
            "PublishMetrics",
            ["cloudwatch:PutMetricData"],
            ["*"],
            {"StringEquals": {"cloudwatch:namespace": namespace}},
        ),
        allow(
            "WriteLogs",
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [group, f"{group}:log-stream:*"],
        ),
    ]
    if inputs.customer_managed_key:
        # Decrypt for uploads too: S3 reads the parts of a large one back to join them.
        statements.append(
            allow(
                "UseKeyThroughS3",
                ["kms:Decrypt", "kms:GenerateDataKey"],
                ["kms_key/main"],
                _via_s3(inputs.region),
            )
        )
    return policy(*statements)


def replication_policy(inputs: Inputs, facts: Facts) -> Properties:
    """From the buckets to their replicas, and from one key to the other."""
    sources = bucket_arns(inputs, facts, DATA)
    replicas = bucket_arns(inputs, facts, tuple(key + REPLICA for key in DATA))
    reads = [
        "s3:GetObjectVersionAcl",
        "s3:GetObjectVersionForReplication",
        "s3:GetObjectVersionTagging",
    ]
    statements = [
        allow("ReadRules", ["s3:GetReplicationConfiguration", "s3:ListBucket"], sources),
        allow("ReadVersions", reads, _objects(sources)),
        allow(
            "WriteReplicas",
            ["s3:ReplicateDelete", "s3:ReplicateObject", "s3:ReplicateTags"],
            _objects(replicas),
        ),
    ]
    if inputs.object_lock_days:
        locked = _objects(bucket_arns(inputs, facts, ("model_artifacts",)))
        statements.append(
            allow("ReadLocks", ["s3:GetObjectLegalHold", "s3:GetObjectRetention"], locked)
        )
    if inputs.customer_managed_key:
        statements += [
            allow("DecryptSource", ["kms:Decrypt"], ["kms_key/main"], _via_s3(inputs.region)),
            # GenerateDataKey is what a bucket key asks for.
            allow(
                "EncryptReplica",
                ["kms:Encrypt", "kms:GenerateDataKey"],
                ["kms_key/replica"],
                _via_s3(inputs.replica_region),
            ),
        ]
    return policy(*statements)


def flow_logs_policy(inputs: Inputs, facts: Facts) -> Properties:
    """Into our log group, which exists: it need not make one."""
    group = names.log_group_arn(inputs, facts, names.log_group(inputs, "flow_logs"))
    return policy(
        allow(
            "WriteLogs",
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [group, f"{group}:log-stream:*"],
        ),
        # A list: AWS limits it to no group.
        allow("FindGroup", ["logs:DescribeLogGroups"], ["*"]),
    )


def cloudtrail_policy(inputs: Inputs, facts: Facts) -> Properties:
    """Into the streams that CloudTrail names after account and region."""
    group = names.log_group_arn(inputs, facts, names.log_group(inputs, "trail"))
    stream = f"{group}:log-stream:{facts.account_id}_CloudTrail_{inputs.region}*"
    return policy(allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [stream]))


def budget_policy(inputs: Inputs, facts: Facts) -> Properties:
    """What the wanted action needs, and not what the other one needs."""
    if inputs.budget_action == "deny_launch":
        return _attach_deny(inputs, facts)
    return _stop_hosts(inputs, facts)


def _attach_deny(inputs: Inputs, facts: Facts) -> Properties:
    deny = names.iam_arn(facts, "policy", inputs.named("deny_launch"))
    return policy(
        allow(
            "AttachDenyLaunch",
            ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
            [names.iam_arn(facts, "role", inputs.deployer_role)],
            {"ArnEquals": {"iam:PolicyARN": deny}},
        )
    )


def _stop_hosts(inputs: Inputs, facts: Facts) -> Properties:
    by_automation = {"ForAnyValue:StringEquals": {"aws:CalledVia": ["ssm.amazonaws.com"]}}
    ours = {
        "aws:ResourceTag/Environment": inputs.environment,
        "aws:ResourceTag/Project": inputs.project,
    }
    document_arn = (
        f"arn:{facts.partition}:ssm:{inputs.region}:*:automation-definition/{STOP_DOCUMENT}:*"
    )
    return policy(
        allow("RunStop", ["ssm:StartAutomationExecution"], [document_arn]),
        allow("SeeHosts", ["ec2:DescribeInstanceStatus"], ["*"], by_automation),
        allow(
            "StopHosts",
            ["ec2:StopInstances"],
            [names.arn(facts, "ec2", inputs.region, "instance/*")],
            by_automation | {"StringEquals": ours},
        ),
    )


def deny_launch_policy() -> Properties:
    """Who has it launches and starts nothing, whatever else allows it."""
    return policy(
        {"Sid": "DenyLaunch", "Effect": "Deny", "Action": list(LAUNCHES), "Resource": ["*"]}
    )
