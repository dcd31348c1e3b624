"""What we add to moto's IAM."""

from typing import Any

import pytest
from botocore.exceptions import ClientError


def test_a_role_leaves_its_profile_once(client: Any) -> None:
    iam = client("iam")
    iam.create_role(RoleName="host", AssumeRolePolicyDocument="{}")
    iam.create_instance_profile(InstanceProfileName="host")
    iam.add_role_to_instance_profile(InstanceProfileName="host", RoleName="host")
    leaving = {"InstanceProfileName": "host", "RoleName": "host"}

    iam.remove_role_from_instance_profile(**leaving)

    assert iam.get_instance_profile(InstanceProfileName="host")["InstanceProfile"]["Roles"] == []
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.remove_role_from_instance_profile(**leaving)
