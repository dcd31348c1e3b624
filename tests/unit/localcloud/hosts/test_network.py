"""Names, overlaps and rules: the part of the network that needs no root."""

from ipaddress import IPv4Address, IPv4Network

from localcloud.hosts import network, rules


def test_one_scope_is_no_prefix_of_another() -> None:
    assert not network.namespace("57100", "vpc-1").startswith(network.namespace("5710", ""))


def test_a_router_has_the_vpcs_first_address_and_a_link_name_that_fits() -> None:
    router = network.Router(
        "5700", "vpc-1", IPv4Network("10.20.0.0/16"), IPv4Network("198.19.255.252/30")
    )

    assert router.gateway == IPv4Address("10.20.0.1")
    assert (str(router.near), str(router.far)) == ("198.19.255.253", "198.19.255.254")
    assert router.uplink == "lcufffc"
    assert len(router.uplink) <= 15, "the kernel's limit"


def test_the_rules_keep_guests_from_the_host_and_link_local_addresses_in() -> None:
    assert "iifname @uplinks ct state new drop" in rules.host("5700")
    assert "ip daddr 169.254.0.0/16 drop" in rules.router(IPv4Network("10.20.0.0/16"))


def test_a_public_address_is_mapped_both_ways() -> None:
    text = rules.mapping("add", "198.18.0.9", IPv4Address("10.20.0.4"))

    assert "inbound { 198.18.0.9 : 10.20.0.4 }" in text
    assert "outbound { 10.20.0.4 : 198.18.0.9 }" in text


def test_table_names_are_names() -> None:
    assert rules.table("machine-a-b") == "localcloud_machine_a_b"
