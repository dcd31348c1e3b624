"""The evaluation of policies, as the IAM User Guide has it."""

import pytest

from localcloud.iam.decision import Need, decide

GET = Need("s3:GetObject", "arn:aws:s3:::ours/a", {"aws:SecureTransport": "true"})


def policy(effect="Allow", action="s3:GetObject", resource="arn:aws:s3:::ours/*", **more):
    statement = {"Effect": effect, "Action": action, "Resource": resource, **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


@pytest.mark.parametrize(
    ("document", "allowed"),
    [
        (policy(), True),
        (policy(action="S3:get*"), True),
        (policy(action=["s3:PutObject", "*"]), True),
        (policy(action="s3:PutObject"), False),
        (policy(resource="*"), True),
        (policy(resource="arn:aws:s3:::ours"), False),
        (policy(resource="arn:aws:s3:::OURS/*"), False),
        (policy(resource="arn:aws:s3:::our?/*"), True),
        (policy(Condition={"Bool": {"aws:SecureTransport": "true"}}), True),
        (policy(Condition={"Bool": {"aws:SecureTransport": "false"}}), False),
        (policy(Condition={"StringEquals": {"aws:SourceVpc": "vpc-1"}}), False),
        (policy(Condition={"StringEqualsIfExists": {"aws:SourceVpc": "vpc-1"}}), True),
        ({"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}}, True),
        ({"Statement": {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}}, False),
        ({"Statement": {"Effect": "Allow", "Action": "*", "NotResource": "*"}}, False),
        (policy("Deny"), False),
    ],
)
def test_one_identity_policy(document, allowed):
    assert decide(GET, [document]).allowed is allowed


def test_nothing_is_allowed_by_nobody():
    decision = decide(GET, [])
    assert not decision.allowed
    assert decision.reason == "because no identity-based policy allows it"


def test_a_deny_wins_over_every_allow():
    refusals = [
        decide(GET, [policy(), policy("Deny", action="*", resource="*")]),
        decide(GET, [policy()], boundary=[policy("Deny")]),
        decide(GET, [policy()], resource_policy=policy("Deny", Principal={"AWS": "*"})),
    ]
    assert [refusal.allowed for refusal in refusals] == [False] * 3
    assert "explicit deny in a resource-based policy" in refusals[2].reason


@pytest.mark.parametrize(("boundary", "allowed"), [([policy()], True), ([], False), (None, True)])
def test_a_boundary_must_allow_too(boundary, allowed):
    assert decide(GET, [policy()], boundary=boundary).allowed is allowed


def test_a_deny_whose_condition_is_not_met_does_not_apply():
    plain_http = policy("Deny", Principal="*", Condition={"Bool": {"aws:SecureTransport": "false"}})
    assert decide(GET, [policy()], resource_policy=plain_http).allowed


@pytest.mark.parametrize(
    ("keys", "quantifier", "allowed"),
    [
        (["Project", "Owner"], "ForAllValues", True),
        (["Project", "Foreign"], "ForAllValues", False),
        (["Project", "Foreign"], "ForAnyValue", True),
        (["Foreign"], "ForAnyValue", False),
        ([], "ForAllValues", True),
        ([], "ForAnyValue", False),
    ],
)
def test_keys_with_many_values(keys, quantifier, allowed):
    condition = {f"{quantifier}:StringEquals": {"aws:TagKeys": ["Project", "Owner"]}}
    need = Need("ec2:CreateTags", "arn:x", {"aws:TagKeys": keys} if keys else {})
    document = policy(action="ec2:CreateTags", resource="*", Condition=condition)
    assert decide(need, [document]).allowed is allowed


def test_policy_variables_are_filled_in():
    need = Need("s3:GetObject", "arn:aws:s3:::ours/ann/x", {"aws:username": "ann"})
    assert decide(need, [policy(resource="arn:aws:s3:::ours/${aws:username}/*")]).allowed
    assert not decide(need, [policy(resource="arn:aws:s3:::ours/${aws:userid}/*")]).allowed
