"""Network ACLs: an entry that does not exist is an error, and a VPC takes its default ACL with it.

moto fails with an internal error for the entry, and keeps the ACL.
"""

from collections.abc import Callable
from typing import Any

from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models.network_acls import NetworkAclBackend
from moto.ec2.models.vpcs import VPCBackend

from localcloud.api.moto_patches.seams import Seam

SEAMS = (
    Seam(
        NetworkAclBackend, "delete_network_acl_entry", "self, network_acl_id, rule_number, egress"
    ),
    Seam(VPCBackend, "delete_vpc", "self, vpc_id"),
)


def apply() -> None:
    """Replace both."""
    for seam, make in zip(SEAMS, (_with_error, _with_acl), strict=True):
        seam.replace(make)


def _with_error(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_network_acl_entry(
        self: Any, network_acl_id: str, rule_number: int, egress: bool
    ) -> Any:
        entries = self.get_network_acl(network_acl_id).network_acl_entries
        if not any(one.egress == egress and one.rule_number == rule_number for one in entries):
            raise EC2ClientError(
                "InvalidNetworkAclEntry.NotFound",
                f"The network acl entry identified by {rule_number} does not exist",
            )
        return original(self, network_acl_id, rule_number, egress)

    return delete_network_acl_entry


def _with_acl(original: Callable[..., Any]) -> Callable[..., Any]:
    def delete_vpc(self: Any, vpc_id: str) -> Any:
        vpc = original(self, vpc_id)
        for one in list(self.network_acls.values()):
            if one.vpc_id == vpc_id:
                del self.network_acls[one.id]
        return vpc

    return delete_vpc
