"""The default KMS key for EBS encryption, which moto lacks."""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.elastic_block_store import EBSBackend
from moto.ec2.responses.elastic_block_store import ElasticBlockStore

from localcloud.api.moto_patches.seams import Seam, add_operation

SEAMS = (Seam(EBSBackend, "modify_ebs_default_kms_key_id", "self, kms_key_id"),)

#: The AWS managed key, the default.
OF_AWS = "alias/aws/ebs"


def apply() -> None:
    """Add the operation."""
    SEAMS[0].verify()
    add_operation(ElasticBlockStore, "get_ebs_default_kms_key_id", get_ebs_default_kms_key_id)


def get_ebs_default_kms_key_id(self: Any) -> ActionResult:
    """GetEbsDefaultKmsKeyId."""
    return ActionResult({"KmsKeyId": self.ec2_backend.default_kms_key_id or OF_AWS})
