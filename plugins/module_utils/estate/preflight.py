# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What must be known of the account and this machine before anything is computed or changed."""

from __future__ import annotations

import ipaddress
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from ansible.module_utils.urls import ConnectionError as UrlError
from ansible.module_utils.urls import open_url

from .cloud import Cloud, absent, concurrently, error_code
from .inputs import Inputs
from .kinds.bucket_names import wanted_names
from .kinds.bucket_read import owned_names
from .kinds.key_pair import public_key
from .model import Facts

#: What the images of every `training_os` are built for.
ARCHITECTURE = "x86_64"

LONGEST_BUCKET_NAME = 63

#: How long the address service may take: a plan must not hang on it.
ADDRESS_TIMEOUT_SECONDS = 2.5


def complete(inputs: Inputs, account_id: str) -> Inputs:
    """Inputs with the default bucket prefix, which needs the account to be unique in the world."""
    prefix = inputs.s3_bucket_prefix or f"{inputs.project}-{account_id}"
    return replace(inputs, s3_bucket_prefix=prefix)


def facts(cloud: Cloud, address_url: str, known_address: str | None) -> Facts:
    """What the desired estate depends on besides the inputs.

    `known_address` is the caller's CIDR of an earlier call ("" for none), None to ask for it.
    """
    with ThreadPoolExecutor() as pool:
        zones = pool.submit(_zones, cloud)
        caller = pool.submit(caller_cidr, cloud.inputs, address_url, known_address)
        key = pool.submit(public_key, Path(cloud.inputs.ssh_private_key_file).expanduser())
        return Facts(
            cloud.account_id, cloud.partition, zones.result(), caller.result(), key.result()
        )


def account_errors(cloud: Cloud) -> list[str]:
    """Every reason why this account cannot take this environment, one sentence each."""
    checks = (_zone_errors, _instance_type_errors, _bucket_errors)
    return [
        error for errors in concurrently(lambda check: check(cloud), checks) for error in errors
    ]


def _zone_errors(cloud: Cloud) -> list[str]:
    if len(_zones(cloud)) >= len(cloud.inputs.public_subnet_cidrs):
        return []
    return [f"Region {cloud.inputs.region} has fewer availability zones than subnets are wanted."]


def _zones(cloud: Cloud) -> tuple[str, ...]:
    """All zones of the region by name, also those with a passing problem: the choice must last."""
    answer = cloud.client("ec2").describe_availability_zones(
        Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}]
    )
    return tuple(sorted(zone["ZoneName"] for zone in answer["AvailabilityZones"]))


def _instance_type_errors(cloud: Cloud) -> list[str]:
    wanted = cloud.inputs.training_instance_type
    answer = absent(
        lambda: cloud.client("ec2").describe_instance_types(InstanceTypes=[wanted]),
        "InvalidInstanceType",
    )
    if answer is None or not answer["InstanceTypes"]:
        return [
            f"training_instance_type {wanted!r} does not exist in region {cloud.inputs.region}."
        ]
    built_for = answer["InstanceTypes"][0]["ProcessorInfo"]["SupportedArchitectures"]
    if ARCHITECTURE not in built_for:
        return [
            f"training_instance_type {wanted!r} is built for {', '.join(built_for)}, and the "
            f"images of hosts are for {ARCHITECTURE}: choose another one."
        ]
    return []


def _bucket_errors(cloud: Cloud) -> list[str]:
    """Bucket names are shared by all accounts of the world: one that is not ours may be taken."""
    wanted = set(wanted_names(cloud.inputs).values())
    if max(map(len, wanted)) > LONGEST_BUCKET_NAME:
        # Only the default is not checked as an input.
        return [
            f"The bucket prefix {cloud.inputs.s3_bucket_prefix} is too long: set s3_bucket_prefix "
            "or choose a shorter project."
        ]
    missing = sorted(wanted - set(owned_names(cloud)))
    taken = [
        name
        for name, free in zip(
            missing, concurrently(lambda n: _is_free(cloud, n), missing), strict=True
        )
        if not free
    ]
    return [
        f"The bucket name {name} belongs to another AWS account: choose another s3_bucket_prefix."
        for name in taken
    ]


def _is_free(cloud: Cloud, name: str) -> bool:
    """True when no account has it; an answer, 403 and 301 (another region) mean that one has."""
    code = error_code(lambda: cloud.client("s3").head_bucket(Bucket=name), "404", "403", "301")
    return code == "404"


def caller_cidr(inputs: Inputs, url: str, known: str | None) -> str:
    """The caller's address as a network of one, or "" where it is not needed or not found."""
    if inputs.allowed_cidrs or not inputs.ingress_ports:
        return ""
    if known is not None:
        return known
    try:
        if not url.startswith(("https://", "http://")):
            return ""
        with open_url(url, timeout=ADDRESS_TIMEOUT_SECONDS) as answer:
            return str(ipaddress.ip_network(ipaddress.ip_address(answer.read(64).decode().strip())))
    except (OSError, ValueError, UrlError):
        return ""
