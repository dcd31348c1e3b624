# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read and check the account and this machine before anything is computed or changed."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..engine.cloud import Cloud, absent, concurrently, error_code
from ..engine.model import Facts
from ..inputs import DENY_LAUNCH, Inputs
from ..inputs.spelling import closest, question
from ..kinds.compute.key_pair import public_key
from ..kinds.network.vpc_endpoint import without_policy
from ..kinds.storage.bucket.names import wanted_names
from ..kinds.storage.bucket.read import owned_names

#: The CPU architecture of the images of every `training_os`.
ARCHITECTURE = "x86_64"

LONGEST_BUCKET_NAME = 63

#: Paths of roles that only AWS may change.
PROTECTED_PATHS = ("/aws-reserved/", "/aws-service-role/")

#: Timeout for the address service: a plan must not hang on it.
ADDRESS_TIMEOUT_SECONDS = 2.5


def complete(inputs: Inputs, account_id: str) -> Inputs:
    """Inputs with the default bucket prefix, made globally unique by the account id."""
    prefix = inputs.s3_bucket_prefix or f"{inputs.project}-{account_id}"
    return replace(inputs, s3_bucket_prefix=prefix)


def facts(cloud: Cloud, address_url: str, known_address: str | None) -> Facts:
    """What the desired estate depends on besides the inputs.

    `known_address` is the caller's CIDR from an earlier call ("" for none), or None to look it up.
    """
    inputs = cloud.inputs
    with ThreadPoolExecutor() as pool:
        zones = pool.submit(lambda: inputs.availability_zones or zones_of(cloud))
        caller = pool.submit(caller_cidr, inputs, address_url, known_address)
        key = pool.submit(public_key, Path(inputs.ssh_private_key_file).expanduser())
        role = pool.submit(_deployer_role, cloud)
        endpoints = pool.submit(without_policy, cloud)
        return Facts(
            cloud.account_id,
            cloud.partition,
            zones.result(),
            caller_cidr=caller.result(),
            deployer_role_arn=str((role.result() or {}).get("Arn", "")),
            public_key=key.result(),
            without_policy=endpoints.result(),
        )


def account_errors(cloud: Cloud) -> list[str]:
    """Every reason why this account cannot hold this environment, one sentence each."""
    checks = (
        _zone_errors,
        _instance_type_errors,
        _bucket_errors,
        _endpoint_errors,
        _role_errors,
        _boundary_errors,
    )
    return [
        error for errors in concurrently(lambda check: check(cloud), checks) for error in errors
    ]


def _zone_errors(cloud: Cloud) -> list[str]:
    inputs, there = cloud.inputs, zones_of(cloud)
    missing = [zone for zone in inputs.availability_zones if zone not in there]
    if missing:
        return [
            f"availability_zones holds {', '.join(missing)}, and region {inputs.region} has "
            f"{', '.join(there)}."
        ]
    if len(there) < len(inputs.public_subnet_cidrs):
        return [
            f"public_subnet_cidrs holds {len(inputs.public_subnet_cidrs)} networks, one for each "
            f"zone, and region {inputs.region} has only {', '.join(there)}."
        ]
    return []


def zones_of(cloud: Cloud) -> tuple[str, ...]:
    """Names of all zones in the region, even temporarily impaired ones, so the choice is stable."""
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
        offers = cloud.pages("ec2", "describe_instance_type_offerings", "InstanceTypeOfferings")
        return [
            f"training_instance_type {wanted!r} does not exist in region {cloud.inputs.region}"
            + question(closest(wanted, {offer["InstanceType"] for offer in offers}))
        ]
    built_for = answer["InstanceTypes"][0]["ProcessorInfo"]["SupportedArchitectures"]
    if ARCHITECTURE not in built_for:
        return [
            f"training_instance_type {wanted!r} is built for {', '.join(built_for)}, and the "
            f"images of hosts are for {ARCHITECTURE}: choose another one."
        ]
    return _offer_errors(cloud, wanted)


