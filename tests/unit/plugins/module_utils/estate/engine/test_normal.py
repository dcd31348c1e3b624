"""One spelling for one meaning."""

from __future__ import annotations

import json

from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.normal import document


def test_equal_policies_are_equal_however_they_are_written() -> None:
    short = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "ec2.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"Bool": {"aws:SecureTransport": "true"}},
        },
    }
    long = {
        "Statement": [
            {
                "Action": ["sts:AssumeRole"],
                "Principal": {"Service": ["ec2.amazonaws.com"]},
                "Effect": "Allow",
                "Condition": {"Bool": {"aws:SecureTransport": ["true"]}},
            }
        ],
        "Version": "2012-10-17",
    }

    assert document(short) == document(json.dumps(long))


def test_the_order_of_actions_and_statements_means_nothing() -> None:
    one = {"Effect": "Allow", "Action": ["a:B", "a:A"], "Resource": "*"}
    two = {"Effect": "Deny", "Action": "a:C", "Resource": "*"}

    assert document({"Statement": [one, two]}) == document({"Statement": [two, one]})


def test_everybody_is_everybody_in_either_spelling() -> None:
    one = {"Effect": "Deny", "Action": "a:A", "Resource": "*", "Principal": "*"}

    assert document({"Statement": [one | {"Principal": {"AWS": "*"}}]}) == document(
        {"Statement": [one]}
    )


def test_a_policy_without_a_version_is_of_the_old_one() -> None:
    assert document({"Statement": []})["Version"] == "2008-10-17"
