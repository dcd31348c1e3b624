# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The buckets: versioned, encrypted, private, closed to anything but TLS, and watched.

- The logs bucket has S3's own encryption in every environment: S3 delivers access logs to no bucket
  whose default is a KMS key. CloudTrail brings our key itself.
- The data buckets write access logs to it. It does not log itself, which would never end; replicas
  do not log either: the target must be in their own region, and nobody but S3 uses them.
"""

from __future__ import annotations

from ..inputs import DATA, LOGS, REPLICA, Inputs
from ..model import Facts, Kind, Properties, Resource
from .alarm_definitions import REQUESTS
from .bucket_names import (
    ACCESS_LOGS,
    is_replica,
    key_address,
    region_of_key,
    wanted_names,
)
from .bucket_objects import delete
from .bucket_policy import policy
from .bucket_read import PUBLIC_ACCESS, read
from .bucket_replication import replication
from .bucket_write import SETTERS, create

#: Parts of an upload that was never completed cost money and are invisible.
ABORT_UPLOADS_DAYS = 7
#: A log event is never needed in an older version: soon after its expiry it is gone.
OLD_LOG_VERSION_DAYS = 1
#: When an old version of data goes to a cheaper class: never before 30 days, says S3.
OLD_VERSION_DAYS = {"STANDARD_IA": 30, "GLACIER_IR": 90}
#: The bucket whose objects a lock protects: a model must stay what it was judged as.
LOCKED = "model_artifacts"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """The four buckets, and the replicas where a second region is chosen."""
    return [
        Resource("bucket", key, name, _properties(inputs, facts, key), _needs(inputs, key))
        for key, name in wanted_names(inputs).items()
    ]


def _needs(inputs: Inputs, key: str) -> tuple[str, ...]:
    if key not in DATA:
        return ()
    copied = ("role/replication", f"bucket/{key}{REPLICA}") if inputs.replica_region else ()
    return (f"bucket/{LOGS}", *copied)


def _properties(inputs: Inputs, facts: Facts, key: str) -> Properties:
    return {
        "region": region_of_key(inputs, key),
        "versioning": "Enabled",
        "encryption": encryption(inputs, key),
        "object_ownership": "BucketOwnerEnforced",
        "public_access_block": dict.fromkeys(PUBLIC_ACCESS, True),
        "policy": policy(inputs, facts, key),
        "lifecycle": lifecycle(inputs, key),
        "tags": inputs.tags,
        **(_watched(inputs, facts, key) if key in DATA else {}),
        **_locked(inputs, key),
    }


def _watched(inputs: Inputs, facts: Facts, key: str) -> Properties:
    """What only the data buckets have."""
    prefix = f"{ACCESS_LOGS}{inputs.bucket_name(key)}/"
    result: Properties = {
        "logging": {"TargetBucket": inputs.bucket_name(LOGS), "TargetPrefix": prefix},
        "request_metrics": {REQUESTS: {}},
    }
    if inputs.event_notifications:
        result["notifications"] = {"EventBridgeConfiguration": {}}
    if inputs.replica_region:
        result["replication"] = replication(inputs, facts, key)
    return result


def _locked(inputs: Inputs, key: str) -> Properties:
    """A replica of locked objects must be able to lock too."""
    if not inputs.object_lock_days or key.removesuffix(REPLICA) != LOCKED:
        return {}
    return {"object_lock": {"mode": "GOVERNANCE", "days": inputs.object_lock_days}}


def encryption(inputs: Inputs, key: str) -> Properties:
    """Our key for data where there is one. A key that comes with the request is refused: AWS
    does not keep it, so the object would be lost with whoever sent it."""
    blocked = {"blocked": ["SSE-C"]}
    kms_key = key_address(inputs, key)
    if key == LOGS or not kms_key:
        return {"algorithm": "AES256", **blocked}
    return {"algorithm": "aws:kms", "kms_key": kms_key, "bucket_key": True, **blocked}


def lifecycle(inputs: Inputs, key: str) -> Properties:
    """Rules by ID, as S3 writes them."""
    everything = {"Status": "Enabled", "Filter": {"Prefix": ""}}
    rules: Properties = {
        "abort-incomplete-uploads": {
            **everything,
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": ABORT_UPLOADS_DAYS},
        }
    }
    if key == LOGS:
        rules["expire-logs"] = {
            **everything,
            "Expiration": {"Days": inputs.logs_expiration_days},
            "NoncurrentVersionExpiration": {"NoncurrentDays": OLD_LOG_VERSION_DAYS},
        }
        return rules
    tiered = inputs.intelligent_tiering and not is_replica(key)
    if tiered:
        rules["intelligent-tiering"] = {
            **everything,
            "Transitions": [{"Days": 0, "StorageClass": "INTELLIGENT_TIERING"}],
        }
    rules["tier-old-versions"] = {
        **everything,
        "NoncurrentVersionTransitions": [
            {"NoncurrentDays": days, "StorageClass": storage_class}
            for storage_class, days in OLD_VERSION_DAYS.items()
            # There is no way from Intelligent-Tiering to this class.
            if not (tiered and storage_class == "STANDARD_IA")
        ],
    }
    return rules


KIND = Kind(
    "bucket",
    "storage",
    desired,
    read,
    create=create,
    setters=SETTERS,
    created_with=frozenset({"region", "tags", "object_ownership"}),
    delete=delete,
    # A new bucket, its versioning and the policy of the logs bucket take a moment to be known.
    # InvalidRequest is replication between buckets whose versioning is not known yet.
    settles=frozenset(
        {"NoSuchBucket", "InvalidBucketState", "InvalidRequest", "InvalidTargetBucketForLogging"}
    ),
)
