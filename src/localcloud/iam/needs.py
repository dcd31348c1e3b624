"""The permissions that a call requires: IAM actions, the ARNs they apply to, their context.

Source: Service Authorization Reference, for the services that the project uses. Any other service
needs `<service>:<Operation>` on all resources, the strictest possible requirement.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.api.calls import Call
from localcloud.iam.decision import Need

#: Maps a resource's ARN to its current tags.
Tags = Callable[[str], Mapping[str, str]]


@dataclass(frozen=True)
class Place:
    """The account and region of a call: the middle part of every ARN."""

    account: str
    region: str
    partition: str = "aws"

    def arn(self, service: str, rest: str, region: str | None = None) -> str:
        """An ARN in this account; `region=""` for global resources."""
        where = self.region if region is None else region
        return f"arn:{self.partition}:{service}:{where}:{self.account}:{rest}"


def needs(call: Call, account: str, tags: Tags) -> list[Need]:
    """Every permission that `call` requires, including iam:PassRole."""
    place = Place(account, call.region)
    make = _SERVICES.get(call.service, _unknown)
    plain = [*make(call, place), *_passed_roles(call, place)]
    asked = _request_context(call)
    return [
        Need(
            need.action,
            need.resource,
            {**asked, **_resource_tags(need.resource, tags), **need.context},
        )
        for need in plain
    ]


def _resource_tags(arn: str, tags: Tags) -> dict[str, str]:
    return {f"aws:ResourceTag/{key}": value for key, value in tags(arn).items()}


def _unknown(call: Call, _place: Place) -> list[Need]:
    return [Need(f"{call.service}:{call.operation}")]


# --- context of a request ---


def _request_context(call: Call) -> dict[str, str | list[str]]:
    asked = request_tags(call)
    context: dict[str, str | list[str]] = {
        f"aws:RequestTag/{key}": value for key, value in asked.items()
    }
    keys = [*asked, *_untagged(call.parameters)]
    return {
        **context,
        **({"aws:TagKeys": keys} if keys else {}),
        "aws:RequestedRegion": call.region,
    }


def request_tags(call: Call) -> dict[str, str]:
    """The tags that a call sets, whatever the service names the parameter."""
    found: dict[str, str] = {}
    for name, value in call.parameters.items():
        if name.lower() in ("tags", "resourcetags", "tagslist") and not isinstance(value, str):
            found |= _tags_of_document(value)
        key = re.fullmatch(r"((?:TagSpecification\.\d+\.)?Tags?(?:\.member)?\.\d+)\.Key", name)
        if key:
            found[str(value)] = str(call.parameters.get(f"{key[1]}.Value", ""))
    return found


def _tags_of_document(value: Any) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {str(key): str(one) for key, one in value.items()}
    pairs = [one for one in value if isinstance(one, Mapping)]
    return {
        str(p.get("Key", p.get("TagKey"))): str(p.get("Value", p.get("TagValue", "")))
        for p in pairs
    }


def _untagged(parameters: Mapping[str, Any]) -> list[str]:
    return [str(v) for name, v in parameters.items() if re.fullmatch(r"TagKeys\.member\.\d+", name)]


# --- roles that a call passes to a service ---

_PASSES = {
    "RunInstances": (("IamInstanceProfile.Name", "IamInstanceProfile.Arn"), "ec2.amazonaws.com"),
    "AddRoleToInstanceProfile": (("RoleName",), "ec2.amazonaws.com"),
    "CreateFlowLogs": (("DeliverLogsPermissionArn",), "vpc-flow-logs.amazonaws.com"),
    "CreateTrail": (("CloudWatchLogsRoleArn",), "cloudtrail.amazonaws.com"),
    "UpdateTrail": (("CloudWatchLogsRoleArn",), "cloudtrail.amazonaws.com"),
    "PutBucketReplication": (("Role",), "s3.amazonaws.com"),
    "CreateBudgetAction": (("ExecutionRoleArn",), "budgets.amazonaws.com"),
    "UpdateBudgetAction": (("ExecutionRoleArn",), "budgets.amazonaws.com"),
}


def _passed_roles(call: Call, place: Place) -> list[Need]:
    names, service = _PASSES.get(call.operation, ((), ""))
    given = [str(call.parameters[name]) for name in names if call.parameters.get(name)]
    # This project's instance profiles have the same name as their role.
    roles = [place.arn("iam", f"role/{one.rpartition('/')[2]}", "") for one in given]
    return [Need("iam:PassRole", role, {"iam:PassedToService": service}) for role in roles]


# --- services ---

_S3_ACTIONS = {
    "AbortMultipartUpload": "AbortMultipartUpload",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "CreateMultipartUpload": "PutObject",
    "DeleteBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "DeleteBucketCors": "PutBucketCORS",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "DeleteBucketInventoryConfiguration": "PutInventoryConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketMetricsConfiguration": "PutMetricsConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteObjects": "DeleteObject",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketAnalyticsConfiguration": "GetAnalyticsConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "GetBucketIntelligentTieringConfiguration": "GetIntelligentTieringConfiguration",
    "GetBucketInventoryConfiguration": "GetInventoryConfiguration",
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketMetricsConfiguration": "GetMetricsConfiguration",
    "GetBucketNotificationConfiguration": "GetBucketNotification",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "HeadBucket": "ListBucket",
    "HeadObject": "GetObject",
    "ListBucketAnalyticsConfigurations": "GetAnalyticsConfiguration",
    "ListBucketIntelligentTieringConfigurations": "GetIntelligentTieringConfiguration",
    "ListBucketInventoryConfigurations": "GetInventoryConfiguration",
    "ListBucketMetricsConfigurations": "GetMetricsConfiguration",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "ListObjectVersions": "ListBucketVersions",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListParts": "ListMultipartUploadParts",
    "PutBucketAccelerateConfiguration": "PutAccelerateConfiguration",
    "PutBucketAnalyticsConfiguration": "PutAnalyticsConfiguration",
    "PutBucketCors": "PutBucketCORS",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketIntelligentTieringConfiguration": "PutIntelligentTieringConfiguration",
    "PutBucketInventoryConfiguration": "PutInventoryConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutBucketMetricsConfiguration": "PutMetricsConfiguration",
    "PutBucketNotificationConfiguration": "PutBucketNotification",
    "PutBucketReplication": "PutReplicationConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "UploadPart": "PutObject",
}
#: S3 Control has S3's signing name but its own actions.
_S3_ACCOUNT = {
    "GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
    "PutPublicAccessBlock": "s3:PutAccountPublicAccessBlock",
    "DeletePublicAccessBlock": "s3:PutAccountPublicAccessBlock",
}


def _s3(call: Call, place: Place) -> list[Need]:
    bucket, key = call.parameters.get("Bucket"), call.parameters.get("Key")
    if not bucket and call.operation in _S3_ACCOUNT:
        return [Need(_S3_ACCOUNT[call.operation])]
    name = _S3_ACTIONS.get(call.operation, call.operation)
    if call.parameters.get("versionId") and name in ("GetObject", "DeleteObject"):
        name += "Version"
    context = {
        f"s3:{one}": str(call.parameters[one])
        for one in ("prefix", "delimiter", "max-keys")
        if one in call.parameters
    }
    if not bucket:
        return [Need(f"s3:{name}", "*", context)]
    arn = f"arn:{place.partition}:s3:::{bucket}"
    if call.operation == "DeleteObjects":
        # The objects are listed in the body, which is not read; a teardown deletes versions too.
        return [Need("s3:DeleteObject", f"{arn}/*"), Need("s3:DeleteObjectVersion", f"{arn}/*")]
    return [Need(f"s3:{name}", f"{arn}/{key}" if key else arn, context)]


_IAM_RESOURCES = (
    ("InstanceProfileName", "instance-profile/{}"),
    ("RoleName", "role/{}"),
    ("UserName", "user/{}"),
    ("PolicyArn", "{}"),
)
_IAM_OF_NOTHING = (
    "DeleteAccountPasswordPolicy",
    "GetAccountPasswordPolicy",
    "GetAccountSummary",
    "ListAccountAliases",
    "UpdateAccountPasswordPolicy",
)


def _iam(call: Call, place: Place) -> list[Need]:
    given = call.parameters
    context = {
        key: str(given[name])
        for name, key in (
            ("PolicyArn", "iam:PolicyARN"),
            ("PermissionsBoundary", "iam:PermissionsBoundary"),
        )
        if name in given
    }
    action = f"iam:{call.operation}"
    if call.operation in _IAM_OF_NOTHING or (call.operation.startswith("List") and not given):
        return [Need(action)]
    if call.operation == "CreatePolicy":
        return [
            Need(
                action, place.arn("iam", f"policy{given.get('Path', '/')}{given['PolicyName']}", "")
            )
        ]
    for name, rest in _IAM_RESOURCES:
        if name in given:
            arn = rest.format(given[name])
            return [
                Need(action, arn if arn.startswith("arn:") else place.arn("iam", arn, ""), context)
            ]
    return [Need(action)]


_EC2_TYPES = {
    "acl": "network-acl", "ami": "image", "dopt": "dhcp-options", "eipalloc": "elastic-ip",
    "eni": "network-interface", "fl": "vpc-flow-log", "i": "instance", "igw": "internet-gateway",
    "key": "key-pair", "lt": "launch-template", "nat": "natgateway", "rtb": "route-table",
    "rtbassoc": "route-table",
    "sg": "security-group", "sgr": "security-group-rule", "snap": "snapshot", "subnet": "subnet",
    "vol": "volume", "vpc": "vpc", "vpce": "vpc-endpoint",
}  # fmt: skip
_EC2_MAKES = {
    "AllocateAddress": ("elastic-ip",),
    "CreateFlowLogs": ("vpc-flow-log",),
    "CreateInternetGateway": ("internet-gateway",),
    "CreateLaunchTemplate": ("launch-template",),
    "CreateNatGateway": ("natgateway",),
    "CreateRouteTable": ("route-table",),
    "CreateSecurityGroup": ("security-group",),
    "CreateSubnet": ("subnet",),
    "CreateVpc": ("vpc",),
    "CreateVpcEndpoint": ("vpc-endpoint",),
    "ImportKeyPair": ("key-pair",),
    "RunInstances": ("instance", "volume", "network-interface"),
}
#: The only resource type that an action applies to, if its request also names others.
_EC2_ONLY = {
    "CreateRoute": "route-table",
    "DeleteRoute": "route-table",
    "ReplaceRoute": "route-table",
}
_EC2_ID = re.compile(rf"({'|'.join(_EC2_TYPES)})-[0-9a-f]{{8,}}")
#: Parameters that name a resource without acting on it.
_EC2_MENTIONS = re.compile(
    r"(Filter|.*Filter|.*\.Groups|IpPermissions|LaunchTemplateData|SecurityGroupRuleId"
    r"|TagSpecification|Tag)\..*|NextToken"
)


def _ec2(call: Call, place: Place) -> list[Need]:
    action = f"ec2:{call.operation}"
    if re.match(r"Describe|.*EbsEncryptionByDefault", call.operation):
        return [Need(action)]
    ids = [str(v) for name, v in call.parameters.items() if not _EC2_MENTIONS.fullmatch(name)]
    found = dict.fromkeys(filter(None, map(_EC2_ID.fullmatch, ids)))
    arns = [_ec2_arn(place, _EC2_TYPES[one[1]], one[0]) for one in found]
    if "KeyName" in call.parameters and call.operation != "ImportKeyPair":
        arns.append(_ec2_arn(place, "key-pair", call.parameters["KeyName"]))
    only = _EC2_ONLY.get(call.operation)
    arns = [arn for arn in arns if only is None or f":{only}/" in arn]
    made = [_ec2_arn(place, kind, _new_name(call)) for kind in _EC2_MAKES.get(call.operation, ())]
    plain = [Need(action, arn) for arn in [*made, *arns]] or [Need(action)]
    tagged = [Need("ec2:CreateTags", arn, {"ec2:CreateAction": call.operation}) for arn in made]
    return [*plain, *(tagged if request_tags(call) else [])]


def _new_name(call: Call) -> str:
    """The new resource's name in its ARN: a key pair has a name, others have no id yet."""
    return str(call.parameters.get("KeyName", "*")) if call.operation == "ImportKeyPair" else "*"


