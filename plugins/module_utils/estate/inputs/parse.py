# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Parse raw values to `Inputs`: pure functions that report all faults, one sentence each."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations
from typing import Any

from .checks import InputError, overlapping
from .model import Inputs
from .regions import AUTO, jurisdiction, neighbour
from .table import DENY_LAUNCH, TABLE, Expression, Input

#: The quota of inbound rules per security group.
MOST_RULES = 60

#: The name prefix of roles that IAM Identity Center creates and protects.
SSO_ROLE = "AWSReservedSSO_"

#: The field of `Inputs`, if its name differs from the input's.
FIELDS = {"env": "environment"}


def parse(raw: Mapping[str, Any]) -> tuple[Inputs | None, list[str]]:
    """The parsed inputs, or None and one sentence per fault.

    A missing value gets its default, unless Ansible computes the default.
    """
    values: dict[str, Any] = {}
    errors: list[str] = []
    for entry in TABLE:
        if entry.parsed:
            try:
                given = raw.get(entry.name, default_of(entry))
                values[FIELDS.get(entry.name, entry.name)] = entry.check(entry.name, given)
            except InputError as wrong:
                errors += wrong.sentences
    if errors:
        return None, errors
    inputs = _with_replica(Inputs(**values))
    errors = [*_subnets(inputs), *_together(inputs)]
    return (None, errors) if errors else (inputs, [])


def _with_replica(inputs: Inputs) -> Inputs:
    """The inputs with `auto` replaced by a replica region, and a note about it."""
    home, replica = inputs.region, inputs.replica_region
    if replica == AUTO:
        replica = neighbour(home)
        alone = f"replica_region is auto, and {home} is the only region of its jurisdiction: "
        note = "" if replica else f"{alone}data is not replicated."
        return replace(inputs, replica_region=replica, replica_note=note)
    if replica and jurisdiction(replica) != jurisdiction(home):
        note = (
            f"replica_region {replica} is in another jurisdiction ({jurisdiction(replica)}) than "
            f"{home} ({jurisdiction(home)}): all data is copied there."
        )
        return replace(inputs, replica_note=note)
    return inputs


def default_of(entry: Input) -> Any:
    """The default of an input; None if Ansible computes it."""
    return None if isinstance(entry.default, Expression) else entry.default


def plain(inputs: Inputs) -> dict[str, Any]:
    """The values by input name, for the roles that run after the plan."""
    return {
        entry.name: getattr(inputs, FIELDS.get(entry.name, entry.name))
        for entry in TABLE
        if entry.parsed
    }


def _subnets(inputs: Inputs) -> Iterator[str]:
    """Faults of the subnets in combination."""
    public, private = inputs.public_subnet_cidrs, inputs.private_subnet_cidrs
    if private and len(private) != len(public):
        yield (
            f"private_subnet_cidrs must hold {len(public)} networks, one for each of "
            f"public_subnet_cidrs, or none, not {len(private)}."
        )
    vpc = ipaddress.IPv4Network(inputs.vpc_cidr)
    for name, cidrs in (("public_subnet_cidrs", public), ("private_subnet_cidrs", private)):
        for cidr in cidrs:
            if not ipaddress.IPv4Network(cidr).subnet_of(vpc):
                yield f"{name} {cidr} is not inside vpc_cidr {vpc}."
        for one, two in combinations(cidrs, 2):
            if overlapping([one], [two]):
                yield f"{name} {one} and {two} overlap."
    zones = inputs.availability_zones
    if zones and len(zones) != len(public):
        yield (
            f"availability_zones must hold {len(public)} zones, one for each of "
            f"public_subnet_cidrs, or none, not {len(zones)}."
        )
    for zone in zones:
        if not zone.startswith(inputs.region):
            yield f"availability_zones holds {zone}, which is not in region {inputs.region}."
    for one, two in overlapping(private, public):
        yield f"private_subnet_cidrs {one} and public_subnet_cidrs {two} overlap."


def _together(inputs: Inputs) -> Iterator[str]:
    """Faults of other inputs in combination."""
    private, nat = bool(inputs.private_subnet_cidrs), inputs.nat_gateways
    if inputs.replica_region == inputs.region:
        yield f"replica_region must be another region than region, which is {inputs.region}."
    if nat != "none" and not private:
        yield f"nat_gateways is {nat}, but there are no private_subnet_cidrs to serve: set none."
    if private and nat == "none":
        yield (
            "private_subnet_cidrs need nat_gateways (one or per_zone): without one a host cannot "
            "fetch its packages."
        )
    if "s3" in inputs.interface_endpoints:
        yield (
            "interface_endpoints names s3, whose gateway endpoint is always there and free: "
            "remove it from the list."
        )
    if inputs.cloudtrail_insights and not inputs.cloudtrail:
        yield "cloudtrail_insights needs cloudtrail: true."
    rules = len(inputs.allowed_cidrs) * len(inputs.ingress_ports)
    if rules > MOST_RULES:
        yield (
            f"allowed_cidrs and ingress_ports need {rules} rules in one security group, and AWS "
            f"allows {MOST_RULES}: join networks, or open fewer ports."
        )
    if inputs.budget_action != "none" and not inputs.has_budget:
        yield "budget_action needs a budget: set budget_limit_usd, or budget_action: none."
    if inputs.deployer_role.startswith(SSO_ROLE):
        yield (
            f"deployer_role {inputs.deployer_role} belongs to IAM Identity Center, which lets no "
            "policy be attached to it: deploy with a role of your own, or use stop_instances."
        )
    if inputs.budget_action != "none" and not inputs.budget_alert_emails:
        yield "budget_action needs budget_alert_emails: AWS notifies them when it acts."
    if inputs.budget_action == DENY_LAUNCH and not inputs.deployer_role:
        yield "budget_action deny_launch needs deployer_role, whose launches it denies."
