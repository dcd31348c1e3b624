"""Instances that are machines: moto's record of an instance and the real thing, tied together."""

from collections.abc import Callable, Iterable
from copy import copy
from typing import Any, Protocol

from moto.core.responses import ActionResult
from moto.core.types import Base64EncodedString
from moto.core.utils import utcnow
from moto.ec2.models.elastic_ip_addresses import ElasticAddressBackend
from moto.ec2.models.instances import Instance
from moto.ec2.responses.general import General

from localcloud.moto_patches import ec2_launch
from localcloud.moto_patches.seams import Seam

_START = Seam(Instance, "start", "self")
_STOP = Seam(Instance, "stop", "self")
_TERMINATE = Seam(Instance, "terminate", "self")
_REBOOT = Seam(Instance, "reboot", "self")
_CONSOLE = Seam(General, "get_console_output", "self")
_ADDRESSES = (
    Seam(
        ElasticAddressBackend,
        "associate_address",
        "self, instance, eni, address, allocation_id, reassociate",
    ),
    Seam(ElasticAddressBackend, "disassociate_address", "self, address, association_id"),
)
SEAMS = (_START, _STOP, _TERMINATE, _REBOOT, _CONSOLE, *_ADDRESSES)


class Machines(Protocol):
    """What happens to the machines when something happens to their instances."""

    def launch(self, instances: Iterable[Any]) -> None:
        """New instances."""

    def start(self, instance: Any) -> None:
        """StartInstances."""

    def stop(self, instance: Any) -> None:
        """StopInstances."""

    def reboot(self, instance: Any) -> None:
        """RebootInstances."""

    def terminate(self, instance: Any) -> None:
        """TerminateInstances."""

    def console(self, instance_id: str) -> str | None:
        """GetConsoleOutput."""

    def refresh_addresses(self) -> None:
        """An elastic address came or went."""


def apply(machines: Machines) -> None:
    """Tie moto's instances to `machines`."""
    ec2_launch.on_launch(machines.launch)
    _START.replace(_started(machines))
    _STOP.replace(_stopped(machines))
    _TERMINATE.replace(_terminated(machines))
    _REBOOT.replace(_rebooted(machines))
    _CONSOLE.replace(lambda original: _console_of(machines))
    for seam in _ADDRESSES:
        seam.replace(_readdressed(machines))


def record_stop(instance: Any) -> None:
    """Let moto note that an instance has stopped, without stopping anything."""
    _STOP.original(instance)


def record_termination(instance: Any) -> None:
    """Let moto note that an instance is terminated, without removing anything."""
    _TERMINATE.original(instance)


def _started(machines: Machines) -> Callable[..., Any]:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def start(self: Any) -> Any:
            if self.state != "stopped":
                return copy(self.instance_state)
            before = original(self)
            machines.start(self)
            return before

        return start

    return make


def _stopped(machines: Machines) -> Callable[..., Any]:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def stop(self: Any) -> Any:
            if self.state != "running":
                return copy(self.instance_state)
            before = original(self)
            machines.stop(self)
            return before

        return stop

    return make


def _terminated(machines: Machines) -> Callable[..., Any]:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def terminate(self: Any) -> Any:
            if self.state == "terminated":
                return copy(self.instance_state)
            before = original(self)
            machines.terminate(self)
            return before

        return terminate

    return make


def _rebooted(machines: Machines) -> Callable[..., Any]:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def reboot(self: Any) -> None:
            if self.state == "running":
                original(self)
                machines.reboot(self)

        return reboot

    return make


def _console_of(machines: Machines) -> Callable[..., Any]:
    def get_console_output(self: Any) -> Any:
        instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        result = {"InstanceId": instance.id, "Timestamp": utcnow()}
        text = machines.console(instance.id)
        if text:
            result["Output"] = Base64EncodedString.from_raw_string(text)
        return ActionResult(result)

    return get_console_output


def _readdressed(machines: Machines) -> Callable[..., Any]:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def change(self: Any, *arguments: Any, **options: Any) -> Any:
            answer = original(self, *arguments, **options)
            machines.refresh_addresses()
            return answer

        return change

    return make
