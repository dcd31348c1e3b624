"""All machines of a local cloud, kept in step with moto's instances.

Every call returns when podman has acted: the API says `running` when the machine runs, so no
client has to poll for it.
"""

import logging
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from moto.ec2.models.instances import InstanceState as State
from moto.ec2.models.instances import StateReason

from localcloud import image
from localcloud.guests import Guest
from localcloud.leases import Leases
from localcloud.moto_patches import ec2_machines
from localcloud.network import Network
from localcloud.wsgi import Application

log = logging.getLogger(__name__)

PENDING, RUNNING, STOPPED = ("pending", 0), ("running", 16), ("stopped", 80)

_BY_ITSELF = ("Client.InstanceInitiatedShutdown", "Instance initiated shutdown")

_PARALLEL = 8


class Machines:
    """The guests by instance id, and what happens to them."""

    def __init__(self, scope: str, image_name: str, leases: Leases, aws: Application) -> None:
        self._scope, self._image, self._aws, self._leases = scope, image_name, aws, leases
        self._network = Network(scope, leases)
        self._guests: dict[str, Guest] = {}
        self._locks: dict[str, threading.RLock] = {}
        self._pool = ThreadPoolExecutor(_PARALLEL, thread_name_prefix="machines")

    # What moto's calls come to, see moto_patches/ec2_machines.py.

    def launch(self, instances: Iterable[Any]) -> None:
        """Make and boot a machine for each new instance, all at once."""
        new = list(instances)
        for instance in new:
            _set(instance, PENDING)
        list(self._pool.map(self._launch, new))

    def start(self, instance: Any) -> None:
        """Boot the machine again, from the disk that it has."""
        with self._lock(instance):
            _set(instance, PENDING)
            guest = self._guests[instance.id]
            guest.metadata.withdraw_spot()
            if self._done(guest, guest.start):
                _set(instance, RUNNING)

    def stop(self, instance: Any) -> None:
        """Shut the machine down."""
        with self._lock(instance):
            self._guests[instance.id].stop()

    def reboot(self, instance: Any) -> None:
        """Shut down and boot; the API does not wait for it, as EC2's does not."""
        self._pool.submit(self._reboot, instance)

    def terminate(self, instance: Any) -> None:
        """Remove the machine."""
        with self._lock(instance):
            guest = self._guests.pop(instance.id, None)
            if guest:
                guest.remove()

    def console(self, instance_id: str) -> str | None:
        """The console's text; None when there is no machine."""
        guest = self._guests.get(instance_id)
        return guest.console() if guest else None

    def refresh_addresses(self) -> None:
        """After an elastic address moved: let each public address lead where moto says."""
        for guest in list(self._guests.values()):
            with self._lock(guest.instance):
                guest.refresh_address()

    # What the control paths ask for, see control.py.

    def listing(self) -> list[dict[str, Any]]:
        """One row per machine."""
        return [_row(guest.instance) for guest in list(self._guests.values())]

    def spot_notice(self, instance_id: str, action: str, seconds: int) -> dict[str, str]:
        """Warn a spot instance; raises KeyError or ValueError."""
        if action not in ("terminate", "stop", "hibernate"):
            raise ValueError(f"action must be terminate, stop or hibernate, not {action}")
        return self._guests[instance_id].metadata.announce_spot(action, seconds)

    def reset(self) -> None:
        """Remove every machine."""
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
        """A machine that cannot start: the instance is terminated, and says why."""
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
        """Act on a machine that was there before; an instance whose machine fails is stopped."""
        try:
            act()
        except Exception as error:
            log.exception("%s fails", guest.instance.id)
            _set(guest.instance, STOPPED, "Server.InternalError", str(error))
            return False
        return True

    def _ended(self, guest: Guest) -> None:
        """A machine has ended by itself: reboot, or the shutdown behaviour of its instance."""
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
            # The reason at once: whoever sees the new state may ask for it.
            if behavior == "terminate":
                ec2_machines.record_termination(instance)
                _reason(instance, *_BY_ITSELF)
                self.terminate(instance)
            else:
                ec2_machines.record_stop(instance)
                _reason(instance, *_BY_ITSELF)
                guest.refresh_address()


def start_machines(port: int, leases: Leases, aws: Callable[..., Any]) -> Machines:
    """Make the machines of a local cloud and tie moto's instances to them."""
    machines = Machines(str(port), image.ensure(log.info), leases, aws)
    ec2_machines.apply(machines)
    return machines


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
