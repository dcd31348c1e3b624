"""Everything that exists in an account, as AWS lists it, with random ids and times blotted out.

Nothing of the product is used: what it does not see, such as a twin, is counted here all the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

#: By service what lists what: operation, field, arguments.
LISTS: dict[str, tuple[tuple[str, str, dict[str, Any]], ...]] = {
    "ec2": (
        ("describe_vpcs", "Vpcs", {}),
        ("describe_subnets", "Subnets", {}),
        ("describe_internet_gateways", "InternetGateways", {}),
        ("describe_nat_gateways", "NatGateways", {}),
        ("describe_addresses", "Addresses", {}),
        ("describe_route_tables", "RouteTables", {}),
        ("describe_security_groups", "SecurityGroups", {}),
        ("describe_security_group_rules", "SecurityGroupRules", {}),
        ("describe_vpc_endpoints", "VpcEndpoints", {}),
        ("describe_flow_logs", "FlowLogs", {}),
        ("describe_key_pairs", "KeyPairs", {}),
        ("describe_launch_templates", "LaunchTemplates", {}),
        ("describe_instances", "Reservations", {}),
        ("describe_volumes", "Volumes", {}),
        ("describe_network_interfaces", "NetworkInterfaces", {}),
    ),
    "iam": (
        ("list_policies", "Policies", {"Scope": "Local"}),
        ("list_instance_profiles", "InstanceProfiles", {}),
    ),
    "logs": (
        ("describe_log_groups", "logGroups", {}),
        ("describe_metric_filters", "metricFilters", {}),
    ),
    "sns": (("list_subscriptions", "Subscriptions", {}),),
    "cloudwatch": (
        ("describe_alarms", "MetricAlarms", {}),
        ("list_dashboards", "DashboardEntries", {}),
    ),
    "cloudtrail": (("describe_trails", "trailList", {}),),
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
#: Ends of what was deleted, which AWS lists for a while.
ENDED = {"deleted", "deleting", "terminated", "PendingDeletion"}
GLOBAL = {"iam", "s3", "budgets"}
REGIONS = ("us-west-2", "us-east-2")

RANDOM = re.compile(
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
    r"|\b[a-z]+(?:-[a-z]+)*-[0-9a-f]{8,17}\b|\b(?:AROA|AIPA|ANPA|AIDA)[0-9A-Z]+\b"
)
#: Fields that differ from run to run.
FLEETING = re.compile(
    r"time|date|created|modified|etag|token|fingerprint|publicip|privateip|ipaddress"
    r"|requestid|versionid|hostid|associationid|profileid|roleid|policyid|macaddress|size"
    r"|dnsname|hostedzoneid",
    re.IGNORECASE,
)
MakeClient = Callable[[str, str], Any]


def inventory(client: MakeClient, account_id: str) -> list[str]:
    """One line per thing, sorted; two inventories are equal when nothing differs and no twin is."""
    return sorted(
        f"{what} {json.dumps(_blotted(thing), sort_keys=True, default=str)}"
        for what, thing in _things(client, account_id)
        if not _ended(thing)
    )


def _things(client: MakeClient, account_id: str) -> Iterator[tuple[str, Any]]:
    for region in REGIONS:
        for service, lists in LISTS.items():
            if service in GLOBAL and region != REGIONS[0]:
                continue
            for operation, field, arguments in lists:
                for item in getattr(client(service, region), operation)(**arguments)[field]:
                    yield f"{region} {field}", item
        yield from _keys(client("kms", region), region)
        yield from _topics(client("sns", region), region)
    yield from _roles(client("iam", REGIONS[0]))
    yield from _buckets(client("s3", REGIONS[0]))
    yield from _budgets(client("budgets", REGIONS[0]), account_id)


def _keys(kms: Any, region: str) -> Iterator[tuple[str, Any]]:
    for key in kms.list_keys()["Keys"]:
        about = kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]
        policy = kms.get_key_policy(KeyId=key["KeyId"], PolicyName="default")["Policy"]
        if about["KeyManager"] == "CUSTOMER":
            yield f"{region} key", {**about, "Policy": json.loads(policy)}
    for alias in kms.list_aliases()["Aliases"]:
        yield f"{region} alias", {k: v for k, v in alias.items() if k != "TargetKeyId"}


def _topics(sns: Any, region: str) -> Iterator[tuple[str, Any]]:
    for topic in sns.list_topics()["Topics"]:
        arn = topic["TopicArn"]
        yield (
            f"{region} topic",
            {
                "attributes": sns.get_topic_attributes(TopicArn=arn)["Attributes"],
                "tags": _answer(sns.list_tags_for_resource, ResourceArn=arn),
            },
        )


def _roles(iam: Any) -> Iterator[tuple[str, Any]]:
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
        yield (
            "role",
            {
                **iam.get_role(RoleName=name)["Role"],
                "inline": [iam.get_role_policy(RoleName=name, PolicyName=p) for p in inline],
                "attached": iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"],
            },
        )


def _buckets(s3: Any) -> Iterator[tuple[str, Any]]:
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        yield (
            "bucket",
            {"Name": name}
            | {operation: _answer(getattr(s3, operation), Bucket=name) for operation in BUCKET},
        )


def _budgets(budgets: Any, account_id: str) -> Iterator[tuple[str, Any]]:
    for budget in budgets.describe_budgets(AccountId=account_id).get("Budgets", []):
        name = {"AccountId": account_id, "BudgetName": budget["BudgetName"]}
        yield (
            "budget",
            {
                **budget,
                "notifications": _answer(budgets.describe_notifications_for_budget, **name),
                "actions": _answer(budgets.describe_budget_actions_for_budget, **name),
            },
        )


def _answer(call: Any, **arguments: Any) -> Any:
    try:
        answer = call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    except NotImplementedError:
        return "unknown to moto"
    return {k: v for k, v in answer.items() if k != "ResponseMetadata"}


def _ended(thing: Any) -> bool:
    return isinstance(thing, dict) and any(
        thing.get(field) in ENDED for field in ("State", "KeyState", "Status")
    )


def _blotted(value: Any, field: str = "") -> Any:
    if field and FLEETING.search(field) and not isinstance(value, (dict, list)):
        return "~"
    if isinstance(value, dict):
        return {k: _blotted(v, k) for k, v in value.items() if k != "ResponseMetadata"}
    if isinstance(value, (list, tuple)):
        return sorted((_blotted(v) for v in value), key=lambda v: json.dumps(v, default=str))
    if isinstance(value, datetime):
        return "~"
    if isinstance(value, str):
        if value[:1] in "[{":
            try:
                return _blotted(json.loads(value))
            except ValueError:
                pass
        return RANDOM.sub("~", value)
    return value
