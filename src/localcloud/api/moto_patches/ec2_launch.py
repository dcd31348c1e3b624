"""RunInstances as on EC2: complete launch templates, and one root volume.

moto uses only the image, type, key, groups and user data of a launch template, and it adds its
own root volume next to the requested one.
"""

from collections.abc import Callable, Mapping
from copy import copy, deepcopy
from typing import Any

from moto.ec2.exceptions import MissingParameterError
from moto.ec2.models.instances import Instance, InstanceBackend
from moto.ec2.models.launch_templates import LaunchTemplateBackend
from moto.ec2.responses.instances import InstanceResponse
from moto.ec2.utils import convert_tag_spec

from localcloud.api.moto_patches.seams import Seam

SEAMS = (
    Seam(
        InstanceBackend,
        "run_instances",
        "self, image_id, count, user_data, security_group_names, **kwargs",
    ),
    Seam(InstanceResponse, "_parse_block_device_mapping", "self"),
    Seam(
        LaunchTemplateBackend,
        "create_launch_template",
        "self, name, description, template_data, tag_spec",
    ),
    Seam(InstanceBackend, "_get_template_from_args", "self, launch_template_arg"),
    Seam(Instance, "terminate", "self"),
)

# AWS's defaults for a root volume.
_ROOT_VOLUME = {"VolumeSize": 8, "VolumeType": "gp3", "DeleteOnTermination": True}

Launched = Callable[[list[Any]], None]


def apply(launched: Launched = lambda instances: None) -> None:
    """Replace moto's RunInstances.

    `launched` is called with the instances of every launch, before the API answers.
    """
    backend, mappings, create_template, template_lookup, terminate = SEAMS
    template_lookup.verify()
    backend.replace(lambda original: _with_template(original, launched))
    mappings.replace(lambda original: _asked_mappings)
    create_template.replace(_without_own_tags)
    terminate.replace(_terminated_once)


def _terminated_once(original: Callable[..., Any]) -> Callable[..., Any]:
    """Allow a second terminate call, as EC2 does; moto fails on the deleted interface."""

    def terminate(self: Any) -> Any:
        return copy(self._state) if self._state.name == "terminated" else original(self)

    return terminate


def _with_template(original: Callable[..., Any], launched: Launched) -> Callable[..., Any]:
    def run_instances(
        self: Any,
        image_id: str | None,
        count: int,
        user_data: Any,
        security_group_names: list[str],
        **kwargs: Any,
    ) -> Any:
        template = _template(self, kwargs)
        image = image_id or template.get("ImageId")
        _merge(template, kwargs)
        asked = {"name": kwargs.get("iam_instance_profile_name")}
        asked["arn"] = kwargs.get("iam_instance_profile_arn")
        profile = template.get("IamInstanceProfile") or {}
        kwargs["block_device_mappings"] = volumes = block_devices(
            _root_device(self, image),
            template.get("BlockDeviceMappings") or [],
            kwargs.get("block_device_mappings") or [],
        )
        reservation = original(self, image, count, user_data, security_group_names, **kwargs)
        # moto's response layer later attaches the request's profile to the first instance.
        others = reservation.instances[1:] if any(asked.values()) else reservation.instances
        name, arn = (
            (asked["name"], asked["arn"])
            if any(asked.values())
            else (profile.get("Name"), profile.get("Arn"))
        )
        for instance in others if name or arn else []:
            self.associate_iam_instance_profile(instance.id, name, arn)
        for instance in reservation.instances:
            _finish(self, instance, volumes, kwargs.get("nics") or [])
            _tag_interfaces(instance, kwargs["tags"].get("network-interface", {}))
        launched(reservation.instances)
        return reservation

    return run_instances


def _template(backend: Any, kwargs: Mapping[str, Any]) -> dict[str, Any]:
    wanted = kwargs.get("launch_template")
    return deepcopy(backend._get_template_from_args(wanted).data) if wanted else {}


