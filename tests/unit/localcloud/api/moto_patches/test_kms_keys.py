"""The rotation period that we add to moto's KMS keys."""

from typing import Any

import pytest


@pytest.mark.parametrize(("asked", "days"), [({}, 365), ({"RotationPeriodInDays": 90}, 90)])
def test_the_period_of_a_rotation_is_kept(client: Any, asked: dict[str, int], days: int) -> None:
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=key)

    kms.enable_key_rotation(KeyId=key, **asked)

    answer = kms.get_key_rotation_status(KeyId=key)
    assert (answer["KeyRotationEnabled"], answer["RotationPeriodInDays"]) == (True, days)
    kms.disable_key_rotation(KeyId=key)
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=key)
