"""The network that is asked for, and what AWS answers in our words: pure tables."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds import ec2, resources
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.network import (
    default_network_acl,
    default_security_group,
    elastic_ip,
    flow_log,
    internet_gateway,
    nat_gateway,
    route_table,
    security_group,
    subnet,
    vpc,
    vpc_endpoint,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.network.route_table import (
    routes_of,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.network.security_group import (
    rules,
)

MODULES = (
    vpc,
    internet_gateway,
    subnet,
    elastic_ip,
    nat_gateway,
    route_table,
    security_group,
    default_network_acl,
    default_security_group,
    vpc_endpoint,
    flow_log,
)


def by_address(inputs: Inputs, facts: Facts) -> dict[str, Resource]:
    wanted = [r for module in MODULES for r in module.KIND.desired(inputs, facts)]
    result = {resource.address: resource for resource in wanted}
    assert len(result) == len(wanted)
    return result


@pytest.mark.parametrize(
    ("choice", "gateways", "ways"),
    [
        ("none", [], [None, None]),
        ("one", ["nat_a"], ["nat_gateway/nat_a", "nat_gateway/nat_a"]),
        ("per_zone", ["nat_a", "nat_b"], ["nat_gateway/nat_a", "nat_gateway/nat_b"]),
    ],
)
def test_each_private_subnet_leaves_by_its_gateway(
    prod_inputs: Inputs, facts: Facts, choice: str, gateways: list[str], ways: list[str | None]
) -> None:
    wanted = by_address(replace(prod_inputs, nat_gateways=choice), facts)

    tables = [wanted[f"route_table/private_{zone}"].properties for zone in "ab"]
    assert [table["routes"].get("0.0.0.0/0") for table in tables] == ways
    assert [table["subnets"] for table in tables] == [["subnet/private_a"], ["subnet/private_b"]]
    for kind in ("nat_gateway", "elastic_ip"):
        assert [r.key for r in wanted.values() if r.kind == kind] == gateways


def test_a_gateway_stands_in_the_public_subnet_of_its_zone(
    prod_inputs: Inputs, facts: Facts
) -> None:
    wanted = by_address(prod_inputs, facts)

    for zone in "ab":
        gateway = wanted[f"nat_gateway/nat_{zone}"]
        assert gateway.properties["subnet"] == f"subnet/public_{zone}"
        assert gateway.properties["addresses"] == [f"elastic_ip/nat_{zone}"]
        assert gateway.needs == ("internet_gateway/main",)


def test_only_dev_gives_public_addresses(inputs: Inputs, prod_inputs: Inputs, facts: Facts) -> None:
    def public(given: Inputs) -> dict[str, bool]:
        wanted = by_address(given, facts).values()
        return {r.key: r.properties["public_addresses"] for r in wanted if r.kind == "subnet"}

    assert public(inputs) == {"public_a": True, "public_b": True}
    assert not any(public(prod_inputs).values())
    assert len(public(prod_inputs)) == 4


def test_zones_are_two_for_both_kinds_of_subnets(prod_inputs: Inputs, facts: Facts) -> None:
    wanted = by_address(prod_inputs, facts)

    for side in ("public", "private"):
        zones = [wanted[f"subnet/{side}_{letter}"].properties["zone"] for letter in "ab"]
        assert zones == ["us-west-2a", "us-west-2b"]


def test_to_prod_nobody_connects_but_its_own_endpoints(prod_inputs: Inputs, facts: Facts) -> None:
    wanted = by_address(prod_inputs, replace(facts, caller_cidr="192.0.2.1/32"))

    assert wanted["security_group/training"].properties["ingress"] == []
    endpoints = wanted["security_group/endpoints"].properties
    assert endpoints["egress"] == []
    assert [(r["from_port"], r["cidr_ip"]) for r in endpoints["ingress"]] == [(443, "10.30.0.0/16")]


def test_endpoints_are_where_the_hosts_are(
    inputs: Inputs, prod_inputs: Inputs, facts: Facts
) -> None:
    def subnets(given: Inputs) -> list[str]:
        chosen = replace(given, interface_endpoints=("ecr.api",))
        endpoint = by_address(chosen, facts)["vpc_endpoint/ecr.api"]
        assert endpoint.name == f"{given.stem}-ecr-api"
        assert endpoint.properties["service"] == "com.amazonaws.us-west-2.ecr.api"
        return list(endpoint.properties["subnets"])

    assert subnets(inputs) == ["subnet/public_a", "subnet/public_b"]
    assert subnets(prod_inputs) == ["subnet/private_a", "subnet/private_b"]


def test_the_s3_endpoint_lets_only_our_buckets_and_packages_pass(
    inputs: Inputs, prod_inputs: Inputs, facts: Facts
) -> None:
    def statements(given: Inputs) -> dict[str, dict[str, Any]]:
        policy = by_address(given, facts)["vpc_endpoint/s3"].properties["policy"]
        return {s["Sid"]: s for s in policy["Statement"]}

    dev, prod = statements(inputs), statements(prod_inputs)
    arn = "arn:aws:s3:::acme-heart-dev-"
    names = ("logs", "model-artifacts", "processed-data", "raw-data")
    assert dev["OurBuckets"]["Resource"] == sorted(
        [arn + name for name in names] + [f"{arn}{name}/*" for name in names]
    )
    assert dev["OurBuckets"]["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": ["123456789012"]}
    }
    assert "arn:aws:s3:::acme-heart-prod-raw-data-replica/*" in prod["OurBuckets"]["Resource"]
    assert not any("logs-replica" in arn for arn in prod["OurBuckets"]["Resource"])
    assert (dev["AmazonLinuxPackages"]["Action"], dev["AmazonLinuxPackages"]["Resource"]) == (
        ["s3:GetObject"],
        ["arn:aws:s3:::al2023-repos-us-west-2-de612dc2/*"],
    )
    assert dev["OnlyTLS"]["Effect"] == "Deny"
    assert len(dev) == 3


def test_the_s3_endpoint_serves_every_table(
    inputs: Inputs, prod_inputs: Inputs, facts: Facts
) -> None:
    def tables(given: Inputs) -> tuple[list[str], list[str]]:
        wanted = by_address(given, facts)
        there = [address for address in wanted if address.startswith("route_table/")]
        return wanted["vpc_endpoint/s3"].properties["route_tables"], there

    for given, number in ((inputs, 1), (prod_inputs, 3)):
        served, there = tables(given)
        assert served == there
        assert len(served) == number


def test_the_flow_log_needs_its_role_and_its_group(prod_inputs: Inputs, facts: Facts) -> None:
    resource = by_address(prod_inputs, replace(facts, partition="aws-cn"))["flow_log/main"]

    assert resource.needs == ("log_group/flow_logs", "role/flow_logs")
    assert resource.properties["log_group"] == "/aws/cardiology-optimizer/prod/flow-logs"
    assert resource.properties["role"] == (
        "arn:aws-cn:iam::123456789012:role/cardiology-optimizer-prod-flow-logs"
    )
    assert resource.properties["traffic"] == "ALL"


class Shown:
    """A cloud that shows one thing, with our tags."""

    def __init__(self, inputs: Inputs, **thing: Any) -> None:
        self.inputs, self.thing = inputs, thing

    def named_or_ours(self, *_: Any) -> bool:
        return True

    def ours(self, *_: Any) -> bool:
        return True

    def pages(self, *_: Any, **__: Any) -> list[Any]:
        return [self.thing]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({"LogGroupName": "/g"}, "/g"),
        ({"LogDestination": "arn:aws:logs:r:1:log-group:/g:*"}, "/g"),
        ({"LogDestination": "arn:aws:logs:r:1:log-group:/g"}, "/g"),
        ({"LogDestination": "arn:aws:s3:::b"}, "arn:aws:s3:::b"),
    ],
)
def test_where_a_flow_log_goes_has_one_spelling(
    prod_inputs: Inputs, where: dict[str, str], expected: str
) -> None:
    log = {
        "FlowLogId": "fl-1",
        "ResourceId": "vpc-1",
        "MaxAggregationInterval": 600,
        "LogFormat": "x",
    }

    [found] = flow_log.KIND.read(Shown(prod_inputs, **log, **where))  # type: ignore[arg-type]

    assert found.properties["log_group"] == expected


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("Available", [{}]),
        ("pending", [{}]),
        ("Failed", [{"state": "failed"}]),
        ("Rejected", [{"state": "rejected"}]),
        ("Deleting", []),
        ("deleted", []),
    ],
)
def test_an_endpoint_that_will_never_work_is_told(
    inputs: Inputs, state: str, expected: list[Any]
) -> None:
    endpoint = {
        "VpcEndpointId": "vpce-1",
        "VpcId": "vpc-1",
        "VpcEndpointType": "Interface",
        "ServiceName": "s",
        "State": state,
    }

    found = vpc_endpoint.KIND.read(Shown(inputs, **endpoint))  # type: ignore[arg-type]

    assert [item.properties["other"] for item in found] == expected


@pytest.mark.parametrize(
    ("state", "there"), [("pending", 1), ("available", 1), ("failed", 0), ("deleted", 0)]
)
def test_a_nat_gateway_that_ended_is_not_there(inputs: Inputs, state: str, there: int) -> None:
    gateway = {
        "NatGatewayId": "nat-1",
        "SubnetId": "subnet-1",
        "NatGatewayAddresses": [{"PrivateIp": "10.0.0.1"}],
        "ConnectivityType": "public",
        "State": state,
    }

    assert len(nat_gateway.KIND.read(Shown(inputs, **gateway))) == there  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("permission", "expected"),
    [
        (
            {"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]},
            [{"proto": "all", "cidr_ip": "0.0.0.0/0"}],
        ),
        (
            {
                "IpProtocol": "tcp",
                "FromPort": 22,
                "ToPort": 22,
                "IpRanges": [{"CidrIp": "192.0.2.1/32", "Description": "SSH"}],
                "Ipv6Ranges": [{"CidrIpv6": "::/0"}],
            },
            [
                {"proto": "tcp", "from_port": 22, "to_port": 22, "cidr_ipv6": "::/0"},
                {
                    "proto": "tcp",
                    "from_port": 22,
                    "to_port": 22,
                    "cidr_ip": "192.0.2.1/32",
                    "rule_desc": "SSH",
                },
            ],
        ),
        (
            {
                "IpProtocol": "udp",
                "FromPort": 1,
                "ToPort": 9,
                "UserIdGroupPairs": [{"GroupId": "g"}],
            },
            [{"proto": "udp", "from_port": 1, "to_port": 9, "group_id": "g"}],
        ),
        (
            {"IpProtocol": "-1", "PrefixListIds": [{"PrefixListId": "pl-1"}]},
            [{"proto": "all", "ip_prefix": "pl-1"}],
        ),
    ],
)
def test_every_source_of_a_permission_is_a_rule(
    permission: dict[str, Any], expected: list[dict[str, Any]]
) -> None:
    def text(rule: dict[str, Any]) -> str:
        return str(sorted(rule.items()))

    assert sorted(rules([permission]), key=text) == sorted(expected, key=text)


def test_routes_are_those_that_somebody_made() -> None:
    routes = [
        {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local"},
        {"DestinationPrefixListId": "pl-1", "GatewayId": "vpce-1"},
        {"DestinationPrefixListId": "pl-2", "GatewayId": "vpce-2"},
        {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-1"},
        {"DestinationIpv6CidrBlock": "::/0", "EgressOnlyInternetGatewayId": "eigw-1"},
        {"DestinationCidrBlock": "10.9.0.0/16", "VpcPeeringConnectionId": "pcx-1"},
        {"DestinationCidrBlock": "10.8.0.0/16", "State": "blackhole"},
    ]

    assert routes_of(routes, {"vpce-1"}) == {
        "pl-2": "vpce-2",
        "0.0.0.0/0": "igw-1",
        "::/0": "eigw-1",
        "10.9.0.0/16": "pcx-1",
        "10.8.0.0/16": "nothing",
    }


@pytest.mark.parametrize(
    ("state", "there"),
    [
        ({"State": "associated", "StatusMessage": "a try before failed"}, True),
        ({"State": "associating"}, True),
        ({"State": "disassociating"}, False),
        ({"State": "failed"}, False),
        ({}, True),
    ],
)
def test_a_link_counts_until_it_goes(state: dict[str, str], there: bool) -> None:
    assert ec2.associated(state) is there


@pytest.mark.parametrize("count", [1, 3, 4])
def test_a_network_spans_one_to_four_zones(prod_inputs: Inputs, facts: Facts, count: int) -> None:
    zones = tuple(f"us-west-2{letter}" for letter in "dcba"[:count])
    spread = replace(
        prod_inputs,
        public_subnet_cidrs=tuple(f"10.30.{16 * n}.0/20" for n in range(count)),
        private_subnet_cidrs=tuple(f"10.30.{128 + 16 * n}.0/20" for n in range(count)),
    )
    wanted = {r.address: r for r in resources(spread, replace(facts, zones=zones))}

    letters = "abcd"[:count]
    for sort in ("public", "private"):
        assert [wanted[f"subnet/{sort}_{letter}"].properties["zone"] for letter in letters] == list(
            zones
        )
    assert sum(address.startswith("subnet/") for address in wanted) == 2 * count
    assert sum(address.startswith("nat_gateway/") for address in wanted) == count
    assert wanted["route_table/public"].properties["subnets"] == [
        f"subnet/public_{letter}" for letter in letters
    ]
    last = f"private_{letters[-1]}"
    assert wanted[f"route_table/{last}"].properties["routes"] == {
        "0.0.0.0/0": f"nat_gateway/nat_{letters[-1]}"
    }