def _ec2_arn(place: Place, kind: str, name: str) -> str:
    arn = place.arn("ec2", f"{kind}/{name}")
    return arn.replace(f":{place.account}:", "::") if kind in ("image", "snapshot") else arn


def _logs(call: Call, place: Place) -> list[Need]:
    given, action = call.parameters, f"logs:{call.operation}"
    arn = given.get("resourceArn") or given.get("logGroupIdentifier")
    name = given.get("logGroupName")
    if name:
        arn = place.arn("logs", f"log-group:{name}")
        if "logStreamName" in given:
            arn += f":log-stream:{given['logStreamName']}"
    if call.operation == "DescribeLogGroups":
        arn = "*"  # lists all groups: no resource-level permissions
    return [Need(action, str(arn or "*"))]


def _monitoring(call: Call, place: Place) -> list[Need]:
    given, action = call.parameters, f"cloudwatch:{call.operation}"
    if call.operation == "PutMetricData":
        return [Need(action, "*", {"cloudwatch:namespace": str(given.get("Namespace", ""))})]
    names: Iterable[str] = ()
    if call.operation == "PutMetricAlarm":
        names = [f"alarm:{given['AlarmName']}"]
    elif call.operation in ("DeleteAlarms", "DescribeAlarms"):
        names = [f"alarm:{one}" for one in given.get("AlarmNames", [])] or ["alarm:*"]
    elif "Dashboard" in call.operation:
        dashboards = given.get("DashboardNames") or [given.get("DashboardName", "*")]
        return [Need(action, place.arn("cloudwatch", f"dashboard/{one}", "")) for one in dashboards]
    arns = [place.arn("cloudwatch", name) for name in names]
    return [Need(action, arn) for arn in arns or [str(given.get("ResourceARN", "*"))]]


