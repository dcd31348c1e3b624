"""The instance profile on moto: made, mended, removed."""

from __future__ import annotations

from collections.abc import Callable

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
    instance_profile,
    role,
)
from botocore.exceptions import ClientError

Build = Callable[..., Found]


@pytest.fixture
def wanted(inputs: Inputs, facts: Facts) -> Resource:
    [resource] = instance_profile.desired(inputs, facts)
    return resource


@pytest.fixture
def found(cloud: Cloud, build: Build, wanted: Resource, facts: Facts) -> Found:
    [training] = role.desired(cloud.inputs, facts)
    build(cloud, role.KIND, training)
    return build(cloud, instance_profile.KIND, wanted)


def test_it_is_made_with_the_role_in_it(found: Found, wanted: Resource) -> None:
    assert differing(found, wanted) == set()


@pytest.mark.parametrize("instead", [None, "other"])
def test_another_role_or_none_is_mended(
    cloud: Cloud, found: Found, wanted: Resource, instead: str | None
) -> None:
    iam = cloud.client("iam")
    iam.remove_role_from_instance_profile(
        InstanceProfileName=found.name, RoleName=found.properties["role"]
    )
    if instead:
        iam.create_role(RoleName=instead, AssumeRolePolicyDocument="{}")
        iam.add_role_to_instance_profile(InstanceProfileName=found.name, RoleName=instead)
    [changed] = instance_profile.read(cloud)
    assert differing(changed, wanted) == {"role"}

    for _unused in range(2):
        mend(cloud, instance_profile.KIND, wanted, changed, {"role"})

        [mended] = instance_profile.read(cloud)
        assert differing(mended, wanted) == set()


def test_a_role_that_is_there_since_the_try_before_is_right(
    cloud: Cloud, found: Found, wanted: Resource, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer to a first try was lost: IAM refuses the second, and all is as wanted."""
    look, blind = instance_profile._describe, [{"Roles": []}]
    monkeypatch.setattr(
        instance_profile, "_describe", lambda *a: blind.pop() if blind else look(*a)
    )

    mend(cloud, instance_profile.KIND, wanted, found, {"role"})

    assert not blind
    assert differing(instance_profile.read(cloud)[0], wanted) == set()


def test_a_profile_that_somebody_else_filled_is_told(
    cloud: Cloud, found: Found, wanted: Resource, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = {"Roles": [{"RoleName": "other"}]}
    answers = [other, {"Roles": []}]
    monkeypatch.setattr(instance_profile, "_describe", lambda *_a: answers.pop())

    with pytest.raises(ClientError, match="LimitExceeded"):
        mend(cloud, instance_profile.KIND, wanted, found, {"role"})


def test_tags_are_mended(cloud: Cloud, found: Found, wanted: Resource) -> None:
    iam = cloud.client("iam")
    iam.tag_instance_profile(InstanceProfileName=found.name, Tags=[{"Key": "Rogue", "Value": "1"}])
    iam.untag_instance_profile(InstanceProfileName=found.name, TagKeys=["Project"])
    [changed] = instance_profile.read(cloud)
    assert differing(changed, wanted) == {"tags"}

    for _unused in range(2):
        mend(cloud, instance_profile.KIND, wanted, changed, {"tags"})

        [mended] = instance_profile.read(cloud)
        assert differing(mended, wanted) == set()


def test_it_goes_and_leaves_the_role(cloud: Cloud, found: Found) -> None:
    for _unused in range(2):
        instance_profile.delete(cloud, found)

        assert instance_profile.read(cloud) == []
    assert len(role.read(cloud)) == 1
