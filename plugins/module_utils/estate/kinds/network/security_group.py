# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The security groups of training hosts and of interface endpoints."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ...engine.charges import FREE
from ...engine.cloud import Cloud, absent
from ...engine.model import Facts, Found, Kind, Properties, Resource, Right, Target
from ...engine.normal import canonical
from ...engine.tags import tags_of
from ...inputs import Inputs
from ..ec2 import contents, set_tags, tag_specification

PURPOSES = {22: "SSH", 8501: "dashboard"}
ANYWHERE = {"proto": "all", "cidr_ip": "0.0.0.0/0"}
KEYS = ("training", "endpoints")

#: The name of every VPC's default group, which is the kind `default_security_group`.
DEFAULT = "default"

#: By type of rule source: the list and field in a group's permissions, and the field in a single
#: rule.
SOURCES = {
    "cidr_ip": ("IpRanges", "CidrIp", "CidrIpv4"),
    "cidr_ipv6": ("Ipv6Ranges", "CidrIpv6", "CidrIpv6"),
    "ip_prefix": ("PrefixListIds", "PrefixListId", "PrefixListId"),
    "group_id": ("UserIdGroupPairs", "GroupId", "ReferencedGroupInfo"),
}


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One group for hosts, and one for the interface endpoints if there are any."""
    groups = [_training(inputs, facts)]
    return [*groups, _endpoints(inputs)] if inputs.interface_endpoints else groups


def _training(inputs: Inputs, facts: Facts) -> Resource:
    """Inbound: allowed networks on the given ports. Outbound: everything, for packages and AWS."""
    own = (facts.caller_cidr,) if facts.caller_cidr else ()
    sources = inputs.allowed_cidrs or own
    ingress = [
        _rule(port, cidr, PURPOSES.get(port, f"port {port}"))
        for port in inputs.ingress_ports
        for cidr in sources
    ]
    return _group(inputs, "training", "Training hosts of", ingress, [ANYWHERE])


def _endpoints(inputs: Inputs) -> Resource:
    """Inbound: TLS from the VPC. Outbound: nothing, since endpoints open no connections."""
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
    """The properties common to all groups."""
    return {
        "vpc": group["VpcId"],
        "ingress": rules(group["IpPermissions"]),
        "egress": rules(group["IpPermissionsEgress"]),
        "tags": tags_of(group.get("Tags")),
    }


def rules(permissions: list[Mapping[str, Any]]) -> list[Properties]:
    """The rules in a group's permissions, one per source."""
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
    """Create the group, with the desired outbound rules instead of AWS's default one."""
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
    """Revoke a rule that AWS adds to new groups; not by id, which may not be listed yet."""
    revoke = _revoke(cloud, egress=egress)
    absent(
        lambda: revoke(GroupId=group_id, IpPermissions=[_permission(rule)]),
        "InvalidPermission.NotFound",
    )


def _revoke(cloud: Cloud, *, egress: bool) -> Any:
    client = cloud.client("ec2")
    return client.revoke_security_group_egress if egress else client.revoke_security_group_ingress


def set_ingress(cloud: Cloud, target: Target) -> None:
    """Set the inbound rules to the desired ones."""
    bring_rules(cloud, target.id, target.properties["ingress"], egress=False)


def set_egress(cloud: Cloud, target: Target) -> None:
    """Set the outbound rules to the desired ones."""
    bring_rules(cloud, target.id, target.properties["egress"], egress=True)


