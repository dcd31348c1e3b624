"""The default key of EBS: AWS's own until another one is set."""

from typing import Any


def test_the_default_key_is_told(client: Any) -> None:
    ec2, key = client("ec2"), client("kms").create_key()["KeyMetadata"]["Arn"]
    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == "alias/aws/ebs"

    ec2.modify_ebs_default_kms_key_id(KmsKeyId=key)

    assert ec2.get_ebs_default_kms_key_id()["KmsKeyId"] == key
