"""What the estate asks for, where a mistake would cost money or open a door."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import Any

from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs.table import MOST_PORTS
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds import KINDS, resources

#: What AWS keeps no tags of.
UNTAGGABLE = {"dashboard", "metric_filter"}


def by_address(inputs: Inputs, facts: Facts) -> dict[str, Resource]:
    return {resource.address: resource for resource in resources(inputs, facts)}


def test_the_estate_is_complete(inputs: Inputs, facts: Facts) -> None:
    assert Counter(resource.kind for resource in resources(inputs, facts)) == {
        "bucket": 4,
        "role": 1,
        "instance_profile": 1,
        "vpc": 1,
        "internet_gateway": 1,
        "subnet": 2,
        "route_table": 1,
        "security_group": 1,
        "default_security_group": 1,
        "default_network_acl": 1,
        "vpc_endpoint": 1,
        "key_pair": 1,
        "launch_template": 1,
        "log_group": 1,
        "sns_topic": 1,
        "alarm": 6,
        "dashboard": 1,
        "budget": 1,
    }


def test_everything_carries_the_tags(inputs: Inputs, facts: Facts) -> None:
    wanted = {
        "Project": "cardiology-optimizer",
        "Environment": "dev",
        "Owner": "data-science",
        "ManagedBy": "cardiology.cloud",
        "CostCenter": "cardiology",
    }
    for resource in resources(inputs, facts):
        if resource.kind in UNTAGGABLE:
            assert "tags" not in resource.properties
        else:
            assert wanted.items() <= resource.properties["tags"].items(), resource.address


def test_every_reference_is_to_something_that_comes_before(inputs: Inputs, facts: Facts) -> None:
    kinds = {kind.name for kind in KINDS}
    seen: set[str] = set()

    def references(value: Any) -> list[str]:
        if isinstance(value, dict):
            return [r for inner in value.values() for r in references(inner)]
        if isinstance(value, list):
            return [r for inner in value for r in references(inner)]
        text = str(value)
        return [text] if "/" in text and text.split("/", maxsplit=1)[0] in kinds else []

    for resource in resources(inputs, facts):
        assert set(references(resource.properties)) <= seen, resource.address
        seen.add(resource.address)


def test_every_name_says_project_and_environment(inputs: Inputs, facts: Facts) -> None:
    for resource in resources(inputs, facts):
        if resource.kind == "bucket":
            assert resource.name.startswith("acme-heart-dev-")
        else:
            assert "cardiology-optimizer" in resource.name
            assert "dev" in resource.name


def test_only_the_allowed_networks_come_in(inputs: Inputs, facts: Facts) -> None:
    allowed = replace(inputs, allowed_cidrs=("198.51.100.0/24", "2001:db8::/48"))

    rules = by_address(allowed, facts)["security_group/training"].properties["ingress"]

    assert [(r["from_port"], r.get("cidr_ip"), r.get("cidr_ipv6")) for r in rules] == [
        (22, "198.51.100.0/24", None),
        (22, None, "2001:db8::/48"),
        (8501, "198.51.100.0/24", None),
        (8501, None, "2001:db8::/48"),
    ]


def test_without_an_allow_list_only_the_caller_comes_in(inputs: Inputs, facts: Facts) -> None:
    nobody = replace(inputs, allowed_cidrs=())
    caller = replace(facts, caller_cidr="192.0.2.1/32")

    def sources(given: Inputs, known: Facts) -> set[str]:
        group = by_address(given, known)["security_group/training"]
        return {rule["cidr_ip"] for rule in group.properties["ingress"]}

    assert sources(nobody, caller) == {"192.0.2.1/32"}
    assert sources(nobody, facts) == set()
    assert sources(inputs, caller) == {"203.0.113.7/32"}
    assert sources(replace(inputs, ingress_ports=()), caller) == set()


def test_a_network_acl_holds_the_rules_of_as_many_ports_as_are_accepted(
    inputs: Inputs, facts: Facts
) -> None:
    """AWS allows 20 rules, the one that denies the rest not counted."""
    most = replace(inputs, ingress_ports=tuple(range(MOST_PORTS)), nat_gateways="one")

    acl = by_address(most, facts)["default_network_acl/main"]

    assert len(acl.properties["ingress"]) == 20


def test_only_ec2_may_take_the_role(inputs: Inputs, facts: Facts) -> None:
    [statement] = by_address(inputs, facts)["role/training"].properties["trust"]["Statement"]

    assert statement["Principal"] == {"Service": ["ec2.amazonaws.com"]}
    assert statement["Action"] == ["sts:AssumeRole"]
    assert "Condition" not in statement


def policy(inputs: Inputs, facts: Facts) -> dict[str, dict[str, Any]]:
    role = by_address(inputs, facts)["role/training"]
    return {s["Sid"]: s for s in role.properties["inline_policies"]["training"]["Statement"]}


def test_the_host_may_do_what_it_needs_and_no_more(inputs: Inputs, facts: Facts) -> None:
    statements = policy(inputs, facts)
    bucket = "arn:aws:s3:::acme-heart-dev-"
    group = "arn:aws:logs:us-west-2:123456789012:log-group:/aws/cardiology-optimizer/dev"

    assert {sid: (s["Action"], s["Resource"]) for sid, s in statements.items()} == {
        "FindObjects": (
            ["s3:ListBucket"],
            [bucket + "model-artifacts", bucket + "processed-data"],
        ),
        "ReadObjects": (
            ["s3:GetObject"],
            [bucket + "model-artifacts/*", bucket + "processed-data/*"],
        ),
        "WriteObjects": (["s3:PutObject"], [bucket + "model-artifacts/*"]),
        "PublishMetrics": (["cloudwatch:PutMetricData"], ["*"]),
        "WriteLogs": (
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [group, group + ":log-stream:*"],
        ),
    }
    assert {statement["Effect"] for statement in statements.values()} == {"Allow"}


def test_only_metrics_have_no_resource_and_those_have_our_namespace(
    inputs: Inputs, facts: Facts
) -> None:
    [everywhere] = [s for s in policy(inputs, facts).values() if "*" in s["Resource"]]

    assert everywhere["Condition"] == {
        "StringEquals": {"cloudwatch:namespace": ["cardiology-optimizer/dev"]}
    }


def test_policies_are_right_in_other_partitions(inputs: Inputs, facts: Facts) -> None:
    china = replace(facts, partition="aws-cn")
    arns = [
        arn
        for statement in policy(inputs, china).values()
        for arn in statement["Resource"]
        if arn != "*"
    ]

    assert arns
    assert all(arn.startswith("arn:aws-cn:") for arn in arns)


def test_every_bucket_refuses_what_is_not_tls(inputs: Inputs, facts: Facts) -> None:
    for resource in resources(inputs, facts):
        if resource.kind == "bucket":
            statements = resource.properties["policy"]["Statement"]
            [statement] = [s for s in statements if s["Effect"] == "Deny"]
            arn = f"arn:aws:s3:::{resource.name}"
            assert statement == {
                "Sid": "OnlyTLS",
                "Effect": "Deny",
                "Principal": "*",
                "Action": ["s3:*"],
                "Resource": [arn, f"{arn}/*"],
                "Condition": {"Bool": {"aws:SecureTransport": ["false"]}},
            }


def test_only_logs_expire(inputs: Inputs, facts: Facts) -> None:
    buckets = {r.key: r for r in resources(inputs, facts) if r.kind == "bucket"}
    expiring = {
        key: rule["Expiration"]["Days"]
        for key, bucket in buckets.items()
        for rule in bucket.properties["lifecycle"].values()
        if "Expiration" in rule
    }

    assert expiring == {"logs": 90}
    for bucket in buckets.values():
        assert "abort-incomplete-uploads" in bucket.properties["lifecycle"]


def test_a_run_with_another_size_does_not_change_the_template(inputs: Inputs, facts: Facts) -> None:
    large = replace(inputs, training_volume_gb=100)

    assert resources(large, facts) == resources(inputs, facts)


def test_everything_that_a_launch_makes_is_tagged(inputs: Inputs, facts: Facts) -> None:
    properties = by_address(inputs, facts)["launch_template/training"].properties

    tagged = properties["tag_specifications"]
    assert set(tagged) == {"instance", "volume", "network-interface"}
    assert all(tags == properties["tags"] for tags in tagged.values())


def test_hosts_are_launched_with_imdsv2_and_an_encrypted_disk(inputs: Inputs, facts: Facts) -> None:
    ubuntu = replace(inputs, training_os="ubuntu-24.04")

    properties = by_address(ubuntu, facts)["launch_template/training"].properties

    assert properties["metadata"]["http_tokens"] == "required"
    assert properties["metadata"]["http_put_response_hop_limit"] == 1
    assert properties["root_volume"] == {
        "device": "/dev/sda1",
        "type": "gp3",
        "encrypted": True,
        "delete_on_termination": True,
    }


def test_the_subnets_are_in_two_zones(inputs: Inputs, facts: Facts) -> None:
    zones = [r.properties["zone"] for r in resources(inputs, facts) if r.kind == "subnet"]

    assert zones == ["us-west-2a", "us-west-2b"]
