"""A plain machine outside any cloud: the guests' image and profile, with its own network.

Roles are tested on it before they run on an instance. It has no metadata service; its login key is
set when it is created.
"""

import json
import re
import socket
import time
from dataclasses import dataclass
from ipaddress import IPv4Network

from localcloud.errors import LocalCloudError
from localcloud.hosts import image, reap
from localcloud.hosts.containers import Container
from localcloud.hosts.network import Network
from localcloud.hosts.podman import containers, podman
from localcloud.leases import Leases
from localcloud.state import base_directory

USER, SSH_PORT = "admin", 22

_CONFIGURATION = "/etc/cloud/cloud.cfg.d/99-localcloud-machine.cfg"
_ADDRESS_LABEL = "cloud.cardiology.localcloud.address"
_BOOT_SECONDS = 600.0
_KEYS = re.compile(
    r"-----BEGIN SSH HOST KEY KEYS-----\s+(.*?)-----END SSH HOST KEY KEYS-----", re.DOTALL
)


@dataclass(frozen=True)
class Login:
    """The login details of a machine."""

    name: str
    address: str
    host_keys: list[str]
    user: str = USER
    port: int = SSH_PORT


def create(name: str, authorized_key: str, say: image.Say) -> Login:
    """Create a machine and wait until login works; a machine that is already running is kept."""
    scope = _scope(name)
    for container in containers(scope):
        labels = json.loads(podman("inspect", "--format={{json .Config.Labels}}", container))
        return _login(name, labels[_ADDRESS_LABEL], container)
    reap.reap(scope)
    image_name = image.ensure(say)
    leases = Leases(base_directory() / "leases", scope)
    network = Network(scope, leases)
    try:
        # A /30 from our own range: reachable from the host, no conflict with other networks.
        link = leases.uplink()
        router = network.router("private", IPv4Network(link))
        address = str(link[2])
        endpoint = network.attach(router, name, address)
        made = Container(scope, name, name, endpoint, image_name, {_ADDRESS_LABEL: address})
        made.create({_CONFIGURATION: _cloud_config(name, authorized_key)})
        made.start()
        return _login(name, address, made.name)
    except BaseException:
        reap.reap(scope)  # leave nothing unfinished behind
        raise


def destroy(name: str) -> bool:
    """Remove a machine and its network; returns False if it did not exist."""
    return reap.reap(_scope(name)) > 0


def _scope(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,29}", name):
        raise LocalCloudError(
            f"{name!r} is not a valid machine name: use 1 to 30 characters of a-z, 0-9 and -, "
            "starting with a letter"
        )
    return f"machine-{name}"


def _cloud_config(name: str, authorized_key: str) -> str:
    """cloud-init's configuration: no cloud, and this login key.

    One setting per line: the script that selects cloud-init's data source at boot reads lines.
    """
    metadata = {"instance-id": f"machine-{name}", "local-hostname": name}
    # Without user data (it may be empty), cloud-init treats this data source as absent.
    seed = {"meta-data": metadata, "user-data": "#cloud-config\n{}\n"}
    settings = {
        "datasource_list": ["NoCloud"],
        "datasource": {"NoCloud": seed},
        "ssh_authorized_keys": [authorized_key.strip()],
    }
    return "".join(f"{key}: {json.dumps(value)}\n" for key, value in settings.items())


def _login(name: str, address: str, container: str) -> Login:
    """Wait until cloud-init is done and sshd answers; raises LocalCloudError after ten minutes."""
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
        with socket.create_connection((address, SSH_PORT), timeout=10) as connection:
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False
