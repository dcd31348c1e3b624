"""Apply API actions on an instance (moto's record) to its guest too."""

from collections.abc import Callable, Iterable
from copy import copy
from typing import Any, Protocol

from moto.core.responses import ActionResult
from moto.core.types import Base64EncodedString
from moto.core.utils import utcnow
from moto.ec2.models.elastic_ip_addresses import ElasticAddressBackend
from moto.ec2.models.instances import Instance
from moto.ec2.responses.general import General

from localcloud.api.moto_patches import ec2_launch
from localcloud.api.moto_patches.seams import Seam

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


class Guests(Protocol):
    """The guest actions for API actions on their instances."""

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
        """AssociateAddress and DisassociateAddress."""


def apply(guests: Guests) -> None:
    """Connect moto's instances to `guests`."""
    ec2_launch.apply(guests.launch)
    _START.replace(_started(guests))
    _STOP.replace(_stopped(guests))
    _TERMINATE.replace(_terminated(guests))
    _REBOOT.replace(_rebooted(guests))
    _CONSOLE.replace(lambda original: _console_of(guests))
    for seam in _ADDRESSES:
        seam.replace(_readdressed(guests))


def record_stop(instance: Any) -> None:
    """Record in moto that an instance has stopped, without stopping its guest."""
    _STOP.original(instance)


def record_termination(instance: Any) -> None:
    """Record in moto that an instance is terminated, without removing its guest."""
    _TERMINATE.original(instance)


def _started(guests: Guests) -> Callable[..., Any]:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def start(self: Any) -> Any:
            if self.state != "stopped":
                return copy(self.instance_state)
            before = original(self)
            guests.start(self)
            return before

        return start

    return make


def _stopped(guests: Guests) -> Callable[..., Any]:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def stop(self: Any) -> Any:
            if self.state != "running":
                return copy(self.instance_state)
            before = original(self)
            guests.stop(self)
            return before

        return stop

    return make


def _terminated(guests: Guests) -> Callable[..., Any]:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def terminate(self: Any) -> Any:
            if self.state == "terminated":
                return copy(self.instance_state)
            before = original(self)
            guests.terminate(self)
            return before

        return terminate

    return make


def _rebooted(guests: Guests) -> Callable[..., Any]:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def reboot(self: Any) -> None:
            if self.state == "running":
                original(self)
                guests.reboot(self)

        return reboot

    return make


def _console_of(guests: Guests) -> Callable[..., Any]:
    def get_console_output(self: Any) -> Any:
        instance = self.ec2_backend.get_instance(self._get_param("InstanceId"))
        result = {"InstanceId": instance.id, "Timestamp": utcnow()}
        text = guests.console(instance.id)
        if text:
            result["Output"] = Base64EncodedString.from_raw_string(text)
        return ActionResult(result)

    return get_console_output


def _readdressed(guests: Guests) -> Callable[..., Any]:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def change(self: Any, *arguments: Any, **options: Any) -> Any:
            answer = original(self, *arguments, **options)
            guests.refresh_addresses()
            return answer

        return change

    return make
