"""What moto lacks or does otherwise than AWS, one file per concern.

Every file has `SEAMS` (the methods of moto that it counts on) and `apply()`.
"""

from localcloud.leases import Leases
from localcloud.moto_patches import (
    budgets,
    ec2_addresses,
    ec2_endpoints,
    ec2_launch,
    ec2_requests,
    policy_conditions,
    s3_conditions,
)


def apply_all(leases: Leases) -> None:
    """Apply what needs no machines; raises MotoChangedError when moto is not what we expect."""
    budgets.apply()
    policy_conditions.apply()
    s3_conditions.apply()
    ec2_endpoints.apply()
    ec2_launch.apply()
    ec2_requests.apply()
    ec2_addresses.apply(leases)
