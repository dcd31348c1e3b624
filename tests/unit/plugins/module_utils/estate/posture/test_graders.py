"""What others' tools say of our policies and files: nothing.

parliament, cloudsplaining and detect-secrets live in `.venv-audit/policy`, apart from what the
project runs with: `tools/audit.sh install policy` makes it, and does nothing when it is there.
"""

import json
import subprocess
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.deployer import Scope, documents
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import Facts

from .conftest import ROOT, Estate

PYTHON = ROOT / ".venv-audit/policy/bin/python"


@pytest.fixture(scope="session", autouse=True)
def graders() -> None:
    subprocess.run([ROOT / "tools/audit.sh", "install", "policy"], check=True, timeout=1800)


def findings(policies: list[dict[str, Any]]) -> list[str]:
    done = subprocess.run(
        [PYTHON, ROOT / "tests/audit/grade_policies.py"],
        input=json.dumps(policies),
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    assert done.returncode == 0, done.stderr
    said: list[str] = json.loads(done.stdout)
    return said


def test_parliament_and_cloudsplaining_find_nothing(dev: Estate, prod: Estate) -> None:
    policies = {
        json.dumps([policy.shape, policy.document]): {
            "name": f"{policy.address} {policy.name}",
            "shape": policy.shape,
            "document": policy.document,
        }
        for estate in (dev, prod)
        for policy in estate.policies
    }
    assert len(policies) > 15
    assert findings(list(policies.values())) == []


def test_they_find_nothing_in_what_the_deployer_may(facts: Facts) -> None:
    policies = [
        {"name": f"deployer/{name}", "shape": "identity", "document": document}
        for name, document in documents(Scope(("dev", "prod"), account_id=facts.account_id)).items()
    ]
    assert findings(policies) == []


@pytest.mark.parametrize(
    ("statement", "wanted"),
    [
        ({"Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b"]}, "RESOURCE_MISMATCH"),
        ({"Action": ["s3:GetObjekt"], "Resource": ["*"]}, "UNKNOWN_ACTION"),
        ({"Action": ["s3:DeleteObject"], "Resource": ["*"]}, "write_actions_without_constraints"),
        ({"Action": ["iam:PassRole", "ec2:RunInstances"], "Resource": ["*"]}, "escalation"),
    ],
)
def test_the_graders_do_find(statement: dict[str, Any], wanted: str) -> None:
    """Else the test above could not fail."""
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]}
    said = findings([{"name": "bad", "shape": "identity", "document": document}])
    assert any(wanted in finding for finding in said)


def test_detect_secrets_finds_nothing() -> None:
    said = subprocess.run(
        [PYTHON, ROOT / "tests/audit/grade_secrets.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=1800,
    )
    assert (said.returncode, said.stdout) == (0, ""), said.stdout + said.stderr
