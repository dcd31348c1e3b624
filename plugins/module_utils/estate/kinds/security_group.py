# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may connect to a training host, and to the interface endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..cloud import Cloud, absent
from ..ec2 import set_tags, tag_specification
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Properties, Resource, Target
from ..normal import canonical, tags_of

PURPOSES = {22: "SSH", 8501: "dashboard"}
ANYWHERE = {"proto": "all", "cidr_ip": "0.0.0.0/0"}
KEYS = ("training", "endpoints")

#: The name of the group that every VPC has; the kind `default_security_group` is about it.
DEFAULT = "default"

#: By our word for the source of a rule: the list and the field that AWS keeps it in, and the field
#: of a single rule.
SOURCES = {
    "cidr_ip": ("IpRanges", "CidrIp", "CidrIpv4"),
    "cidr_ipv6": ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
    "ip_prefix": ("PrefixListIds", "PrefixListId", "PrefixListId"),
    "group_id": ("UserIdGroupPairs", "GroupId", "ReferencedGroupInfo"),
}


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One group for hosts, and one for the interface endpoints where there are any."""
    groups = [_training(inputs, facts)]
    return [*groups, _endpoints(inputs)] if inputs.interface_endpoints else groups


def _training(inputs: Inputs, facts: Facts) -> Resource:
    """In: the allowed networks on the given ports. Out: everything, for packages and AWS."""
    own = (facts.caller_cidr,) if facts.caller_cidr else ()
    sources = inputs.allowed_cidrs or own
    ingress = [
        _rule(port, cidr, PURPOSES.get(port, f"port {port}"))
        for port in inputs.ingress_ports
        for cidr in sources
    ]
    return _group(inputs, "training", "Training hosts of", ingress, [ANYWHERE])


def _endpoints(inputs: Inputs) -> Resource:
    """In: TLS from the VPC. Out: nothing, since an endpoint never begins a connection."""
    ingress = [_rule(443, inputs.vpc_cidr, "TLS from the VPC")]
    return _group(inputs, "endpoints", "Interface endpoints of", ingress, [])


def _group(
    inputs: Inputs, key: str, purpose: str, ingress: list[Properties], egress: list[Properties]
) -> Resource:
    properties = {
        "vpc": "vpc/main",
        "description": f"{purpose} {inputs.stem}",
        "ingress": ingress,
        "egress": egress,
        "tags": inputs.named_tags(inputs.named(key)),
    }
    return Resource("security_group", key, inputs.named(key), properties)


def _rule(port: int, cidr: str, description: str) -> Properties:
    return {
        "proto": "tcp",
        "from_port": port,
        "to_port": port,
        "cidr_ipv6" if ":" in cidr else "cidr_ip": cidr,
        "rule_desc": description,
    }


def read(cloud: Cloud) -> list[Found]:
    """The security groups with our names or tags."""
    names = [cloud.inputs.named(key) for key in KEYS]
    result = []
    for group in cloud.pages("ec2", "describe_security_groups", "SecurityGroups"):
        tags = tags_of(group.get("Tags"))
        ours = group["GroupName"] in names or cloud.ours(tags)
        if ours and group["GroupName"] != DEFAULT:
            properties = {"description": group["Description"], **properties_of(group)}
            result.append(Found("security_group", group["GroupName"], group["GroupId"], properties))
    return result


def properties_of(group: Mapping[str, Any]) -> Properties:
    """What every group has."""
    return {
        "vpc": group["VpcId"],
        "ingress": rules(group["IpPermissions"]),
        "egress": rules(group["IpPermissionsEgress"]),
        "tags": tags_of(group.get("Tags")),
    }


def rules(permissions: list[Mapping[str, Any]]) -> list[Properties]:
    """One rule per source."""
    result = [
        {**_ports(permission), **source}
        for permission in permissions
        for source in _sources(permission)
    ]
    return sorted(result, key=canonical)


def _ports(permission: Mapping[str, Any]) -> Properties:
    if permission["IpProtocol"] == "-1":
        return {"proto": "all"}
    ports = {"from_port": permission.get("FromPort"), "to_port": permission.get("ToPort")}
    return {"proto": permission["IpProtocol"], **ports}


def _sources(permission: Mapping[str, Any]) -> list[Properties]:
    return [
        {word: source[field], **_description(source)}
        for word, (listed, field, _unused) in SOURCES.items()
        for source in permission.get(listed, [])
    ]


def _description(source: Mapping[str, Any]) -> Properties:
    return {"rule_desc": source["Description"]} if source.get("Description") else {}


def create(cloud: Cloud, resource: Resource) -> str:
    """The group, without the rule out to everywhere that AWS gives a new one."""
    wanted = resource.properties
    group = cloud.client("ec2").create_security_group(
        GroupName=resource.name,
        Description=wanted["description"],
        VpcId=wanted["vpc"],
        TagSpecifications=tag_specification("security-group", wanted["tags"]),
    )
    if ANYWHERE not in wanted["egress"]:
        revoke_given(cloud, group["GroupId"], ANYWHERE, egress=True)
    bring_rules(cloud, group["GroupId"], wanted["egress"], egress=True)
    return str(group["GroupId"])


def revoke_given(cloud: Cloud, group_id: str, rule: Properties, *, egress: bool) -> None:
    """Take away a rule that AWS gives a new group. Not by its id, which AWS may tell later."""
    revoke = _revoke(cloud, egress=egress)
    absent(
        lambda: revoke(GroupId=group_id, IpPermissions=[_permission(rule)]),
        "InvalidPermission.NotFound",
    )


def _revoke(cloud: Cloud, *, egress: bool) -> Any:
    client = cloud.client("ec2")
    return client.revoke_security_group_egress if egress else client.revoke_security_group_ingress


def set_ingress(cloud: Cloud, target: Target) -> None:
    """Bring the rules for what comes in to what is wanted."""
    bring_rules(cloud, target.id, target.properties["ingress"], egress=False)


def set_egress(cloud: Cloud, target: Target) -> None:
    """Bring the rules for what goes out to what is wanted."""
    bring_rules(cloud, target.id, target.properties["egress"], egress=True)


def bring_rules(cloud: Cloud, group_id: str, wanted: Iterable[Properties], *, egress: bool) -> None:
    """Revoke and authorize exactly what differs.

    Revoke first: to AWS two rules that differ in their description only are one.
    """
    client = cloud.client("ec2")
    now = _rules_now(cloud, group_id, egress=egress)
    keep = {canonical(rule) for rule in wanted}
    gone = [rule_id for rule_id, rule in now.items() if canonical(rule) not in keep]
    there = {canonical(rule) for rule in now.values()}
    come = [_permission(rule) for rule in wanted if canonical(rule) not in there]
    if gone:
        _revoke(cloud, egress=egress)(GroupId=group_id, SecurityGroupRuleIds=gone)
    if come:
        authorize = (
            client.authorize_security_group_egress
            if egress
            else client.authorize_security_group_ingress
        )
        authorize(GroupId=group_id, IpPermissions=come)


def _rules_now(cloud: Cloud, group_id: str, *, egress: bool) -> dict[str, Properties]:
    """The rules of one direction by id."""
    of_group = [{"Name": "group-id", "Values": [group_id]}]
    pages = cloud.pages(
        "ec2", "describe_security_group_rules", "SecurityGroupRules", Filters=of_group
    )
    return {
        rule["SecurityGroupRuleId"]: {**_ports(rule), **_source(rule), **_description(rule)}
        for rule in pages
        if rule["IsEgress"] == egress
    }


def _source(rule: Mapping[str, Any]) -> Properties:
    [(word, value)] = [
        (word, rule[field])
        for word, (_unused, _unused, field) in SOURCES.items()
        if rule.get(field)
    ]
    return {word: value["GroupId"] if isinstance(value, Mapping) else value}


def _permission(rule: Properties) -> dict[str, Any]:
    """A rule as AWS takes it."""
    [(word, (listed, field, _unused))] = [item for item in SOURCES.items() if item[0] in rule]
    source = {field: rule[word]}
    if "rule_desc" in rule:
        source["Description"] = rule["rule_desc"]
    if rule["proto"] == "all":
        return {"IpProtocol": "-1", listed: [source]}
    return {
        "IpProtocol": rule["proto"],
        "FromPort": rule["from_port"],
        "ToPort": rule["to_port"],
        listed: [source],
    }


def delete(cloud: Cloud, found: Found) -> None:
    """AWS refuses while an interface is in it: that of a host that is just gone, for a while."""
    absent(
        lambda: cloud.client("ec2").delete_security_group(GroupId=found.id),
        "InvalidGroup.NotFound",
    )


KIND = Kind(
    "security_group",
    "network",
    desired,
    read,
    create=create,
    created_with=frozenset({"vpc", "description", "egress", "tags"}),
    setters={"ingress": set_ingress, "egress": set_egress, "tags": set_tags},
    delete=delete,
)
