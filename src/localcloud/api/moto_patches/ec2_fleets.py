"""Launch a fleet's instances with everything that its launch template sets.

moto uses only its image, type, key and user data, and ignores groups, profile, volumes and
metadata options; it fails if neither the template nor the overrides have an image.
"""

from collections.abc import Callable
from typing import Any

from moto.ec2.exceptions import MissingParameterError
from moto.ec2.models.fleets import Fleet, FleetsBackend
from moto.ec2.models.spot_requests import SpotInstanceRequest

from localcloud.api.moto_patches.seams import Seam

SEAMS = (
    Seam(Fleet, "create_on_demand_requests", "self, weight_to_add"),
    Seam(SpotInstanceRequest, "launch_instance", "self"),
    Seam(
        FleetsBackend,
        "create_fleet",
        "self, on_demand_options, spot_options, target_capacity_specification, "
        "launch_template_configs, excess_capacity_termination_policy, "
        "replace_unhealthy_instances, terminate_instances_with_expiration, fleet_type, "
        "valid_from, valid_until, tag_specifications",
    ),
)


def apply() -> None:
    """Launch from the template."""
    on_demand, spot, create = SEAMS
    on_demand.replace(lambda original: _on_demand)
    spot.replace(_spot)
    create.replace(_complete)


def _on_demand(self: Any, weight_to_add: float) -> None:
    counts, weight = self.get_launch_spec_counts(weight_to_add)
    for spec, count in counts.items():
        launched = _run(self.ec2_backend, spec, count, fleet_id=self.id)
        self.on_demand_instances += [
            {"id": launched.id, "instance": instance, "launch_spec": spec}
            for instance in launched.instances
        ]
    self.fulfilled_capacity += weight


def _spot(original: Callable[..., Any]) -> Callable[..., Any]:
    def launch_instance(self: Any) -> Any:
        spec = self.launch_spec
        if not (spec and spec.launch_template_spec):
            return original(self)
        launched = _run(
            self.ec2_backend, spec, 1, spot_fleet_id=self.spot_fleet_id, lifecycle="spot"
        )
        return launched.instances[0]

    return launch_instance


def _run(backend: Any, spec: Any, count: int, **more: Any) -> Any:
    return backend.run_instances(
        image_id=spec.image_id,
        count=count,
        user_data=spec.user_data,
        security_group_names=[],
        instance_type=spec.instance_type,
        is_instance_type_default=False,
        key_name=spec.key_name,
        subnet_id=spec.subnet_id,
        launch_template=spec.launch_template_spec,
        tags=spec.tag_specifications,
        **more,
    )


def _complete(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_fleet(self: Any, **parameters: Any) -> Any:
        for config in parameters["launch_template_configs"]:
            template = self._get_template_from_args(config["LaunchTemplateSpecification"]).data
            for override in config.get("Overrides") or [{}]:
                for name in ("ImageId", "InstanceType"):
                    if not (override.get(name) or template.get(name)):
                        raise MissingParameterError(name)
        return original(self, **parameters)

    return create_fleet
