"""Every wrong input is told in one sentence that names it and what it must be."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import parse


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("env", "staging", "env must be dev or prod, not 'staging'."),
        ("env", None, "env must be dev or prod, not None."),
        ("project", "Heart", "project must be 3 to 30 lower-case letters"),
        ("project", "heart-", "project must be 3 to 30 lower-case letters"),
        ("project", "h" * 31, "project must be 3 to 30 lower-case letters"),
        ("region", "uswest2", "region must be an AWS region such as us-west-2"),
        ("owner", "", "owner must be 1 to 128 letters"),
        ("owner", "a<b", "owner must be 1 to 128 letters"),
        ("cost_center", "x" * 129, "cost_center must be 1 to 128 letters"),
        ("s3_bucket_prefix", "Bad_Prefix", "s3_bucket_prefix must be 3 to 34"),
        ("s3_bucket_prefix", "a.b.c", "s3_bucket_prefix must be 3 to 34"),
        ("s3_bucket_prefix", "-abc", "s3_bucket_prefix must be 3 to 34"),
        ("s3_bucket_prefix", "abc-", "s3_bucket_prefix must be 3 to 34"),
        ("s3_bucket_prefix", "ab", "s3_bucket_prefix must be 3 to 34"),
        ("s3_bucket_prefix", "a" * 43, "s3_bucket_prefix must be 3 to 34"),
        ("s3_bucket_prefix", "xn--heart", "s3_bucket_prefix must be 3 to 34"),
        ("budget_limit_usd", 0, "budget_limit_usd must be a number from 1 to 1000000, not 0."),
        ("budget_limit_usd", "much", "budget_limit_usd must be a number"),
        ("budget_limit_usd", None, "budget_limit_usd must be a number"),
        ("budget_limit_usd", "nan", "budget_limit_usd must be a number"),
        ("budget_alert_emails", ["nobody"], "budget_alert_emails holds 'nobody', which is not"),
        ("budget_alert_emails", [f"a{n}@b.org" for n in range(11)], "may hold 10 addresses"),
        ("budget_alert_emails", 7, "budget_alert_emails must be a list, not 7."),
        ("vpc_cidr", "10.20.0.0/8", "vpc_cidr must be an IPv4 network from /16 to /28"),
        ("vpc_cidr", "10.20.0.1/16", "vpc_cidr must be an IPv4 network from /16 to /28"),
        ("vpc_cidr", "fd00::/64", "vpc_cidr must be an IPv4 network from /16 to /28"),
        ("public_subnet_cidrs", ["10.20.0.0/20"], "public_subnet_cidrs must hold 2 networks"),
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
        ("allowed_cidrs", ["0.0.0.0/0"], "allowed_cidrs holds 0.0.0.0/0, which opens the hosts"),
        ("allowed_cidrs", ["::/0"], "allowed_cidrs holds ::/0, which opens the hosts to the world"),
        ("allowed_cidrs", ["128.0.0.0/1"], "allowed_cidrs holds 128.0.0.0/1, which opens"),
        ("allowed_cidrs", ["home"], "allowed_cidrs holds 'home', which is not a network"),
        ("allowed_cidrs", ["203.0.113.7/24"], "allowed_cidrs holds '203.0.113.7/24', which is not"),
        ("ingress_ports", [0], "ingress_ports holds 0, which is not a TCP port."),
        ("ingress_ports", ["ssh"], "ingress_ports holds 'ssh', which is not a TCP port."),
        ("ingress_ports", [70000], "ingress_ports holds 70000, which is not a TCP port."),
        # CloudWatch Logs takes it, but our module deletes the log group instead.
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
    assert errors[0].endswith(".")


def test_all_errors_are_told_at_once(raw: dict[str, Any]) -> None:
    _inputs, errors = parse(raw | {"env": "staging", "training_count": 0, "vpc_cidr": "x"})

    assert [error.split()[0] for error in errors] == ["vpc_cidr", "env", "training_count"]


def test_texts_of_the_command_line_count_as_numbers_and_lists(raw: dict[str, Any]) -> None:
    parsed, _errors = parse(
        raw
        | {
            "training_volume_gb": "100",
            "budget_limit_usd": "99.5",
            "allowed_cidrs": "203.0.113.7/32, 2001:db8::/48",
            "ingress_ports": "8501,22",
        }
    )

    assert parsed is not None
    assert parsed.training_volume_gb == 100
    assert parsed.budget_limit_usd == 99.5
    assert parsed.allowed_cidrs == ("2001:db8::/48", "203.0.113.7/32")
    assert parsed.ingress_ports == (22, 8501)


def test_networks_are_written_as_aws_writes_them(raw: dict[str, Any]) -> None:
    typed = ["203.0.113.7", "203.0.113.7/32", "198.51.100.0/255.255.255.0", "2001:DB8:0::/48"]
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
    assert parsed.allowed_cidrs == ("198.51.100.0/24", "2001:db8::/48", "203.0.113.7/32")
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
