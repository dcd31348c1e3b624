"""What becomes of an instance when its machine does not do as it is told; no machine needed."""

from pathlib import Path
from typing import Any

import pytest

from localcloud.hosts.instances import RUNNING, STOPPED, Instances, _set
from localcloud.hosts.metadata import InstanceMetadata
from localcloud.leases import Leases


class Instance:
    id = "i-1"
    state_reason: Any = None
    _state: Any = None

    @property
    def state(self) -> str:
        return str(self._state.name)


class Guest:
    """A machine that fails at what `fails` names."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.metadata = InstanceMetadata(instance)
        self.fails = ""
        self.done: list[str] = []

    def stop(self) -> None:
        self._act("stop")

    def start(self) -> None:
        self._act("start")

    def _act(self, what: str) -> None:
        if what == self.fails:
            raise RuntimeError(f"cannot {what}")
        self.done.append(what)


@pytest.fixture
def instances(tmp_path: Path) -> Instances:
    return Instances("unit", "image", Leases(tmp_path, "unit"), lambda *_: None)


@pytest.fixture
def guest(instances: Instances) -> Guest:
    instance = Instance()
    _set(instance, RUNNING)
    guest = Guest(instance)
    instances._guests[instance.id] = guest  # type: ignore[assignment]
    return guest


def reboot(instances: Instances, instance: Instance) -> None:
    instances.reboot(instance)
    instances._pool.shutdown(wait=True)


def test_a_reboot_stops_and_starts(instances: Instances, guest: Guest) -> None:
    reboot(instances, guest.instance)

    assert guest.done == ["stop", "start"]
    assert guest.instance.state == "running"


@pytest.mark.parametrize("step", ["stop", "start"])
def test_a_reboot_that_fails_leaves_the_instance_stopped_with_the_reason(
    instances: Instances, guest: Guest, step: str, caplog: pytest.LogCaptureFixture
) -> None:
    guest.fails = step

    reboot(instances, guest.instance)

    assert guest.instance.state == "stopped"
    assert guest.instance.state_reason.code == "Server.InternalError"
    assert f"cannot {step}" in guest.instance.state_reason.message
    assert f"cannot {step}" in caplog.text
    assert (step == "stop") == (guest.done == [])


def test_a_start_that_fails_leaves_the_instance_stopped(instances: Instances, guest: Guest) -> None:
    _set(guest.instance, STOPPED)
    guest.fails = "start"

    instances.start(guest.instance)

    assert guest.instance.state == "stopped"
    assert "cannot start" in guest.instance.state_reason.message


def test_a_spot_notice_lasts_over_a_reboot_and_ends_with_a_start(
    instances: Instances, guest: Guest
) -> None:
    instances.spot_notice("i-1", "stop", 120)
    instances._reboot(guest.instance)
    assert guest.metadata._spot_notice is not None

    _set(guest.instance, STOPPED)
    instances.start(guest.instance)

    assert guest.metadata._spot_notice is None
