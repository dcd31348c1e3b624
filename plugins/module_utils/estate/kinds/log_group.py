# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where hosts, flow logs and the trail write their log events."""

from __future__ import annotations

from typing import Any

from .. import names
from ..cloud import Cloud, absent, concurrently
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Properties, Resource, Target

GONE = "ResourceNotFoundException"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """Log groups that forget after `log_retention_days`; the key is ours or AWS's own."""
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
    """The log groups with our names, and those of our tags below the first name."""
    top = names.log_group(cloud.inputs)
    groups = [
        group
        for group in cloud.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=top)
        # The prefix also finds `<name>-something`, which is not ours.
        if group["logGroupName"] == top or group["logGroupName"].startswith(f"{top}/")
    ]
    found = concurrently(lambda group: _found(cloud, group), groups)
    known = {names.log_group(cloud.inputs, key) for key in names.LOG_GROUPS}
    return [item for item in found if item.name in known or cloud.ours(item.properties["tags"])]


def _found(cloud: Cloud, group: Any) -> Found:
    group_name = group["logGroupName"]
    # No word of ours says these; a group is usually without them.
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
    """Where events are copied to, by filter: nothing of ours copies any."""
    found = cloud.pages(
        "logs", "describe_subscription_filters", "subscriptionFilters", logGroupName=group
    )
    return {item["filterName"]: item["destinationArn"] for item in found}


def _arn(cloud: Cloud, group: str) -> str:
    return names.log_group_arn(cloud.inputs, cloud, group)


def _tags(cloud: Cloud, group: str) -> dict[str, str]:
    answer = cloud.client("logs").list_tags_for_resource(resourceArn=_arn(cloud, group))
    return dict(sorted(answer.get("tags", {}).items()))


def create(cloud: Cloud, resource: Resource) -> str:
    """Make the group with its key: what was written before a key came would stay without it."""
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
        absent(
            lambda rogue=rogue: logs.delete_subscription_filter(
                logGroupName=target.name, filterName=rogue
            ),
            GONE,
        )


def _set_tags(cloud: Cloud, target: Target) -> None:
    logs, group = cloud.client("logs"), _arn(cloud, target.name)
    wanted = target.properties["tags"]
    rest = sorted(set(_tags(cloud, target.name)) - set(wanted))
    logs.tag_resource(resourceArn=group, tags=wanted)
    if rest:
        logs.untag_resource(resourceArn=group, tagKeys=rest)


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the group with all events in it."""
    logs = cloud.client("logs")
    absent(lambda: logs.delete_log_group(logGroupName=found.name), GONE)


KIND = Kind(
    "log_group",
    "monitoring",
    desired,
    read,
    create=create,
    setters={
        "retention_days": _set_retention,
        "kms_key": _set_key,
        "subscription_filters": _remove_subscription_filters,
        "tags": _set_tags,
    },
    created_with=frozenset({"kms_key", "tags"}),
    delete=delete,
    # So it says that it may not use a key whose policy was written a moment ago.
    settles=frozenset({"InvalidParameterException"}),
)
