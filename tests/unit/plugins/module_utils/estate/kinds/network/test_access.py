"""Access is given before it is taken, and what blocks a deletion is listed."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.change import (
    Pace,
    remove,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import Found
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    EstateError,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.network import (
    security_group,
    vpc,
)
from botocore.exceptions import ClientError

AT_ONCE = Pace(looks=(0,), waits=(0,))


def rule(cidr: str, description: str = "SSH") -> dict[str, Any]:
    word = "cidr_ipv6" if ":" in cidr else "cidr_ip"
    return {"proto": "tcp", "from_port": 22, "to_port": 22, word: cidr, "rule_desc": description}


class Ec2:
    """The rules of one group, and the calls that change them."""

    def __init__(self, *rules: dict[str, Any], most: int = 60) -> None:
        self.rules = {f"sgr-{number}": rule for number, rule in enumerate(rules)}
        self.most = most
        self.calls: list[str] = []

    def authorize_security_group_ingress(self, IpPermissions: Any, **_: Any) -> None:  # noqa: N803
        self.calls.append("authorize")
        if len(self.rules) + len(IpPermissions) > self.most:
            error = {"Code": "RulesPerSecurityGroupLimitExceeded", "Message": "Too many rules."}
            raise ClientError({"Error": error}, "AuthorizeSecurityGroupIngress")

    def modify_security_group_rules(self, SecurityGroupRules: Any, **_: Any) -> None:  # noqa: N803
        self.calls.append("modify")
        self.modified = {
            item["SecurityGroupRuleId"]: item["SecurityGroupRule"] for item in SecurityGroupRules
        }

    def revoke_security_group_ingress(self, SecurityGroupRuleIds: Any, **_: Any) -> None:  # noqa: N803
        self.calls.append("revoke")
        self.revoked = SecurityGroupRuleIds


class Aws:
    """A cloud of which only the rules are known."""

    def __init__(self, ec2: Ec2) -> None:
        self.ec2 = ec2

    def client(self, _service: str) -> Ec2:
        return self.ec2


@pytest.fixture
def bring(monkeypatch: pytest.MonkeyPatch) -> Any:
    def go(ec2: Ec2, *wanted: dict[str, Any]) -> None:
        monkeypatch.setattr(security_group, "_rules_now", lambda *_a, **_k: ec2.rules)
        aws: Any = Aws(ec2)
        security_group.bring_rules(aws, "sg-1", wanted, egress=False)

    return go


def test_rules_are_added_before_any_is_revoked(bring: Any) -> None:
    ec2 = Ec2(rule("192.0.2.1/32"), rule("2001:db8::1/128"))

    bring(ec2, rule("192.0.2.1/32"), rule("198.51.100.1/32"))

    assert ec2.calls == ["authorize", "revoke"]
    assert ec2.revoked == ["sgr-1"]


def test_too_many_rules_take_no_access_away(bring: Any) -> None:
    ec2 = Ec2(rule("192.0.2.1/32"), rule("192.0.2.2/32"), most=60)

    with pytest.raises(ClientError, match="Too many rules"):
        bring(ec2, *(rule(f"198.51.100.{n}/32") for n in range(80)))

    assert ec2.calls == ["authorize"]


def test_as_many_other_networks_never_count_against_the_limit(bring: Any) -> None:
    ec2 = Ec2(*(rule(f"192.0.2.{n}/32") for n in range(40)), most=60)

    bring(ec2, *(rule(f"198.51.100.{n}/32") for n in range(40)))

    assert ec2.calls == ["modify"]
    assert len(ec2.modified) == 40


@pytest.mark.parametrize("network", ["192.0.2.1/32", "2001:db8::1/128"])
def test_another_description_changes_the_rule_in_place(bring: Any, network: str) -> None:
    ec2 = Ec2(rule(network, "old"))

    bring(ec2, rule(network, "new"))

    assert ec2.calls == ["modify"]
    assert ec2.modified["sgr-0"]["Description"] == "new"


def test_rules_are_the_wanted_ones_afterwards(cloud: Cloud, inputs: Inputs) -> None:
    ec2 = cloud.client("ec2")
    network = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    group = ec2.create_security_group(GroupName="g", Description="g", VpcId=network)["GroupId"]
    for wanted in (
        [rule("192.0.2.1/32"), rule("192.0.2.2/32", "two")],
        [rule("198.51.100.1/32"), rule("192.0.2.2/32", "other")],
        [rule("198.51.100.9/32")],
    ):
        security_group.bring_rules(cloud, group, wanted, egress=False)
        [found] = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
        assert security_group.rules(found["IpPermissions"]) == sorted(
            wanted, key=lambda item: str(item["cidr_ip"])
        )


def test_a_vpc_that_cannot_be_deleted_names_what_is_left_in_it(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    ec2 = cloud.client("ec2")
    network = ec2.create_vpc(CidrBlock="10.20.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=network, CidrBlock="10.20.0.0/24")["Subnet"]["SubnetId"]
    tags = [{"Key": "Team", "Value": "radiology"}]
    interface = ec2.create_network_interface(
        SubnetId=subnet,
        Description="file server",
        TagSpecifications=[{"ResourceType": "network-interface", "Tags": tags}],
    )["NetworkInterface"]["NetworkInterfaceId"]
    error = {
        "Error": {"Code": "DependencyViolation", "Message": "The vpc has dependencies"},
        "ResponseMetadata": {"HTTPStatusCode": 400},
    }

    def delete_vpc(**_arguments: Any) -> None:
        raise ClientError(error, "DeleteVpc")  # type: ignore[arg-type]

    monkeypatch.setattr(ec2, "delete_vpc", delete_vpc)
    with pytest.raises(EstateError) as refused:
        remove(cloud, vpc.KIND, Found("vpc", "n", network, {}), AT_ONCE)

    text = str(refused.value)
    assert "The vpc has dependencies" in text
    assert f"network interface {interface} (file server, Team=radiology)" in text
    assert f"subnet {subnet} (no tags)" in text
    # What AWS made with the VPC goes with it.
    assert "route table" not in text
    assert "network ACL" not in text
    assert "security group" not in text
