"""What this machine tells: the caller's address and key."""

from __future__ import annotations

import http.server
import json
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands import preflight
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands.preflight import (
    caller_cidr,
    complete,
    public_key,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.policies import (
    budget_policy,
    deny_launch_policy,
)
from botocore.exceptions import ClientError


@pytest.fixture
def service() -> Iterator[str]:
    """Answers with the path it is asked for."""

    class Echo(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.path[1:].encode() + b"\n")

        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing: the test's output is its own."""

    server = http.server.HTTPServer(("127.0.0.1", 0), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def open_inputs(inputs: Inputs) -> Inputs:
    return replace(inputs, allowed_cidrs=())


def test_the_callers_address_is_a_network_of_one(open_inputs: Inputs, service: str) -> None:
    assert caller_cidr(open_inputs, service + "192.0.2.1", None) == "192.0.2.1/32"


@pytest.mark.parametrize("answer", ["", "nonsense", "0.0.0.0/0", "192.0.2.0/24"])
def test_an_answer_that_is_no_address_opens_nothing(
    open_inputs: Inputs, service: str, answer: str
) -> None:
    assert caller_cidr(open_inputs, service + answer, None) == ""


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "file:///etc/hostname", ""])
def test_no_answer_opens_nothing(open_inputs: Inputs, url: str) -> None:
    assert caller_cidr(open_inputs, url, None) == ""


def test_nobody_is_asked_when_the_answer_is_known_or_not_needed(
    inputs: Inputs, open_inputs: Inputs, service: str
) -> None:
    url = service + "192.0.2.1"

    assert caller_cidr(open_inputs, url, "198.51.100.1/32") == "198.51.100.1/32"
    assert caller_cidr(open_inputs, url, "") == ""
    assert caller_cidr(inputs, url, None) == ""
    assert caller_cidr(replace(open_inputs, ingress_ports=()), url, None) == ""


def test_the_public_half_is_asked_of_the_private_one(tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    made = (tmp_path / "key.pub").read_text().split()
    (tmp_path / "key.pub").write_text("ssh-ed25519 AAAAsomebodyelse x\n")

    assert public_key(key) == f"{made[0]} {made[1]}"
    assert public_key(tmp_path / "none") == ""


def test_a_key_with_a_passphrase_is_known_by_its_pub_file(tmp_path: Path) -> None:
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", key], check=True)

    assert public_key(key) == " ".join((tmp_path / "key.pub").read_text().split()[:2])


def test_the_default_prefix_is_unique_in_the_world(inputs: Inputs) -> None:
    assert complete(inputs, "123").s3_bucket_prefix == "acme-heart"
    default = complete(replace(inputs, s3_bucket_prefix=""), "123")
    assert default.s3_bucket_prefix == "cardiology-optimizer-123"


class Answers:
    """Stands for cloud and client: answers with `answer`, or fails where it is an error code."""

    def __init__(self, inputs: Inputs, answer: Any) -> None:
        self.inputs = inputs
        self.answer = answer

    def client(self, service: str) -> Answers:
        return self

    def __getattr__(self, operation: str) -> Any:
        def call(**_: Any) -> Any:
            if isinstance(self.answer, str):
                raise ClientError({"Error": {"Code": self.answer}}, operation)
            return self.answer

        return call


@pytest.mark.parametrize(
    ("answer", "free"), [("404", True), ("403", False), ("301", False), ({}, False)]
)
def test_a_bucket_name_is_free_or_taken(inputs: Inputs, answer: Any, free: bool) -> None:
    assert preflight._is_free(Answers(inputs, answer), "b") is free  # type: ignore[arg-type]


@pytest.mark.parametrize(("region", "length"), [("", 42), ("us-east-2", 34)])
def test_a_default_prefix_may_be_too_long(
    inputs: Inputs, monkeypatch: pytest.MonkeyPatch, region: str, length: int
) -> None:
    monkeypatch.setattr(preflight, "owned_names", lambda cloud: [])

    def errors(prefix: str) -> list[str]:
        given = replace(inputs, s3_bucket_prefix=prefix, replica_region=region, environment="prod")
        return preflight._bucket_errors(Answers(given, "404"))  # type: ignore[arg-type]

    assert errors("p" * length) == []
    [error] = errors("p" * (length + 1))
    assert f"set an s3_bucket_prefix of at most {length}." in error


@pytest.mark.parametrize("code", ["400", "503", "SlowDown"])
def test_a_bucket_name_of_which_nothing_is_known_is_not_called_taken(
    inputs: Inputs, code: str
) -> None:
    with pytest.raises(ClientError):
        preflight._is_free(Answers(inputs, code), "b")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("built_for", "errors"),
    [
        (["i386", "x86_64"], []),
        (
            ["arm64"],
            [
                "training_instance_type 't3.medium' is built for arm64, and the images of hosts "
                "are for x86_64: choose another one."
            ],
        ),
    ],
)
def test_an_instance_type_must_run_the_images(
    inputs: Inputs, built_for: list[str], errors: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"InstanceTypes": [{"ProcessorInfo": {"SupportedArchitectures": built_for}}]}

    monkeypatch.setattr(preflight, "_offer_errors", lambda _cloud, _wanted: [])

    assert preflight._instance_type_errors(Answers(inputs, answer)) == errors  # type: ignore[arg-type]


