# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The log groups of hosts, flow logs and the trail."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from ... import names
from ...engine.charges import Charge, Thing, Usage
from ...engine.cloud import Cloud, absent, concurrently
from ...engine.model import Facts, Found, Kind, Properties, Resource, Right, Target
from ...engine.tags import bring, tags_of
from ...inputs import Inputs

GONE = "ResourceNotFoundException"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """Log groups with a retention of `log_retention_days`, encrypted with our key or AWS's own."""
    keys = ["main"]
    if inputs.flow_logs:
        keys.append("flow_logs")
    if inputs.cloudtrail:
        keys.append("trail")
    properties: Properties = {
        "retention_days": inputs.log_retention_days,
        "kms_key": "kms_key/main" if inputs.customer_managed_key else None,
        "subscription_filters": {},
        "other": {},
        "tags": inputs.tags,
    }
    return [
        Resource("log_group", key, names.log_group(inputs, key), dict(properties)) for key in keys
    ]


def read(cloud: Cloud) -> list[Found]:
    """The log groups with our names, and nested ones with our tags."""
    top = names.log_group(cloud.inputs)
    groups = [
        group
        for group in cloud.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=top)
        # The prefix also matches `<name>-something`, which is not ours.
        if group["logGroupName"] == top or group["logGroupName"].startswith(f"{top}/")
    ]
    found = concurrently(lambda group: _found(cloud, group), groups)
    known = {names.log_group(cloud.inputs, key) for key in names.LOG_GROUPS}
    return [item for item in found if item.name in known or cloud.ours(item.properties["tags"])]


def _found(cloud: Cloud, group: Any) -> Found:
    group_name = group["logGroupName"]
    # Unusual settings that are not modelled.
    unusual = {
        "class": group.get("logGroupClass", "STANDARD").replace("STANDARD", ""),
        "data_protection": group.get("dataProtectionStatus"),
        "deletion_protection": group.get("deletionProtectionEnabled"),
    }
    properties = {
        "retention_days": group.get("retentionInDays"),
        "kms_key": group.get("kmsKeyId"),
        "subscription_filters": _subscription_filters(cloud, group_name),
        "other": {key: value for key, value in unusual.items() if value},
        "tags": _tags(cloud, group_name),
    }
    return Found("log_group", group_name, group_name, properties)


def _subscription_filters(cloud: Cloud, group: str) -> Properties:
    """The destination ARNs of subscription filters, by name; we create none."""
    found = cloud.pages(
        "logs", "describe_subscription_filters", "subscriptionFilters", logGroupName=group
    )
    return {item["filterName"]: item["destinationArn"] for item in found}


def _arn(cloud: Cloud, group: str) -> str:
    return names.log_group_arn(cloud.inputs, cloud, group)


def _tags(cloud: Cloud, group: str) -> dict[str, str]:
    answer = cloud.client("logs").list_tags_for_resource(resourceArn=_arn(cloud, group))
    return tags_of(answer.get("tags"))


def create(cloud: Cloud, resource: Resource) -> str:
    """Create the group with its key: events written before a key is set stay unencrypted by it."""
    wanted = resource.properties
    key = {"kmsKeyId": wanted["kms_key"]} if wanted["kms_key"] else {}
    cloud.client("logs").create_log_group(logGroupName=resource.name, tags=wanted["tags"], **key)
    return resource.name


def _set_retention(cloud: Cloud, target: Target) -> None:
    cloud.client("logs").put_retention_policy(
        logGroupName=target.name, retentionInDays=target.properties["retention_days"]
    )


def _set_key(cloud: Cloud, target: Target) -> None:
    key = target.properties["kms_key"]
    if key:
        cloud.client("logs").associate_kms_key(logGroupName=target.name, kmsKeyId=key)
    else:
        cloud.client("logs").disassociate_kms_key(logGroupName=target.name)


def _remove_subscription_filters(cloud: Cloud, target: Target) -> None:
    logs = cloud.client("logs")
    for rogue in _subscription_filters(cloud, target.name):
        delete_filter = partial(logs.delete_subscription_filter, logGroupName=target.name)
        absent(partial(delete_filter, filterName=rogue), GONE)


def _set_tags(cloud: Cloud, target: Target) -> None:
    logs, group = cloud.client("logs"), _arn(cloud, target.name)
    bring(
        target.found.get("tags", {}),
        target.properties["tags"],
        untag=lambda keys: logs.untag_resource(resourceArn=group, tagKeys=keys),
        tag=lambda tags: logs.tag_resource(resourceArn=group, tags=tags),
    )


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the group with all events in it."""
    logs = cloud.client("logs")
    absent(lambda: logs.delete_log_group(logGroupName=found.name), GONE)


#: Gigabytes written per month as assumed for the price, by key of the log group.
LOG_GB = {"main": 0.1, "trail": 1.0, "flow_logs": 1.0}


def price(things: Sequence[Any], usage: Usage) -> list[Charge]:
    """The price per gigabyte written and per gigabyte stored."""
    return [charge for thing in things for charge in _charges(thing, usage)]


def _charges(thing: Thing, usage: Usage) -> list[Charge]:
    key = _key(thing.name)
    gb, region = LOG_GB[key], usage.inputs.region
    item = "vended_log_gb" if key == "flow_logs" else "log_ingest_gb"
    days = thing.properties.get("retention_days") or usage.inputs.log_retention_days
    return [
        Charge(item, gb, region),
        Charge("log_storage_gb_month", gb * days / 30, region),
    ]


def _key(name: str) -> str:
    ends = (key for key, end in names.LOG_GROUPS.items() if end and name.endswith(end))
    return next(ends, "main")


KIND = Kind(
    "log_group",
    "monitoring",
    desired,
    read,
    permissions=(
        Right("LogGroups", "DescribeLogGroups"),
        Right(
            "OurLogs",
            """AssociateKmsKey CreateLogGroup DeleteLogGroup DeleteSubscriptionFilter
            DescribeSubscriptionFilters DisassociateKmsKey ListTagsForResource
            PutRetentionPolicy TagResource UntagResource""",
        ),
    ),
    price=price,
    create=create,
    setters={
        "retention_days": _set_retention,
        "kms_key": _set_key,
        "subscription_filters": _remove_subscription_filters,
        "tags": _set_tags,
    },
    created_with=frozenset({"kms_key", "tags"}),
    delete=delete,
    # Returned for a key whose policy, written a moment ago, is not in effect yet.
    settles=frozenset({"InvalidParameterException"}),
)
