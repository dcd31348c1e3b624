# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policy documents: shared statements, trust policies of our roles, and their permissions.

Pure functions. A key's id is random, so a statement about a key has the key's address as resource.
"""

from __future__ import annotations

from typing import Any

from .. import names
from ..engine.model import Facts, Properties
from ..engine.normal import document
from ..inputs import DATA, REPLICA, Inputs

VERSION = "2012-10-17"

#: The buckets that a host may read and write. It reads data, writes models, and deletes nothing, so
#: a compromised host cannot destroy a model or a data set. It does not need raw data.
READS = ("processed_data", "model_artifacts")
WRITES = ("model_artifacts",)

#: All actions that start hourly EC2 charges.
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
    """A policy document with these statements, in normal form."""
    return document({"Version": VERSION, "Statement": list(statements)})


def allow(
    sid: str, actions: list[str], resources: list[str], condition: Properties | None = None
) -> dict[str, Any]:
    """One Allow statement."""
    statement = {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
    return statement | ({"Condition": condition} if condition else {})


def only_tls(action: str, *resources: str, sid: str = "OnlyTLS") -> dict[str, Any]:
    """A statement that denies requests without TLS, from any principal."""
    return {
        "Sid": sid,
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": list(resources),
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def for_us(facts: Facts, *sources: str) -> Properties:
    """The condition that a service acts for these resources of our account only."""
    return {
        "StringEquals": {"aws:SourceAccount": facts.account_id},
        "ArnLike": {"aws:SourceArn": list(sources)},
    }


def bucket_arns(inputs: Inputs, facts: Facts, keys: tuple[str, ...]) -> list[str]:
    """The ARNs of buckets."""
    return [names.bucket_arn(facts, inputs.bucket_name(key)) for key in keys]


def _objects(arns: list[str]) -> list[str]:
    return [f"{arn}/*" for arn in arns]


def _older_data(facts: Facts, region: str) -> list[dict[str, Any]]:
    """A statement that lets data readers decrypt with the keys kept for older data, if any.

    Decrypt only: nothing new is encrypted with them.
    """
    kept = [arn for arn in facts.kept_keys if arn.split(":")[3] == region]
    return [allow("ReadOlderData", ["kms:Decrypt"], kept, _via_s3(region))] if kept else []


def _via_s3(region: str) -> Properties:
    """The condition that the key is used through S3: the role cannot decrypt anything directly."""
    return {"StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"}}


# --- trust policies


def ec2_trust() -> Properties:
    """Only EC2 may assume the role. No condition, since EC2 does not send aws:SourceAccount."""
    return policy(
        {
            "Sid": "OnlyInstances",
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    )


def service_trust(service: str, condition: Properties | None = None) -> Properties:
    """Only one service may assume the role.

    A condition is set only if AWS documents it for this service's trust policy: a service that does
    not send the condition keys could never assume the role, and nothing would report it
    (docs/decisions.md).
    """
    statement: Properties = {
        "Sid": "OnlyThisService",
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    return policy(statement | ({"Condition": condition} if condition else {}))


def replication_trust() -> Properties:
    """Trust S3, without a condition: AWS documents none for replication."""
    return service_trust("s3")


def flow_logs_trust(inputs: Inputs, facts: Facts) -> Properties:
    """Trust all flow logs of our region; the id of ours is not known before it exists."""
    source = names.arn(facts, "ec2", inputs.region, "vpc-flow-log/*")
    return service_trust("vpc-flow-logs", for_us(facts, source))


def cloudtrail_trust() -> Properties:
    """Trust CloudTrail, which does not support these keys when it writes to CloudWatch Logs."""
    return service_trust("cloudtrail")


def budget_trust(facts: Facts) -> Properties:
    """Trust all budgets of our account: the source that AWS documents names no single budget."""
    return service_trust("budgets", for_us(facts, names.arn(facts, "budgets", "", "budget/*")))


# --- permissions


def training_policy(inputs: Inputs, facts: Facts) -> Properties:
    """What a run's calls need; `tests/unit/cardiology/test_permissions.py` compares the two."""
    group = names.log_group_arn(inputs, facts, names.log_group(inputs))
    namespace = names.metrics_namespace(inputs)
    reads = bucket_arns(inputs, facts, READS)
    statements = [
        # Without it, S3 returns "forbidden" for a missing object.
        allow("FindObjects", ["s3:ListBucket"], reads),
        allow("ReadObjects", ["s3:GetObject"], _objects(reads)),
        allow("WriteObjects", ["s3:PutObject"], _objects(bucket_arns(inputs, facts, WRITES))),
        # PutMetricData has no resource-level permissions; only the namespace can be restricted.
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
        # Uploads need Decrypt too: S3 reads the parts of a multipart upload back to join them.
        statements.append(
            allow(
                "UseKeyThroughS3",
                ["kms:Decrypt", "kms:GenerateDataKey"],
                ["kms_key/main"],
                _via_s3(inputs.region),
            )
        )
    return policy(*statements, *_older_data(facts, inputs.region))


def replication_policy(inputs: Inputs, facts: Facts) -> Properties:
    """Read from the buckets, write to the replicas, and use the key of each."""
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
            # A bucket key needs GenerateDataKey.
            allow(
                "EncryptReplica",
                ["kms:Encrypt", "kms:GenerateDataKey"],
                ["kms_key/replica"],
                _via_s3(inputs.replica_region),
            ),
        ]
    return policy(*statements, *_older_data(facts, inputs.region))


def flow_logs_policy(inputs: Inputs, facts: Facts) -> Properties:
    """Write to our log group, which exists, so it need not be created."""
    group = names.log_group_arn(inputs, facts, names.log_group(inputs, "flow_logs"))
    return policy(
        allow(
            "WriteLogs",
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [group, f"{group}:log-stream:*"],
        ),
        # A list action, which AWS does not support restricting to a group.
        allow("FindGroup", ["logs:DescribeLogGroups"], ["*"]),
    )


def cloudtrail_policy(inputs: Inputs, facts: Facts) -> Properties:
    """Write to the log streams that CloudTrail names after account and region."""
    group = names.log_group_arn(inputs, facts, names.log_group(inputs, "trail"))
    stream = f"{group}:log-stream:{facts.account_id}_CloudTrail_{inputs.region}*"
    return policy(allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [stream]))


def budget_policy(inputs: Inputs, facts: Facts) -> Properties:
    """What the chosen `budget_action` needs, and nothing for the other one."""
    if inputs.budget_action == "deny_launch":
        return _attach_deny(inputs, facts)
    return _stop_hosts(inputs, facts)


def _attach_deny(inputs: Inputs, facts: Facts) -> Properties:
    deny = names.iam_arn(facts, "policy", inputs.named("deny_launch"))
    return policy(
        allow(
            "AttachDenyLaunch",
            ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
            [facts.deployer_role_arn or names.iam_arn(facts, "role", inputs.deployer_role)],
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
    """Deny launching and starting hosts, whatever other policies allow."""
    return policy(
        {"Sid": "DenyLaunch", "Effect": "Deny", "Action": list(LAUNCHES), "Resource": ["*"]}
    )
