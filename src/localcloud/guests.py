"""One EC2 instance as a real machine: namespace, servers, container."""

import logging
import os
import select
import threading
from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

from localcloud.amis import DEBIAN, LOGIN_USERS
from localcloud.guest_servers import Running, aws_server
from localcloud.imds import MetadataServer
from localcloud.machine import Machine
from localcloud.metadata import InstanceMetadata
from localcloud.network import Network
from localcloud.shell import CommandError
from localcloud.wsgi import Application

log = logging.getLogger(__name__)

_LOGIN_FILE = "/etc/cloud/cloud.cfg.d/91-login-user.cfg"
_DEBIAN_USER = LOGIN_USERS[DEBIAN]


class Guest:
    """The machine of one of moto's instances. Callers see to it that one thread at a time acts."""

    def __init__(
        self,
        scope: str,
        image: str,
        network: Network,
        aws: Application,
        instance: Any,
        ended: Callable[["Guest"], None],
    ) -> None:
        self.instance = instance
        self.metadata = InstanceMetadata(instance)
        self._network, self._ended = network, ended
        self._public: str | None = None
        self._boot = 0  # counts starts: the end of an earlier one is old news
        vpc = instance.ec2_backend.get_vpc(instance.vpc_id)
        router = network.router(vpc.id, IPv4Network(vpc.cidr_block))
        self._endpoint = network.attach(
            router, instance.id, instance.private_ip, instance.nics[0].mac_address
        )
        hostname = instance.private_dns_name.partition(".")[0]
        self._machine = Machine(scope, instance.id, hostname, self._endpoint, image)
        self._servers: list[Running] = []
        try:
            self._serve(aws)
            self._machine.create(_login_user(instance))
        except Exception:
            self.remove()
            raise

    def _serve(self, aws: Application) -> None:
        path, name = self._endpoint.path, self.instance.id
        self._servers.append(Running(MetadataServer(path, self.metadata), f"imds {name}"))
        self._servers.append(Running(aws_server(path, aws), f"api {name}"))

    def start(self) -> None:
        """Boot the machine; returns when it runs."""
        self.refresh_address()
        self._boot += 1
        pid = self._machine.start()
        threading.Thread(
            target=self._watch,
            args=(os.pidfd_open(pid), self._boot),
            name=f"watch {self.instance.id}",
            daemon=True,
        ).start()

    def _watch(self, process: int, boot: int) -> None:
        """Wait for the machine's end, without a timer, and tell it if nobody asked for it."""
        with os.fdopen(process, "rb") as descriptor:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            poll.poll()
        if boot == self._boot:
            self._ended(self)

    def stop(self) -> None:
        """Shut the machine down in order."""
        self._boot += 1  # its end is wanted
        self._machine.stop()
        self.refresh_address()

    def went_down(self) -> bool:
        """After an end that nobody asked for: True for power-off, False for reboot."""
        return not self._machine.wants_reboot()

    def remove(self) -> None:
        """Remove the machine and all that was made for it."""
        self._boot += 1
        self._machine.remove()
        for server in self._servers:
            server.close()
        self._move_address(None)
        self._network.detach(self._endpoint)

    def console(self) -> str:
        """The console's text."""
        return self._machine.console()

    def refresh_address(self) -> None:
        """Let the public address lead here that moto says is this instance's now."""
        self._move_address(self.instance.public_ip)

    def _move_address(self, public: str | None) -> None:
        if public == self._public:
            return
        router, private = self._endpoint.router, self._endpoint.address
        try:
            if self._public:
                router.withdraw(self._public, private)
            self._public = None
            if public:
                router.publish(public, private)
            self._public = public
        except CommandError as error:
            log.warning("public address of %s: %s", self.instance.id, error)


def _login_user(instance: Any) -> dict[str, str]:
    """The file that names the login user, where the image's publisher has another than Debian's."""
    images = instance.ec2_backend.describe_images(ami_ids=[instance.image_id])
    name = LOGIN_USERS.get(images[0].owner_id, _DEBIAN_USER)
    if name == _DEBIAN_USER:
        return {}
    return {_LOGIN_FILE: f"system_info: {{default_user: {{name: {name}, gecos: {name}}}}}\n"}
