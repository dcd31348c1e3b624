"""A guest, the machine behind one EC2 instance: network namespace, servers, container."""

import logging
import os
import select
import threading
from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

from localcloud.api.wsgi import Application
from localcloud.hosts.amis import DEBIAN, LOGIN_USERS
from localcloud.hosts.containers import Container
from localcloud.hosts.guest_servers import Running, aws_server
from localcloud.hosts.imds import MetadataServer
from localcloud.hosts.metadata import InstanceMetadata
from localcloud.hosts.network import Network
from localcloud.shell import CommandError

log = logging.getLogger(__name__)

_LOGIN_FILE = "/etc/cloud/cloud.cfg.d/91-login-user.cfg"
_DEBIAN_USER = LOGIN_USERS[DEBIAN]


class Guest:
    """The guest of one of moto's instances. Only one thread at a time may call its methods."""

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
        self._boot = 0  # counts starts, so that the end of an earlier boot is ignored
        vpc = instance.ec2_backend.get_vpc(instance.vpc_id)
        router = network.router(vpc.id, IPv4Network(vpc.cidr_block))
        self._endpoint = network.attach(
            router, instance.id, instance.private_ip, instance.nics[0].mac_address
        )
        hostname = instance.private_dns_name.partition(".")[0]
        self._container = Container(scope, instance.id, hostname, self._endpoint, image)
        self._servers: list[Running] = []
        try:
            self._serve(aws)
            self._container.create(_login_user(instance))
        except Exception:
            self.remove()
            raise

    def _serve(self, aws: Application) -> None:
        path, name = self._endpoint.path, self.instance.id
        self._servers.append(Running(MetadataServer(path, self.metadata), f"imds {name}"))
        self._servers.append(Running(aws_server(path, aws), f"api {name}"))

    def start(self) -> None:
        """Boot the machine; returns when it is running."""
        self.refresh_address()
        self._boot += 1
        pid = self._container.start()
        threading.Thread(
            target=self._watch,
            args=(os.pidfd_open(pid), self._boot),
            name=f"watch {self.instance.id}",
            daemon=True,
        ).start()

    def _watch(self, process: int, boot: int) -> None:
        """Wait for the machine to end, without polling; report an end that was not requested."""
        with os.fdopen(process, "rb") as descriptor:
            poll = select.poll()
            poll.register(descriptor, select.POLLIN)
            poll.poll()
        if boot == self._boot:
            self._ended(self)

    def stop(self) -> None:
        """Shut the machine down cleanly."""
        self._boot += 1  # this end is requested
        self._container.stop()
        self.refresh_address()

    def went_down(self) -> bool:
        """After an end that was not requested: True for power-off, False for reboot."""
        return not self._container.wants_reboot()

    def remove(self) -> None:
        """Remove the machine and everything created for it."""
        self._boot += 1
        self._container.remove()
        for server in self._servers:
            server.close()
        self._move_address(None)
        self._network.detach(self._endpoint)

    def console(self) -> str:
        """The console's text."""
        return self._container.console()

    def refresh_address(self) -> None:
        """Route the instance's current public address, according to moto, to this guest."""
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
    """The file that sets the login user, if the image's publisher does not use Debian's."""
    images = instance.ec2_backend.describe_images(ami_ids=[instance.image_id])
    name = LOGIN_USERS.get(images[0].owner_id, _DEBIAN_USER)
    if name == _DEBIAN_USER:
        return {}
    return {_LOGIN_FILE: f"system_info: {{default_user: {{name: {name}, gecos: {name}}}}}\n"}
