"""Bad input is told in one clear sentence, and nothing was changed."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest

from .snapshot import snapshot


def messages(stdout: str) -> list[str]:
    """What the failed task said, without Ansible's own words around it."""
    lines = [line for line in stdout.splitlines() if line.startswith("[ERROR]: Task failed: ")]
    return [line.split(" failed: ", 2)[2] for line in lines]


@pytest.fixture(scope="module")
def somebody(new_account: Callable[[], Any]) -> Any:
    """An account that stays empty whatever a test asks of it."""
    return new_account()


SUBNETS = json.dumps({"public_subnet_cidrs": ["10.20.0.0/20", "10.20.8.0/21"]})


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["-e", "env=staging"], "env must be dev or prod, not 'staging'."),
        (["-e", SUBNETS], "public_subnet_cidrs 10.20.0.0/20 and 10.20.8.0/21 overlap."),
        (
            ["-e", "training_instance_type=t9.huge"],
            "training_instance_type 't9.huge' does not exist in region us-west-2.",
        ),
        (
            ["-e", "s3_bucket_prefix=My_Bucket"],
            "s3_bucket_prefix must be 3 to 34 lower-case letters, digits and hyphens that begin "
            "and end with a letter or digit and do not begin with xn--, sthree-, amzn-s3-demo-, "
            "not 'My_Bucket'.",
        ),
        (
            ["-e", "allowed_cidrs=0.0.0.0/0"],
            "allowed_cidrs holds 0.0.0.0/0, which opens the hosts to the world: "
            "name the networks that really need them.",
        ),
    ],
)
def test_a_bad_input_is_one_sentence(somebody: Any, args: list[str], sentence: str) -> None:
    before = snapshot(somebody)

    result = somebody.run_playbook("deploy", *args)

    assert result.rc != 0
    assert messages(result.stdout) == [sentence]
    assert snapshot(somebody) == before
    assert not somebody.key_file().exists()


def test_missing_credentials_are_one_sentence(somebody: Any) -> None:
    missing = dict.fromkeys(
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"), None
    )

    result = somebody.run_playbook("deploy", environ=missing)

    assert result.rc != 0
    assert messages(result.stdout) == [
        "AWS credentials are missing: set AWS_PROFILE, or "
        "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
    ]


def test_an_endpoint_that_does_not_answer_is_one_sentence(somebody: Any) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # bound and not listening: refused at once
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"

        result = somebody.run_playbook("deploy", environ={"AWS_ENDPOINT_URL": url})

    assert result.rc != 0
    assert messages(result.stdout) == [
        f"The endpoint {url}/ does not answer: check the network, AWS_REGION and, "
        "where it is set, AWS_ENDPOINT_URL."
    ]


def test_a_bucket_name_of_somebody_else_is_one_sentence(
    somebody: Any, new_account: Callable[[], Any]
) -> None:
    other = new_account()
    other.client("s3").create_bucket(
        Bucket="taken-heart-dev-logs",
        CreateBucketConfiguration={"LocationConstraint": "us-west-2"},
    )
    before = snapshot(somebody), snapshot(other)

    result = somebody.run_playbook("deploy", "-e", "s3_bucket_prefix=taken-heart")

    assert result.rc != 0
    assert messages(result.stdout) == [
        "The bucket name taken-heart-dev-logs belongs to another AWS account: "
        "choose another s3_bucket_prefix."
    ]
    assert (snapshot(somebody), snapshot(other)) == before


def test_a_change_that_needs_a_new_network_is_refused(account: Any) -> None:
    account.client("ec2").create_vpc(
        CidrBlock="10.99.0.0/16",
        TagSpecifications=[
            {
                "ResourceType": "vpc",
                "Tags": [{"Key": "Name", "Value": "cardiology-optimizer-dev"}],
            }
        ],
    )
    before = snapshot(account)

    result = account.run_playbook("deploy")

    assert result.rc != 0
    [message] = messages(result.stdout)
    assert message.startswith("These cannot be changed in place: vpc/main (cidr: 10.99.0.0/16 ->")
    assert snapshot(account) == before