def _sns(call: Call, place: Place) -> list[Need]:
    given = call.parameters
    arn = given.get("TopicArn") or given.get("ResourceArn")
    if not arn and "SubscriptionArn" in given:
        arn = str(given["SubscriptionArn"]).rpartition(":")[0]  # the topic's ARN
    if call.operation == "CreateTopic":
        arn = place.arn("sns", str(given["Name"]))
    return [Need(f"sns:{call.operation}", str(arn or "*"))]


def _kms(call: Call, place: Place) -> list[Need]:
    given, action = call.parameters, f"kms:{call.operation}"
    arns = []
    if "AliasName" in given:
        arns.append(place.arn("kms", str(given["AliasName"])))
    key = given.get("KeyId") or given.get("TargetKeyId")
    if key:
        text = str(key)
        rest = text if text.startswith("alias/") else f"key/{text}"
        arns.append(text if text.startswith("arn:") else place.arn("kms", rest))
    return [Need(action, arn) for arn in arns] or [Need(action)]


def _cloudtrail(call: Call, place: Place) -> list[Need]:
    given, action = call.parameters, f"cloudtrail:{call.operation}"
    name = given.get("Name") or given.get("TrailName") or given.get("ResourceId")
    names = given.get("ResourceIdList") or ([name] if name else [])
    if not names or call.operation in ("DescribeTrails", "ListTrails"):
        return [Need(action)]
    texts = [str(one) for one in names]
    arns = [t if t.startswith("arn:") else place.arn("cloudtrail", f"trail/{t}") for t in texts]
    return [Need(action, arn) for arn in arns]


