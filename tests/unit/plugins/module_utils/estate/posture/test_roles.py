"""What each role may do, and a dozen things that it may not, down to ARNs and conditions."""

from collections.abc import Callable

import pytest

from localcloud.api.moto_patches.policy_conditions import condition_is_met

from .conftest import ACCOUNT, KEYS, Case, Estate, Judge

OTHER_KEY = f"arn:aws:kms:us-west-2:{ACCOUNT}:key/33333333-3333-3333-3333-333333333333"
MAIN, REPLICA = KEYS["kms_key/main"], KEYS["kms_key/replica"]
HOME, AWAY = "us-west-2", "us-east-2"
HTTP = {"aws:SecureTransport": "false"}
SSE = "s3:x-amz-server-side-encryption"
SSE_KEY = f"{SSE}-aws-kms-key-id"


def via_s3(region: str = HOME) -> dict[str, str]:
    return {"kms:ViaService": f"s3.{region}.amazonaws.com"}


def group(below: str = "", env: str = "prod", account: str = ACCOUNT, region: str = HOME) -> str:
    name = f"/aws/cardiology-optimizer/{env}{below}"
    return f"arn:aws:logs:{region}:{account}:log-group:{name}"


def iam(kind: str, name: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{kind}/{name}"


#: Nobody of ours may do any of these.
NEVER = [
    Case("iam:PassRole", iam("role", "cardiology-optimizer-prod-training")),
    Case("iam:CreateUser", iam("user", "evil")),
    Case("iam:PutRolePolicy", iam("role", "cardiology-optimizer-prod-training")),
    Case("iam:AttachRolePolicy", iam("role", "cardiology-optimizer-prod-training"),
         {"iam:PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}),
    Case("ec2:RunInstances", f"arn:aws:ec2:{HOME}:{ACCOUNT}:instance/*"),
    Case("ec2:TerminateInstances", f"arn:aws:ec2:{HOME}:{ACCOUNT}:instance/i-0123456789abcdef0"),
    Case("sts:AssumeRole", "arn:aws:iam::999999999999:role/elsewhere"),
    Case("kms:ScheduleKeyDeletion", MAIN),
    Case("kms:Decrypt", MAIN),
    Case("kms:Decrypt", OTHER_KEY, via_s3()),
    Case("logs:DeleteLogGroup", group()),
    Case("cloudtrail:StopLogging", f"arn:aws:cloudtrail:{HOME}:{ACCOUNT}:trail/t"),
    Case("s3:GetObject", "arn:aws:s3:::somebody-else/x"),
    Case("s3:ListAllMyBuckets"),
]  # fmt: skip


def training(estate: Estate) -> tuple[list[Case], list[Case]]:
    raw, processed, models, logs = (
        estate.bucket(key) for key in ("raw_data", "processed_data", "model_artifacts", "logs")
    )
    project, env = estate.inputs.project, estate.inputs.environment
    other = "dev" if env == "prod" else "prod"
    allowed = [
        Case("s3:ListBucket", processed),
        Case("s3:ListBucket", models),
        Case("s3:GetObject", f"{processed}/v1/data.parquet"),
        Case("s3:GetObject", f"{models}/m/1/model.pt"),
        Case("s3:PutObject", f"{models}/m/1/model.pt"),
        Case("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": f"{project}/{env}"}),
        Case("logs:CreateLogStream", f"{group(env=env)}:log-stream:r1"),
        Case("logs:PutLogEvents", f"{group(env=env)}:log-stream:r1"),
    ]  # fmt: skip
    if estate.inputs.customer_managed_key:
        allowed += [
            Case("s3:PutObject", f"{models}/m", {SSE: "aws:kms", SSE_KEY: MAIN}),
            Case("kms:Decrypt", MAIN, via_s3()),
            Case("kms:GenerateDataKey", MAIN, via_s3()),
        ]
    forbidden = [
        Case("s3:ListBucket", raw),
        Case("s3:GetObject", f"{raw}/x"),
        Case("s3:GetObject", f"{logs}/cloudtrail/x"),
        Case("s3:GetObject", f"{processed}/x".replace(f"-{env}-", f"-{other}-")),
        Case("s3:GetObject", f"{processed}/x", HTTP),
        Case("s3:PutObject", f"{models}/m", HTTP),
        Case("s3:PutObject", f"{processed}/x"),
        Case("s3:DeleteObject", f"{models}/m"),
        Case("s3:DeleteObjectVersion", f"{models}/m"),
        Case("s3:PutBucketPolicy", models),
        Case("s3:PutLifecycleConfiguration", models),
        Case("s3:BypassGovernanceRetention", f"{models}/m"),
        Case("cloudwatch:PutMetricData", "*", {"cloudwatch:namespace": "AWS/EC2"}),
        Case("cloudwatch:PutMetricData", "*"),
        Case("logs:PutLogEvents", f"{group(env=other)}:log-stream:r1"),
        Case("logs:PutLogEvents", f"{group('/flow-logs', env)}:log-stream:r1"),
        Case("logs:PutLogEvents", f"{group(env=env, account='999999999999')}:log-stream:r1"),
        Case("kms:Decrypt", MAIN, via_s3("eu-west-1")),
        Case("kms:GenerateDataKey", REPLICA, via_s3()),
    ]
    if estate.inputs.customer_managed_key:
        forbidden += [
            Case("s3:PutObject", f"{models}/m", {SSE: "AES256"}),
            Case("s3:PutObject", f"{models}/m", {SSE: "aws:kms", SSE_KEY: OTHER_KEY}),
        ]
    return allowed, forbidden


def replication(estate: Estate) -> tuple[list[Case], list[Case]]:
    raw, models, logs = (estate.bucket(key) for key in ("raw_data", "model_artifacts", "logs"))
    allowed = [
        Case("s3:GetReplicationConfiguration", raw),
        Case("s3:ListBucket", raw),
        Case("s3:GetObjectVersionForReplication", f"{raw}/x"),
        Case("s3:GetObjectVersionTagging", f"{raw}/x"),
        Case("s3:ReplicateObject", f"{raw}-replica/x"),
        Case("s3:ReplicateDelete", f"{models}-replica/x"),
        Case("s3:ReplicateTags", f"{models}-replica/x"),
        Case("s3:GetObjectRetention", f"{models}/x"),
        Case("kms:Decrypt", MAIN, via_s3()),
        Case("kms:Encrypt", REPLICA, via_s3(AWAY)),
        Case("kms:GenerateDataKey", REPLICA, via_s3(AWAY)),
    ]
    forbidden = [
        Case("s3:GetObject", f"{raw}/x"),
        Case("s3:PutObject", f"{raw}-replica/x"),
        Case("s3:DeleteObject", f"{raw}-replica/x"),
        Case("s3:DeleteObjectVersion", f"{raw}/x"),
        Case("s3:ReplicateObject", f"{raw}/x"),
        Case("s3:ReplicateObject", f"{raw}-replica/x", HTTP),
        Case("s3:ReplicateObject", "arn:aws:s3:::somebody-else/x"),
        Case("s3:GetObjectVersionForReplication", f"{logs}/x"),
        Case("s3:GetObjectVersionForReplication", f"{raw}/x".replace("-prod-", "-dev-")),
        Case("s3:PutReplicationConfiguration", raw),
        Case("kms:Encrypt", MAIN, via_s3()),
        Case("kms:Decrypt", REPLICA, via_s3(AWAY)),
        Case("kms:Encrypt", REPLICA, via_s3()),
    ]
    return allowed, forbidden


def flow_logs(_estate: Estate) -> tuple[list[Case], list[Case]]:
    ours = group("/flow-logs")
    allowed = [
        Case("logs:CreateLogStream", f"{ours}:log-stream:eni-1"),
        Case("logs:PutLogEvents", f"{ours}:log-stream:eni-1"),
        Case("logs:DescribeLogStreams", ours),
        Case("logs:DescribeLogGroups"),
    ]
    return allowed, _other_groups(ours)


def cloudtrail(_estate: Estate) -> tuple[list[Case], list[Case]]:
    ours = f"{group('/cloudtrail')}:log-stream:{ACCOUNT}_CloudTrail_{HOME}"
    allowed = [Case("logs:CreateLogStream", ours), Case("logs:PutLogEvents", ours)]
    foreign = ours.replace(f"{ACCOUNT}_C", "999999999999_C")
    return allowed, [*_other_groups(group("/cloudtrail")), Case("logs:PutLogEvents", foreign)]


def _other_groups(ours: str) -> list[Case]:
    stream = f"{ours}:log-stream:s"
    return [
        Case("logs:PutLogEvents", f"{group()}:log-stream:s"),
        Case("logs:PutLogEvents", stream.replace("/prod", "/dev")),
        Case("logs:PutLogEvents", stream.replace(ACCOUNT, "999999999999")),
        Case("logs:PutLogEvents", stream.replace(HOME, "eu-west-1")),
        Case("logs:CreateLogGroup", ours),
        Case("logs:DeleteLogStream", stream),
        Case("logs:GetLogEvents", stream),
        Case("logs:PutRetentionPolicy", ours),
    ]


def budget_action(_estate: Estate) -> tuple[list[Case], list[Case]]:
    role = iam("role", "deployer")
    deny = {"iam:PolicyARN": iam("policy", "cardiology-optimizer-prod-deny-launch")}
    allowed = [Case("iam:AttachRolePolicy", role, deny), Case("iam:DetachRolePolicy", role, deny)]
    other = iam("role", "cardiology-optimizer-dev-training")
    forbidden = [
        Case("iam:AttachRolePolicy", role),
        Case("iam:AttachRolePolicy", other, deny),
        Case("iam:DetachRolePolicy", role, {"iam:PolicyARN": iam("policy", "boundary")}),
        Case("iam:AttachUserPolicy", iam("user", "evil"), deny),
        Case("iam:DeleteRole", role),
        Case("iam:DeletePolicy", deny["iam:PolicyARN"]),
        Case("iam:CreatePolicyVersion", deny["iam:PolicyARN"]),
    ]
    return allowed, forbidden


Table = Callable[[Estate], tuple[list[Case], list[Case]]]
ROLES: dict[str, Table] = {
    "training": training,
    "replication": replication,
    "flow_logs": flow_logs,
    "cloudtrail": cloudtrail,
    "budget_action": budget_action,
}


def check(estate: Estate, role: str, judge: Judge) -> None:
    allowed, forbidden = ROLES[role](estate)
    forbidden = [*forbidden, *NEVER]
    assert len(forbidden) >= 12
    answers = judge(estate, f"role/{role}", allowed + forbidden)
    said_no = [case for case, yes in zip(allowed, answers, strict=False) if not yes]
    said_yes = [case for case, yes in zip(forbidden, answers[len(allowed) :], strict=True) if yes]
    assert said_no == []
    assert said_yes == []


@pytest.mark.parametrize("role", ROLES)
def test_roles_in_prod(prod: Estate, judge: Judge, role: str) -> None:
    check(prod, role, judge)


def test_the_training_role_in_dev(dev: Estate, judge: Judge) -> None:
    check(dev, "training", judge)


def test_every_role_is_in_the_table(dev: Estate, prod: Estate) -> None:
    for estate in (dev, prod):
        roles = {p.address for p in estate.policies if p.address.startswith("role/")}
        assert roles <= {f"role/{name}" for name in ROLES}
    assert len(roles) == len(ROLES)


@pytest.mark.parametrize("role", ["flow_logs", "budget_action"])
def test_services_take_a_role_for_our_account_only(prod: Estate, role: str) -> None:
    (trust,) = prod.of(f"role/{role}", "trust")
    (statement,) = trust["Statement"]
    condition = statement["Condition"]
    source = condition["ArnLike"]["aws:SourceArn"]
    ours = {"aws:SourceAccount": ACCOUNT, "aws:SourceArn": source[0].replace("*", "x")}
    assert condition_is_met(condition, ours)
    assert not condition_is_met(condition, {**ours, "aws:SourceAccount": "999999999999"})
    assert not condition_is_met(condition, {**ours, "aws:SourceArn": "arn:aws:s3:::other"})
    assert not condition_is_met(condition, {})
    assert list(statement["Principal"]) == ["Service"]


def test_hosts_take_the_training_role_and_nobody_else(prod: Estate) -> None:
    (trust,) = prod.of("role/training", "trust")
    (statement,) = trust["Statement"]
    assert statement["Principal"] == {"Service": ["ec2.amazonaws.com"]}
    assert statement["Action"] == ["sts:AssumeRole"]
