"""A reply that is lost on its way must not leave a second network behind."""

from __future__ import annotations

from typing import Any

from .losing_proxy import losing

MAKERS = {
    "CreateVpc": ("describe_vpcs", "Vpcs"),
    "CreateInternetGateway": ("describe_internet_gateways", "InternetGateways"),
    "CreateRouteTable": ("describe_route_tables", "RouteTables"),
}


def test_lost_replies_make_no_twins(account: Any) -> None:
    with losing(account.env["AWS_ENDPOINT_URL"], set(MAKERS)) as url:
        lossy = {"AWS_ENDPOINT_URL": url}
        outcomes = [account.run_playbook("deploy", environ=lossy).rc for _ in range(4)]

    # Each lost reply ends one deploy; the next one takes up what the first had made.
    assert outcomes == [2, 2, 2, 0]
    mine = [{"Name": "tag:Environment", "Values": ["dev"]}]
    for call, field in MAKERS.values():
        assert len(getattr(account.client("ec2"), call)(Filters=mine)[field]) == 1
    assert account.run_playbook("deploy").ok().changed == 0