_BUDGET_ACTIONS = {
    "ViewBudget": r"Describe(Budgets?|Budget(Performance|Notif).*|Notif.*|Subscr.*)$",
    "ModifyBudget": r"(Create|Update|Delete)(Budget|Notification|Subscriber)$",
}


def _budgets(call: Call, place: Place) -> list[Need]:
    named = [n for n, pattern in _BUDGET_ACTIONS.items() if re.match(pattern, call.operation)]
    action = named[0] if named else call.operation
    given = call.parameters
    budget = given.get("Budget", {}).get("BudgetName") or given.get("NewBudget", {}).get(
        "BudgetName"
    )
    arn = place.arn("budgets", f"budget/{budget or given.get('BudgetName', '*')}", "")
    if "BudgetAction" in action:
        arn += f"/action/{given.get('ActionId', '*')}"
    return [Need(f"budgets:{action}", str(given.get("ResourceARN", arn)))]


def _sts(call: Call, _place: Place) -> list[Need]:
    return [Need(f"sts:{call.operation}", str(call.parameters.get("RoleArn", "*")))]


def _tagging(call: Call, _place: Place) -> list[Need]:
    return [Need(f"tag:{call.operation}")]


_SERVICES: dict[str, Callable[[Call, Place], list[Need]]] = {
    "budgets": _budgets,
    "cloudtrail": _cloudtrail,
    "ec2": _ec2,
    "iam": _iam,
    "kms": _kms,
    "logs": _logs,
    "monitoring": _monitoring,
    "s3": _s3,
    "sns": _sns,
    "sts": _sts,
    "tagging": _tagging,
}
