"""A plain machine that belongs to no cloud: the guests' image and profile, a network of its own.

What a role is tested on before it meets an instance. It has no metadata service; its login key is
given when it is made.
"""

import json
import re
import socket
import time
from dataclasses import dataclass
from ipaddress import IPv4Network

from localcloud import image, reap
from localcloud.errors import LocalCloudError
from localcloud.leases import Leases
from localcloud.machine import Machine
from localcloud.network import Network
from localcloud.podman import containers, podman
from localcloud.state import base_directory

USER, SSH_PORT = "admin", 22

_CONFIGURATION = "/etc/cloud/cloud.cfg.d/99-localcloud-machine.cfg"
_ADDRESS_LABEL = "cloud.cardiology.localcloud.address"
_BOOT_SECONDS = 60.0
_KEYS = re.compile(
    r"-----BEGIN SSH HOST KEY KEYS-----\s+(.*?)-----END SSH HOST KEY KEYS-----", re.DOTALL
)


@dataclass(frozen=True)
class Login:
    """How to log in to a machine."""

    name: str
    address: str
    host_keys: list[str]
    user: str = USER
    port: int = SSH_PORT


def create(name: str, authorized_key: str, say: image.Say) -> Login:
    """Make a machine and wait until one can log in; one that runs already is returned as it is."""
    scope = _scope(name)
    for container in containers(scope):
        labels = json.loads(podman("inspect", "--format={{json .Config.Labels}}", container))
        return _login(name, labels[_ADDRESS_LABEL], container)
    reap.reap(scope)
    image_name = image.ensure(say)
    leases = Leases(base_directory() / "leases", scope)
    network = Network(scope, leases)
    try:
        # A /30 of our own range: the host reaches it, and it meets no other network.
        link = leases.uplink()
        router = network.router("private", IPv4Network(link))
        address = str(link[2])
        endpoint = network.attach(router, name, address)
        machine = Machine(scope, name, name, endpoint, image_name, {_ADDRESS_LABEL: address})
        machine.create({_CONFIGURATION: _cloud_config(name, authorized_key)})
        machine.start()
        return _login(name, address, machine.container)
    except BaseException:
        reap.reap(scope)  # nothing half-made stays
        raise


def destroy(name: str) -> bool:
    """Remove a machine and its network; False when there was none."""
    return reap.reap(_scope(name)) > 0


def _scope(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,29}", name):
        raise LocalCloudError(
            f"{name!r} is no machine name: 1 to 30 of a-z, 0-9 and -, a letter first"
        )
    return f"machine-{name}"


def _cloud_config(name: str, authorized_key: str) -> str:
    """cloud-init's configuration: no cloud, this key.

    One key a line: the script that picks cloud-init's data source at boot reads it line by line.
    """
    metadata = {"instance-id": f"machine-{name}", "local-hostname": name}
    # Without user data, even if nothing is in them, this data source counts as absent.
    seed = {"meta-data": metadata, "user-data": "#cloud-config\n{}\n"}
    settings = {
        "datasource_list": ["NoCloud"],
        "datasource": {"NoCloud": seed},
        "ssh_authorized_keys": [authorized_key.strip()],
    }
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in settings.items())


def _login(name: str, address: str, container: str) -> Login:
    """Wait for cloud-init's last word and for sshd; raises LocalCloudError after a minute."""
    deadline = time.monotonic() + _BOOT_SECONDS
    while time.monotonic() < deadline:
        keys = _KEYS.search(podman("logs", container))
        if keys and _answers(address):
            lines = [line.strip() for line in keys[1].splitlines() if line.strip()]
            return Login(name, address, lines)
        time.sleep(0.2)
    raise LocalCloudError(f"machine {name} did not come up: see `podman logs {container}`")


def _answers(address: str) -> bool:
    try:
        with socket.create_connection((address, SSH_PORT), timeout=2) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
