# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The launch template of training hosts; each launch sets image, instance type and volume size."""

from __future__ import annotations

import base64
from collections.abc import Collection, Mapping
from typing import Any

from ...engine.charges import FREE
from ...engine.cloud import Cloud, absent
from ...engine.model import Facts, Found, Kind, Properties, Resource, Right, Target
from ...engine.tags import tag_list, tags_of
from ...inputs import ROOT_DEVICES, Inputs
from ..ec2 import set_tags, tag_specification

#: The resources that a launch creates. AWS bills the public address on the network interface.
TAGGED = ("instance", "volume", "network-interface")

#: How many of the newest versions are kept, so that changes can be traced.
VERSIONS = 3

GONE = ("InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateName.NotFoundException")

#: What EC2 may return for a template that no AWS service manages.
NOT_MANAGED = {"Managed": False}

#: The most versions that EC2 deletes at a time.
BATCH = 200


#: Runs at each boot, before anything can be configured, and needs no room on the disk: systemd
#: keeps the timer in memory. Without the two options, systemd would start the timer only after the
#: boot, and cloud-init, which is part of the boot, would wait for that.
USER_DATA = """\
#cloud-config
bootcmd:
  - - systemd-run
    - --no-block
    - --timer-property=DefaultDependencies=no
    - --unit=max-hours
    - --on-active={hours}h
    - systemctl
    - poweroff
"""


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """IMDSv2 only, one hop (so containers cannot use the role), encrypted volume, tags, an end.

    It has no T3 credit setting: EC2 rejects it for other families, and a run may choose its type.
    """
    name = inputs.named("training")
    tags = inputs.named_tags(name)
    properties = {
        "metadata": {
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": 1,
            "instance_metadata_tags": "enabled",
        },
        # No size: each launch sets its own, so that runs do not have to change the template.
        "root_volume": {
            "device": ROOT_DEVICES[inputs.training_os],
            "type": "gp3",
            "encrypted": True,
            "delete_on_termination": True,
        },
        # Subnet and security groups are set on the interface, so that no launch can omit them.
        "network_interface": {
            "device_index": 0,
            "subnet": "subnet/private_a" if inputs.hosts_are_private else "subnet/public_a",
            "security_groups": ["security_group/training"],
            "public_address": not inputs.hosts_are_private,
            "delete_on_termination": True,
        },
        "instance_profile": name,
        "key_name": inputs.stem,
        "user_data": USER_DATA.format(hours=inputs.training_max_hours),
        "tag_specifications": dict.fromkeys(TAGGED, tags),
        "other": {},
        "tags": tags,
    }
    needs = ("instance_profile/training", "key_pair/main")
    return [Resource("launch_template", "training", name, properties, needs)]


def read(cloud: Cloud) -> list[Found]:
    """The launch templates with our name or tags; properties are those of the default version."""
    result = []
    for template in cloud.pages("ec2", "describe_launch_templates", "LaunchTemplates"):
        tags = tags_of(template.get("Tags"))
        name, template_id = template["LaunchTemplateName"], template["LaunchTemplateId"]
        if name == cloud.inputs.named("training") or cloud.ours(tags):
            version = _default_version(cloud, template_id)
            if version is None:
                continue  # AWS lists a template for a moment after its deletion
            properties = {**data(version["LaunchTemplateData"]), "tags": tags}
            result.append(Found("launch_template", name, template_id, properties))
    return result


def _default_version(cloud: Cloud, template_id: str) -> Mapping[str, Any] | None:
    answer = absent(
        lambda: cloud.client("ec2").describe_launch_template_versions(
            LaunchTemplateId=template_id, Versions=["$Default"]
        ),
        *GONE,
    )
    return next(iter(answer["LaunchTemplateVersions"]), None) if answer else None


#: The fields of each part that are modelled, and State, which is ignored because it is temporary.
METADATA = (
    "HttpEndpoint",
    "HttpTokens",
    "HttpPutResponseHopLimit",
    "InstanceMetadataTags",
    "State",
)
VOLUME = ("VolumeSize", "VolumeType", "Encrypted", "DeleteOnTermination")
INTERFACE = (
    *("DeviceIndex", "SubnetId", "Groups", "AssociatePublicIpAddress"),
    "DeleteOnTermination",
)


def data(raw: Mapping[str, Any]) -> Properties:
    """Launch data as properties; fields that are not modelled go to `other`."""
    nothing: tuple[Any, ...] = ([], {}, "", None, NOT_MANAGED)
    rest = {key: value for key, value in raw.items() if value not in nothing}
    metadata = rest.pop("MetadataOptions", {})
    volumes = rest.pop("BlockDeviceMappings", [])
    interfaces = rest.pop("NetworkInterfaces", [])
    specifications = rest.pop("TagSpecifications", [])
    profile = rest.pop("IamInstanceProfile", {})
    result = {
        "metadata": {
            "http_endpoint": metadata.get("HttpEndpoint"),
            "http_tokens": metadata.get("HttpTokens"),
            "http_put_response_hop_limit": metadata.get("HttpPutResponseHopLimit"),
            "instance_metadata_tags": metadata.get("InstanceMetadataTags"),
        },
        "root_volume": _volume(volumes[0]) if volumes else None,
        "network_interface": _interface(interfaces[0]) if interfaces else None,
        # May be set by name or by ARN; names are unique in the account.
        "instance_profile": profile.get("Name") or profile.get("Arn", "").split("/")[-1] or None,
        "key_name": rest.pop("KeyName", None),
        "user_data": _text(rest.pop("UserData", "")),
        "tag_specifications": {s["ResourceType"]: tags_of(s["Tags"]) for s in specifications},
    }
    more = {
        "BlockDeviceMappings": volumes[1:],
        "NetworkInterfaces": interfaces[1:],
        "MetadataOptions": _without(metadata, METADATA),
        "Ebs": _without(volumes[0].get("Ebs", {}), VOLUME) if volumes else {},
        "NetworkInterface": _without(interfaces[0], INTERFACE) if interfaces else {},
    }
    rest |= {field: values for field, values in more.items() if values}
    return {**result, "other": rest}


