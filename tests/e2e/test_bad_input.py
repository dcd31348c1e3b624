"""Bad input is reported in one clear sentence, and nothing is changed."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import ROOT
from .snapshot import snapshot


def messages(stdout: str) -> list[str]:
    """The printed errors, each with its continuation lines."""
    blocks = stdout.split("\nError: ")[1:]
    return [block.partition("\n  Task: ")[0].replace("\n  ", "\n") for block in blocks]


@pytest.fixture(scope="module")
def somebody(new_account: Callable[[], Any]) -> Any:
    """An account that stays empty in every test."""
    return new_account()


SUBNETS = json.dumps({"public_subnet_cidrs": ["10.20.0.0/20", "10.20.8.0/21"]})


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (
            ["-e", "env=stage"],
            f"There is no environment 'stage'. To add it, create {ROOT}/group_vars/stage.yml.",
        ),
        (
            ["-e", "prod"],
            "-e 'prod' has no name: write -e name=value, and quote a value that contains a space: "
            "-e \"name='a value'\".",
        ),
        (["-e", "enviroment=prod"], "There is no input 'enviroment': did you mean env?"),
        (
            ["--tags", "network"],
            "These playbooks have no tags: run the command without --tags network.",
        ),
        (
            ["-e", "region=us-wst-2"],
            "region must be an AWS region, not 'us-wst-2': did you mean us-west-2?",
        ),
        (["-e", SUBNETS], "public_subnet_cidrs 10.20.0.0/20 and 10.20.8.0/21 overlap."),
        (
            ["-e", "training_instance_type=t9.huge"],
            "training_instance_type 't9.huge' does not exist in region us-west-2.",
        ),
        (
            ["-e", "s3_bucket_prefix=My_Bucket"],
            "s3_bucket_prefix must be 3 to 44 lower-case letters, digits and hyphens that begin "
            "and end with a letter or digit and do not begin with xn--, sthree-, amzn-s3-demo-, "
            "or empty, not 'My_Bucket'.",
        ),
        (
            ["-e", "allowed_cidrs=0.0.0.0/0"],
            "allowed_cidrs holds '0.0.0.0/0', which opens the hosts to the world: "
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


def test_a_missing_file_of_inputs_is_one_sentence(somebody: Any, tmp_path: Path) -> None:
    result = somebody.run_playbook("deploy", "-e", f"@{tmp_path}/none.yml")

    assert result.rc != 0
    assert result.stdout == f"Error: -e @{tmp_path}/none.yml: there is no such file.\n"


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
        nobody.bind(("127.0.0.1", 0))  # bound but not listening: connections are refused at once
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"

        result = somebody.run_playbook(
            "deploy", environ={"AWS_ENDPOINT_URL": url, "AWS_ENDPOINT_URL_S3_CONTROL": None}
        )

    assert result.rc != 0
    assert messages(result.stdout) == [
        f"The endpoint {url}/ does not answer: check the network, AWS_REGION and, where it is set, "
        f'AWS_ENDPOINT_URL. Could not connect to the endpoint URL: "{url}/".'
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
