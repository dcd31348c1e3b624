"""The instances of a local cloud, each kept in sync with its guest.

An instance is moto's record; a guest is the machine that runs for it. Every call returns when
podman is done: when the API reports `running`, the guest runs, so no client has to poll.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from moto.ec2.models.instances import InstanceState as State
from moto.ec2.models.instances import StateReason

from localcloud.api.moto_patches import ec2_lifecycle
from localcloud.api.wsgi import Application
from localcloud.hosts import image
from localcloud.hosts.guests import Guest
from localcloud.hosts.network import Network
from localcloud.leases import Leases

log = logging.getLogger(__name__)

PENDING, RUNNING, STOPPED = ("pending", 0), ("running", 16), ("stopped", 80)

_BY_ITSELF = ("Client.InstanceInitiatedShutdown", "Instance initiated shutdown")

_PARALLEL = 8


class Instances:
    """Applies API actions on instances to their guests, and guest events to instances."""

    def __init__(self, scope: str, image_name: str, leases: Leases, aws: Application) -> None:
        self._scope, self._image, self._aws, self._leases = scope, image_name, aws, leases
        self._network = Network(scope, leases)
        self._guests: dict[str, Guest] = {}
        self._locks: dict[str, threading.RLock] = {}
        self._pool = ThreadPoolExecutor(_PARALLEL, thread_name_prefix="guests")

    # Called by moto, see moto_patches/ec2_lifecycle.py.

    def launch(self, instances: Iterable[Any]) -> None:
        """Create and boot a guest for each new instance, in parallel."""
        new = list(instances)
        for instance in new:
            _set(instance, PENDING)
        list(self._pool.map(self._launch, new))

    def start(self, instance: Any) -> None:
        """Boot the guest again from its existing disk."""
        with self._lock(instance):
            _set(instance, PENDING)
            guest = self._guests[instance.id]
            guest.metadata.withdraw_spot()
            if self._done(guest, guest.start):
                _set(instance, RUNNING)

    def stop(self, instance: Any) -> None:
        """Shut the guest down."""
        with self._lock(instance):
            self._guests[instance.id].stop()

    def reboot(self, instance: Any) -> None:
        """Shut down and boot; like EC2's API, this does not wait for the result."""
        self._pool.submit(self._reboot, instance)

    def terminate(self, instance: Any) -> None:
        """Remove the guest."""
        with self._lock(instance):
            guest = self._guests.pop(instance.id, None)
            if guest:
                guest.remove()

    def console(self, instance_id: str) -> str | None:
        """The console's text; None if there is no guest."""
        guest = self._guests.get(instance_id)
        return guest.console() if guest else None

    def refresh_addresses(self) -> None:
        """After an Elastic IP moved: route each public address to the guest that moto names."""
        for guest in list(self._guests.values()):
            with self._lock(guest.instance):
                guest.refresh_address()

    # Called by the control paths, see control.py.

    def listing(self) -> list[dict[str, Any]]:
        """One row per guest."""
        return [_row(guest.instance) for guest in list(self._guests.values())]

    def spot_notice(self, instance_id: str, action: str, seconds: int) -> dict[str, str]:
        """Send an interruption notice to a spot instance; raises KeyError or ValueError."""
        if action not in ("terminate", "stop", "hibernate"):
            raise ValueError(f"action must be terminate, stop or hibernate, not {action}")
        return self._guests[instance_id].metadata.announce_spot(action, seconds)

    def reset(self) -> None:
        """Remove every guest."""
        list(self._pool.map(self.terminate, [g.instance for g in list(self._guests.values())]))

    def _lock(self, instance: Any) -> threading.RLock:
        return self._locks.setdefault(instance.id, threading.RLock())

    def _launch(self, instance: Any) -> None:
        with self._lock(instance):
            try:
                guest = Guest(
                    self._scope, self._image, self._network, self._aws, instance, self._ended
                )
                self._guests[instance.id] = guest
                guest.start()
            except Exception as error:
                log.exception("%s does not start", instance.id)
                self._give_up(instance, str(error))
                return
            _set(instance, RUNNING)
            log.info("%s runs at %s %s", instance.id, instance.private_ip, instance.public_ip or "")

    def _give_up(self, instance: Any, why: str) -> None:
        """Terminate an instance whose guest cannot start, and record the reason."""
        instance.terminate()
        _reason(instance, "Server.InternalError", why)

    def _reboot(self, instance: Any) -> None:
        with self._lock(instance):
            if instance.state != "running":
                return
            guest = self._guests[instance.id]
            if self._done(guest, guest.stop):
                self._done(guest, guest.start)

    def _done(self, guest: Guest, act: Callable[[], None]) -> bool:
        """Act on an existing guest; if the guest fails, its instance becomes stopped."""
        try:
            act()
        except Exception as error:
            log.exception("%s fails", guest.instance.id)
            _set(guest.instance, STOPPED, "Server.InternalError", str(error))
            return False
        return True

    def _ended(self, guest: Guest) -> None:
        """Handle a guest that ended by itself: reboot, or apply the shutdown behaviour."""
        instance = guest.instance
        with self._lock(instance):
            if instance.state != "running" or self._guests.get(instance.id) is not guest:
                return
            if not guest.went_down():
                log.info("%s reboots", instance.id)
                self._done(guest, guest.start)
                return
            behavior = instance.instance_initiated_shutdown_behavior
            log.info("%s went down by itself: %s", instance.id, behavior)
            # Set the reason at once: a client that sees the new state may read it.
            if behavior == "terminate":
                ec2_lifecycle.record_termination(instance)
                _reason(instance, *_BY_ITSELF)
                self.terminate(instance)
            else:
                ec2_lifecycle.record_stop(instance)
                _reason(instance, *_BY_ITSELF)
                guest.refresh_address()


def with_guests(port: int, leases: Leases, aws: Callable[..., Any]) -> Instances:
    """From now on, create a guest for every moto instance."""
    instances = Instances(str(port), image.ensure(log.info), leases, aws)
    ec2_lifecycle.apply(instances)
    return instances


def _set(instance: Any, state: tuple[str, int], code: str = "", why: str = "") -> None:
    instance._state = State(*state)
    if code:
        _reason(instance, code, why)


def _reason(instance: Any, code: str, why: str) -> None:
    instance.state_reason = StateReason(f"{code}: {why}"[:1000], code)


def _row(instance: Any) -> dict[str, Any]:
    names = [tag["value"] for tag in instance.get_tags() if tag["key"] == "Name"]
    return {
        "id": instance.id,
        "state": instance.state,
        "private_ip": instance.private_ip,
        "public_ip": instance.public_ip,
        "name": names[0] if names else None,
    }
