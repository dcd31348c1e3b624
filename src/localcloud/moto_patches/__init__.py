"""What moto lacks or does otherwise than AWS, one file per concern.

Every file has `SEAMS` (the methods of moto that it counts on) and `apply()`.
"""

from localcloud.leases import Leases
from localcloud.moto_patches import (
    budgets,
    cloudtrail,
    cloudtrail_regions,
    cloudwatch,
    ec2_addresses,
    ec2_encryption,
    ec2_endpoints,
    ec2_launch,
    ec2_requests,
    ec2_templates,
    ec2_volumes,
    iam,
    kms_keys,
    logs,
    policy_conditions,
    s3_buckets,
    s3_conditions,
)


def apply_all(leases: Leases) -> None:
    """Apply what needs no machines; raises MotoChangedError when moto is not what we expect."""
    budgets.apply()
    cloudtrail.apply()
    cloudtrail_regions.apply()
    cloudwatch.apply()
    iam.apply()
    logs.apply()
    kms_keys.apply()
    policy_conditions.apply()
    s3_buckets.apply()
    s3_conditions.apply()
    ec2_encryption.apply()
    ec2_endpoints.apply()
    ec2_launch.apply()
    ec2_requests.apply()
    ec2_templates.apply()
    ec2_volumes.apply()
    ec2_addresses.apply(leases)
