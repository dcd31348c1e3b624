"""The network on moto: made as wanted, mended property by property, removed without a trace."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.change import (
    mend,
    resolved,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.compare import (
    differences,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Found,
    Kind,
    Resource,
    Target,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.normal import (
    translated,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    EstateError,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds import ec2
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
from botocore.exceptions import ClientError

from localcloud.api.moto_patches import ec2_endpoints

KINDS = {
    module.KIND.name: module.KIND
    for module in (
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
}


@dataclass
class Network:
    """A network on moto, and how to look at it."""

    cloud: Cloud
    resources: dict[str, Resource]
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def client(self) -> Any:
        return self.cloud.client("ec2")

    def all_found(self) -> dict[str, Found]:
        """What is there of each wanted thing, by address."""
        items = [found for kind in KINDS.values() for found in kind.read(self.cloud)]
        by_name = {(found.kind, found.name): found for found in items}
        return {a: by_name[r.kind, r.name] for a, r in self.resources.items()}

    def found(self, address: str) -> Found:
        resource = self.resources[address]
        [found] = [f for f in KINDS[resource.kind].read(self.cloud) if f.name == resource.name]
        return found

    def differing(self) -> dict[str, set[str]]:
        """By address the properties that differ."""
        by_id = {aws_id: key for key, aws_id in self.ids.items()}
        result = {}
        for address, found in self.all_found().items():
            now = translated(found.properties, by_id)
            fields = differences(now, self.resources[address].properties)
            if fields:
                result[address] = {change.path.split(".")[0] for change in fields}
        return result

    def mend(self, address: str, names: set[str]) -> None:
        resource = self.resources[address]
        wanted = resolved(resource, self.ids)
        mend(self.cloud, KINDS[resource.kind], wanted, self.found(address), names)


@pytest.fixture(autouse=True)
def _like_aws(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ec2, "POLL_SECONDS", 0.0)
    ec2_endpoints.apply()


def made(cloud: Cloud, facts: Facts, build: Callable[..., Found]) -> Network:
    """Every kind in the order of `KINDS`, as the engine makes it."""
    network = Network(cloud, {})
    for kind in KINDS.values():
        for resource in kind.desired(cloud.inputs, facts):
            network.resources[resource.address] = resource
            network.ids[resource.address] = build(cloud, kind, resource, network.ids).id
    return network


@pytest.fixture
def dev(cloud: Cloud, facts: Facts, build: Callable[..., Found]) -> Network:
    return made(cloud, facts, build)


@pytest.fixture
def prod(prod_cloud: Cloud, facts: Facts, build: Callable[..., Found]) -> Network:
    return made(prod_cloud, facts, build)


def test_dev_is_made_as_wanted(dev: Network) -> None:
    assert sorted(dev.resources) == [
        "default_network_acl/main",
        "default_security_group/main",
        "internet_gateway/main",
        "route_table/public",
        "security_group/training",
        "subnet/public_a",
        "subnet/public_b",
        "vpc/main",
        "vpc_endpoint/s3",
    ]
    assert dev.differing() == {}


def test_prod_is_made_as_wanted(prod: Network) -> None:
    assert sorted(set(prod.resources)) == [
        "default_network_acl/main",
        "default_security_group/main",
        "elastic_ip/nat_a",
        "elastic_ip/nat_b",
        "flow_log/main",
        "internet_gateway/main",
        "nat_gateway/nat_a",
        "nat_gateway/nat_b",
        "route_table/private_a",
        "route_table/private_b",
        "route_table/public",
        "security_group/endpoints",
        "security_group/training",
        "subnet/private_a",
        "subnet/private_b",
        "subnet/public_a",
        "subnet/public_b",
        "vpc/main",
        "vpc_endpoint/logs",
        "vpc_endpoint/s3",
    ]
    assert prod.differing() == {}


def test_the_s3_endpoint_has_a_route_in_every_table(prod: Network) -> None:
    tables = prod.client.describe_route_tables(
        RouteTableIds=[i for a, i in prod.ids.items() if a.startswith("route_table/")]
    )["RouteTables"]

    routes = [[r.get("GatewayId") for r in table["Routes"]] for table in tables]
    assert len(routes) == 3
    assert all(prod.ids["vpc_endpoint/s3"] in gateways for gateways in routes)


def drop_tag(network: Network, address: str) -> None:
    """Take one tag, spoil another, add one."""
    resources = [network.ids[address]]
    network.client.delete_tags(Resources=resources, Tags=[{"Key": "CostCenter"}])
    names = ("Owner", "Name", "rogue")
    spoilt = [{"Key": name, "Value": "x"} for name in names]
    network.client.create_tags(Resources=resources, Tags=spoilt)


def other_vpc(network: Network) -> str:
    return str(network.client.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"])


def spoil_more_cidrs(n: Network) -> None:
    n.client.associate_vpc_cidr_block(VpcId=n.ids["vpc/main"], CidrBlock="10.200.0.0/16")


def spoil_dns_support(n: Network) -> None:
    n.client.modify_vpc_attribute(VpcId=n.ids["vpc/main"], EnableDnsSupport={"Value": False})


def spoil_dns_hostnames(n: Network) -> None:
    n.client.modify_vpc_attribute(VpcId=n.ids["vpc/main"], EnableDnsHostnames={"Value": False})


def spoil_attachment(n: Network) -> None:
    gateway = n.ids["internet_gateway/main"]
    n.client.detach_internet_gateway(InternetGatewayId=gateway, VpcId=n.ids["vpc/main"])
    n.client.attach_internet_gateway(InternetGatewayId=gateway, VpcId=other_vpc(n))


def spoil_public_addresses(n: Network) -> None:
    n.client.modify_subnet_attribute(
        SubnetId=n.ids["subnet/private_a"], MapPublicIpOnLaunch={"Value": True}
    )


def spoil_ipv6_cidrs(n: Network) -> None:
    n.client.associate_subnet_cidr_block(
        SubnetId=n.ids["subnet/private_a"], Ipv6CidrBlock="2001:db8:1234:1a00::/64"
    )


def remove_route(n: Network) -> None:
    table = n.ids["route_table/private_b"]
    n.client.delete_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0")


def add_route(n: Network) -> None:
    n.client.create_route(
        RouteTableId=n.ids["route_table/private_b"],
        DestinationCidrBlock="192.0.2.0/24",
        GatewayId=n.ids["internet_gateway/main"],
    )


def lead_elsewhere(n: Network) -> None:
    n.client.replace_route(
        RouteTableId=n.ids["route_table/private_b"],
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId=n.ids["internet_gateway/main"],
    )


def add_ipv6_route(n: Network) -> None:
    n.client.create_route(
        RouteTableId=n.ids["route_table/private_b"],
        DestinationIpv6CidrBlock="::/0",
        GatewayId=n.ids["internet_gateway/main"],
    )


def add_foreign_endpoint(n: Network) -> None:
    n.client.create_vpc_endpoint(
        VpcId=n.ids["vpc/main"],
        VpcEndpointType="Gateway",
        ServiceName="com.amazonaws.us-west-2.dynamodb",
        RouteTableIds=[n.ids["route_table/private_b"]],
    )


def link_of(n: Network, subnet_address: str) -> str:
    return next(
        str(link["RouteTableAssociationId"])
        for table in n.client.describe_route_tables()["RouteTables"]
        for link in table["Associations"]
        if link.get("SubnetId") == n.ids[subnet_address]
    )


def leave_subnet(n: Network) -> None:
    n.client.disassociate_route_table(AssociationId=link_of(n, "subnet/private_b"))


def move_subnet(n: Network) -> None:
    n.client.replace_route_table_association(
        AssociationId=link_of(n, "subnet/private_b"), RouteTableId=n.ids["route_table/public"]
    )


def take_main(n: Network) -> None:
    [main] = [
        link["RouteTableAssociationId"]
        for table in n.client.describe_route_tables()["RouteTables"]
        if table["VpcId"] == n.ids["vpc/main"]
        for link in table["Associations"]
        if link["Main"]
    ]
    n.client.replace_route_table_association(
        AssociationId=main, RouteTableId=n.ids["route_table/private_b"]
    )


def serve_gateway(n: Network) -> None:
    n.client.associate_route_table(
        RouteTableId=n.ids["route_table/private_b"], GatewayId=n.ids["internet_gateway/main"]
    )


def permission(**source: Any) -> list[dict[str, Any]]:
    return [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, **source}]


def open_ipv4(n: Network, address: str) -> None:
    n.client.authorize_security_group_ingress(
        GroupId=n.ids[address],
        IpPermissions=permission(IpRanges=[{"CidrIp": "0.0.0.0/0", "Description": "x"}]),
    )


def open_ipv6_and_group(n: Network) -> None:
    pair = {"GroupId": n.ids["security_group/endpoints"]}
    n.client.authorize_security_group_ingress(
        GroupId=n.ids["security_group/training"],
        IpPermissions=permission(Ipv6Ranges=[{"CidrIpv6": "::/0"}], UserIdGroupPairs=[pair]),
    )


def close_egress(n: Network) -> None:
    n.client.revoke_security_group_egress(
        GroupId=n.ids["security_group/training"],
        IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )


def open_default_egress(n: Network) -> None:
    n.client.authorize_security_group_egress(
        GroupId=n.ids["default_security_group/main"],
        IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}],
    )


def open_acl(n: Network, *, egress: bool) -> None:
    n.client.create_network_acl_entry(
        NetworkAclId=n.ids["default_network_acl/main"],
        RuleNumber=5,
        Protocol="-1",
        RuleAction="allow",
        Egress=egress,
        CidrBlock="198.51.100.0/24",
    )


def other_acl(n: Network) -> None:
    rogue = n.client.create_network_acl(VpcId=n.ids["vpc/main"])["NetworkAcl"]["NetworkAclId"]
    [acl] = n.client.describe_network_acls(NetworkAclIds=[n.ids["default_network_acl/main"]])[
        "NetworkAcls"
    ]
    n.client.replace_network_acl_association(
        AssociationId=acl["Associations"][0]["NetworkAclAssociationId"], NetworkAclId=rogue
    )


def change_description(n: Network) -> None:
    n.client.update_security_group_rule_descriptions_ingress(
        GroupId=n.ids["security_group/endpoints"],
        IpPermissions=[
            {
                "IpProtocol": "tcp",
                "FromPort": 443,
                "ToPort": 443,
                "IpRanges": [{"CidrIp": "10.30.0.0/16", "Description": "rogue"}],
            }
        ],
    )


def modify_endpoint(n: Network, address: str, **arguments: Any) -> None:
    n.client.modify_vpc_endpoint(VpcEndpointId=n.ids[address], **arguments)


OPEN = {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
CLOSED = {"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]}

SPOILS: list[tuple[str, str, Callable[[Network], None]]] = [
    ("vpc/main", "more_cidrs", spoil_more_cidrs),
    ("vpc/main", "dns_support", spoil_dns_support),
    ("vpc/main", "dns_hostnames", spoil_dns_hostnames),
    ("internet_gateway/main", "vpc", spoil_attachment),
    ("subnet/private_a", "public_addresses", spoil_public_addresses),
    ("subnet/private_a", "ipv6_cidrs", spoil_ipv6_cidrs),
    ("route_table/private_b", "routes", remove_route),
    ("route_table/private_b", "routes", add_route),
    ("route_table/private_b", "routes", lead_elsewhere),
    ("route_table/private_b", "routes", add_ipv6_route),
    ("route_table/private_b", "routes", add_foreign_endpoint),
    ("route_table/private_b", "subnets", leave_subnet),
    ("route_table/private_b", "subnets", move_subnet),
    ("route_table/private_b", "main", take_main),
    ("route_table/private_b", "gateways", serve_gateway),
    ("security_group/training", "ingress", lambda n: open_ipv4(n, "security_group/training")),
    ("security_group/training", "ingress", open_ipv6_and_group),
    ("security_group/training", "egress", close_egress),
    ("security_group/endpoints", "ingress", change_description),
    (
        "default_security_group/main",
        "ingress",
        lambda n: open_ipv4(n, "default_security_group/main"),
    ),
    ("default_security_group/main", "egress", open_default_egress),
    ("default_network_acl/main", "ingress", lambda n: open_acl(n, egress=False)),
    ("default_network_acl/main", "egress", lambda n: open_acl(n, egress=True)),
    ("default_network_acl/main", "elsewhere", other_acl),
    (
        "vpc_endpoint/s3",
        "policy",
        lambda n: modify_endpoint(n, "vpc_endpoint/s3", PolicyDocument=json.dumps(OPEN)),
    ),
    (
        "vpc_endpoint/logs",
        "policy",
        lambda n: modify_endpoint(n, "vpc_endpoint/logs", PolicyDocument=json.dumps(CLOSED)),
    ),
    (
        "vpc_endpoint/s3",
        "route_tables",
        lambda n: modify_endpoint(
            n, "vpc_endpoint/s3", RemoveRouteTableIds=[n.ids["route_table/private_a"]]
        ),
    ),
    (
        "vpc_endpoint/logs",
        "subnets",
        lambda n: modify_endpoint(
            n,
            "vpc_endpoint/logs",
            RemoveSubnetIds=[n.ids["subnet/private_a"]],
            AddSubnetIds=[n.ids["subnet/public_a"]],
        ),
    ),
    (
        "vpc_endpoint/logs",
        "security_groups",
        lambda n: modify_endpoint(
            n,
            "vpc_endpoint/logs",
            RemoveSecurityGroupIds=[n.ids["security_group/endpoints"]],
            AddSecurityGroupIds=[n.ids["default_security_group/main"]],
        ),
    ),
    (
        "vpc_endpoint/logs",
        "private_dns",
        lambda n: modify_endpoint(n, "vpc_endpoint/logs", PrivateDnsEnabled=False),
    ),
    *[
        (address, "tags", lambda n, address=address: drop_tag(n, address))  # type: ignore[misc]
        for address in (
            "vpc/main",
            "internet_gateway/main",
            "subnet/private_a",
            "elastic_ip/nat_a",
            "nat_gateway/nat_a",
            "route_table/private_b",
            "security_group/training",
            "default_security_group/main",
            "default_network_acl/main",
            "vpc_endpoint/logs",
            "flow_log/main",
        )
    ],
]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_what_is_changed_behind_our_back_is_seen_and_mended(prod: Network, kind: str) -> None:
    spoils = [spoil for spoil in SPOILS if spoil[0].startswith(f"{kind}/")]
    assert spoils
    for address, name, spoil in spoils:
        spoil(prod)

        differing = prod.differing()
        assert differing[address] == {name}, spoil
        for spoilt, names in differing.items():  # a subnet that moved makes two tables differ
            prod.mend(spoilt, names)
        assert prod.differing() == {}, spoil


def test_every_property_that_can_be_changed_was_changed() -> None:
    spoilt = {(address.split("/")[0], name) for address, name, _unused in SPOILS}
    settable = {(kind.name, name) for kind in KINDS.values() for name in kind.setters}

    assert settable - spoilt == {
        ("vpc", "tenancy"),
        ("route_table", "propagating_gateways"),  # moto has neither
        ("nat_gateway", "state"),
    }


def test_every_setter_may_be_repeated(prod: Network) -> None:
    for address, resource in prod.resources.items():
        settable = set(KINDS[resource.kind].setters) & set(resource.properties)
        prod.mend(address, settable)

    assert prod.differing() == {}


def left(cloud: Cloud) -> dict[str, list[Found]]:
    by_kind = {name: kind.read(cloud) for name, kind in KINDS.items()}
    return {name: found for name, found in by_kind.items() if found}


def remove(network: Network, times: int = 1) -> None:
    for address, resource in reversed(network.resources.items()):
        found = network.found(address)
        for _unused in range(times):
            delete = KINDS[resource.kind].delete
            assert delete is not None
            delete(network.cloud, found)


@pytest.mark.parametrize("times", [1, 2])
def test_nothing_is_left(prod: Network, times: int) -> None:
    before = prod.client.describe_vpcs()["Vpcs"]

    remove(prod, times)

    assert left(prod.cloud) == {}
    assert len(prod.client.describe_vpcs()["Vpcs"]) == len(before) - 1
    assert prod.client.describe_addresses()["Addresses"] == []
    assert prod.client.describe_network_interfaces()["NetworkInterfaces"] == []


def test_a_table_that_became_the_main_one_can_be_removed(prod: Network) -> None:
    take_main(prod)

    remove(prod)

    assert left(prod.cloud) == {}


def test_the_default_group_of_a_vpc_that_stays_loses_our_tags(dev: Network) -> None:
    drop = [{"Key": "ManagedBy"}]
    found = dev.found("default_security_group/main")
    delete = default_security_group.KIND.delete
    assert delete is not None

    delete(dev.cloud, found)
    assert dev.found("default_security_group/main").properties["tags"] != {}

    dev.client.delete_tags(Resources=[dev.ids["vpc/main"]], Tags=drop)
    delete(dev.cloud, found)
    assert dev.found("default_security_group/main").properties["tags"] == {}


def test_the_default_group_is_no_security_group_of_ours(dev: Network) -> None:
    assert [found.name for found in security_group.KIND.read(dev.cloud)] == [
        "cardiology-optimizer-dev-training"
    ]


def test_of_a_new_vpc_the_default_group_is_to_be_adopted(
    cloud: Cloud, facts: Facts, build: Callable[..., Found]
) -> None:
    [resource] = vpc.KIND.desired(cloud.inputs, facts)
    build(cloud, vpc.KIND, resource)

    [found] = default_security_group.KIND.read(cloud)

    assert found.name == "cardiology-optimizer-dev-default"
    assert found.properties["tags"] == {}
    assert found.properties["egress"] == [{"proto": "all", "cidr_ip": "0.0.0.0/0"}]


class Answers:
    """An EC2 client whose answers are laid out; it keeps what it was asked."""

    def __init__(self, **answers: list[Any]) -> None:
        self.answers = answers
        self.calls: list[tuple[str, Any]] = []

    def client(self, service: str) -> Answers:
        return self

    def __getattr__(self, name: str) -> Any:
        def call(**arguments: Any) -> Any:
            self.calls.append((name, arguments))
            return self.answers.get(name, [{}]).pop(0) if name in self.answers else {}

        return call


def states(*names: str) -> list[dict[str, Any]]:
    return [
        {"NatGateways": [{"State": name, "FailureMessage": "no room"}] if name else []}
        for name in names
    ]


def wait_for_nat(answers: Answers) -> None:
    target = Target("nat-1", "n", {"state": "available"})
    nat_gateway.KIND.setters["state"](answers, target)  # type: ignore[arg-type]


def test_a_nat_gateway_is_waited_for() -> None:
    answers = Answers(describe_nat_gateways=states("", "pending", "pending", "available"))

    wait_for_nat(answers)

    assert len(answers.calls) == 4


def test_a_nat_gateway_that_fails_says_why() -> None:
    with pytest.raises(EstateError, match="n is failed: no room"):
        wait_for_nat(Answers(describe_nat_gateways=states("pending", "failed")))


def test_waiting_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ec2, "LOOKS", 3)

    with pytest.raises(EstateError, match="longer than"):
        wait_for_nat(Answers(describe_nat_gateways=states(*["pending"] * 9)))


@pytest.mark.parametrize("last", ["deleted", "failed", ""])
def test_a_deleted_nat_gateway_is_waited_for(last: str) -> None:
    answers = Answers(describe_nat_gateways=states("deleting", "deleting", last))
    delete = nat_gateway.KIND.delete
    assert delete is not None

    delete(answers, Found("nat_gateway", "n", "nat-1", {}))  # type: ignore[arg-type]

    assert [name for name, _unused in answers.calls] == [
        "delete_nat_gateway",
        *["describe_nat_gateways"] * 3,
    ]


def test_a_deleted_endpoint_is_waited_for() -> None:
    shown = [{"VpcEndpoints": [{"State": state}]} for state in ("Deleting", "Deleted")]
    answers = Answers(describe_vpc_endpoints=shown)
    delete = vpc_endpoint.KIND.delete
    assert delete is not None

    delete(answers, Found("vpc_endpoint", "n", "vpce-1", {}))  # type: ignore[arg-type]

    assert len(answers.calls) == 3


@pytest.mark.parametrize("code", ["InvalidVpcEndpointId.NotFound", "InvalidVpcEndpoint.NotFound"])
def test_an_endpoint_that_is_gone_is_gone(code: str) -> None:
    refusal = {"Unsuccessful": [{"Error": {"Code": code, "Message": "none"}}]}
    answers = Answers(delete_vpc_endpoints=[refusal], describe_vpc_endpoints=[{"VpcEndpoints": []}])
    delete = vpc_endpoint.KIND.delete
    assert delete is not None

    delete(answers, Found("vpc_endpoint", "n", "vpce-1", {}))  # type: ignore[arg-type]

    assert len(answers.calls) == 2


def refusals(monkeypatch: pytest.MonkeyPatch, client: Any, name: str, *codes: str) -> None:
    """The next calls of one name end in these errors."""
    real, left_ = getattr(client, name), list(codes)

    def call(**arguments: Any) -> Any:
        if left_:
            raise ClientError({"Error": {"Code": left_.pop(0)}}, name)
        return real(**arguments)

    monkeypatch.setattr(client, name, call)


def test_the_internet_gateway_waits_for_hosts_that_end(
    dev: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host may take longer to end than the engine waits for what is in use."""
    detach = ["DependencyViolation"] * 30
    refusals(monkeypatch, dev.client, "detach_internet_gateway", *detach)
    delete = internet_gateway.KIND.delete
    assert delete is not None

    delete(dev.cloud, dev.found("internet_gateway/main"))

    assert internet_gateway.KIND.read(dev.cloud) == []


