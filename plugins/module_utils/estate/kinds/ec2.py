# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shared by the EC2 kinds: tags, waiting, and responses that list errors."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule reports it, with what to install

from ..engine.cloud import Cloud
from ..engine.model import Found, Target
from ..engine.sentences import EstateError
from ..engine.tags import bring, tag_list, tags_of

#: Polling interval in seconds while AWS creates or deletes a resource, and maximum number of polls.
POLL_SECONDS = 5.0
LOOKS = 120


def tag_specification(kind: str, tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """The TagSpecifications argument, so that a resource never exists without its tags."""
    return [{"ResourceType": kind, "Tags": tag_list(tags)}]


def set_tags(cloud: Cloud, target: Target) -> None:
    """Change the tags of an EC2 resource to the desired ones."""
    client, resources = cloud.client("ec2"), [target.id]
    bring(
        target.found.get("tags", {}),
        target.properties["tags"],
        untag=lambda keys: client.delete_tags(
            Resources=resources, Tags=[{"Key": key} for key in keys]
        ),
        tag=lambda tags: client.create_tags(Resources=resources, Tags=tag_list(tags)),
    )


def with_lost_name(cloud: Cloud, found: list[Found], names: Collection[str]) -> list[Found]:
    """The same items, with the missing name restored to the one of ours that lost its `Name` tag.

    Otherwise a changed tag would make the plan create the resource again. If there are several
    candidates, nothing is guessed.
    """
    missing = set(names) - {item.name for item in found}
    strays = [f for f in found if f.name not in names and cloud.ours(f.properties["tags"])]
    if len(missing) != 1 or len(strays) != 1:
        return found
    [name], [stray] = missing, strays
    return [replace(item, name=name) if item is stray else item for item in found]


def associated(state: Mapping[str, str]) -> bool:
    """Whether an association exists or is being created."""
    return state.get("State") not in ("disassociating", "disassociated", "failing", "failed")


def wait_until(done: Callable[[], bool], what: str) -> None:
    """Poll until `done`; raises EstateError when it takes too long."""
    for look in range(LOOKS):
        if look:
            time.sleep(POLL_SECONDS)
        if done():
            return
    raise EstateError(f"AWS took longer than {LOOKS * POLL_SECONDS:.0f} s until {what}.")


def refuse_unsuccessful(
    items: Iterable[Mapping[str, Any]], operation: str, *gone_already: str
) -> None:
    """Raise the first error from a successful response that lists errors.

    Errors with a code in `gone_already` are ignored.
    """
    for item in items:
        error = item["Error"]
        if error.get("Code") not in gone_already:
            answer: Any = {"Error": dict(error), "ResponseMetadata": {"HTTPStatusCode": 400}}
            raise ClientError(answer, operation)


#: What may be left in a network: operation, result key, id field and display name.
LEFT = (
    ("describe_network_interfaces", "NetworkInterfaces", "NetworkInterfaceId", "network interface"),
    ("describe_vpc_endpoints", "VpcEndpoints", "VpcEndpointId", "endpoint"),
    ("describe_security_groups", "SecurityGroups", "GroupId", "security group"),
    ("describe_subnets", "Subnets", "SubnetId", "subnet"),
    ("describe_route_tables", "RouteTables", "RouteTableId", "route table"),
    ("describe_network_acls", "NetworkAcls", "NetworkAclId", "network ACL"),
)


def contents(by: str) -> Callable[[Cloud, Found], list[str]]:
    """A function that lists what is left in a VPC, subnet or security group: AWS does not say.

    `by` is the filter name, such as `vpc-id`.
    """
    # Only a VPC contains more than network interfaces.
    listed = LEFT if by == "vpc-id" else LEFT[:1]

    def left(cloud: Cloud, found: Found) -> list[str]:
        filters = [{"Name": by, "Values": [found.id]}]
        result = []
        for operation, key, id_field, word in listed:
            # A missing permission must not hide the original error.
            with suppress(ClientError):
                items = cloud.pages("ec2", operation, key, Filters=filters)
                result += [_left(item, id_field, word) for item in items if not _given(item)]
        return result

    return left


def _given(item: Mapping[str, Any]) -> bool:
    """Whether AWS created the item with its VPC, and deletes it with the VPC."""
    main = any(link.get("Main") for link in item.get("Associations", []))
    return item.get("GroupName") == "default" or bool(item.get("IsDefault")) or main


def _left(item: Mapping[str, Any], id_field: str, word: str) -> str:
    """`network interface eni-1 (of i-1, Name=x)`: type, id, owner and tags."""
    tags = tags_of(item.get("Tags") or item.get("TagSet"))
    about = [
        item.get("GroupName") or item.get("Description") or "",
        item.get("ServiceName", ""),
        f"of {item['Attachment']['InstanceId']}"
        if item.get("Attachment", {}).get("InstanceId")
        else "",
        f"made by {item['RequesterId']}" if item.get("RequesterManaged") else "",
        *(f"{key}={value}" for key, value in tags.items()),
    ]
    details = ", ".join(filter(None, about)) or "no tags"
    return f"{word} {item[id_field]} ({details})"
