# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How every training host is launched; image, type and size per run are given at launch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cloud import Cloud
from ..inputs import ROOT_DEVICES, Inputs
from ..model import Facts, Found, Kind, Properties, Resource
from ..normal import tags_of

#: What a launch makes. AWS bills the public address on the network interface.
TAGGED = ("instance", "volume", "network-interface")


def _name(inputs: Inputs) -> str:
    return f"{inputs.stem}-training"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """IMDSv2 only, one hop (no container reaches the role), encrypted disk, tags on what it makes.

    T3 credits are not in it: EC2 refuses them for other families, and a run may choose its type.
    """
    name = _name(inputs)
    tags = inputs.named_tags(name)
    properties = {
        "metadata": {
            "http_endpoint": "enabled",
            "http_tokens": "required",
            "http_put_response_hop_limit": 1,
            "instance_metadata_tags": "enabled",
        },
        # Without a size: each launch gives its own, so two runs do not differ about the template.
        "root_volume": {
            "device": ROOT_DEVICES[inputs.training_os],
            "type": "gp3",
            "encrypted": True,
            "delete_on_termination": True,
        },
        # Subnet and groups belong to the interface: ec2_instance takes them from here only.
        "network_interface": {
            "device_index": 0,
            "subnet": "subnet/public_a",
            "security_groups": ["security_group/training"],
            "public_address": True,
            "delete_on_termination": True,
        },
        "instance_profile": name,
        "key_name": inputs.stem,
        "tag_specifications": dict.fromkeys(TAGGED, tags),
        "other": {},
        "tags": tags,
    }
    return [Resource("launch_template", "training", name, properties)]


def read(cloud: Cloud) -> list[Found]:
    """The launch templates with our name or tags, by their default version."""
    result = []
    for template in cloud.pages("ec2", "describe_launch_templates", "LaunchTemplates"):
        tags = tags_of(template.get("Tags"))
        name, template_id = template["LaunchTemplateName"], template["LaunchTemplateId"]
        if name == _name(cloud.inputs) or cloud.ours(tags):
            [version] = cloud.client("ec2").describe_launch_template_versions(
                LaunchTemplateId=template_id, Versions=["$Default"]
            )["LaunchTemplateVersions"]
            properties = {**data(version["LaunchTemplateData"]), "tags": tags}
            result.append(Found("launch_template", name, template_id, properties))
    return result


def data(raw: Mapping[str, Any]) -> Properties:
    """The launch data in our words; what we have no word for is under `other`."""
    rest = {key: value for key, value in raw.items() if value not in ([], {}, "", None)}
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
        # Written by name or by ARN; a name is unique in the account.
        "instance_profile": profile.get("Name") or profile.get("Arn", "").split("/")[-1] or None,
        "key_name": rest.pop("KeyName", None),
        "tag_specifications": {s["ResourceType"]: tags_of(s["Tags"]) for s in specifications},
    }
    more = {"BlockDeviceMappings": volumes[1:], "NetworkInterfaces": interfaces[1:]}
    rest |= {field: values for field, values in more.items() if values}
    return {**result, "other": rest}


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


KIND = Kind("launch_template", "compute", desired, read)
