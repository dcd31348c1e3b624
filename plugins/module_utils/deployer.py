# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the person who deploys must be allowed: enough for every playbook, and no more.

Pure functions; `tools/deployer_policy.py` prints them. What the code asks of AWS is compared with
them both ways in `tests/unit/plugins/module_utils/test_deployer.py`.

Everything that AWS lets be limited is: by the name where a name is ours, and by our tags for what
has only a random id. Lists (Describe, List) know no resources.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from .estate.policies import VERSION

Statement = dict[str, Any]


@dataclass(frozen=True)
class Scope:
    """Whose environments, and where."""

    account_id: str = "ACCOUNT_ID"
    partition: str = "aws"
    project: str = "cardiology-optimizer"
    #: Empty: `<project>-<account id>`, as in the inputs.
    bucket_prefix: str = ""
    #: The home region first, then where replicas are.
    regions: tuple[str, ...] = ("us-west-2", "us-east-2")
    environments: tuple[str, ...] = ("dev", "prod")
    #: The ARN that every role must have as its boundary; empty: none.
    boundary: str = ""
    #: Whether `account_hardening` may be turned on.
    hardening: bool = False

    def stems(self, end: str = "") -> list[str]:
        """The beginning of every name."""
        return [f"{self.project}-{env}{end}" for env in self.environments]

    def arns(self, service: str, rests: Iterable[str], region: str | None = None) -> list[str]:
        """ARNs of the home region, of another one, or ("") of none."""
        where = self.regions[0] if region is None else region
        start = f"arn:{self.partition}:{service}:{where}:{self.account_id}:"
        return [start + rest for rest in rests]

    def everywhere(self, service: str, *rests: str) -> list[str]:
        """ARNs in each of the regions."""
        return [arn for region in self.regions for arn in self.arns(service, rests, region)]

    def buckets(self, end: str = "") -> list[str]:
        """ARNs of the buckets, or of what is in them."""
        prefix = self.bucket_prefix or f"{self.project}-{self.account_id}"
        return [f"arn:{self.partition}:s3:::{prefix}-{env}-*{end}" for env in self.environments]

    def log_groups(self, end: str = "") -> list[str]:
        """ARNs of the log groups, the ones below them included."""
        rests = [f"log-group:/aws/{self.project}/{env}*{end}" for env in self.environments]
        return self.arns("logs", rests)

    def tagged(self, where: str) -> Statement:
        """The condition that something carries our tags: `where` is Resource or Request."""
        tags = {
            f"aws:{where}Tag/Project": self.project,
            f"aws:{where}Tag/Environment": _one_or_all(self.environments),
        }
        return {"StringEquals": tags}


def _one_or_all(values: tuple[str, ...]) -> Any:
    return values[0] if len(values) == 1 else list(values)


def documents(scope: Scope) -> dict[str, Statement]:
    """The policies by the end of their names: each fits into one managed policy."""
    return {
        "network": _document(_network(scope)),
        "hosts": _document(_hosts(scope)),
        "storage": _document(_storage(scope)),
        "identity": _document(_identity(scope)),
        "monitoring": _document(_monitoring(scope)),
    }


def _document(statements: list[Statement]) -> Statement:
    return {"Version": VERSION, "Statement": statements}


def _allow(
    sid: str,
    service: str,
    actions: str,
    resources: list[str] | None = None,
    condition: Statement | None = None,
) -> Statement:
    """One statement; `actions` are names between blanks, without the service's own."""
    statement: Statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Action": sorted(f"{service}:{action}" for action in actions.split()),
        "Resource": resources or "*",
    }
    return statement | ({"Condition": condition} if condition else {})


def _ec2(scope: Scope, *kinds: str) -> list[str]:
    return scope.arns("ec2", [f"{kind}/*" for kind in kinds])


# --- network

#: What our requests make, by the action that makes it. Each row is a statement of its own: an
#: action may not have another one's thing among its parents, where its own tags say nothing.
MADE = (
    {
        "AllocateAddress": "elastic-ip",
        "CreateInternetGateway": "internet-gateway",
        "CreateVpc": "vpc",
    },
    {
        "CreateRouteTable": "route-table",
        "CreateSecurityGroup": "security-group",
        "CreateSubnet": "subnet",
    },
    {
        "CreateFlowLogs": "vpc-flow-log",
        "CreateNatGateway": "natgateway",
        "CreateVpcEndpoint": "vpc-endpoint",
    },
)

#: What it is made in or of, which must be ours already.
PARENTS = ("elastic-ip", "route-table", "security-group", "subnet", "vpc")


