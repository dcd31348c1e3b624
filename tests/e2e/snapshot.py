"""All that exists in an account and that this project could have touched, as plain data."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

EC2 = (
    ("describe_vpcs", "Vpcs"),
    ("describe_subnets", "Subnets"),
    ("describe_internet_gateways", "InternetGateways"),
    ("describe_route_tables", "RouteTables"),
    ("describe_security_groups", "SecurityGroups"),
    ("describe_key_pairs", "KeyPairs"),
    ("describe_launch_templates", "LaunchTemplates"),
    ("describe_instances", "Reservations"),
    ("describe_volumes", "Volumes"),
)
BUCKET = (
    "get_bucket_versioning",
    "get_bucket_encryption",
    "get_bucket_policy",
    "get_public_access_block",
    "get_bucket_ownership_controls",
    "get_bucket_lifecycle_configuration",
    "get_bucket_tagging",
    "list_object_versions",
)


def snapshot(cloud: Any) -> dict[str, Any]:
    """Everything that exists, by service and call."""
    ec2, iam, s3 = cloud.client("ec2"), cloud.client("iam"), cloud.client("s3")
    result: dict[str, Any] = {call: getattr(ec2, call)()[field] for call, field in EC2}
    for role in iam.list_roles()["Roles"]:
        name = role["RoleName"]
        result[f"role {name}"] = (
            _answer(iam.get_role, RoleName=name),
            _answer(iam.list_role_policies, RoleName=name),
            _answer(iam.list_attached_role_policies, RoleName=name),
        )
    result["profiles"] = iam.list_instance_profiles()["InstanceProfiles"]
    for bucket in s3.list_buckets()["Buckets"]:
        name = bucket["Name"]
        result[f"bucket {name}"] = [_answer(getattr(s3, call), Bucket=name) for call in BUCKET]
    result["log groups"] = cloud.client("logs").describe_log_groups()["logGroups"]
    result["budgets"] = cloud.client("budgets").describe_budgets(AccountId=cloud.account_id)[
        "Budgets"
    ]
    return result


def _answer(call: Any, **arguments: str) -> Any:
    try:
        answer = call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    answer.pop("ResponseMetadata")
    return answer
