"""Patches for what moto lacks or does differently from AWS, one file per concern.

Every file has `SEAMS` (the moto methods that it depends on) and `apply()`.
"""

from localcloud.api.moto_patches import (
    budgets,
    cloudtrail,
    cloudtrail_regions,
    cloudwatch,
    dispatch,
    ec2_addresses,
    ec2_encryption,
    ec2_endpoints,
    ec2_fleets,
    ec2_launch,
    ec2_network_acls,
    ec2_requests,
    ec2_tags,
    ec2_templates,
    ec2_volumes,
    iam,
    iam_policies,
    kms_keys,
    logs,
    policy_conditions,
    request_model,
    s3_buckets,
    s3_conditions,
    s3_listing,
)
from localcloud.leases import Leases


def apply_all(leases: Leases) -> None:
    """Apply the patches that need no machines; raises MotoChangedError if moto has changed."""
    budgets.apply()
    cloudtrail.apply()
    cloudtrail_regions.apply()
    cloudwatch.apply()
    dispatch.apply()
    iam.apply()
    iam_policies.apply()
    logs.apply()
    kms_keys.apply()
    policy_conditions.apply()
    request_model.apply()
    s3_buckets.apply()
    s3_conditions.apply()
    s3_listing.apply()
    ec2_encryption.apply()
    ec2_fleets.apply()
    ec2_endpoints.apply()
    ec2_launch.apply()
    ec2_requests.apply()
    ec2_tags.apply()
    ec2_templates.apply()
    ec2_volumes.apply()
    ec2_network_acls.apply()
    ec2_addresses.apply(leases)