def _merge(template: Mapping[str, Any], kwargs: dict[str, Any]) -> None:
    """Fill `kwargs` from the launch template where the request sets no value."""
    options = template.get("MetadataOptions") or {}
    kwargs["metadata_options"] = {**options, **(kwargs.get("metadata_options") or {})}
    simple = {
        "instance_initiated_shutdown_behavior": template.get("InstanceInitiatedShutdownBehavior"),
        "instance_market_options": (template.get("InstanceMarketOptions") or {}).get("MarketType"),
        "placement": (template.get("Placement") or {}).get("AvailabilityZone"),
        "ebs_optimized": template.get("EbsOptimized"),
    }
    for name, value in simple.items():
        if value and not kwargs.get(name):
            kwargs[name] = value
    if (template.get("Monitoring") or {}).get("Enabled"):
        kwargs["monitoring_state"] = "enabled"
    tags = convert_tag_spec(template.get("TagSpecifications") or [])
    asked = kwargs.get("tags") or {}
    kwargs["tags"] = {
        kind: {**tags.get(kind, {}), **asked.get(kind, {})} for kind in {*tags, *asked}
    }
    _merge_interfaces(template.get("NetworkInterfaces") or [], kwargs)


def _merge_interfaces(interfaces: list[dict[str, Any]], kwargs: dict[str, Any]) -> None:
    if not interfaces or kwargs.get("nics"):
        return
    kwargs["nics"] = interfaces
    subnet = kwargs.get("subnet_id")
    if subnet:
        interfaces[0]["SubnetId"] = subnet


def block_devices(
    root: str, template: list[dict[str, Any]], request: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """The instance's volumes: the image's root, overridden by the template, then the request.

    Raises MissingParameterError for a volume without a size.
    """
    devices: dict[str, dict[str, Any]] = {root: dict(_ROOT_VOLUME)}
    for mapping in (*template, *request):
        name = mapping["DeviceName"]
        if mapping.get("NoDevice") is not None:
            devices.pop(name, None)
            continue
        said = {
            key: value for key, value in (mapping.get("Ebs") or {}).items() if value is not None
        }
        devices[name] = {**devices.get(name, {}), **said}
    for ebs in devices.values():
        if not ebs.get("VolumeSize") and not ebs.get("SnapshotId"):
            raise MissingParameterError("size or snapshotId")
    return [{"DeviceName": name, "Ebs": ebs} for name, ebs in devices.items()]


def _root_device(backend: Any, image_id: str | None) -> str:
    """The image's root device; moto raises AWS's error if the image does not exist."""
    images = backend.describe_images(ami_ids=[image_id] if image_id else [])
    return str(images[0].root_device_name)


def _finish(backend: Any, instance: Any, volumes: list[dict[str, Any]], nics: list[Any]) -> None:
    """Set the attributes of a new instance that moto has no parameter for."""
    by_device = {mapping["DeviceName"]: mapping["Ebs"] for mapping in volumes}
    for device, attachment in instance.get_block_device_mapping:
        volume = backend.volumes[attachment.volume_id]
        volume.iops = by_device[device].get("Iops", volume.iops)
        volume.throughput = by_device[device].get("Throughput", volume.throughput)
    # An interface created at launch is deleted with the instance, unless the request says
    # otherwise; moto keeps it, which blocks its subnet address forever.
    said = {int(nic["DeviceIndex"]): nic.get("DeleteOnTermination") for nic in nics}
    brought = {int(nic["DeviceIndex"]) for nic in nics if nic.get("NetworkInterfaceId")}
    for index, interface in instance.nics.items():
        if index not in brought:
            interface.delete_on_termination = said.get(index) is not False


def _tag_interfaces(instance: Any, tags: Mapping[str, str]) -> None:
    """Tag interfaces: moto tags only instances and volumes."""
    for interface in instance.nics.values() if tags else ():
        interface.add_tags(tags)


def _asked_mappings(self: Any) -> list[dict[str, Any]]:
    """The request's block devices as sent, without moto's defaults, which look like input."""
    return deepcopy(self._get_param("BlockDeviceMappings") or [])


def _without_own_tags(original: Callable[..., Any]) -> Callable[..., Any]:
    """Keep the template's own tags out of its launch data, where moto adds them."""

    def create_launch_template(
        self: Any,
        name: str,
        description: str,
        template_data: dict[str, Any],
        tag_spec: dict[str, Any],
    ) -> Any:
        specifications = template_data.get("TagSpecifications") or []
        kept = [one for one in specifications if one["ResourceType"] != "launch-template"]
        data = {key: value for key, value in template_data.items() if key != "TagSpecifications"}
        if kept:
            data["TagSpecifications"] = kept
        return original(self, name, description, data, tag_spec)

    return create_launch_template
