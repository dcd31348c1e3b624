"""DescribeVolumes returns DeleteOnTermination, as on EC2; moto omits it."""

from typing import Any

from moto.ec2.models.elastic_block_store import VolumeAttachment

from localcloud.api.moto_patches.seams import MotoChangedError, Seam

SEAMS = (Seam(VolumeAttachment, "__init__", "self, volume, instance, device, status"),)


def apply() -> None:
    """Add it to every attachment."""
    SEAMS[0].verify()
    existing = VolumeAttachment.__dict__.get("delete_on_termination", _OURS)
    if existing is not _OURS:
        raise MotoChangedError("moto's VolumeAttachment has delete_on_termination now: remove ours")
    VolumeAttachment.delete_on_termination = _OURS


def _delete_on_termination(self: Any) -> bool:
    mapping = self.instance.block_device_mapping.get(self.device)
    return bool(mapping and mapping.delete_on_termination)


_OURS = property(_delete_on_termination)