def _offer_errors(cloud: Cloud, wanted: str) -> list[str]:
    """An error if the type is not offered in the zone where hosts are launched."""
    offers = cloud.pages(
        "ec2",
        "describe_instance_type_offerings",
        "InstanceTypeOfferings",
        LocationType="availability-zone",
        Filters=[{"Name": "instance-type", "Values": [wanted]}],
    )
    offered = sorted(offer["Location"] for offer in offers)
    # The launch template uses the first subnet.
    zone = (cloud.inputs.availability_zones or zones_of(cloud))[0]
    if zone in offered:
        return []
    where = f"only in {', '.join(offered)}" if offered else "in no zone of the region"
    return [
        f"training_instance_type {wanted!r} is not offered in {zone}, where hosts are launched, "
        f"but {where}: choose another type, or put another zone first in availability_zones."
    ]


def _endpoint_errors(cloud: Cloud) -> list[str]:
    """Errors for interface endpoints of services that the region does not offer."""
    inputs = cloud.inputs
    if not inputs.interface_endpoints:
        return []
    names = cloud.client("ec2").describe_vpc_endpoint_services()["ServiceNames"]
    start = f"com.amazonaws.{inputs.region}."
    there = {name.removeprefix(start) for name in names if name.startswith(start)}
    return [
        f"interface_endpoints holds {service!r}, for which region {inputs.region} has no "
        f"endpoint{question(closest(service, there))}"
        for service in inputs.interface_endpoints
        if service not in there
    ]


def _deployer_role(cloud: Cloud) -> Mapping[str, Any] | None:
    """The deployer role as returned by IAM; None if it is not needed or does not exist."""
    inputs = cloud.inputs
    if inputs.budget_action != DENY_LAUNCH:
        return None
    answer = absent(
        lambda: cloud.client("iam").get_role(RoleName=inputs.deployer_role), "NoSuchEntity"
    )
    return answer["Role"] if answer else None


def _role_errors(cloud: Cloud) -> list[str]:
    """Errors for a deployer role that does not exist or that no policy can be attached to."""
    inputs = cloud.inputs
    if inputs.budget_action != DENY_LAUNCH:
        return []
    role = _deployer_role(cloud)
    if role is None:
        return [
            f"deployer_role {inputs.deployer_role!r} does not exist in account "
            f"{cloud.account_id}: give the name of the IAM role that you deploy with."
        ]
    if role["Path"].startswith(PROTECTED_PATHS):
        return [
            f"deployer_role {inputs.deployer_role!r} is {role['Arn']}, which AWS protects: no "
            "policy can be attached to it. Deploy with a role of your own, or use stop_instances."
        ]
    return []


def _boundary_errors(cloud: Cloud) -> list[str]:
    arn = cloud.inputs.permissions_boundary
    # The deployer may read policies of the account, but not AWS managed policies.
    if f":{cloud.account_id}:" not in arn:
        return []
    if absent(lambda: cloud.client("iam").get_policy(PolicyArn=arn), "NoSuchEntity"):
        return []
    return [f"permissions_boundary {arn} does not exist."]


def _bucket_errors(cloud: Cloud) -> list[str]:
    """Errors for bucket names that are too long or taken: they are unique across all accounts."""
    wanted = set(wanted_names(cloud.inputs).values())
    longest = max(wanted, key=len)
    if len(longest) > LONGEST_BUCKET_NAME:
        most = LONGEST_BUCKET_NAME - (len(longest) - len(cloud.inputs.s3_bucket_prefix))
        return [
            f"The bucket name {longest} has {len(longest)} characters, and S3 takes "
            f"{LONGEST_BUCKET_NAME}: set an s3_bucket_prefix of at most {most}."
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
    """True if no account has the bucket; success, 403 and 301 (another region) mean it exists."""
    code = error_code(lambda: cloud.client("s3").head_bucket(Bucket=name), "404", "403", "301")
    return code == "404"


def caller_cidr(inputs: Inputs, url: str, known: str | None) -> str:
    """The caller's address as a single-address CIDR, or "" if it is not needed or not found."""
    if inputs.allowed_cidrs or not inputs.ingress_ports:
        return ""
    if known is not None:
        return known
    # Imported here because it is slow to import, and not needed where allowed_cidrs is set.
    from ansible.module_utils.urls import ConnectionError as UrlError
    from ansible.module_utils.urls import open_url

    try:
        if not url.startswith(("https://", "http://")):
            return ""
        with open_url(url, timeout=ADDRESS_TIMEOUT_SECONDS) as answer:
            return str(ipaddress.ip_network(ipaddress.ip_address(answer.read(64).decode().strip())))
    except (OSError, ValueError, UrlError):
        return ""
