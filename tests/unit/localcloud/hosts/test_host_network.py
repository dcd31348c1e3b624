"""What the host's own network says, without root."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from localcloud.hosts import host_network


def test_forwarding_is_switched_on_where_it_is_off(tmp_path: Path) -> None:
    switch = tmp_path / "ip_forward"
    switch.write_text("0\n")

    host_network.let_forward(switch)

    assert switch.read_text() == "1"


def test_forwarding_that_is_on_is_left_alone(tmp_path: Path) -> None:
    switch = tmp_path / "ip_forward"
    switch.write_text("1\n")

    host_network.let_forward(switch)

    assert switch.read_text() == "1\n"


@pytest.mark.parametrize(
    ("others", "found"),
    [([], None), (["10.30.0.0/16"], None), (["10.20.5.0/24"], "10.20.5.0/24")],
)
def test_overlap(others: list[str], found: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_network, "routed_networks", lambda: list(map(IPv4Network, others)))
    monkeypatch.setattr(host_network, "resolvers", lambda: [IPv4Network("192.0.2.53")])

    answer = host_network.overlap(IPv4Network("10.20.0.0/16"))

    assert answer == (IPv4Network(found) if found else None)


def test_a_resolver_on_loopback_is_no_use_to_a_guest(tmp_path: Path) -> None:
    file = tmp_path / "resolv.conf"
    file.write_text("search x\nnameserver 127.0.0.1\nnameserver ::1\nnameserver 192.0.2.53\n")

    assert host_network.nameservers(file) == ["192.0.2.53"]


def test_a_resolver_in_a_vpcs_range_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_network, "routed_networks", list)
    monkeypatch.setattr(host_network, "nameservers", lambda: ["10.20.0.2"])

    assert host_network.overlap(IPv4Network("10.20.0.0/16")) == IPv4Network("10.20.0.2")