def bring_rules(cloud: Cloud, group_id: str, wanted: Iterable[Properties], *, egress: bool) -> None:
    """Add, change and remove exactly the rules that differ.

    Access is granted before any is revoked. First, new rules are added. Then old rules are modified
    into new ones, in one step and without counting against the quota. The rest is revoked last.
    """
    client = cloud.client("ec2")
    now = _rules_now(cloud, group_id, egress=egress)
    keep = {canonical(rule) for rule in wanted}
    there = {canonical(rule) for rule in now.values()}
    gone = {rule_id: rule for rule_id, rule in now.items() if canonical(rule) not in keep}
    come = [rule for rule in wanted if canonical(rule) not in there]
    changed = _pairs(gone, come)
    added = [_permission(rule) for rule in come if rule not in changed.values()]
    revoked = [rule_id for rule_id in gone if rule_id not in changed]
    if added:
        authorize = (
            client.authorize_security_group_egress
            if egress
            else client.authorize_security_group_ingress
        )
        authorize(GroupId=group_id, IpPermissions=added)
    if changed:
        client.modify_security_group_rules(
            GroupId=group_id,
            SecurityGroupRules=[
                {"SecurityGroupRuleId": rule_id, "SecurityGroupRule": _single(rule)}
                for rule_id, rule in changed.items()
            ],
        )
    if revoked:
        _revoke(cloud, egress=egress)(GroupId=group_id, SecurityGroupRuleIds=revoked)


def _pairs(gone: Mapping[str, Properties], come: Iterable[Properties]) -> dict[str, Properties]:
    """The old rules to modify, by id, with the new rule that each becomes.

    First, rules that differ only in their description: AWS treats them as the same rule, so both
    cannot exist. Then, rules for IPv4 networks, of which there may be as many as the quota allows.
    """
    result: dict[str, Properties] = {}
    left = list(come)
    for alike in (_same_rule, _both_networks):
        for rule_id, rule in gone.items():
            fitting = [new for new in left if rule_id not in result and alike(rule, new)]
            if fitting:
                result[rule_id] = fitting[0]
                left.remove(fitting[0])
    return result


def _same_rule(one: Properties, other: Properties) -> bool:
    return {**one, "rule_desc": ""} == {**other, "rule_desc": ""}


def _both_networks(one: Properties, other: Properties) -> bool:
    return "cidr_ip" in one and "cidr_ip" in other


def _single(rule: Properties) -> dict[str, Any]:
    """A rule for ModifySecurityGroupRules: complete, since omitted fields are removed."""
    word = next(word for word in SOURCES if word in rule)
    field = "ReferencedGroupId" if word == "group_id" else SOURCES[word][2]
    return {
        "IpProtocol": "-1" if rule["proto"] == "all" else rule["proto"],
        "FromPort": rule.get("from_port", -1),
        "ToPort": rule.get("to_port", -1),
        field: rule[word],
        "Description": rule.get("rule_desc", ""),
    }


def _rules_now(cloud: Cloud, group_id: str, *, egress: bool) -> dict[str, Properties]:
    """The rules of one direction, by id."""
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
    """A rule as an IpPermissions item."""
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
    """Delete the group; AWS refuses for a while if a host that used it was just terminated."""
    absent(
        lambda: cloud.client("ec2").delete_security_group(GroupId=found.id),
        "InvalidGroup.NotFound",
    )


KIND = Kind(
    "security_group",
    "network",
    desired,
    read,
    permissions=(
        Right("LookAtNetworks", "DescribeSecurityGroupRules DescribeSecurityGroups"),
        Right("MakeWithOurTags2", "CreateSecurityGroup", "security-group"),
        Right("MakeInOurs", "CreateSecurityGroup"),
        Right(
            "ChangeAndRemoveOurs",
            """DeleteSecurityGroup AuthorizeSecurityGroupEgress AuthorizeSecurityGroupIngress
            ModifySecurityGroupRules RevokeSecurityGroupEgress RevokeSecurityGroupIngress""",
            "security-group",
        ),
        Right("ChangeRules", "ModifySecurityGroupRules", "security-group-rule"),
    ),
    price=FREE,
    create=create,
    created_with=frozenset({"vpc", "description", "egress", "tags"}),
    setters={"ingress": set_ingress, "egress": set_egress, "tags": set_tags},
    delete=delete,
    contents=contents("group-id"),
)
