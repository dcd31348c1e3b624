# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IAM policies for the deployer: enough for every playbook, and no more.

Pure functions; `tools/deployer_policy.py` prints the policies. The AWS calls in the code are
compared with them in both directions in `tests/unit/plugins/module_utils/test_deployer.py`.

Each kind of resource lists the actions that it needs (`Kind.permissions`). The statements here
restrict them: by name where we choose the name, and by our tags for resources with random ids.
Describe and List actions do not support resource-level permissions.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .estate.engine.model import Right
from .estate.kinds import KINDS
from .estate.kinds.policies import STOP_DOCUMENT, VERSION

Statement = dict[str, Any]


#: Characters that IAM allows in one managed policy, not counting white space.
LIMIT = 6144


#: What only modules of amazon.aws and community.aws read, by the statement that allows it: with
#: `deploy_with=modules`, and where roles launch and stop hosts.
BY_MODULES = {
    "LookAtHosts": (
        "ec2:DescribeIamInstanceProfileAssociations",
        "ec2:DescribeImages",
        "ec2:DescribeInstanceAttribute",
        "ec2:DescribeInstanceStatus",
    ),
    "LookAtNetworks": ("ec2:DescribeTags",),
    "OurBuckets": ("s3:GetBucketRequestPayment", "s3:GetInventoryConfiguration"),
    "OurKeys": ("kms:ListGrants", "kms:ListKeyPolicies"),
    "OurLogs": ("logs:ListTagsLogGroup",),
    "Subscriptions": ("sns:ListTopics",),
}


@dataclass(frozen=True)
class Scope:
    """The project, environments, account and regions that the policies cover."""

    environments: tuple[str, ...]
    account_id: str = "ACCOUNT_ID"
    partition: str = "aws"
    project: str = "cardiology-optimizer"
    #: Empty means `<project>-<account id>`, as in the inputs.
    bucket_prefix: str = ""
    #: The home region first, then the replica regions.
    regions: tuple[str, ...] = ("us-west-2", "us-east-2")
    #: ARN of the permissions boundary that every role must have; empty for none.
    boundary: str = ""
    #: Whether `account_hardening` may be turned on.
    hardening: bool = False

    def stems(self, end: str = "") -> list[str]:
        """The prefix of every name, per environment, followed by `end`."""
        return [f"{self.project}-{env}{end}" for env in self.environments]

    def arns(self, service: str, rests: Iterable[str], region: str | None = None) -> list[str]:
        """ARNs in the home region, in `region`, or without a region ("")."""
        where = self.regions[0] if region is None else region
        start = f"arn:{self.partition}:{service}:{where}:{self.account_id}:"
        return [start + rest for rest in rests]

    def everywhere(self, service: str, *rests: str) -> list[str]:
        """ARNs in every region."""
        return [arn for region in self.regions for arn in self.arns(service, rests, region)]

    def buckets(self, end: str = "") -> list[str]:
        """ARNs of the buckets, or of their objects with `end` set to "/*"."""
        prefix = self.bucket_prefix or f"{self.project}-{self.account_id}"
        return [f"arn:{self.partition}:s3:::{prefix}-{env}-*{end}" for env in self.environments]

    def log_groups(self, end: str = "") -> list[str]:
        """ARNs of the log groups, including nested ones."""
        rests = [f"log-group:/aws/{self.project}/{env}*{end}" for env in self.environments]
        return self.arns("logs", rests)

    def tagged(self, where: str) -> Statement:
        """The condition that our tags are present; `where` is Resource or Request."""
        tags = {
            f"aws:{where}Tag/Project": self.project,
            f"aws:{where}Tag/Environment": _one_or_all(self.environments),
        }
        return {"StringEquals": tags}


def _one_or_all(values: tuple[str, ...]) -> Any:
    return values[0] if len(values) == 1 else list(values)


def documents(scope: Scope) -> dict[str, Statement]:
    """The policies by name suffix; each fits into one managed policy."""
    return {
        "network": _document(_network(scope)),
        "hosts": _document(_hosts(scope)),
        "storage": _document(_storage(scope)),
        "identity": _document(_identity(scope)),
        "monitoring": _document(_monitoring(scope)),
    }


def too_long(document: Statement) -> bool:
    """Whether a policy exceeds IAM's limit (too many environments, or too long names)."""
    return len(json.dumps(document, separators=(",", ":"))) > LIMIT


def _document(statements: list[Statement]) -> Statement:
    return {"Version": VERSION, "Statement": statements}


