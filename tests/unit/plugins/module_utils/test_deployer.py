"""The deployer's policy allows what the code asks of AWS, and nothing else."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.deployer import (
    BY_MODULES,
    PASSED,
    Scope,
    boundary,
    documents,
    too_long,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Kind,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import parse
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds import KINDS
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.identity import role
from botocore import xform_name
from botocore.session import Session

from localcloud.api.calls import Call
from localcloud.iam.decision import Need, decide
from localcloud.iam.needs import needs

from .estate.conftest import PROD, RAW

ROOT = Path(__file__).resolve().parents[4]
ACCOUNT = "123456789012"
BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/boundary"
ENVIRONMENTS = ("dev", "prod")
SCOPE = Scope(ENVIRONMENTS, account_id=ACCOUNT, hardening=True, boundary=BOUNDARY)

SERVICES = (
    "budgets",
    "ce",
    "cloudtrail",
    "cloudwatch",
    "ec2",
    "iam",
    "kms",
    "logs",
    "pricing",
    "resourcegroupstaggingapi",
    "s3",
    "s3control",
    "sns",
    "ssm",
    "sts",
)

#: Needed by modules of amazon.aws and community.aws only: `make audit` runs them for real.
OF_MODULES = {
    *(action for actions in BY_MODULES.values() for action in actions),
    *("ec2:RunInstances", "ec2:StartInstances", "ec2:StopInstances"),
}

#: What AWS asks for besides the action that a call is named after.
BESIDES = {
    "iam:CreateServiceLinkedRole": "the account's first spot host",
    "iam:PassRole": "whoever gives a role to a service",
    "kms:Decrypt": "reading an object that our key encrypts",
    "kms:GenerateDataKey": "writing one",
    "s3:BypassGovernanceRetention": "destroy_data with object lock",
    "s3:DeleteObjectVersion": "destroy_data",
    "s3:TagResource": "making a bucket with its tags",
}

#: In the code, and never asked by it: the wanted value is always the empty one.
NEVER = {
    "iam:AttachRolePolicy": "no role of ours has a managed policy",
    "iam:DeleteRolePermissionsBoundary": "only where there is no boundary; see without_boundary",
}


#: Asked by the file of a kind, and granted with no kind in particular.
SHARED = {"ec2:CreateTags", "ec2:DeleteTags"}


class _Anything(dict[str, Any]):
    """Parameters of a call about which nothing is known but its bucket."""

    def __missing__(self, key: str) -> str:
        return "x"


@cache
def operations(service: str) -> dict[str, str]:
    model = Session().get_service_model(service)
    return {xform_name(name): name for name in model.operation_names}


def signed_as(service: str) -> str:
    names = {"cloudwatch": "monitoring", "resourcegroupstaggingapi": "tagging", "s3control": "s3"}
    return names.get(service, service)


def asked_in(path: Path) -> list[set[str]]:
    """Of everything in a file that reads like a call of AWS the actions that it may be.

    One where the file names the service; several where it is handed a client.
    """
    nodes = list(ast.walk(ast.parse(path.read_text())))
    texts = {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    words = texts | {n.attr for n in nodes if isinstance(n, ast.Attribute)}
    named = [service for service in SERVICES if service in texts]
    if named:
        return [
            actions_of(service, operations(service)[word])
            for service in named
            for word in words & set(operations(service))
        ]
    return [
        {
            action
            for service in SERVICES
            if word in operations(service)
            for action in actions_of(service, operations(service)[word])
        }
        for word in words
        if any(word in operations(service) for service in SERVICES)
    ]


def actions_of(service: str, operation: str) -> set[str]:
    parameters = _Anything({"Bucket": "b"} if service == "s3" else {})
    call = Call("", "us-west-2", signed_as(service), operation, parameters)
    return {need.action for need in needs(call, ACCOUNT, lambda arn: {})}


@cache
def asked() -> list[set[str]]:
    return [
        choice for path in sorted((ROOT / "plugins").rglob("*.py")) for choice in asked_in(path)
    ]


def statements(scope: Scope = SCOPE, effect: str = "Allow") -> list[dict[str, Any]]:
    return [
        statement
        for document in documents(scope).values()
        for statement in document["Statement"]
        if statement["Effect"] == effect
    ]


def allowed(scope: Scope = SCOPE) -> set[str]:
    return {action for statement in statements(scope) for action in statement["Action"]}


def test_everything_that_the_code_asks_is_allowed() -> None:
    enough = allowed() | set(NEVER)

    assert [sorted(choice) for choice in asked() if not choice & enough] == []


def files_of(kind: Kind) -> list[Path]:
    """The file of a kind, or all those of its package."""
    place = ROOT / "plugins" / kind.read.__module__.split(".plugins.", 1)[1].replace(".", "/")
    return sorted(place.parent.glob("*.py")) if place.name == "read" else [place.with_suffix(".py")]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_kind_asks_for_the_rights_that_its_code_needs(kind: Kind) -> None:
    own = {
        action
        for right in kind.permissions
        for statement in (*statements(), *statements(replace(SCOPE, boundary="")))
        if statement["Sid"] == right.statement
        for action in statement["Action"]
        if action.split(":")[1] in right.actions.split()
    }
    # A file may name another service too, as a policy does that lets one in.
    services = {action.split(":")[0] for action in own}
    asked = [
        choice
        for path in files_of(kind)
        for choice in asked_in(path)
        if services & {action.split(":")[0] for action in choice}
    ]

    assert own
    assert [sorted(choice) for choice in asked if not choice & (own | SHARED | set(NEVER))] == []


def test_the_rights_of_a_kind_are_in_a_statement_that_exists() -> None:
    sids = {
        statement["Sid"]
        for scope in (SCOPE, replace(SCOPE, boundary=""))
        for statement in statements(scope)
    }
    named = {right.statement for kind in KINDS for right in kind.permissions}

    assert named - sids == set()


def test_nothing_is_allowed_that_nobody_asks() -> None:
    perhaps = {action for choice in asked() for action in choice}

    assert sorted(allowed() - perhaps - OF_MODULES - set(BESIDES)) == []


def test_the_lists_of_exceptions_are_needed() -> None:
    perhaps = {action for choice in asked() for action in choice}

    assert set(BESIDES) | OF_MODULES <= allowed()
    assert OF_MODULES & perhaps == set()
    assert set(NEVER) <= perhaps - allowed()


@pytest.mark.parametrize(
    "scope",
    [
        Scope(ENVIRONMENTS),
        Scope(
            ENVIRONMENTS,
            account_id=ACCOUNT,
            project="p" * 30,
            bucket_prefix="b" * 40,
            regions=("ap-southeast-2", "ap-northeast-1"),
            boundary=f"arn:aws:iam::{ACCOUNT}:policy/{'b' * 128}",
            hardening=True,
        ),
    ],
)
def test_each_policy_fits_into_one_managed_policy(scope: Scope) -> None:
    for document in documents(scope).values():
        assert not too_long(document)
        sids = [statement["Sid"] for statement in document["Statement"]]
        assert len(set(sids)) == len(sids)
        assert all(sid.isalnum() for sid in sids)


def test_the_committed_file_is_current() -> None:
    made = subprocess.run(
        [sys.executable, ROOT / "tools" / "deployer_policy.py"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert (ROOT / "docs" / "deployer-policy.json").read_text() == made.stdout, "make policy"


def test_the_tool_writes_a_file_per_policy(tmp_path: Path) -> None:
    subprocess.run(
        [
            sys.executable,
            ROOT / "tools" / "deployer_policy.py",
            *("--account", ACCOUNT, "--project", "heart", "--env", "dev", "--region", "eu-west-1"),
            *("--boundary", BOUNDARY, "--hardening", "--directory", tmp_path),
        ],
        check=True,
        capture_output=True,
    )

    scope = Scope(
        account_id=ACCOUNT,
        project="heart",
        environments=("dev",),
        regions=("eu-west-1",),
        boundary=BOUNDARY,
        hardening=True,
    )
    written = {path.name: json.loads(path.read_text()) for path in tmp_path.iterdir()}
    assert written.pop("heart-boundary.json") == boundary(scope)
    assert written == {
        f"heart-deployer-{name}.json": document for name, document in documents(scope).items()
    }


def test_the_tool_refuses_more_environments_than_iam_takes_in_a_policy() -> None:
    many = [word for n in range(30) for word in ("--env", f"environment-{n}")]
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "deployer_policy.py", *many],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == (
        "IAM takes 6144 characters in a policy, and these are longer: network, storage, identity, "
        "monitoring. Write policies for fewer environments: name them with --env.\n"
    )


#: Named as a policy of the deployer's own environments.
OWN_NAME = f"arn:aws:iam::{ACCOUNT}:policy/cardiology-optimizer-prod-boundary"


@pytest.mark.parametrize(
    "action",
    ["CreatePolicy", "CreatePolicyVersion", "DeletePolicy", "DeletePolicyVersion"],
)
def test_a_boundary_with_a_name_of_ours_cannot_be_rewritten_by_whoever_deploys(
    action: str,
) -> None:
    scope = Scope(ENVIRONMENTS, account_id=ACCOUNT, boundary=OWN_NAME)

    assert not says(Need(f"iam:{action}", OWN_NAME), scope)
    assert says(Need(f"iam:{action}", OWN_NAME.replace("boundary", "deny-launch")), scope)


def test_the_boundary_allows_what_every_role_needs_and_no_more_than_that() -> None:
    parsed, errors = parse({**RAW, **PROD, "s3_bucket_prefix": "acme-heart"})
    assert parsed is not None, errors
    facts = Facts(ACCOUNT, "aws", ("us-west-2a", "us-west-2b"))
    scope = Scope(ENVIRONMENTS, account_id=ACCOUNT, bucket_prefix="acme-heart")
    limit = [boundary(scope)]
    roles = [
        *role.desired(parsed, facts),
        *role.desired(replace(parsed, budget_action="stop_instances"), facts),
    ]
    refused = [
        (one.key, action, resource)
        for one in roles
        for policy in one.properties["inline_policies"].values()
        for statement in policy["Statement"]
        for action in statement["Action"]
        for resource in statement["Resource"]
        if not decide(Need(action, real(resource), context_of(statement)), limit).allowed
    ]

    assert refused == []
    for action, resource in (
        ("iam:PutRolePolicy", arn("iam", ROLE, "")),
        ("iam:CreateUser", arn("iam", "user/x", "")),
        ("s3:GetObject", "arn:aws:s3:::somebody-else/x"),
        ("s3:DeleteObject", "arn:aws:s3:::acme-heart-prod-raw-data/x"),
        ("ec2:RunInstances", arn("ec2", "instance/*")),
        ("sts:AssumeRole", arn("iam", "role/admin", "")),
    ):
        assert not decide(Need(action, resource, {}), limit).allowed
    assert not too_long(boundary(scope))


def real(resource: str) -> str:
    """A resource of a policy, a key by an ARN in its place."""
    if resource.startswith("kms_key/"):
        region = "us-east-2" if resource.endswith("replica") else "us-west-2"
        return arn("kms", "key/1", region)
    return resource.replace("*", "x")


def context_of(statement: dict[str, Any]) -> dict[str, Any]:
    """A context that meets the condition of a statement."""
    return {
        key: values if operator.startswith("ForAnyValue") else values[0]
        for operator, wanted in statement.get("Condition", {}).items()
        for key, values in wanted.items()
    }


def test_the_committed_boundary_is_current() -> None:
    made = subprocess.run(
        [sys.executable, ROOT / "tools" / "deployer_policy.py", "--print-boundary"],
        capture_output=True,
        text=True,
        check=True,
    )

    assert (ROOT / "docs" / "boundary-policy.json").read_text() == made.stdout, "make policy"


#: What has no name and no tags by which AWS could limit it; every other statement has resources.
UNLIMITED = {
    "CostTags",
    "HardenPasswords",
    "HardenS3",
    "HardenVolumes",
    "ListAlarms",
    "ListBuckets",
    "ListIdentities",
    "ListKeys",
    "ListPrices",
    "ListTrails",
    "LogGroups",
    "LookAtAccount",
    "LookAtHosts",
    "LookAtMetrics",
    "LookAtNetworks",
    "LookAtPasswords",
    "LookAtS3Account",
    "MakeKeys",
    "Subscriptions",
    "WhatIsLeft",
    "WhoAmI",
}


def test_whatever_can_be_limited_is() -> None:
    unlimited = {s["Sid"] for s in statements() if s["Resource"] == "*"}

    assert unlimited == UNLIMITED


def says(need: Need, scope: Scope = SCOPE) -> bool:
    return decide(need, list(documents(scope).values())).allowed


def arn(service: str, rest: str, region: str = "us-west-2") -> str:
    return f"arn:aws:{service}:{region}:{ACCOUNT}:{rest}"


OURS = {"Project": "cardiology-optimizer", "Environment": "prod"}
THEIRS = {"Project": "other", "Environment": "prod"}


def tags(where: str, values: dict[str, str]) -> dict[str, str]:
    return {f"aws:{where}Tag/{key}": value for key, value in values.items()}


ROLE = "role/cardiology-optimizer-prod-training"
PASS = {"iam:PassedToService": "ec2.amazonaws.com"}
CASES = [
    ("DeleteVpc", arn("ec2", "vpc/vpc-1"), tags("Resource", OURS), True),
    ("DeleteVpc", arn("ec2", "vpc/vpc-1"), tags("Resource", THEIRS), False),
    ("DeleteVpc", arn("ec2", "vpc/vpc-1"), {}, False),
    ("DeleteVpc", arn("ec2", "vpc/vpc-1", "eu-west-1"), tags("Resource", OURS), False),
    ("CreateVpc", arn("ec2", "vpc/*"), tags("Request", OURS), True),
    ("CreateVpc", arn("ec2", "vpc/*"), {}, False),
    ("CreateSubnet", arn("ec2", "vpc/vpc-1"), tags("Resource", OURS), True),
    ("CreateSubnet", arn("ec2", "vpc/vpc-1"), tags("Request", OURS), False),
    ("RunInstances", arn("ec2", "instance/*"), tags("Request", OURS), True),
    ("RunInstances", arn("ec2", "instance/*"), {}, False),
    ("RunInstances", arn("ec2", "subnet/s-1"), tags("Resource", THEIRS), False),
    ("TerminateInstances", arn("ec2", "instance/i-1"), tags("Resource", OURS), True),
    ("TerminateInstances", arn("ec2", "instance/i-1"), {}, False),
    ("CreateTags", arn("ec2", "security-group/sg-1"), tags("Request", OURS), True),
    (
        "CreateTags",
        arn("ec2", "instance/i-1"),
        tags("Resource", THEIRS) | tags("Request", OURS),
        False,
    ),
    (
        "CreateTags",
        arn("ec2", "instance/i-1"),
        tags("Resource", OURS) | tags("Request", THEIRS),
        False,
    ),
]
NAMED = [
    ("iam:PassRole", arn("iam", ROLE, ""), PASS, True),
    ("iam:PassRole", arn("iam", ROLE, ""), {"iam:PassedToService": "lambda.amazonaws.com"}, False),
    ("iam:PassRole", arn("iam", "role/admin", ""), PASS, False),
    ("iam:CreateRole", arn("iam", ROLE, ""), {"iam:PermissionsBoundary": BOUNDARY}, True),
    ("iam:CreateRole", arn("iam", ROLE, ""), {"iam:PermissionsBoundary": BOUNDARY + "x"}, False),
    ("iam:CreateRole", arn("iam", ROLE, ""), {}, False),
    ("iam:DeleteRolePermissionsBoundary", arn("iam", ROLE, ""), {}, False),
    ("iam:PutRolePolicy", arn("iam", ROLE, ""), {"iam:PermissionsBoundary": BOUNDARY}, True),
    # A role from before the boundary was set, which could be given anything.
    ("iam:PutRolePolicy", arn("iam", ROLE, ""), {}, False),
    ("iam:CreatePolicyVersion", BOUNDARY, {}, False),
    ("iam:DeletePolicy", BOUNDARY, {}, False),
    ("iam:PutRolePolicy", arn("iam", "role/admin", ""), {}, False),
    ("iam:AttachRolePolicy", arn("iam", ROLE, ""), {}, False),
    ("iam:CreateUser", arn("iam", "user/x", ""), {}, False),
    (
        "iam:DetachUserPolicy",
        arn("iam", "user/x", ""),
        {"iam:PolicyARN": arn("iam", "policy/cardiology-optimizer-dev-deny-launch", "")},
        True,
    ),
    (
        "iam:DetachUserPolicy",
        arn("iam", "user/x", ""),
        {"iam:PolicyARN": arn("iam", "policy/admin", "")},
        False,
    ),
    ("s3:PutObject", f"arn:aws:s3:::cardiology-optimizer-{ACCOUNT}-dev-logs/locks/x", {}, True),
    ("s3:PutObject", f"arn:aws:s3:::cardiology-optimizer-{ACCOUNT}-test-logs/x", {}, False),
    ("s3:DeleteBucket", "arn:aws:s3:::other", {}, False),
    ("cloudtrail:ListTags", arn("cloudtrail", "trail/of-somebody"), {}, True),
    ("cloudtrail:DeleteTrail", arn("cloudtrail", "trail/of-somebody"), {}, False),
    # A narrower one shows no composite alarms.
    ("cloudwatch:DescribeAlarms", "*", {}, True),
    ("kms:ScheduleKeyDeletion", arn("kms", "key/1"), tags("Resource", OURS), True),
    ("kms:ScheduleKeyDeletion", arn("kms", "key/1"), {}, False),
    ("kms:Decrypt", arn("kms", "key/1"), tags("Resource", OURS), False),
    ("logs:DeleteLogGroup", arn("logs", "log-group:/aws/cardiology-optimizer/dev"), {}, True),
    ("logs:DeleteLogGroup", arn("logs", "log-group:/aws/lambda/x"), {}, False),
    ("cloudtrail:DeleteTrail", arn("cloudtrail", "trail/management"), {}, False),
]


@pytest.mark.parametrize(
    ("action", "resource", "context", "expected"),
    [(f"ec2:{a}", *rest) for a, *rest in CASES] + [tuple(c) for c in NAMED],
)
def test_ours_may_be_changed_and_nothing_else(
    action: str, resource: str, context: dict[str, str], expected: bool
) -> None:
    assert says(Need(action, resource, context)) is expected


def test_without_boundary_a_role_needs_none() -> None:
    scope = Scope(ENVIRONMENTS, account_id=ACCOUNT)

    assert says(Need("iam:CreateRole", arn("iam", ROLE, "")), scope)
    assert says(Need("iam:DeleteRolePermissionsBoundary", arn("iam", ROLE, "")), scope)
    assert statements(scope, "Deny") == []


def test_without_hardening_the_account_is_not_changed() -> None:
    spare = allowed() - allowed(Scope(ENVIRONMENTS, account_id=ACCOUNT, boundary=BOUNDARY))

    assert spare == {
        "ec2:DisableEbsEncryptionByDefault",
        "ec2:EnableEbsEncryptionByDefault",
        "ec2:ModifyEbsDefaultKmsKeyId",
        "iam:UpdateAccountPasswordPolicy",
        "s3:PutAccountPublicAccessBlock",
    }


def test_every_role_goes_to_its_service_only() -> None:
    passes = [s for s in statements() if s["Action"] == ["iam:PassRole"]]

    assert len(passes) == len(PASSED)
    for statement in passes:
        assert not any("*" in resource for resource in statement["Resource"])
        assert list(statement["Condition"]["StringEquals"]) == ["iam:PassedToService"]
