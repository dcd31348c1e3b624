# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The buckets: versioned, encrypted, private, TLS only, and monitored.

- The logs bucket always uses S3's own encryption, because S3 does not deliver access logs to a
  bucket whose default is a KMS key. CloudTrail specifies our key itself.
- The data buckets write access logs to it. It does not log itself, which would be an endless loop.
  Replicas do not log either: the target must be in their own region, and only S3 uses them.
"""

from __future__ import annotations

from ....engine.model import Facts, Kind, Properties, Resource, Right
from ....inputs import DATA, LOGS, REPLICA, Inputs
from ...monitoring.alarm_definitions import REQUESTS
from .names import ACCESS_LOGS, is_replica, key_address, region_of_key, wanted_names
from .objects import delete
from .policy import policy
from .price import price
from .read import PUBLIC_ACCESS, read
from .replication import replication
from .write import SETTERS, create

#: Parts of incomplete uploads cost money but are not listed as objects.
ABORT_UPLOADS_DAYS = 7
#: Older versions of logs are never needed, so they are deleted soon after expiry.
OLD_LOG_VERSION_DAYS = 1
#: Days until old versions of data move to a cheaper storage class; S3 requires at least 30.
OLD_VERSION_DAYS = {"STANDARD_IA": 30, "GLACIER_IR": 90}
#: The bucket with object lock: a model must not change after its evaluation.
LOCKED = "model_artifacts"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """The four buckets, and the replicas if a replica region is chosen."""
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
    """The properties that only the data buckets have."""
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
    """The object lock, also on the replica, which must support it for locked objects."""
    if not inputs.object_lock_days or key.removesuffix(REPLICA) != LOCKED:
        return {}
    return {"object_lock": {"mode": "GOVERNANCE", "days": inputs.object_lock_days}}


def encryption(inputs: Inputs, key: str) -> Properties:
    """Our key for data if there is one; keys supplied in requests (SSE-C) are blocked.

    AWS does not store such keys, so an object would be lost if its sender lost the key.
    """
    blocked = {"blocked": ["SSE-C"]}
    kms_key = key_address(inputs, key)
    if key == LOGS or not kms_key:
        return {"algorithm": "AES256", **blocked}
    return {"algorithm": "aws:kms", "kms_key": kms_key, "bucket_key": True, **blocked}


def lifecycle(inputs: Inputs, key: str) -> Properties:
    """The lifecycle rules by ID, in S3's format."""
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
            # S3 has no transition from Intelligent-Tiering to this class.
            if not (tiered and storage_class == "STANDARD_IA")
        ],
    }
    return rules


KIND = Kind(
    "bucket",
    "storage",
    desired,
    read,
    permissions=(
        Right("ListBuckets", "ListAllMyBuckets"),
        Right(
            "OurBuckets",
            """CreateBucket DeleteBucket DeleteBucketWebsite GetAccelerateConfiguration
            GetBucketAcl GetBucketCORS GetBucketLocation GetBucketLogging
            GetBucketNotification GetBucketObjectLockConfiguration
            GetBucketOwnershipControls GetBucketPolicy GetBucketPublicAccessBlock
            GetBucketTagging GetBucketVersioning GetBucketWebsite GetEncryptionConfiguration
            GetLifecycleConfiguration GetMetricsConfiguration GetReplicationConfiguration
            ListBucketMultipartUploads ListBucketVersions PutAccelerateConfiguration
            PutBucketAcl PutBucketCORS PutBucketLogging PutBucketNotification
            PutBucketObjectLockConfiguration PutBucketOwnershipControls PutBucketPolicy
            PutBucketPublicAccessBlock PutBucketTagging PutBucketVersioning
            PutEncryptionConfiguration PutLifecycleConfiguration PutMetricsConfiguration
            PutReplicationConfiguration TagResource""",
        ),
        Right(
            "OurObjects",
            """AbortMultipartUpload BypassGovernanceRetention DeleteObject DeleteObjectVersion""",
        ),
    ),
    price=price,
    create=create,
    setters=SETTERS,
    created_with=frozenset({"region", "tags", "object_ownership"}),
    delete=delete,
    # A new bucket, its versioning and the logs bucket's policy take a moment to be visible.
    # InvalidRequest is returned for replication while the versioning is not visible yet.
    settles=frozenset(
        {"NoSuchBucket", "InvalidBucketState", "InvalidRequest", "InvalidTargetBucketForLogging"}
    ),
)
