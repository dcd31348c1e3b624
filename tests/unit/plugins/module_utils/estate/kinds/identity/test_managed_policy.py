"""The denial that a spent budget attaches, on moto: made, mended, removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.change import (
    differing,
    mend,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Found,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.identity import (
    managed_policy,
)

Build = Callable[..., Found]

ALLOW = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}],
}


@pytest.fixture
def wanted(prod_inputs: Inputs, facts: Facts) -> Resource:
    [resource] = managed_policy.desired(prod_inputs, facts)
    return resource


@pytest.fixture
def found(prod_cloud: Cloud, build: Build, wanted: Resource) -> Found:
    return build(prod_cloud, managed_policy.KIND, wanted)


def test_it_is_made_as_wanted(found: Found, wanted: Resource) -> None:
    assert differing(found, wanted) == set()
    assert found.id.endswith(f":policy/{wanted.name}")


@pytest.mark.parametrize("action", ["none", "stop_instances"])
def test_only_deny_launch_needs_it(raw: dict[str, Any], facts: Facts, action: str) -> None:
    from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import parse

    inputs, errors = parse(raw | {"budget_action": action})
    assert inputs is not None, errors

    assert managed_policy.desired(inputs, facts) == []


def test_another_document_is_mended_again_and_again(
    prod_cloud: Cloud, found: Found, wanted: Resource
) -> None:
    """More often than IAM keeps versions."""
    iam = prod_cloud.client("iam")
    for number in range(managed_policy.VERSIONS + 2):
        rogue = json.dumps(ALLOW | {"Id": str(number)})
        versions = managed_policy._spare_versions(prod_cloud, found.id)
        if len(versions) == managed_policy.VERSIONS - 1:
            iam.delete_policy_version(PolicyArn=found.id, VersionId=versions[-1])
        iam.create_policy_version(PolicyArn=found.id, PolicyDocument=rogue, SetAsDefault=True)
        [changed] = managed_policy.read(prod_cloud)
        assert differing(changed, wanted) == {"document"}

        mend(prod_cloud, managed_policy.KIND, wanted, changed, {"document"})

        [mended] = managed_policy.read(prod_cloud)
        assert differing(mended, wanted) == set()
    assert len(managed_policy._spare_versions(prod_cloud, found.id)) < managed_policy.VERSIONS


def test_tags_are_mended(prod_cloud: Cloud, found: Found, wanted: Resource) -> None:
    iam = prod_cloud.client("iam")
    iam.tag_policy(PolicyArn=found.id, Tags=[{"Key": "Rogue", "Value": "1"}])
    iam.untag_policy(PolicyArn=found.id, TagKeys=["Project"])
    [changed] = managed_policy.read(prod_cloud)
    assert differing(changed, wanted) == {"tags"}

    for _unused in range(2):
        mend(prod_cloud, managed_policy.KIND, wanted, changed, {"tags"})

        [mended] = managed_policy.read(prod_cloud)
        assert differing(mended, wanted) == set()


def test_it_goes_off_everybody_who_has_it(prod_cloud: Cloud, found: Found) -> None:
    iam = prod_cloud.client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument="{}")
    iam.create_user(UserName="u")
    iam.create_group(GroupName="g")
    iam.attach_role_policy(RoleName="r", PolicyArn=found.id)
    iam.attach_user_policy(UserName="u", PolicyArn=found.id)
    iam.attach_group_policy(GroupName="g", PolicyArn=found.id)
    iam.create_policy_version(
        PolicyArn=found.id, PolicyDocument=json.dumps(ALLOW), SetAsDefault=True
    )

    for _unused in range(2):
        managed_policy.delete(prod_cloud, found)

        assert managed_policy.read(prod_cloud) == []
    for attached in (
        iam.list_attached_role_policies(RoleName="r"),
        iam.list_attached_user_policies(UserName="u"),
        iam.list_attached_group_policies(GroupName="g"),
    ):
        assert attached["AttachedPolicies"] == []
