"""The default network ACL: only the ports in use, and answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Found,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.network import (
    default_network_acl,
    vpc,
    vpc_endpoint,
)

KIND = default_network_acl.KIND


def passes(entries: dict[str, Any], proto: str, port: int, source: str = "0.0.0.0/0") -> bool:
    """What AWS decides: the first entry that fits, by number."""
    for _number, entry in sorted(entries.items(), key=lambda item: int(item[0])):
        fits = entry["proto"] in ("all", proto) and entry["cidr"] == source
        if fits and entry.get("from_port", 0) <= port <= entry.get("to_port", 65535):
            return bool(entry["action"] == "allow")
    return False


def ingress(inputs: Inputs, facts: Facts) -> dict[str, Any]:
    [resource] = KIND.desired(inputs, facts)
    entries: dict[str, Any] = resource.properties["ingress"]
    return entries


@pytest.mark.parametrize("port", [22, 80, 443, 1023, 3389])
def test_nothing_but_answers_comes_into_prod_from_the_internet(
    prod_inputs: Inputs, facts: Facts, port: int
) -> None:
    entries = ingress(prod_inputs, facts)

    assert not passes(entries, "tcp", port)
    assert passes(entries, "tcp", 1024)
    assert passes(entries, "tcp", 65535)
    assert passes(entries, "udp", 50000)
    assert passes(entries, "tcp", port, prod_inputs.vpc_cidr)


def test_the_ports_of_hosts_are_open_in_dev_and_no_others(inputs: Inputs, facts: Facts) -> None:
    entries = ingress(inputs, facts)

    assert [p for p in (22, 80, 3389, 8501, 1024) if passes(entries, "tcp", p)] == [22, 8501]
    assert passes(entries, "tcp", 40000)


@pytest.fixture
def acl(cloud: Cloud, facts: Facts, build: Callable[..., Found]) -> Found:
    [network] = vpc.KIND.desired(cloud.inputs, facts)
    network_id = build(cloud, vpc.KIND, network).id
    [wanted] = KIND.desired(cloud.inputs, facts)
    return build(cloud, KIND, wanted, {"vpc/main": network_id})


def test_the_open_entry_of_aws_goes_after_ours_are_there(
    cloud: Cloud, facts: Facts, acl: Found
) -> None:
    [wanted] = KIND.desired(cloud.inputs, facts)

    assert acl.properties["ingress"] == wanted.properties["ingress"]
    assert acl.properties["egress"] == wanted.properties["egress"]


def test_an_interface_endpoint_serves_our_account_only(prod_inputs: Inputs, facts: Facts) -> None:
    def policy(facts: Facts) -> Any:
        wanted: dict[str, Resource] = {
            r.key: r for r in vpc_endpoint.KIND.desired(prod_inputs, facts)
        }
        return wanted["logs"].properties["policy"]

    [statement] = policy(facts)["Statement"]
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": [facts.account_id]}}
    open_ = Facts(facts.account_id, "aws", facts.zones, without_policy=("logs",))
    assert "Condition" not in policy(open_)["Statement"][0]