def _allow(
    sid: str,
    service: str,
    resources: list[str] | None = None,
    condition: Statement | None = None,
    besides: str = "",
) -> Statement:
    """One statement: the actions that kinds and modules need under `sid`, and `besides`."""
    actions = [*besides.split(), *(a for right in _rights(sid) for a in right.actions.split())]
    statement: Statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": sorted({*BY_MODULES.get(sid, ()), *(f"{service}:{name}" for name in actions)}),
        "Resource": resources or "*",
    }
    return statement | ({"Condition": condition} if condition else {})


def _rights(sid: str) -> list[Right]:
    """The permissions that all kinds need in the statement with this Sid."""
    return [right for kind in KINDS for right in kind.permissions if right.statement == sid]


def _types(*sids: str) -> list[str]:
    """The EC2 resource types that the kinds need these statements for."""
    return sorted({right.resource for sid in sids for right in _rights(sid)})


def _ec2(scope: Scope, *kinds: str) -> list[str]:
    return scope.arns("ec2", [f"{kind}/*" for kind in kinds])


# --- network

#: Statements for creating resources that the request tags. No statement may list the parent type of
#: one of its actions, such as the VPC of a new subnet: the request's tags are not the parent's.
MAKE = ("MakeWithOurTags1", "MakeWithOurTags2", "MakeWithOurTags3")

#: The parent resources, which must carry our tags already.
PARENTS = ("elastic-ip", "route-table", "security-group", "subnet", "vpc")


def _network(scope: Scope) -> list[Statement]:
    ours = scope.tagged("Resource")
    return [
        _allow(
            "LookAtNetworks", "ec2", besides="DescribeAvailabilityZones DescribeVpcEndpointServices"
        ),
        *[_allow(sid, "ec2", _ec2(scope, *_types(sid)), scope.tagged("Request")) for sid in MAKE],
        _allow("MakeInOurs", "ec2", _ec2(scope, *PARENTS), ours),
        _allow("ChangeAndRemoveOurs", "ec2", _ec2(scope, *_types("ChangeAndRemoveOurs")), ours),
        # Security group rules have their own tags, and we set none: the group, above, is the limit.
        _allow("ChangeRules", "ec2", _ec2(scope, *_types("ChangeRules"))),
        # Routes that an unmanaged VPN gateway propagated into one of our route tables.
        _allow("ForgetVpnRoutes", "ec2", _ec2(scope, *_types("ForgetVpnRoutes"))),
    ]


# --- hosts


def _hosts(scope: Scope) -> list[Statement]:
    ours = scope.tagged("Resource")
    start = f"arn:{scope.partition}:ec2:{scope.regions[0]}:"
    return [
        _allow(
            "LookAtHosts",
            "ec2",
            besides="DescribeInstanceTypeOfferings DescribeInstanceTypes",
        ),
        _allow(
            "LaunchWithOurTags",
            "ec2",
            _ec2(scope, "instance", "network-interface", "volume"),
            scope.tagged("Request"),
            besides="RunInstances",
        ),
        _allow(
            "LaunchFromOurs",
            "ec2",
            _ec2(scope, "key-pair", "launch-template", "security-group", "subnet"),
            ours,
            besides="RunInstances",
        ),
        # Images come from Debian, Canonical and Amazon; the inventory of a run selects them.
        _allow(
            "LaunchImages",
            "ec2",
            [f"{start}:image/*", f"{start}:snapshot/*"],
            besides="RunInstances",
        ),
        _allow(
            "MakeForHosts", "ec2", _ec2(scope, *_types("MakeForHosts")), scope.tagged("Request")
        ),
        _allow(
            "ChangeAndRemoveHosts",
            "ec2",
            _ec2(scope, *_types("ChangeAndRemoveHosts")),
            ours,
            besides="GetConsoleOutput StartInstances StopInstances",
        ),
        # Restores lost tags, and tags the default security group, which AWS creates untagged. A
        # resource of another project cannot be taken over, and none of ours can be given away.
        _allow(
            "TagOursAndUntagged",
            "ec2",
            scope.arns("ec2", ["*"]),
            {
                "StringEqualsIfExists": {
                    **scope.tagged("Resource")["StringEquals"],
                    **scope.tagged("Request")["StringEquals"],
                }
            },
            besides="CreateTags DeleteTags",
        ),
        # Needed only when the account launches its first spot instance.
        _allow(
            "FirstSpotHost",
            "iam",
            scope.arns("iam", ["role/aws-service-role/spot.amazonaws.com/*"], ""),
            {"StringEquals": {"iam:AWSServiceName": "spot.amazonaws.com"}},
            besides="CreateServiceLinkedRole",
        ),
    ]


# --- storage


