"""The question with which key new EBS volumes are encrypted unasked, which moto lacks."""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.elastic_block_store import EBSBackend
from moto.ec2.responses.elastic_block_store import ElasticBlockStore

from localcloud.moto_patches.seams import Seam, add_operation

SEAMS = (Seam(EBSBackend, "modify_ebs_default_kms_key_id", "self, kms_key_id"),)

#: AWS's own key, until somebody sets another one.
OF_AWS = "alias/aws/ebs"


def apply() -> None:
    """Add the operation."""
    SEAMS[0].verify()
    add_operation(ElasticBlockStore, "get_ebs_default_kms_key_id", get_ebs_default_kms_key_id)


def get_ebs_default_kms_key_id(self: Any) -> ActionResult:
    """GetEbsDefaultKmsKeyId."""
    return ActionResult({"KmsKeyId": self.ec2_backend.default_kms_key_id or OF_AWS})
