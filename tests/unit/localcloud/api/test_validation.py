"""Requests against the models of their services."""

from typing import Any

import pytest
from botocore.session import Session

from localcloud.api.validation import violations


def broken(service: str, operation: str, **parameters: Any) -> list[str]:
    shape = Session().get_service_model(service).operation_model(operation).input_shape
    return [str(violation) for violation in violations(shape, parameters)]


ROLE = {"RoleName": "role", "AssumeRolePolicyDocument": "{}"}
BREAKS = [
    ("iam", "CreateRole", {"RoleName": "role"}, "'assumeRolePolicyDocument'", "not be null"),
    ("iam", "CreateRole", {**ROLE, "RoleName": "a b"}, "'roleName'", r"pattern: [\w+=,.@-]+"),
    ("iam", "CreateRole", {**ROLE, "RoleName": "é"}, "'roleName'", "pattern"),
    ("iam", "CreateRole", {**ROLE, "RoleName": "x" * 65}, "'roleName'", "length less than"),
    (
        "iam",
        "CreateRole",
        {**ROLE, "MaxSessionDuration": 5},
        "'maxSession",
        "greater than or equal",
    ),
    (
        "iam",
        "CreateRole",
        {**ROLE, "Tags": [{"Key": "a", "Value": "b"}, {"Key": "a?", "Value": ""}]},
        "'tags.2.member.key'",
        "pattern",
    ),
    ("kms", "CreateKey", {"KeyUsage": "any"}, "'keyUsage'", "enum value set: [SIGN_VERIFY, "),
    (
        "logs",
        "CreateLogGroup",
        {"logGroupName": "g", "tags": {"": "b"}},
        "'tags.key'",
        "greater than or equal to 1",
    ),
    (
        "budgets",
        "DescribeBudget",
        {"AccountId": "123456789012", "BudgetName": "a/action/b"},
        "'budgetName'",
        "pattern",
    ),
]


@pytest.mark.parametrize(("service", "operation", "parameters", "path", "rule"), BREAKS)
def test_a_value_outside_the_model_is_named_with_its_constraint(
    service: str, operation: str, parameters: dict[str, Any], path: str, rule: str
) -> None:
    [sentence] = broken(service, operation, **parameters)[:1]

    assert f"at {path}" in sentence
    assert rule in sentence
    assert "failed to satisfy constraint: Member must " in sentence


FITS = [
    ("iam", "CreateRole", {**ROLE, "Tags": [{"Key": "Größe 1", "Value": "x:y/z"}]}),
    ("kms", "CreateKey", {"Description": ""}),
    ("logs", "CreateLogGroup", {"logGroupName": "/aws/a.b-c_d#1"}),
    # Clients and the service fill in a token of their own.
    ("ec2", "CreateFlowLogs", {"ResourceIds": ["vpc-1"], "ResourceType": "VPC"}),
]


@pytest.mark.parametrize(("service", "operation", "parameters"), FITS)
def test_a_value_within_the_model_is_accepted(
    service: str, operation: str, parameters: dict[str, Any]
) -> None:
    assert broken(service, operation, **parameters) == []


def test_a_secret_is_not_repeated() -> None:
    [sentence] = broken("iam", "CreateLoginProfile", UserName="u", Password="pass\x00word")

    assert "pass" not in sentence.replace("password", "")


def test_every_pattern_of_our_services_can_be_checked() -> None:
    from localcloud.api.validation import _compiled

    unread = set()
    for service in ("budgets", "ce", "ec2", "iam", "kms", "logs", "s3", "sns", "sts"):
        model = Session().get_service_model(service)
        for name in model.shape_names:
            pattern = model.shape_for(name).metadata.get("pattern")
            if pattern and _compiled(pattern) is None:
                unread.add(f"{service}.{name}")

    assert unread == set()