def test_a_vpc_that_is_only_listed_is_gone(dev: Network, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS lists what was deleted for a moment longer."""
    gone = ["InvalidVpcID.NotFound"] * 2
    refusals(monkeypatch, dev.client, "describe_vpc_attribute", *gone)

    assert vpc.KIND.read(dev.cloud) == []


def test_an_association_that_is_ending_holds_no_more() -> None:
    links = [
        {"SubnetId": "a", "AssociationState": {"State": "associated"}},
        {"SubnetId": "b", "AssociationState": {"State": "disassociated"}},
        {"SubnetId": "c"},
    ]

    held = route_table.links_of({"Associations": links})

    assert [link["SubnetId"] for link in held] == ["a", "c"]


@pytest.mark.parametrize("kind", [security_group, default_security_group])
def test_a_new_group_is_closed_although_aws_does_not_list_its_rules_yet(
    prod: Network, monkeypatch: pytest.MonkeyPatch, kind: Any
) -> None:
    other = other_vpc(prod)
    resource = {
        security_group: prod.resources["security_group/endpoints"],
        default_security_group: prod.resources["default_security_group/main"],
    }[kind]
    wanted = resolved(resource, prod.ids | {"vpc/main": other})
    monkeypatch.setattr(security_group, "_rules_now", lambda *_args, **_more: {})

    group_id = kind.KIND.create(prod.cloud, wanted)

    [group] = prod.client.describe_security_groups(GroupIds=[group_id])["SecurityGroups"]
    assert (group["IpPermissions"], group["IpPermissionsEgress"]) == ([], [])


REFUSED = {"Unsuccessful": [{"Error": {"Code": "InvalidParameter", "Message": "the role"}}]}
GONE = {"Unsuccessful": [{"Error": {"Code": "InvalidFlowLogId.NotFound", "Message": "none"}}]}


def test_a_flow_log_that_aws_refuses_in_a_list_is_an_error(facts: Facts, prod_inputs: Any) -> None:
    [resource] = flow_log.KIND.desired(prod_inputs, facts)
    create = flow_log.KIND.create
    assert create is not None

    with pytest.raises(ClientError) as caught:
        create(Answers(create_flow_logs=[REFUSED]), resource)  # type: ignore[arg-type]

    assert caught.value.response["Error"]["Code"] in flow_log.KIND.settles
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_flow_log_that_is_gone_is_gone() -> None:
    delete = flow_log.KIND.delete
    assert delete is not None
    found = Found("flow_log", "n", "fl-1", {})

    delete(Answers(delete_flow_logs=[GONE]), found)  # type: ignore[arg-type]
    with pytest.raises(ClientError):
        delete(Answers(delete_flow_logs=[REFUSED]), found)  # type: ignore[arg-type]


def test_what_can_be_made_again_without_a_loss() -> None:
    """And without a thing that refers to it: not a NAT gateway, which routes lead to."""

    def names(replaceable: bool) -> set[str]:
        return {kind.name for kind in KINDS.values() if kind.replaceable is replaceable}

    assert names(True) == {"vpc_endpoint", "flow_log"}


def test_every_kind_can_do_everything() -> None:
    assert all("tags" in kind.setters for kind in KINDS.values())
    made = {field.name: field.default for field in fields(Kind)}
    for kind in KINDS.values():
        assert kind.create is not made["create"]
        assert kind.delete is not made["delete"]
