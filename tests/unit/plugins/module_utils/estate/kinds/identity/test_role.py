"""The roles on moto: made, mended, removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.change import (
    differing,
    mend,
    resolved,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Found,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.identity import role

Build = Callable[..., Found]

KEYS = {
    "kms_key/main": "arn:aws:kms:us-west-2:123456789012:key/1",
    "kms_key/replica": "arn:aws:kms:us-east-2:123456789012:key/2",
}
FOREIGN = "arn:aws:iam::123456789012:policy/foreign"
EVERYTHING = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


@pytest.fixture
def wanted(prod_inputs: Inputs, facts: Facts) -> dict[str, Resource]:
    return {r.key: resolved(r, KEYS) for r in role.desired(prod_inputs, facts)}


def only(cloud: Cloud) -> Found:
    [found] = role.read(cloud)
    return found


@pytest.mark.parametrize("key", role.KEYS)
def test_each_role_is_made_as_wanted(
    prod_cloud: Cloud, build: Build, wanted: dict[str, Resource], key: str
) -> None:
    found = build(prod_cloud, role.KIND, wanted[key])

    assert differing(found, wanted[key]) == set()
    assert found.id == found.name


def test_dev_has_the_role_of_hosts_only(inputs: Inputs, facts: Facts) -> None:
    assert [r.key for r in role.desired(inputs, facts)] == ["training"]


@pytest.mark.parametrize(
    ("key", "service", "source"),
    [
        ("flow_logs", "vpc-flow-logs", "arn:aws:ec2:us-west-2:123456789012:vpc-flow-log/"),
        ("budget_action", "budgets", "arn:aws:budgets::123456789012:budget/"),
    ],
)
def test_a_service_takes_its_role_for_us_only(
    wanted: dict[str, Resource], key: str, service: str, source: str
) -> None:
    [statement] = wanted[key].properties["trust"]["Statement"]

    assert statement["Principal"] == {"Service": [f"{service}.amazonaws.com"]}
    condition = statement["Condition"]
    assert condition["StringEquals"] == {"aws:SourceAccount": ["123456789012"]}
    assert all(arn.startswith(source) for arn in condition["ArnLike"]["aws:SourceArn"])


@pytest.mark.parametrize(("key", "service"), [("replication", "s3"), ("cloudtrail", "cloudtrail")])
def test_no_condition_is_set_that_a_service_does_not_support(
    wanted: dict[str, Resource], key: str, service: str
) -> None:
    """With one that is never sent nothing would be replicated or logged, and nothing reported."""
    [statement] = wanted[key].properties["trust"]["Statement"]

    assert statement["Principal"] == {"Service": [f"{service}.amazonaws.com"]}
    assert "Condition" not in statement


@pytest.mark.parametrize(
    ("key", "sid", "address", "service"),
    [
        ("training", "UseKeyThroughS3", "kms_key/main", "s3.us-west-2.amazonaws.com"),
        ("replication", "DecryptSource", "kms_key/main", "s3.us-west-2.amazonaws.com"),
        ("replication", "EncryptReplica", "kms_key/replica", "s3.us-east-2.amazonaws.com"),
    ],
)
def test_a_key_is_used_through_s3_only(
    prod_inputs: Inputs, facts: Facts, key: str, sid: str, address: str, service: str
) -> None:
    [resource] = [r for r in role.desired(prod_inputs, facts) if r.key == key]
    [policy] = resource.properties["inline_policies"].values()
    [statement] = [s for s in policy["Statement"] if s["Sid"] == sid]

    assert statement["Resource"] == [address]
    assert statement["Condition"] == {"StringEquals": {"kms:ViaService": [service]}}


def test_without_a_key_of_our_own_nobody_may_use_one(prod_inputs: Inputs, facts: Facts) -> None:
    inputs = replace(prod_inputs, customer_managed_key=False)

    assert "kms:" not in json.dumps([r.properties for r in role.desired(inputs, facts)])


def test_a_budget_that_stops_hosts_stops_ours_only(prod_inputs: Inputs, facts: Facts) -> None:
    inputs = replace(prod_inputs, budget_action="stop_instances")
    [resource] = [r for r in role.desired(inputs, facts) if r.key == "budget_action"]
    [policy] = resource.properties["inline_policies"].values()
    [stop] = [s for s in policy["Statement"] if s["Action"] == ["ec2:StopInstances"]]

    assert "iam:" not in json.dumps(policy)
    assert stop["Condition"]["StringEquals"] == {
        "aws:ResourceTag/Project": [inputs.project],
        "aws:ResourceTag/Environment": [inputs.environment],
    }


def _another_trust(iam: Any, name: str) -> None:
    anybody = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
    }
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(anybody))


def _rogue_policy(iam: Any, name: str) -> None:
    for policy in ("training", "rogue"):
        iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=json.dumps(EVERYTHING))


def _attach_foreign(iam: Any, name: str) -> None:
    iam.create_policy(PolicyName="foreign", PolicyDocument=json.dumps(EVERYTHING))
    iam.attach_role_policy(RoleName=name, PolicyArn=FOREIGN)


def _rogue_tags(iam: Any, name: str) -> None:
    iam.tag_role(
        RoleName=name, Tags=[{"Key": "Rogue", "Value": "1"}, {"Key": "Project", "Value": "x"}]
    )
    iam.untag_role(RoleName=name, TagKeys=["Owner"])


CHANGES: dict[str, Callable[[Any, str], Any]] = {
    "description": lambda iam, name: iam.update_role(
        RoleName=name, Description="x", MaxSessionDuration=3600
    ),
    "max_session_seconds": lambda iam, name: iam.update_role(
        RoleName=name, Description=_description(iam, name), MaxSessionDuration=7200
    ),
    "trust": _another_trust,
    "inline_policies": _rogue_policy,
    "managed_policies": _attach_foreign,
    "permissions_boundary": lambda iam, name: iam.put_role_permissions_boundary(
        RoleName=name, PermissionsBoundary=FOREIGN
    ),
    "tags": _rogue_tags,
}


def _description(iam: Any, name: str) -> str:
    return str(iam.get_role(RoleName=name)["Role"]["Description"])


def test_every_setter_has_a_change_that_it_mends() -> None:
    assert set(CHANGES) == set(role.KIND.setters)


@pytest.mark.parametrize("changed", list(CHANGES))
@pytest.mark.parametrize("boundary", ["", "arn:aws:iam::123456789012:policy/boundary"])
def test_a_change_behind_our_back_is_seen_and_mended(
    prod_cloud: Cloud,
    build: Build,
    prod_inputs: Inputs,
    facts: Facts,
    changed: str,
    boundary: str,
) -> None:
    inputs = replace(prod_inputs, permissions_boundary=boundary)
    [resource, *_unused] = role.desired(inputs, facts)
    resource = resolved(resource, KEYS)
    build(prod_cloud, role.KIND, resource)
    CHANGES[changed](prod_cloud.client("iam"), resource.name)
    found = only(prod_cloud)
    assert differing(found, resource) == {changed}

    for _unused in range(2):
        mend(prod_cloud, role.KIND, resource, found, {changed})

        assert differing(only(prod_cloud), resource) == set()


def test_a_role_goes_out_of_its_profiles_with_all_its_policies(
    prod_cloud: Cloud, build: Build, wanted: dict[str, Resource]
) -> None:
    found = build(prod_cloud, role.KIND, wanted["training"])
    iam = prod_cloud.client("iam")
    _rogue_policy(iam, found.name)
    _attach_foreign(iam, found.name)
    iam.create_instance_profile(InstanceProfileName="p")
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName=found.name)

    for _unused in range(2):
        role.delete(prod_cloud, found)

        assert role.read(prod_cloud) == []
    assert iam.get_instance_profile(InstanceProfileName="p")["InstanceProfile"]["Roles"] == []


def test_a_role_of_ours_that_no_input_wants_is_found(
    prod_cloud: Cloud, build: Build, wanted: dict[str, Resource], prod_inputs: Inputs
) -> None:
    iam = prod_cloud.client("iam")
    tags = [{"Key": key, "Value": value} for key, value in prod_inputs.tags.items()]
    document = json.dumps(wanted["training"].properties["trust"])
    for name, its_tags in ((f"{prod_inputs.stem}-old", tags), (f"{prod_inputs.stem}-x-y", [])):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, Tags=its_tags)

    assert [found.name for found in role.read(prod_cloud)] == [f"{prod_inputs.stem}-old"]