def _network(scope: Scope) -> list[Statement]:
    ours = scope.tagged("Resource")
    return [
        _allow(
            "LookAtNetworks",
            "ec2",
            """DescribeAddresses DescribeAvailabilityZones DescribeFlowLogs
            DescribeInternetGateways DescribeNatGateways DescribeRouteTables
            DescribeSecurityGroupRules DescribeSecurityGroups DescribeSubnets
            DescribeVpcAttribute DescribeVpcEndpoints DescribeVpcs""",
        ),
        *[
            _allow(
                f"MakeWithOurTags{number}",
                "ec2",
                " ".join(made),
                _ec2(scope, *made.values()),
                scope.tagged("Request"),
            )
            for number, made in enumerate(MADE, start=1)
        ],
        _allow(
            "MakeInOurs",
            "ec2",
            " ".join((*MADE[1], *MADE[2])),
            _ec2(scope, *PARENTS),
            ours,
        ),
        _allow(
            "ChangeAndRemoveOurs",
            "ec2",
            """AssociateRouteTable AttachInternetGateway AuthorizeSecurityGroupEgress
            AuthorizeSecurityGroupIngress CreateRoute DeleteFlowLogs DeleteInternetGateway
            DeleteNatGateway DeleteRoute DeleteRouteTable DeleteSecurityGroup DeleteSubnet
            DeleteVpc DeleteVpcEndpoints DetachInternetGateway DisableVgwRoutePropagation
            DisassociateRouteTable DisassociateSubnetCidrBlock DisassociateVpcCidrBlock
            ModifySubnetAttribute ModifyVpcAttribute ModifyVpcEndpoint ModifyVpcTenancy
            ReleaseAddress ReplaceRoute ReplaceRouteTableAssociation RevokeSecurityGroupEgress
            RevokeSecurityGroupIngress""",
            _ec2(scope, *sorted(kind for made in MADE for kind in made.values())),
            ours,
        ),
        # Routes that a foreign VPN gateway wrote into a table of ours.
        _allow("ForgetVpnRoutes", "ec2", "DisableVgwRoutePropagation", _ec2(scope, "vpn-gateway")),
    ]


# --- hosts


def _hosts(scope: Scope) -> list[Statement]:
    ours = scope.tagged("Resource")
    start = f"arn:{scope.partition}:ec2:{scope.regions[0]}:"
    return [
        _allow(
            "LookAtHosts",
            "ec2",
            """DescribeIamInstanceProfileAssociations DescribeImages DescribeInstanceAttribute
            DescribeInstanceStatus DescribeInstanceTypes DescribeInstances DescribeKeyPairs
            DescribeLaunchTemplateVersions DescribeLaunchTemplates DescribeVolumes""",
        ),
        _allow(
            "LaunchWithOurTags",
            "ec2",
            "RunInstances",
            _ec2(scope, "instance", "network-interface", "volume"),
            scope.tagged("Request"),
        ),
        _allow(
            "LaunchFromOurs",
            "ec2",
            "RunInstances",
            _ec2(scope, "key-pair", "launch-template", "security-group", "subnet"),
            ours,
        ),
        # Images are of Debian, Canonical and Amazon: which ones says the inventory of a run.
        _allow("LaunchImages", "ec2", "RunInstances", [f"{start}:image/*", f"{start}:snapshot/*"]),
        _allow(
            "MakeForHosts",
            "ec2",
            "CreateLaunchTemplate ImportKeyPair",
            _ec2(scope, "key-pair", "launch-template"),
            scope.tagged("Request"),
        ),
        _allow(
            "ChangeAndRemoveHosts",
            "ec2",
            """CreateLaunchTemplateVersion DeleteKeyPair DeleteLaunchTemplate
            DeleteLaunchTemplateVersions DeleteVolume GetConsoleOutput ModifyInstanceAttribute
            ModifyLaunchTemplate StartInstances StopInstances TerminateInstances""",
            _ec2(scope, "instance", "key-pair", "launch-template", "volume"),
            ours,
        ),
        # A lost tag is mended, and AWS makes the default security group without any. Something of
        # another project cannot be taken over, and nothing of ours be given away.
        _allow(
            "TagOursAndUntagged",
            "ec2",
            "CreateTags DeleteTags",
            scope.arns("ec2", ["*"]),
            {
                "StringEqualsIfExists": {
                    **scope.tagged("Resource")["StringEquals"],
                    **scope.tagged("Request")["StringEquals"],
                }
            },
        ),
        # Only when the account launches its first spot host.
        _allow(
            "FirstSpotHost",
            "iam",
            "CreateServiceLinkedRole",
            scope.arns("iam", ["role/aws-service-role/spot.amazonaws.com/*"], ""),
            {"StringEquals": {"iam:AWSServiceName": "spot.amazonaws.com"}},
        ),
    ]


# --- storage


