# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of our buckets, wanted or not, and what follows from a name."""

from __future__ import annotations

from typing import Any

from ..cloud import Cloud
from ..inputs import BUCKETS, DATA, REPLICA, Inputs

#: Where S3 and CloudTrail write in the logs bucket.
ACCESS_LOGS = "s3-access/"
#: As CloudTrail takes it: what it writes is under `cloudtrail/AWSLogs/<account>/`.
TRAIL_LOGS = "cloudtrail"


def bucket_names(inputs: Inputs) -> dict[str, str]:
    """Every name that a bucket of this environment can have, by key."""
    return {key: inputs.bucket_name(key) for key in (*BUCKETS, *(key + REPLICA for key in DATA))}


def wanted_names(inputs: Inputs) -> dict[str, str]:
    """The buckets that should exist, by key."""
    names = bucket_names(inputs)
    return {k: n for k, n in names.items() if inputs.replica_region or not is_replica(k)}


def is_replica(key: str) -> bool:
    """Whether a key names a copy in the second region."""
    return key.endswith(REPLICA)


def region_of_key(inputs: Inputs, key: str) -> str:
    """Where a bucket belongs."""
    return inputs.replica_region if is_replica(key) else inputs.region


def key_address(inputs: Inputs, key: str) -> str:
    """The KMS key of what lies in a bucket, "" where there is none of our own."""
    if not inputs.customer_managed_key:
        return ""
    return "kms_key/replica" if is_replica(key) else "kms_key/main"


def s3_in(cloud: Cloud, region: str) -> Any:
    """The S3 client of a bucket's region."""
    return cloud.client("s3", "" if region == cloud.inputs.region else region)
