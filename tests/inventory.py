"""Everything that exists in an account, as AWS lists it.

It uses no product code, so that it also counts what the product does not see, such as duplicates.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

REGIONS = ("us-west-2", "us-east-2")
#: The list operations of a region, by service: operation and field.
LISTS = {
    "ec2": {
        "describe_vpcs": "Vpcs",
        "describe_subnets": "Subnets",
        "describe_internet_gateways": "InternetGateways",
        "describe_nat_gateways": "NatGateways",
        "describe_addresses": "Addresses",
        "describe_route_tables": "RouteTables",
        "describe_security_groups": "SecurityGroups",
        "describe_security_group_rules": "SecurityGroupRules",
        "describe_vpc_endpoints": "VpcEndpoints",
        "describe_flow_logs": "FlowLogs",
        "describe_key_pairs": "KeyPairs",
        "describe_launch_templates": "LaunchTemplates",
        "describe_instances": "Reservations",
        "describe_volumes": "Volumes",
        "describe_network_interfaces": "NetworkInterfaces",
        "describe_network_acls": "NetworkAcls",
    },
    "logs": {"describe_log_groups": "logGroups", "describe_metric_filters": "metricFilters"},
    "sns": {"list_subscriptions": "Subscriptions"},
    "cloudwatch": {"describe_alarms": "MetricAlarms", "list_dashboards": "DashboardEntries"},
    "cloudtrail": {"describe_trails": "trailList"},
}
BUCKET = (
    "get_bucket_versioning",
    "get_bucket_encryption",
    "get_bucket_policy",
    "get_public_access_block",
    "get_bucket_ownership_controls",
    "get_bucket_lifecycle_configuration",
    "get_bucket_logging",
    "get_bucket_notification_configuration",
    "get_bucket_replication",
    "get_bucket_tagging",
    "get_object_lock_configuration",
    "list_object_versions",
)
#: Final states of deleted resources, which AWS still lists for a while.
ENDED = {"deleted", "deleting", "terminated", "PendingDeletion"}

RANDOM = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|\b[a-z]+(?:-[a-z]+)*-[0-9a-f]{8,17}\b|\b(?:AROA|AIPA|ANPA|AIDA)[0-9A-Z]+\b"
)
#: Fields that differ between runs although they do not match `RANDOM`.
FLEETING = {
    *("InstanceProfileId", "PolicyId", "HostedZoneId", "KeyFingerprint", "MacAddress"),
    *("PrivateIp", "PrivateIpAddress", "PublicIp"),
    *("DnsName", "PrivateDnsName", "PublicDnsName"),
    "creationTime",
}
MakeClient = Callable[[str, str], Any]


def inventory(client: MakeClient, account_id: str) -> list[str]:
    """One line per resource, sorted, with random ids and times masked.

    Two inventories are equal if no resource differs and there are no duplicates.
    """
    return sorted(
        f"{what} {json.dumps(_blotted(thing), sort_keys=True, default=str)}"
        for what, found in things(client, account_id).items()
        for thing in found
    )


def things(client: MakeClient, account_id: str) -> dict[str, list[Any]]:
    """Everything that is not deleted, by type; each as AWS describes it."""
    found = {}
    for region in REGIONS:
        for service, lists in LISTS.items():
            for operation, field in lists.items():
                found[f"{region} {field}"] = _all(client(service, region), operation, field)
        found[f"{region} aliases"] = _aliases(client("kms", region), of_aws=False)
        found[f"{region} keys"] = list(_keys(client("kms", region)))
        found[f"{region} topics"] = list(_topics(client("sns", region)))
    iam = client("iam", REGIONS[0])
    found |= {
        "policies": _all(iam, "list_policies", "Policies", Scope="Local"),
        "instance profiles": _all(iam, "list_instance_profiles", "InstanceProfiles"),
        "roles": list(_roles(iam)),
        "buckets": list(_buckets(client("s3", REGIONS[0]))),
        "budgets": list(_budgets(client("budgets", REGIONS[0]), account_id)),
    }
    return {what: [one for one in every if not _ended(one)] for what, every in found.items()}


def _all(client: Any, operation: str, field: str, **arguments: str) -> list[Any]:
    """Every page of a list."""
    if not client.can_paginate(operation):
        return list(getattr(client, operation)(**arguments)[field])
    pages = client.get_paginator(operation).paginate(**arguments)
    return [item for page in pages for item in page.get(field, [])]


def _aliases(kms: Any, *, of_aws: bool) -> list[dict[str, Any]]:
    """The account's aliases, or AWS's: AWS creates its keys at first use and keeps them."""
    every = _all(kms, "list_aliases", "Aliases")
    return [alias for alias in every if alias["AliasName"].startswith("alias/aws/") == of_aws]


def _keys(kms: Any) -> Iterator[dict[str, Any]]:
    of_aws = {alias.get("TargetKeyId") for alias in _aliases(kms, of_aws=True)}
    for key in _all(kms, "list_keys", "Keys"):
        if key["KeyId"] not in of_aws:
            about = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
            policy = kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
            yield {**about, "Policy": json.loads(policy)}


def _topics(sns: Any) -> Iterator[dict[str, Any]]:
    for topic in _all(sns, "list_topics", "Topics"):
        arn = topic["TopicArn"]
        yield {
            "attributes": sns.get_topic_attributes(TopicArn=arn)["Attributes"],
            "tags": _answer(sns.list_tags_for_resource, ResourceArn=arn),
        }


def _roles(iam: Any) -> Iterator[dict[str, Any]]:
    for role in _all(iam, "list_roles", "Roles"):
        name = role["RoleName"]
        inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
        yield {
            **iam.get_role(RoleName=name)["Role"],
            "inline": [_answer(iam.get_role_policy, RoleName=name, PolicyName=p) for p in inline],
            "attached": iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"],
        }


def _buckets(s3: Any) -> Iterator[dict[str, Any]]:
    for bucket in _all(s3, "list_buckets", "Buckets"):
        name = bucket["Name"]
        about = {operation: _answer(getattr(s3, operation), Bucket=name) for operation in BUCKET}
        yield {"Name": name, **about}


def _budgets(budgets: Any, account_id: str) -> Iterator[dict[str, Any]]:
    for budget in _all(budgets, "describe_budgets", "Budgets", AccountId=account_id):
        name = {"AccountId": account_id, "BudgetName": budget["BudgetName"]}
        yield {
            **budget,
            "notifications": _answer(budgets.describe_notifications_for_budget, **name),
            "actions": _answer(budgets.describe_budget_actions_for_budget, **name),
        }


def _answer(call: Any, **arguments: Any) -> Any:
    try:
        answer = call(**arguments)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code.startswith("NoSuch") or "NotFound" in code:
            return code
        raise  # an unreadable resource would look the same every time
    return {k: v for k, v in answer.items() if k != "ResponseMetadata"}


def _ended(thing: dict[str, Any]) -> bool:
    if "Instances" in thing:
        return all(one["State"]["Name"] in ENDED for one in thing["Instances"])
    return any(thing.get(field) in ENDED for field in ("State", "KeyState", "Status"))


def _blotted(value: Any, field: str = "") -> Any:
    if field in FLEETING or isinstance(value, datetime):
        return "~"
    if isinstance(value, dict):
        return {k: _blotted(v, k) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return sorted((_blotted(v) for v in value), key=lambda v: json.dumps(v, default=str))
    if isinstance(value, str):
        if value[:1] in "[{":
            try:
                return _blotted(json.loads(value))
            except ValueError:
                pass
        return RANDOM.sub("~", value)
    return value
