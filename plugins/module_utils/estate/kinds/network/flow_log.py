# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The flow log of the VPC."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ... import names
from ...engine.charges import FREE
from ...engine.cloud import Cloud, absent
from ...engine.model import Facts, Found, Kind, Properties, Resource, Right
from ...engine.tags import tags_of
from ...inputs import Inputs
from ..ec2 import refuse_unsuccessful, set_tags, tag_specification, with_lost_name

#: AWS's default record format.
FORMAT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} "
    "${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}"
)
#: Seconds of traffic aggregated in one record.
INTERVAL = 600


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """All traffic of the VPC, accepted and rejected, to a separate log group."""
    if not inputs.flow_logs:
        return []
    properties = {
        "resource": "vpc/main",
        "traffic": "ALL",
        "log_group": names.log_group(inputs, "flow_logs"),
        "role": names.role_arn(inputs, facts, "flow_logs"),
        "interval": INTERVAL,
        "format": FORMAT,
        "tags": inputs.named_tags(inputs.stem),
    }
    needs = ("log_group/flow_logs", "role/flow_logs")
    return [Resource("flow_log", "main", inputs.stem, properties, needs)]


def read(cloud: Cloud) -> list[Found]:
    """The flow logs with our name or tags."""
    found = [
        item
        for item in all_of(cloud)
        if cloud.named_or_ours(item.properties["tags"], cloud.inputs.stem)
    ]
    return with_lost_name(cloud, found, [cloud.inputs.stem])


def all_of(cloud: Cloud) -> list[Found]:
    """All flow logs of the region."""
    result = []
    for log in cloud.pages("ec2", "describe_flow_logs", "FlowLogs"):
        tags = tags_of(log.get("Tags"))
        properties = {
            "resource": log["ResourceId"],
            "traffic": log.get("TrafficType", ""),
            "log_group": _destination(log),
            "role": log.get("DeliverLogsPermissionArn", ""),
            "interval": log["MaxAggregationInterval"],
            "format": log["LogFormat"],
            "tags": tags,
        }
        result.append(Found("flow_log", tags.get("Name", ""), log["FlowLogId"], properties))
    return result


def _destination(log: Mapping[str, Any]) -> str:
    """The name of the log group, or the ARN of another type of destination."""
    if log.get("LogGroupName"):
        return str(log["LogGroupName"])
    arn = str(log.get("LogDestination", ""))
    name = arn.partition(":log-group:")[2]
    return name.removesuffix(":*") or arn


def create(cloud: Cloud, resource: Resource) -> str:
    """Create the flow log. AWS cannot change it later, except for its tags."""
    wanted: Properties = resource.properties
    answer = cloud.client("ec2").create_flow_logs(
        ResourceType="VPC",
        ResourceIds=[wanted["resource"]],
        TrafficType=wanted["traffic"],
        LogDestinationType="cloud-watch-logs",
        LogGroupName=wanted["log_group"],
        DeliverLogsPermissionArn=wanted["role"],
        MaxAggregationInterval=wanted["interval"],
        LogFormat=wanted["format"],
        TagSpecifications=tag_specification("vpc-flow-log", wanted["tags"]),
    )
    refuse_unsuccessful(answer.get("Unsuccessful", []), "CreateFlowLogs")
    return str(answer["FlowLogIds"][0])


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the flow log; its records stay in the log group."""
    gone = "InvalidFlowLogId.NotFound"
    answer = absent(lambda: cloud.client("ec2").delete_flow_logs(FlowLogIds=[found.id]), gone)
    refuse_unsuccessful((answer or {}).get("Unsuccessful", []), "DeleteFlowLogs", gone)


KIND = Kind(
    "flow_log",
    "network",
    desired,
    read,
    permissions=(
        Right("LookAtNetworks", "DescribeFlowLogs"),
        Right("MakeWithOurTags3", "CreateFlowLogs", "vpc-flow-log"),
        Right("MakeInOurs", "CreateFlowLogs"),
        Right("ChangeAndRemoveOurs", "DeleteFlowLogs", "vpc-flow-log"),
    ),
    price=FREE,
    create=create,
    created_with=frozenset(
        {"resource", "traffic", "log_group", "role", "interval", "format", "tags"}
    ),
    setters={"tags": set_tags},
    delete=delete,
    replaceable=True,
    # "Unable to assume given IAM role": the role was created a moment ago.
    settles=frozenset({"InvalidParameter"}),
)
