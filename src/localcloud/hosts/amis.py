"""The AMIs that the local cloud offers, with the names and owners of AWS.

All of them boot the local Debian 12 machine, with the login user of the image's publisher. The
names exist so that an AMI lookup finds the same as on AWS (docs/fidelity.md).
"""

import json
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Ami:
    """One AMI: its id, its publisher's account id, and its published name."""

    id: str
    owner: str
    name: str
    description: str
    root_device: str
    created: str

    def as_moto(self) -> dict[str, str | bool | None]:
        """One entry of the file at MOTO_AMIS_PATH."""
        return {
            "ami_id": self.id,
            "owner_id": self.owner,
            "name": self.name,
            "description": self.description,
            "root_device_name": self.root_device,
            "creation_date": self.created,
            "image_location": f"{self.owner}/{self.name}",
            "state": "available",
            "public": True,
            "architecture": "x86_64",
            "image_type": "machine",
            "root_device_type": "ebs",
            "virtualization_type": "hvm",
            "hypervisor": "xen",
            "platform": None,
            "sriov": "simple",
        }


DEBIAN, CANONICAL, AMAZON = "136693071363", "099720109477", "137112412989"

# The login user of each publisher's images.
LOGIN_USERS = {DEBIAN: "admin", CANONICAL: "ubuntu", AMAZON: "ec2-user"}

_UBUNTU = "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-"

# Two of each, so that a lookup must choose the newest.
AMIS = (
    Ami(
        "ami-0deb1200202603020",
        DEBIAN,
        "debian-12-amd64-20260302-2405",
        "Debian 12 (20260302-2405)",
        "/dev/xvda",
        "2026-03-02T09:21:14.000Z",
    ),
    Ami(
        "ami-0deb1200202609010",
        DEBIAN,
        "debian-12-amd64-20260901-0000",
        "Debian 12 (20260901-0000)",
        "/dev/xvda",
        "2026-09-01T09:30:41.000Z",
    ),
    Ami(
        "ami-0b240400202603030",
        CANONICAL,
        f"{_UBUNTU}20260303",
        "Canonical, Ubuntu, 24.04, amd64 noble image",
        "/dev/sda1",
        "2026-03-03T07:02:33.000Z",
    ),
    Ami(
        "ami-0b240400202609040",
        CANONICAL,
        f"{_UBUNTU}20260904",
        "Canonical, Ubuntu, 24.04, amd64 noble image",
        "/dev/sda1",
        "2026-09-04T07:12:05.000Z",
    ),
    Ami(
        "ami-0a202300202603090",
        AMAZON,
        "al2023-ami-2023.10.20260309.0-kernel-6.1-x86_64",
        "Amazon Linux 2023 AMI 2023.10.20260309.0 x86_64 HVM kernel-6.1",
        "/dev/xvda",
        "2026-03-09T20:44:52.000Z",
    ),
    Ami(
        "ami-0a202300202608310",
        AMAZON,
        "al2023-ami-2023.12.20260831.0-kernel-6.1-x86_64",
        "Amazon Linux 2023 AMI 2023.12.20260831.0 x86_64 HVM kernel-6.1",
        "/dev/xvda",
        "2026-08-31T20:15:09.000Z",
    ),
)

BOOTS = "Debian 12"


def write(path: Path) -> None:
    """Write the list in the format that moto reads."""
    path.write_text(json.dumps([ami.as_moto() for ami in AMIS], indent=1), encoding="utf-8")
