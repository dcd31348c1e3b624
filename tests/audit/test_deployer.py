"""Every playbook, with the deployer's policies and nothing else, on a cloud that enforces IAM.

What the cloud decided is then decided once more by a simulator that somebody else wrote. Of what
the local cloud cannot run (`NOT_HERE`) only the policies are asked.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.deployer import (
    Scope,
    boundary,
    documents,
)
from botocore.exceptions import ClientError

from localcloud.hosts import preflight
from localcloud.iam.decision import Need, decide

from ..cloud import inherited, local_cloud

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
ACCOUNT, USER = "123456789012", "deployer"
SCOPE = Scope(("dev", "prod"), account_id=ACCOUNT)
#: A policy that allows everything.
ALL = json.dumps(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
)
#: Why no host can run on this machine, or nothing.
NO_HOSTS = preflight.problem()
#: By playbook what it asks of AWS and moto does not have: the Price List API.
NOT_HERE = {"prices": "pricing:GetProducts"}


@dataclass(frozen=True)
class Cloud:
    """A cloud with one user, who may do what the deployer's policies say."""

    port: int
    env: Mapping[str, str]
    keys: Path
    policies: Mapping[str, dict[str, Any]]
    played: set[str] = field(default_factory=set)

    def play(self, name: str, env: str, *more: str) -> str:
        """Run a playbook as that user; its output."""
        done = subprocess.run(
            [
                *(str(BIN / "ansible-playbook"), f"playbooks/{name}.yml", "-e", f"env={env}"),
                *("-e", f"ssh_private_key_file={self.keys / env}"),
                *("-e", "allowed_cidrs=203.0.113.7/32"),
                *more,
            ],
            cwd=ROOT,
            env={**inherited(), **self.env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=3600,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:]
        self.played.add(name)
        return done.stdout

    def decisions(self) -> list[dict[str, Any]]:
        """What the cloud decided about the user's calls."""
        url = f"http://127.0.0.1:{self.port}/localcloud/iam-decisions"
        with urllib.request.urlopen(url, timeout=120) as answer:
            every: list[dict[str, Any]] = json.load(answer)["decisions"]
        return [one for one in every if one["principal"].endswith(f":user/{USER}")]


@pytest.fixture(scope="module")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    hosts = "none" if NO_HOSTS else "podman"
    with local_cloud("--enforce-iam", hosts=hosts) as running:
        yield _with_user(running.port, tmp_path_factory.mktemp("keys"))


def _iam(port: int, key_id: str = "localcloud", secret: str = "localcloud") -> Any:
    """A client of whoever has that key: of an administrator, unless it is given."""
    return boto3.client(
        "iam",
        endpoint_url=_endpoint(port),
        region_name="us-west-2",
        aws_access_key_id=key_id,
        aws_secret_access_key=secret,
    )


def _endpoint(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _with_user(port: int, keys: Path, user: str = USER, scope: Scope = SCOPE) -> Cloud:
    iam, endpoint, policies = _iam(port), _endpoint(port), documents(scope)
    iam.create_user(UserName=user)
    for name, document in policies.items():
        policy = iam.create_policy(PolicyName=f"{user}-{name}", PolicyDocument=json.dumps(document))
        iam.attach_user_policy(UserName=user, PolicyArn=policy["Policy"]["Arn"])
    key = iam.create_access_key(UserName=user)["AccessKey"]
    env = {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ENDPOINT_URL_S3_CONTROL": endpoint.replace("//", "//local@"),
        "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
        "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
        "AWS_REGION": "us-west-2",
        "AWS_DEFAULT_REGION": "us-west-2",
    }
    return Cloud(port, env, keys, policies)


def test_prod_from_nothing_to_nothing(cloud: Cloud) -> None:
    cloud.play("deploy", "prod", "--check")
    cloud.play("deploy", "prod", "-e", "deploy_with=modules")
    cloud.play("deploy", "prod", "-e", "log_retention_days=60")
    cloud.play("ingest", "prod")
    cloud.play("status", "prod")
    cloud.play("destroy", "prod")


def test_dev_with_a_run(cloud: Cloud) -> None:
    cloud.play("deploy", "dev")
    cloud.play("ingest", "dev")
    if not NO_HOSTS:
        cloud.play("train", "dev", "-e", "training_epochs=2", "-e", "training_seeds=0")
    cloud.play("stop", "dev")
    cloud.play("status", "dev")
    cloud.play("destroy", "dev")
    if NO_HOSTS:
        pytest.skip(f"all but train.yml: {NO_HOSTS}")


def test_a_boundary_comes_on_every_role_and_stays_there(cloud: Cloud, tmp_path: Path) -> None:
    cloud.play("deploy", "dev")
    admin = _iam(cloud.port)
    policy = admin.create_policy(PolicyName="limit", PolicyDocument=json.dumps(boundary(SCOPE)))
    arn = policy["Policy"]["Arn"]
    bounded = _with_user(cloud.port, tmp_path, "bounded", replace(SCOPE, boundary=arn))

    bounded.play("deploy", "dev", "-e", f"permissions_boundary={arn}")

    names = [role["RoleName"] for role in admin.list_roles()["Roles"]]
    ours = [name for name in names if name.startswith(f"{SCOPE.project}-dev-")]
    roles = [admin.get_role(RoleName=name)["Role"] for name in ours]
    assert roles
    assert {role["PermissionsBoundary"]["PermissionsBoundaryArn"] for role in roles} == {arn}
    user = _iam(cloud.port, bounded.env["AWS_ACCESS_KEY_ID"], bounded.env["AWS_SECRET_ACCESS_KEY"])
    trust = json.dumps(roles[0]["AssumeRolePolicyDocument"])
    for refused in (
        lambda: user.delete_role_permissions_boundary(RoleName=ours[0]),
        lambda: user.create_role(RoleName=f"{ours[0]}-2", AssumeRolePolicyDocument=trust),
        lambda: user.create_policy_version(PolicyArn=arn, PolicyDocument=ALL, SetAsDefault=True),
    ):
        with pytest.raises(ClientError, match="AccessDenied"):
            refused()
    bounded.play("destroy", "dev", "-e", f"permissions_boundary={arn}")


def test_no_playbook_is_forgotten(cloud: Cloud) -> None:
    there = {file.stem for file in (ROOT / "playbooks").glob("*.yml")}
    assert there - cloud.played == {*NOT_HERE, *(["train"] if NO_HOSTS else [])}
    for action in NOT_HERE.values():
        assert decide(Need(action), list(cloud.policies.values())).allowed


def test_nothing_was_refused_and_another_simulator_agrees(cloud: Cloud) -> None:
    decisions = cloud.decisions()
    assert len({one["action"] for one in decisions}) > 100
    assert [one for one in decisions if not one["allowed"]] == []
    if "POSTURE_NODE" in os.environ:  # `make audit` says where it is
        assert simulated(cloud, decisions) == []


def simulated(cloud: Cloud, decisions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The decisions that the other simulator takes otherwise."""
    identity = [{"name": name, "policy": one} for name, one in cloud.policies.items()]
    simulations = [
        {
            "request": {
                "principal": one["principal"],
                "action": one["action"],
                "resource": {"resource": one["resource"], "accountId": ACCOUNT},
                "contextVariables": one["context"],
            },
            "identityPolicies": identity,
            "serviceControlPolicies": [],
            "resourceControlPolicies": [],
            "resourcePolicy": _key_policy(one["resource"]),
        }
        for one in decisions
    ]
    done = subprocess.run(
        [os.environ["POSTURE_NODE"], str(ROOT / "tests/audit/simulate.mjs")],
        input=json.dumps(simulations),
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    assert done.returncode == 0, done.stderr
    answers = json.loads(done.stdout)
    return [one for one, yes in zip(decisions, answers, strict=True) if yes != one["allowed"]]


def _key_policy(arn: str) -> dict[str, Any] | None:
    """As ours: IAM decides about a key. Without it the account's own policies count for nothing."""
    if ":kms:" not in arn:
        return None
    root = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    statement = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}