def changed(cloud: Cloud, **values: Any) -> Cloud:
    """The same account for other inputs."""
    cloud.inputs = replace(cloud.inputs, **values)
    return cloud


def test_a_sound_environment_has_no_faults(cloud: Cloud) -> None:
    assert preflight.account_errors(cloud) == []


def test_an_instance_type_must_be_offered_in_the_zone_of_hosts(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pages(_service: str, _operation: str, _result: str, **_arguments: Any) -> Any:
        return [{"Location": "us-west-2c"}, {"Location": "us-west-2b"}]

    monkeypatch.setattr(cloud, "pages", pages)
    here = changed(cloud, training_instance_type="p4d.24xlarge")

    assert preflight._instance_type_errors(here) == [
        "training_instance_type 'p4d.24xlarge' is not offered in us-west-2a, where hosts are "
        "launched, but only in us-west-2b, us-west-2c: choose another type, or put another zone "
        "first in availability_zones."
    ]
    there = changed(cloud, availability_zones=("us-west-2b", "us-west-2a"))
    assert preflight._instance_type_errors(there) == []


def test_zones_must_exist(cloud: Cloud) -> None:
    here = changed(cloud, availability_zones=("us-west-2a", "us-west-2x"))

    assert preflight._zone_errors(here) == [
        "availability_zones holds us-west-2x, and region us-west-2 has us-west-2a, us-west-2b, "
        "us-west-2c, us-west-2d."
    ]


def test_chosen_zones_are_those_of_the_subnets(cloud: Cloud) -> None:
    zones = ("us-west-2c", "us-west-2a")

    known = preflight.facts(changed(cloud, availability_zones=zones), "", "")

    assert known.zones == zones


def test_an_interface_endpoint_needs_a_service_of_the_region(cloud: Cloud) -> None:
    here = changed(cloud, interface_endpoints=("logs", "monitorin"))

    assert preflight._endpoint_errors(here) == [
        "interface_endpoints holds 'monitorin', for which region us-west-2 has no endpoint: "
        "did you mean monitoring?"
    ]


def test_a_permissions_boundary_must_exist(cloud: Cloud) -> None:
    arn = f"arn:aws:iam::{cloud.account_id}:policy/boundary"
    here = changed(cloud, permissions_boundary=arn)
    assert preflight._boundary_errors(here) == [f"permissions_boundary {arn} does not exist."]

    cloud.client("iam").create_policy(
        PolicyName="boundary", PolicyDocument=json.dumps(deny_launch_policy())
    )
    assert preflight._boundary_errors(here) == []


def test_the_deployer_role_is_what_iam_says(cloud: Cloud) -> None:
    here = changed(cloud, budget_action="deny_launch", deployer_role="clinic-deployer")
    [error] = preflight._role_errors(here)
    assert error.startswith("deployer_role 'clinic-deployer' does not exist in account")

    made = cloud.client("iam").create_role(
        RoleName="clinic-deployer", Path="/team/", AssumeRolePolicyDocument="{}"
    )["Role"]
    assert preflight._role_errors(here) == []
    known = preflight.facts(here, "", "")
    assert known.deployer_role_arn == made["Arn"]
    assert ":role/team/clinic-deployer" in str(budget_policy(here.inputs, known))


def test_a_role_that_aws_protects_is_refused(cloud: Cloud) -> None:
    cloud.client("iam").create_role(
        RoleName="odd", Path="/aws-reserved/sso.amazonaws.com/", AssumeRolePolicyDocument="{}"
    )
    here = changed(cloud, budget_action="deny_launch", deployer_role="odd")

    [error] = preflight._role_errors(here)
    assert "which AWS protects: no policy can be attached to it." in error