def _storage(scope: Scope) -> list[Statement]:
    ours = scope.tagged("Resource")
    keys = scope.everywhere("kms", "key/*")
    names = [f"alias/{stem}*" for stem in scope.stems()]
    return [
        _allow("ListBuckets", "s3", "ListAllMyBuckets"),
        _allow(
            "OurBuckets",
            "s3",
            """CreateBucket DeleteBucket DeleteBucketWebsite GetAccelerateConfiguration
            GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging GetBucketNotification
            GetBucketObjectLockConfiguration GetBucketOwnershipControls GetBucketPolicy
            GetBucketPublicAccessBlock GetBucketTagging GetBucketVersioning GetBucketWebsite
            GetEncryptionConfiguration GetLifecycleConfiguration GetMetricsConfiguration
            GetReplicationConfiguration ListBucket ListBucketMultipartUploads
            ListBucketVersions PutAccelerateConfiguration PutBucketAcl PutBucketCORS
            PutBucketLogging PutBucketNotification PutBucketObjectLockConfiguration
            PutBucketOwnershipControls PutBucketPolicy PutBucketPublicAccessBlock
            PutBucketTagging PutBucketVersioning PutEncryptionConfiguration
            PutLifecycleConfiguration PutMetricsConfiguration PutReplicationConfiguration
            TagResource""",
            scope.buckets(),
        ),
        _allow(
            "OurObjects",
            "s3",
            """AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectVersion
            GetObject PutObject""",
            scope.buckets("/*"),
        ),
        _allow("ListKeys", "kms", "ListAliases ListKeys"),
        _allow("MakeKeys", "kms", "CreateKey", None, scope.tagged("Request")),
        # A new key has no tags yet, so this is of any key that has no project.
        _allow(
            "TagNewKeys",
            "kms",
            "TagResource",
            keys,
            scope.tagged("Request") | {"Null": {"aws:ResourceTag/Project": "true"}},
        ),
        _allow(
            "OurKeys",
            "kms",
            """CreateAlias DeleteAlias DescribeKey DisableKey EnableKey EnableKeyRotation
            GetKeyPolicy GetKeyRotationStatus ListResourceTags PutKeyPolicy ScheduleKeyDeletion
            TagResource UntagResource UpdateAlias UpdateKeyDescription""",
            keys,
            ours,
        ),
        # An alias has no tags, so its name is the limit.
        _allow(
            "OurAliases",
            "kms",
            "CreateAlias DeleteAlias UpdateAlias",
            scope.everywhere("kms", *names),
        ),
        _allow(
            "UseKeysThroughS3",
            "kms",
            "Decrypt GenerateDataKey",
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

#: The services that take a role of ours, by the end of its name.
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
        _allow("ListIdentities", "iam", "ListPolicies ListRoles"),
        _allow("MakeRoles", "iam", "CreateRole PutRolePermissionsBoundary", roles, bounded),
        _allow(
            "OurRoles",
            "iam",
            """DeleteRole DeleteRolePolicy DetachRolePolicy GetRole GetRolePolicy
            ListAttachedRolePolicies ListInstanceProfilesForRole ListRolePolicies PutRolePolicy
            TagRole UntagRole UpdateAssumeRolePolicy UpdateRole""",
            roles,
        ),
        _allow(
            "OurPolicies",
            "iam",
            """CreatePolicy CreatePolicyVersion DeletePolicy DeletePolicyVersion GetPolicy
            GetPolicyVersion ListEntitiesForPolicy ListPolicyVersions TagPolicy UntagPolicy""",
            policies,
        ),
        _allow(
            "OurProfiles",
            "iam",
            """AddRoleToInstanceProfile CreateInstanceProfile DeleteInstanceProfile
            GetInstanceProfile RemoveRoleFromInstanceProfile TagInstanceProfile
            UntagInstanceProfile""",
            profiles,
        ),
        # Teardown takes the denial off whomever somebody gave it to.
        _allow(
            "TakeDenialAway",
            "iam",
            "DetachGroupPolicy DetachRolePolicy DetachUserPolicy",
            scope.arns("iam", ["group/*", "role/*", "user/*"], ""),
            {"ArnEquals": {"iam:PolicyARN": deny}},
        ),
        *[_pass(scope, end, service) for end, service in PASSED.items()],
    ]
    if scope.boundary:
        return statements + _bounded(scope, roles)
    # Somebody else's boundary on a role of ours is a difference like any other.
    return [*statements, _allow("TakeBoundaryAway", "iam", "DeleteRolePermissionsBoundary", roles)]


def _pass(scope: Scope, end: str, service: str) -> Statement:
    return _allow(
        f"Give{end.title().replace('-', '')}Role",
        "iam",
        "PassRole",
        scope.arns("iam", [f"role/{stem}" for stem in scope.stems(f"-{end}")], ""),
        {"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}},
    )


def _bounded(scope: Scope, roles: list[str]) -> list[Statement]:
    """No role of ours without the boundary, whatever another policy allows."""
    without = {"ArnNotEquals": {"iam:PermissionsBoundary": scope.boundary}}
    return [
        {
            "Sid": "NoRoleWithoutBoundary",
            "Effect": "Deny",
            "Action": ["iam:CreateRole", "iam:PutRolePermissionsBoundary"],
            "Resource": roles,
            "Condition": without,
        },
        {
            "Sid": "KeepBoundary",
            "Effect": "Deny",
            "Action": ["iam:DeleteRolePermissionsBoundary"],
            "Resource": roles,
        },
    ]


# --- monitoring, money, the trail and the account


def _monitoring(scope: Scope) -> list[Statement]:
    stems = scope.stems()
    budgets = [f"budget/{stem}-monthly{end}" for stem in stems for end in ("", "/action/*")]
    statements = [
        _allow("WhoAmI", "sts", "GetCallerIdentity"),
        _allow("WhatIsLeft", "tag", "GetResources"),
        _allow("CostTags", "ce", "ListCostAllocationTags"),
        _allow("ListPrices", "pricing", "GetProducts"),
        _allow("LogGroups", "logs", "DescribeLogGroups"),
        _allow(
            "OurLogs",
            "logs",
            """AssociateKmsKey CreateLogGroup DeleteLogGroup DeleteMetricFilter
            DeleteSubscriptionFilter DescribeMetricFilters DescribeSubscriptionFilters
            DisassociateKmsKey GetLogEvents ListTagsForResource PutMetricFilter
            PutRetentionPolicy TagResource UntagResource""",
            scope.log_groups(),
        ),
        _allow("LookAtMetrics", "cloudwatch", "GetMetricStatistics ListMetrics"),
        # Anything narrower shows no composite alarms, which may have a name of ours.
        _allow("ListAlarms", "cloudwatch", "DescribeAlarms"),
        _allow(
            "OurAlarms",
            "cloudwatch",
            "DeleteAlarms ListTagsForResource PutMetricAlarm TagResource UntagResource",
            scope.arns("cloudwatch", [f"alarm:{stem}-*" for stem in stems]),
        ),
        _allow(
            "OurDashboards",
            "cloudwatch",
            "DeleteDashboards GetDashboard PutDashboard",
            scope.arns("cloudwatch", [f"dashboard/{stem}-*" for stem in stems], ""),
        ),
        _allow(
            "OurTopics",
            "sns",
            """CreateTopic DeleteTopic GetTopicAttributes ListSubscriptionsByTopic
            ListTagsForResource SetTopicAttributes Subscribe TagResource UntagResource""",
            scope.arns("sns", [f"{stem}-alarms" for stem in stems]),
        ),
        # AWS limits these to no topic.
        _allow(
            "Subscriptions",
            "sns",
            "GetSubscriptionAttributes SetSubscriptionAttributes Unsubscribe",
        ),
        _allow("ListTrails", "cloudtrail", "DescribeTrails"),
        # Of every trail there is: only its tags tell whose one is that has another name.
        _allow("WhoseTrails", "cloudtrail", "ListTags", scope.arns("cloudtrail", ["trail/*"])),
        _allow(
            "OurTrail",
            "cloudtrail",
            """AddTags CreateTrail DeleteTrail GetEventSelectors GetInsightSelectors
            GetTrailStatus PutEventSelectors PutInsightSelectors RemoveTags
            StartLogging StopLogging UpdateTrail""",
            scope.arns("cloudtrail", [f"trail/{stem}" for stem in stems]),
        ),
        _allow(
            "OurBudget",
            "budgets",
            """CreateBudgetAction DeleteBudgetAction DescribeBudgetActionsForBudget
            ListTagsForResource ModifyBudget TagResource UntagResource UpdateBudgetAction
            ViewBudget""",
            scope.arns("budgets", budgets, ""),
        ),
        _allow("LookAtAccount", "ec2", "GetEbsDefaultKmsKeyId GetEbsEncryptionByDefault"),
        _allow("LookAtPasswords", "iam", "GetAccountPasswordPolicy"),
        _allow("LookAtS3Account", "s3", "GetAccountPublicAccessBlock"),
    ]
    return statements + (_hardening() if scope.hardening else [])


def _hardening() -> list[Statement]:
    """Settings of the whole account: they know no resources."""
    return [
        _allow(
            "HardenVolumes",
            "ec2",
            "DisableEbsEncryptionByDefault EnableEbsEncryptionByDefault ModifyEbsDefaultKmsKeyId",
        ),
        _allow("HardenPasswords", "iam", "UpdateAccountPasswordPolicy"),
        _allow("HardenS3", "s3", "PutAccountPublicAccessBlock"),
    ]