def _storage(scope: Scope) -> list[Statement]:
    ours = scope.tagged("Resource")
    keys = scope.everywhere("kms", "key/*")
    names = [f"alias/{stem}*" for stem in scope.stems()]
    return [
        _allow("ListBuckets", "s3"),
        _allow("OurBuckets", "s3", scope.buckets(), besides="ListBucket"),
        _allow("OurObjects", "s3", scope.buckets("/*"), besides="GetObject PutObject"),
        _allow("ListKeys", "kms"),
        _allow("MakeKeys", "kms", None, scope.tagged("Request")),
        # A new key has no tags yet, so this allows any key without a Project tag.
        _allow(
            "TagNewKeys",
            "kms",
            keys,
            scope.tagged("Request") | {"Null": {"aws:ResourceTag/Project": "true"}},
        ),
        _allow("OurKeys", "kms", keys, ours),
        # Aliases cannot be tagged, so they are restricted by name.
        _allow("OurAliases", "kms", scope.everywhere("kms", *names)),
        _allow(
            "UseKeysThroughS3",
            "kms",
            keys,
            ours
            | {
                "StringLike": {
                    "kms:ViaService": [f"s3.{region}.amazonaws.com" for region in scope.regions]
                }
            },
        ),
    ]


# --- identity

#: The services that our roles are passed to, by the suffix of the role name.
PASSED = {
    "training": "ec2",
    "replication": "s3",
    "flow-logs": "vpc-flow-logs",
    "cloudtrail": "cloudtrail",
    "budget-action": "budgets",
}


def _identity(scope: Scope) -> list[Statement]:
    roles = scope.arns("iam", [f"role/{stem}" for stem in scope.stems("-*")], "")
    policies = scope.arns("iam", [f"policy/{stem}" for stem in scope.stems("-*")], "")
    profiles = scope.arns("iam", [f"instance-profile/{stem}" for stem in scope.stems("-*")], "")
    bounded = {"ArnEquals": {"iam:PermissionsBoundary": scope.boundary}} if scope.boundary else None
    deny = scope.arns("iam", [f"policy/{stem}" for stem in scope.stems("-deny-launch")], "")
    statements = [
        _allow("ListIdentities", "iam"),
        # The deployer role and the permissions boundary may have any name.
        _allow(
            "LookAtInputs",
            "iam",
            scope.arns("iam", ["policy/*", "role/*"], ""),
            besides="GetPolicy GetRole",
        ),
        _allow("MakeRoles", "iam", roles, bounded),
        _allow("OurRoles", "iam", roles),
        _allow("OurPolicies", "iam", policies),
        _allow("OurProfiles", "iam", profiles),
        # Teardown detaches the deny policy from every principal that it is attached to.
        _allow(
            "TakeDenialAway",
            "iam",
            scope.arns("iam", ["group/*", "role/*", "user/*"], ""),
            {"ArnEquals": {"iam:PolicyARN": deny}},
        ),
        *[_pass(scope, end, service) for end, service in PASSED.items()],
    ]
    if scope.boundary:
        return statements + _bounded(scope, roles)
    # An unexpected boundary on one of our roles is drift, and is removed.
    return [*statements, _allow("TakeBoundaryAway", "iam", roles)]


