"""Every policy document of an environment, with addresses replaced by AWS ids."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds import resources

from localcloud.iam.decision import Need, decide

ROOT = Path(__file__).parents[6]
ACCOUNT = "123456789012"
KEYS = {
    "kms_key/main": f"arn:aws:kms:us-west-2:{ACCOUNT}:key/11111111-1111-1111-1111-111111111111",
    "kms_key/replica": f"arn:aws:kms:us-east-2:{ACCOUNT}:key/22222222-2222-2222-2222-222222222222",
}
#: The shape of a document, by its property; "policy" is a resource policy.
SHAPES = {"trust": "trust", "policy": "resource", "document": "identity"}


@dataclass(frozen=True)
class Policy:
    """One policy document and the resource it is attached to."""

    address: str
    name: str
    #: identity, trust or resource
    shape: str
    document: dict[str, Any]


@dataclass(frozen=True)
class Estate:
    """The documents of one environment."""

    inputs: Inputs
    facts: Facts
    policies: list[Policy] = field(default_factory=list)

    def of(self, address: str, shape: str) -> list[dict[str, Any]]:
        """The documents of one resource."""
        return [p.document for p in self.policies if (p.address, p.shape) == (address, shape)]

    def bucket(self, key: str) -> str:
        """A bucket's ARN."""
        return f"arn:aws:s3:::{self.inputs.bucket_name(key)}"

    def resource_policy(self, arn: str) -> dict[str, Any] | None:
        """The policy of the bucket or key that an ARN belongs to."""
        for policy in self.policies:
            if policy.shape == "resource" and policy.name == arn.partition("/")[0]:
                return policy.document
        return next((d for a, k in KEYS.items() if k == arn for d in self.of(a, "resource")), None)


def gather(inputs: Inputs, facts: Facts) -> Estate:
    """All documents in the desired resources."""
    wanted = resources(inputs, facts)
    found = [policy for resource in wanted for policy in _of_resource(resource)]
    return Estate(inputs, facts, found)


def _of_resource(resource: Resource) -> Iterator[Policy]:
    name = f"arn:aws:s3:::{resource.name}" if resource.kind == "bucket" else resource.name
    for key, value in resource.properties.items():
        documents = value.items() if key == "inline_policies" else [(key, value)]
        shape = "identity" if key == "inline_policies" else SHAPES.get(key, "")
        for inner, body in documents:
            if isinstance(body, Mapping) and "Statement" in body:
                assert shape, f"{resource.address} has a policy in {key}: which kind is it?"
                title = name if key == "policy" else f"{name} {inner}"
                yield Policy(resource.address, title, shape, _resolved(body))


def _resolved(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _resolved(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_resolved(one) for one in value]
    return KEYS.get(value, value) if isinstance(value, str) else value


@pytest.fixture
def dev(inputs: Inputs, facts: Facts) -> Estate:
    return gather(inputs, facts)


@pytest.fixture
def prod(prod_inputs: Inputs, facts: Facts) -> Estate:
    """prod with every option on."""
    return gather(prod_inputs, facts)


@dataclass(frozen=True)
class Case:
    """One request by one role."""

    action: str
    resource: str = "*"
    context: Mapping[str, str] = field(default_factory=dict)


Judge = Callable[[Estate, str, list[Case]], list[bool]]


def _surroundings(case: Case, role: str) -> dict[str, str]:
    return {
        "aws:PrincipalAccount": ACCOUNT,
        "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/{role}",
        "aws:SecureTransport": "true",
        **case.context,
    }


def _ours(estate: Estate, address: str, cases: list[Case]) -> list[bool]:
    """The evaluation that `localcloud up --enforce-iam` uses."""
    identity = estate.of(address, "identity")
    return [
        decide(
            Need(case.action, case.resource, _surroundings(case, "r")),
            identity,
            resource_policy=estate.resource_policy(case.resource),
        ).allowed
        for case in cases
    ]


def _theirs(estate: Estate, address: str, cases: list[Case]) -> list[bool]:
    """iam-simulate, a third-party simulator."""
    identity = [{"name": "p", "policy": one} for one in estate.of(address, "identity")]
    simulations = [
        {
            "request": {
                "principal": f"arn:aws:iam::{ACCOUNT}:role/r",
                "action": case.action,
                "resource": {"resource": case.resource, "accountId": _owner(case.resource)},
                "contextVariables": _surroundings(case, "r"),
            },
            "identityPolicies": identity,
            "serviceControlPolicies": [],
            "resourceControlPolicies": [],
            "resourcePolicy": estate.resource_policy(case.resource),
        }
        for case in cases
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
    answers: list[bool] = json.loads(done.stdout)
    return answers


def _owner(arn: str) -> str:
    parts = arn.split(":")
    return parts[4] if len(parts) > 4 and parts[4].isdigit() else ACCOUNT


#: `make audit` also uses the other simulator, and sets the path of its node binary.
JUDGES = {"ours": _ours} | ({"iam-simulate": _theirs} if "POSTURE_NODE" in os.environ else {})


@pytest.fixture(params=JUDGES)
def judge(request: pytest.FixtureRequest) -> Judge:
    return JUDGES[request.param]
