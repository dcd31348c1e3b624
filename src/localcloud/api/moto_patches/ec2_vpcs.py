"""A VPC whose default network ACL is deleted with it; moto keeps the ACL."""

from collections.abc import Callable
from typing import Any

from moto.ec2.models.vpcs import VPCBackend

from localcloud.api.moto_patches.seams import Seam

SEAMS = (Seam(VPCBackend, "delete_vpc", "self, vpc_id"),)


def apply() -> None:
    """Delete the default network ACL with its VPC."""
    SEAMS[0].replace(_with_acl)


def _with_acl(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_vpc(self: Any, vpc_id: str) -> Any:
        vpc = original(self, vpc_id)
        for one in list(self.network_acls.values()):
            if one.vpc_id == vpc_id:
                del self.network_acls[one.id]
        return vpc

    return delete_vpc
