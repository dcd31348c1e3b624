"""Every wrong input is told in one sentence that names it and what it must be."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import parse


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("env", "Dev", "env must be 2 to 16 lower-case letters and digits"),
        ("env", "all", "env must be 2 to 16 lower-case letters and digits"),
        # project heart-dev with env eu would have the names of project heart with env dev-eu.
        ("env", "dev-eu", "env must be 2 to 16 lower-case letters and digits"),
        ("env", None, "env must be 2 to 16 lower-case letters and digits"),
        ("project", "Heart", "project must be 3 to 30 lower-case letters"),
        ("project", "heart-", "project must be 3 to 30 lower-case letters"),
        ("project", "h" * 31, "project must be 3 to 30 lower-case letters"),
        (
            "region",
            "us-wst-2",
            "region must be an AWS region, not 'us-wst-2': did you mean us-west-2?",
        ),
        ("owner", "", "owner must be 1 to 128 letters"),
        ("owner", "a<b", "owner must be 1 to 128 letters"),
        ("cost_center", "x" * 129, "cost_center must be 1 to 128 letters"),
        ("s3_bucket_prefix", "Bad_Prefix", "s3_bucket_prefix must be 3 to 44"),
        ("s3_bucket_prefix", "a.b.c", "s3_bucket_prefix must be 3 to 44"),
        ("s3_bucket_prefix", "-abc", "s3_bucket_prefix must be 3 to 44"),
        ("s3_bucket_prefix", "abc-", "s3_bucket_prefix must be 3 to 44"),
        ("s3_bucket_prefix", "ab", "s3_bucket_prefix must be 3 to 44"),
        ("s3_bucket_prefix", "a" * 45, "s3_bucket_prefix must be 3 to 44"),
        ("s3_bucket_prefix", "xn--heart", "s3_bucket_prefix must be 3 to 44"),
        ("budget_limit_usd", -1, "budget_limit_usd must be a number from 0 to 1000000, not -1."),
        ("budget_limit_usd", "much", "budget_limit_usd must be a number"),
        ("budget_limit_usd", None, "budget_limit_usd must be a number"),
        ("budget_limit_usd", "nan", "budget_limit_usd must be a number"),
        (
            "budget_alert_emails",
            ["nobody"],
            "budget_alert_emails holds 'nobody', which is not an email",
        ),
        (
            "budget_alert_emails",
            [f"a{n}@b.org" for n in range(11)],
            "must hold at most 10 email addresses, the limit of AWS, not 11.",
        ),
        ("budget_alert_emails", 7, "budget_alert_emails must be a list, not 7."),
        ("vpc_cidr", "10.20.0.0/8", "vpc_cidr must be an IPv4 network from /16 to /28"),
        ("vpc_cidr", "10.20.0.1/16", "vpc_cidr must be an IPv4 network from /16 to /28"),
        ("vpc_cidr", "fd00::/64", "vpc_cidr must be an IPv4 network from /16 to /28"),
        (
            "public_subnet_cidrs",
            [],
            "public_subnet_cidrs must hold 1 to 4 networks inside vpc_cidr",
        ),
        (
            "availability_zones",
            ["us-west-2a"],
            "availability_zones must hold 2 zones, one for each",
        ),
        (
            "availability_zones",
            ["us-west-2a", "us-east-1b"],
            "availability_zones holds us-east-1b, which is not in region us-west-2.",
        ),
        ("availability_zones", ["a", "us-west-2b"], "availability_zones holds 'a', which is not"),
        ("extra_tags", {"owner": "x"}, "extra_tags holds 'owner', which is set by this project"),
        ("extra_tags", {"aws:x": "y"}, "extra_tags holds 'aws:x': AWS reserves keys"),
        ("extra_tags", {"Team": "a", "team": "b"}, "extra_tags holds 'team', which is there twice"),
        ("extra_tags", {"Team": "<b>"}, "extra_tags holds 'Team' with a value that not every"),
        ("extra_tags", 7, "extra_tags must be at most 30 tags"),
        (
            "allowed_cidrs",
            [f"203.0.113.{n}/32" for n in range(31)],
            "allowed_cidrs and ingress_ports need 62 rules in one security group, and AWS allows 60",
        ),
        (
            "ingress_ports",
            list(range(8000, 8016)),
            "ingress_ports must hold at most 15 TCP ports, as a network ACL holds 20 rules, not 16.",
        ),
        ("allowed_cidrs", ["2001:db8::/48"], "which is IPv6, and the VPC has IPv4 only"),
        ("deployer_role", "AWSReservedSSO_Admin_1", "belongs to IAM Identity Center"),
        ("training_epochs", 0, "training_epochs must be a whole number from 1 to 100000, not 0."),
        ("training_seeds", [], "training_seeds must hold 1 to 100 seeds, not 0."),
        ("training_seeds", "0,x", "training_seeds holds 'x', which is not a whole number"),
        ("model_name", "my model", "model_name must be 1 to 63 letters, digits, dots"),
        (
            "run_id",
            "A b",
            "run_id must be 4 to 40 lower-case letters, digits and hyphens, or empty",
        ),
        (
            "public_subnet_cidrs",
            ["10.20.0.0/20", "10.20.8.0/21"],
            "public_subnet_cidrs 10.20.0.0/20 and 10.20.8.0/21 overlap.",
        ),
        (
            "public_subnet_cidrs",
            ["10.20.0.0/20", "10.21.0.0/20"],
            "public_subnet_cidrs 10.21.0.0/20 is not inside vpc_cidr 10.20.0.0/16.",
        ),
        (
            "public_subnet_cidrs",
            ["10.20.0.0/20", "10.20.16.0/29"],
            "public_subnet_cidrs holds '10.20.16.0/29', which is not an IPv4 network of /28",
        ),
        ("public_subnet_cidrs", ["10.20.0.0/20", "here"], "public_subnet_cidrs holds 'here'"),
        ("allowed_cidrs", ["0.0.0.0/0"], "allowed_cidrs holds '0.0.0.0/0', which opens the hosts"),
        (
            "allowed_cidrs",
            ["::/0"],
            "allowed_cidrs holds '::/0', which opens the hosts to the world",
        ),
        ("allowed_cidrs", ["128.0.0.0/1"], "allowed_cidrs holds '128.0.0.0/1', which opens"),
        ("allowed_cidrs", ["home"], "allowed_cidrs holds 'home', which is not a network"),
        ("allowed_cidrs", ["203.0.113.7/24"], "allowed_cidrs holds '203.0.113.7/24', which is not"),
        ("ingress_ports", [0], "ingress_ports holds 0, which is not a TCP port."),
        ("ingress_ports", ["ssh"], "ingress_ports holds 'ssh', which is not a TCP port."),
        ("ingress_ports", [70000], "ingress_ports holds 70000, which is not a TCP port."),
        ("log_retention_days", 31, "log_retention_days must be one of 1, 3, 5"),
        ("logs_expiration_days", 0, "logs_expiration_days must be a whole number from 1 to 3650"),
        ("ssh_private_key_file", "", "ssh_private_key_file must be the path of a file"),
        ("training_instance_type", "big", "training_instance_type must be an instance type"),
        ("training_volume_gb", 7, "training_volume_gb must be a whole number from 8 to 16384"),
        ("training_volume_gb", 30.5, "training_volume_gb must be a whole number from 8 to 16384"),
        ("training_os", "windows", "training_os must be debian-12, ubuntu-24.04 or amazon-linux"),
        ("training_market", "auction", "training_market must be on-demand or spot"),
        ("training_count", 0, "training_count must be a whole number from 1 to 64"),
        ("training_after", "forget", "training_after must be stop, terminate or keep"),
    ],
)
def test_a_wrong_input_is_one_sentence(
    raw: dict[str, Any], name: str, value: Any, sentence: str
) -> None:
    parsed, errors = parse(raw | {name: value})

    assert parsed is None
    assert len(errors) == 1
    assert sentence in errors[0]
    assert errors[0].endswith((".", "?"))


def test_all_errors_are_told_at_once(raw: dict[str, Any]) -> None:
    _inputs, errors = parse(raw | {"env": "Staging", "training_count": 0, "vpc_cidr": "x"})

    assert [error.split()[0] for error in errors] == ["env", "vpc_cidr", "training_count"]


def test_texts_of_the_command_line_count_as_numbers_and_lists(raw: dict[str, Any]) -> None:
    parsed, _errors = parse(
        raw
        | {
            "training_volume_gb": "100",
            "budget_limit_usd": "99.5",
            "allowed_cidrs": "203.0.113.7/32, 198.51.100.0/24",
            "ingress_ports": "8501,22",
        }
    )

    assert parsed is not None
    assert parsed.training_volume_gb == 100
    assert parsed.budget_limit_usd == 99.5
    assert parsed.allowed_cidrs == ("198.51.100.0/24", "203.0.113.7/32")
    assert parsed.ingress_ports == (22, 8501)


def test_networks_are_written_as_aws_writes_them(raw: dict[str, Any]) -> None:
    typed = ["203.0.113.7", "203.0.113.7/32", "198.51.100.0/255.255.255.0"]
    cidrs = ["10.20.0.0/255.255.240.0", "10.20.16.0/20"]

    parsed, _errors = parse(
        raw
        | {
            "allowed_cidrs": typed,
            "vpc_cidr": "10.20.0.0/255.255.0.0",
            "public_subnet_cidrs": cidrs,
        }
    )

    assert parsed is not None
    assert parsed.allowed_cidrs == ("198.51.100.0/24", "203.0.113.7/32")
    assert parsed.vpc_cidr == "10.20.0.0/16"
    assert parsed.public_subnet_cidrs == ("10.20.0.0/20", "10.20.16.0/20")


def test_money_is_in_full_cents(raw: dict[str, Any]) -> None:
    parsed, _errors = parse(raw | {"budget_limit_usd": "123456.789"})

    assert parsed is not None
    assert parsed.budget_limit_usd == 123456.79


def test_the_longest_prefix_gives_bucket_names_that_s3_takes(raw: dict[str, Any]) -> None:
    parsed, _errors = parse(raw | {"s3_bucket_prefix": "a" * 34, "env": "prod"})

    assert parsed is not None
    assert len(parsed.bucket_name("model_artifacts") + "-replica") == 63


def test_a_list_may_be_a_text_in_brackets(raw: dict[str, Any]) -> None:
    parsed, _errors = parse(
        raw | {"ingress_ports": "[22, 8501]", "allowed_cidrs": '["203.0.113.7/32"]'}
    )

    assert parsed is not None
    assert parsed.ingress_ports == (22, 8501)
    assert parsed.allowed_cidrs == ("203.0.113.7/32",)


@pytest.mark.parametrize("given", ["Team=heart,Stage=pilot", {"Stage": "pilot", "Team": "heart"}])
def test_extra_tags_are_in_the_tags_of_everything(raw: dict[str, Any], given: Any) -> None:
    parsed, _errors = parse(raw | {"extra_tags": given})

    assert parsed is not None
    assert {"Team": "heart", "Stage": "pilot", "Project": parsed.project}.items() <= (
        parsed.tags.items()
    )


def test_no_budget_refuses_what_needs_one(raw: dict[str, Any]) -> None:
    parsed, _errors = parse(raw | {"budget_limit_usd": 0})
    assert parsed is not None
    assert not parsed.has_budget

    _parsed, errors = parse(raw | {"budget_limit_usd": 0, "budget_action": "stop_instances"})
    assert errors == ["budget_action needs a budget: set budget_limit_usd, or budget_action: none."]


@pytest.mark.parametrize(
    ("region", "replica", "note"),
    [
        ("us-west-2", "us-east-2", ""),
        ("us-east-2", "us-west-2", ""),
        ("eu-central-1", "eu-west-1", ""),
        ("eu-west-2", "", "eu-west-2 is the only region of its jurisdiction"),
        ("sa-east-1", "", "data is not replicated."),
    ],
)
def test_data_stay_in_their_jurisdiction_by_default(
    raw: dict[str, Any], region: str, replica: str, note: str
) -> None:
    parsed, _errors = parse(raw | {"region": region, "replica_region": "auto"})

    assert parsed is not None
    assert parsed.replica_region == replica
    assert note in parsed.replica_note
    assert bool(note) is bool(parsed.replica_note)


def test_a_chosen_replica_in_another_jurisdiction_is_said(raw: dict[str, Any]) -> None:
    parsed, _errors = parse(raw | {"region": "eu-central-1", "replica_region": "us-east-2"})

    assert parsed is not None
    assert parsed.replica_note == (
        "replica_region us-east-2 is in another jurisdiction (the United States) than "
        "eu-central-1 (the European Union): all data is copied there."
    )


def test_there_are_as_many_private_subnets_as_public_ones(raw: dict[str, Any]) -> None:
    _inputs, errors = parse(
        raw | {"private_subnet_cidrs": ["10.20.32.0/20"], "nat_gateways": "one"}
    )

    assert errors == [
        "private_subnet_cidrs must hold 2 networks, one for each of public_subnet_cidrs, or none, "
        "not 1."
    ]


def test_tags_of_others_are_ignored_by_key_or_prefix_and_never_our_own(raw: dict[str, Any]) -> None:
    parsed, _errors = parse(raw | {"ignore_tags": "Patch Group,kubernetes.io/*,Own*"})

    assert parsed is not None
    ignored = ("Patch Group", "kubernetes.io/cluster", "Ownership")
    compared = ("Patch", "kubernetes", "Owner", "Name")
    assert [key for key in (*ignored, *compared) if parsed.ignores(key)] == list(ignored)