def _pass(scope: Scope, end: str, service: str) -> Statement:
    return _allow(
        f"Give{end.title().replace('-', '')}Role",
        "iam",
        scope.arns("iam", [f"role/{stem}" for stem in scope.stems(f"-{end}")], ""),
        {"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}},
        besides="PassRole",
    )


def _bounded(scope: Scope, roles: list[str]) -> list[Statement]:
    """Deny creating or changing roles without the boundary, whatever another policy allows.

    The deployer may not change the boundary policy either, whatever its name is.
    """
    without = {"ArnNotEquals": {"iam:PermissionsBoundary": scope.boundary}}
    return [
        {
            "Sid": "NoRoleWithoutBoundary",
            "Effect": "Deny",
            "Action": [
                "iam:AttachRolePolicy",
                "iam:CreateRole",
                "iam:PutRolePermissionsBoundary",
                "iam:PutRolePolicy",
            ],
            "Resource": roles,
            "Condition": without,
        },
        {
            "Sid": "KeepBoundary",
            "Effect": "Deny",
            "Action": ["iam:DeleteRolePermissionsBoundary"],
            "Resource": roles,
        },
        {
            "Sid": "LeaveBoundaryAsItIs",
            "Effect": "Deny",
            "Action": [
                "iam:CreatePolicy",
                "iam:CreatePolicyVersion",
                "iam:DeletePolicy",
                "iam:DeletePolicyVersion",
                "iam:SetDefaultPolicyVersion",
            ],
            "Resource": [scope.boundary],
        },
    ]


def boundary(scope: Scope) -> Statement:
    """The permissions boundary: what all our roles need, restricted to our resources.

    A role is allowed only what both its own policy and this document allow.
    """
    stems = scope.stems()
    deny = scope.arns("iam", [f"policy/{stem}-deny-launch" for stem in stems], "")
    via_s3 = [f"s3.{region}.amazonaws.com" for region in scope.regions]
    namespaces = [f"{scope.project}/{env}*" for env in scope.environments]
    by_automation = {"ForAnyValue:StringEquals": {"aws:CalledVia": ["ssm.amazonaws.com"]}}
    statements = {
        "Objects": (
            [
                *("s3:GetObject*", "s3:GetReplicationConfiguration", "s3:ListBucket"),
                *("s3:PutObject", "s3:Replicate*"),
            ],
            [*scope.buckets(), *scope.buckets("/*")],
            None,
        ),
        "KeysThroughS3": (
            ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey"],
            scope.everywhere("kms", "key/*"),
            {"StringEquals": {"kms:ViaService": via_s3}},
        ),
        "Logs": (
            ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            scope.log_groups(),
            None,
        ),
        "FindLogs": (["logs:DescribeLogGroups"], ["*"], None),
        "Metrics": (
            ["cloudwatch:PutMetricData"],
            ["*"],
            {"StringLike": {"cloudwatch:namespace": namespaces}},
        ),
        "DenyLaunches": (
            ["iam:AttachRolePolicy", "iam:DetachRolePolicy"],
            scope.arns("iam", ["role/*"], ""),
            {"ArnEquals": {"iam:PolicyARN": deny}},
        ),
        "RunStop": (
            ["ssm:StartAutomationExecution"],
            [
                f"arn:{scope.partition}:ssm:{scope.regions[0]}:*"
                f":automation-definition/{STOP_DOCUMENT}:*"
            ],
            None,
        ),
        "SeeHosts": (["ec2:DescribeInstanceStatus"], ["*"], by_automation),
        "StopHosts": (
            ["ec2:StopInstances"],
            _ec2(scope, "instance"),
            by_automation | scope.tagged("Resource"),
        ),
    }
    return _document(
        [
            {"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resources}
            | ({"Condition": condition} if condition else {})
            for sid, (actions, resources, condition) in statements.items()
        ]
    )


# --- monitoring, money, the trail and the account


def _monitoring(scope: Scope) -> list[Statement]:
    stems = scope.stems()
    budgets = [f"budget/{stem}-monthly{end}" for stem in stems for end in ("", "/action/*")]
    statements = [
        _allow("WhoAmI", "sts", besides="GetCallerIdentity"),
        _allow("WhatIsLeft", "tag", besides="GetResources"),
        _allow("CostTags", "ce", besides="ListCostAllocationTags"),
        _allow("ListPrices", "pricing", besides="GetProducts"),
        _allow("LogGroups", "logs"),
        _allow("OurLogs", "logs", scope.log_groups(), besides="DescribeLogStreams GetLogEvents"),
        _allow("LookAtMetrics", "cloudwatch", besides="GetMetricStatistics ListMetrics"),
        # Anything narrower lists no composite alarms, and one of them may have one of our names.
        _allow("ListAlarms", "cloudwatch"),
        _allow(
            "OurAlarms",
            "cloudwatch",
            scope.arns("cloudwatch", [f"alarm:{stem}-*" for stem in stems]),
        ),
        _allow(
            "OurDashboards",
            "cloudwatch",
            scope.arns("cloudwatch", [f"dashboard/{stem}-*" for stem in stems], ""),
        ),
        _allow("OurTopics", "sns", scope.arns("sns", [f"{stem}-alarms" for stem in stems])),
        # AWS does not support restricting these to a topic.
        _allow("Subscriptions", "sns"),
        _allow("ListTrails", "cloudtrail"),
        # On every trail: only the tags show the owner of a trail with another name.
        _allow("WhoseTrails", "cloudtrail", scope.arns("cloudtrail", ["trail/*"])),
        _allow(
            "OurTrail", "cloudtrail", scope.arns("cloudtrail", [f"trail/{stem}" for stem in stems])
        ),
        _allow("OurBudget", "budgets", scope.arns("budgets", budgets, "")),
        _allow("LookAtAccount", "ec2"),
        _allow("LookAtPasswords", "iam"),
        _allow("LookAtS3Account", "s3"),
    ]
    return statements + (_hardening() if scope.hardening else [])


def _hardening() -> list[Statement]:
    """Account-wide settings, which have no resource-level permissions."""
    return [
        _allow("HardenVolumes", "ec2"),
        _allow("HardenPasswords", "iam"),
        _allow("HardenS3", "s3"),
    ]
