"""Faults between client and AWS do not leave a duplicate network behind."""

from __future__ import annotations

from typing import Any

from ..faults.proxy import Proxy
from ..faults.script import Fault

MAKERS = {
    "CreateVpc": ("describe_vpcs", "Vpcs"),
    "CreateInternetGateway": ("describe_internet_gateways", "InternetGateways"),
    "CreateRouteTable": ("describe_route_tables", "RouteTables"),
}


def test_lost_replies_make_no_twins(account: Any) -> None:
    with Proxy(account.env["AWS_ENDPOINT_URL"]).serving() as proxy:
        for action in MAKERS:
            proxy.on(action, Fault.LOSE)
        account.run_playbook("deploy", environ=account.through(proxy.url)).ok()

    # Each resource whose reply was lost is found and adopted.
    assert {record.call.action for record in proxy.hits} == set(MAKERS)
    mine = [{"Name": "tag:Environment", "Values": ["dev"]}]
    for call, field in MAKERS.values():
        assert len(getattr(account.client("ec2"), call)(Filters=mine)[field]) == 1
    assert account.run_playbook("deploy").ok().changed == 0