def _text(encoded: str) -> str:
    """User data as text; other bytes are replaced, as in compressed user data of somebody else."""
    return base64.b64decode(encoded).decode(errors="replace")


def _without(raw: Mapping[str, Any], known: Collection[str]) -> Properties:
    """The remaining settings, such as a key for the volume, an address or IPv6."""
    return {k: v for k, v in raw.items() if k not in known and v and v != "disabled"}


def _volume(mapping: Mapping[str, Any]) -> Properties:
    ebs = mapping.get("Ebs", {})
    return {
        "device": mapping.get("DeviceName"),
        "size_gb": ebs.get("VolumeSize"),
        "type": ebs.get("VolumeType"),
        "encrypted": ebs.get("Encrypted"),
        "delete_on_termination": ebs.get("DeleteOnTermination"),
    }


def _interface(interface: Mapping[str, Any]) -> Properties:
    return {
        "device_index": interface.get("DeviceIndex"),
        "subnet": interface.get("SubnetId"),
        "security_groups": sorted(interface.get("Groups", [])),
        "public_address": interface.get("AssociatePublicIpAddress"),
        "delete_on_termination": interface.get("DeleteOnTermination"),
    }


def launch_data(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Properties as EC2 launch data; the inverse of `data`."""
    metadata, root = wanted["metadata"], wanted["root_volume"]
    interface = wanted["network_interface"]
    return {
        "MetadataOptions": {
            "HttpEndpoint": metadata["http_endpoint"],
            "HttpTokens": metadata["http_tokens"],
            "HttpPutResponseHopLimit": metadata["http_put_response_hop_limit"],
            "InstanceMetadataTags": metadata["instance_metadata_tags"],
        },
        "BlockDeviceMappings": [
            {
                "DeviceName": root["device"],
                "Ebs": {
                    "VolumeType": root["type"],
                    "Encrypted": root["encrypted"],
                    "DeleteOnTermination": root["delete_on_termination"],
                },
            }
        ],
        "NetworkInterfaces": [
            {
                "DeviceIndex": interface["device_index"],
                "SubnetId": interface["subnet"],
                "Groups": interface["security_groups"],
                "AssociatePublicIpAddress": interface["public_address"],
                "DeleteOnTermination": interface["delete_on_termination"],
            }
        ],
        "IamInstanceProfile": {"Name": wanted["instance_profile"]},
        "KeyName": wanted["key_name"],
        "UserData": base64.b64encode(wanted["user_data"].encode()).decode(),
        "TagSpecifications": [
            {"ResourceType": made, "Tags": tag_list(tags)}
            for made, tags in sorted(wanted["tag_specifications"].items())
        ],
    }


def create(cloud: Cloud, resource: Resource) -> str:
    """Create the complete template."""
    answer = cloud.client("ec2").create_launch_template(
        LaunchTemplateName=resource.name,
        LaunchTemplateData=launch_data(resource.properties),
        TagSpecifications=tag_specification("launch-template", resource.properties["tags"]),
    )
    return str(answer["LaunchTemplate"]["LaunchTemplateId"])


def _set_data(cloud: Cloud, target: Target) -> None:
    """Create a complete new default version, so that nothing of the old one remains."""
    ec2 = cloud.client("ec2")
    answer = ec2.create_launch_template_version(
        LaunchTemplateId=target.id, LaunchTemplateData=launch_data(target.properties)
    )
    number = str(answer["LaunchTemplateVersion"]["VersionNumber"])
    ec2.modify_launch_template(LaunchTemplateId=target.id, DefaultVersion=number)
    old = _versions(cloud, target.id)[VERSIONS:]
    for start in range(0, len(old), BATCH):
        ec2.delete_launch_template_versions(
            LaunchTemplateId=target.id, Versions=old[start : start + BATCH]
        )


def _versions(cloud: Cloud, template_id: str) -> list[str]:
    """The version numbers, newest first; the newest is the default."""
    versions = cloud.pages(
        "ec2",
        "describe_launch_template_versions",
        "LaunchTemplateVersions",
        LaunchTemplateId=template_id,
    )
    return [str(n) for n in sorted((v["VersionNumber"] for v in versions), reverse=True)]


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the template with all versions; running hosts do not need it."""
    absent(
        lambda: cloud.client("ec2").delete_launch_template(LaunchTemplateId=found.id),
        *GONE,
    )


#: The properties that one version sets together.
SAID_BY_VERSION = (
    "metadata",
    "root_volume",
    "network_interface",
    "instance_profile",
    "key_name",
    "user_data",
    "tag_specifications",
    "other",
)

KIND = Kind(
    "launch_template",
    "compute",
    desired,
    read,
    permissions=(
        Right("LookAtHosts", "DescribeLaunchTemplateVersions DescribeLaunchTemplates"),
        Right("MakeForHosts", "CreateLaunchTemplate", "launch-template"),
        Right(
            "ChangeAndRemoveHosts",
            """CreateLaunchTemplateVersion DeleteLaunchTemplate DeleteLaunchTemplateVersions
            ModifyLaunchTemplate""",
            "launch-template",
        ),
    ),
    price=FREE,
    create=create,
    setters={"tags": set_tags} | dict.fromkeys(SAID_BY_VERSION, _set_data),
    created_with=frozenset({*SAID_BY_VERSION, "tags"}),
    delete=delete,
)
