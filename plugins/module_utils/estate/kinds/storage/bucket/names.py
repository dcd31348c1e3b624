# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of all our possible buckets, and what depends on a name."""

from __future__ import annotations

from typing import Any

from ....engine.cloud import Cloud
from ....inputs import BUCKETS, DATA, REPLICA, Inputs

#: The prefixes of S3 access logs and of CloudTrail in the logs bucket.
ACCESS_LOGS = "s3-access/"
#: In CloudTrail's form, without a slash: its files are in `cloudtrail/AWSLogs/<account>/`.
TRAIL_LOGS = "cloudtrail"


def bucket_names(inputs: Inputs) -> dict[str, str]:
    """All possible bucket names of this environment, by key."""
    return {key: inputs.bucket_name(key) for key in (*BUCKETS, *(key + REPLICA for key in DATA))}


def wanted_names(inputs: Inputs) -> dict[str, str]:
    """The names of the desired buckets, by key."""
    names = bucket_names(inputs)
    return {k: n for k, n in names.items() if inputs.replica_region or not is_replica(k)}


def is_replica(key: str) -> bool:
    """Whether a key is that of a replica."""
    return key.endswith(REPLICA)


def region_of_key(inputs: Inputs, key: str) -> str:
    """The region that a bucket belongs in."""
    return inputs.replica_region if is_replica(key) else inputs.region


def key_address(inputs: Inputs, key: str) -> str:
    """The address of a bucket's KMS key, "" without a customer managed key."""
    if not inputs.customer_managed_key:
        return ""
    return "kms_key/replica" if is_replica(key) else "kms_key/main"


def s3_in(cloud: Cloud, region: str) -> Any:
    """The S3 client for a region."""
    return cloud.client("s3", "" if region == cloud.inputs.region else region)
