# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The four buckets: versioned, encrypted, private, and closed to anything but TLS."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ..cloud import Cloud, absent, concurrently
from ..inputs import BUCKETS, Inputs
from ..model import Facts, Found, Kind, Properties, Resource
from ..normal import document, tags_of

PUBLIC_ACCESS = (
    "block_public_acls",
    "block_public_policy",
    "ignore_public_acls",
    "restrict_public_buckets",
)
#: Parts of an upload that was never completed cost money and are invisible.
ABORT_UPLOADS_DAYS = 7
#: A log event is never needed in an older version: soon after its expiry it is gone.
OLD_LOG_VERSION_DAYS = 1


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """The four buckets."""
    return [
        Resource("bucket", key, inputs.bucket_name(key), _properties(inputs, facts, key))
        for key in BUCKETS
    ]


def _properties(inputs: Inputs, facts: Facts, key: str) -> Properties:
    return {
        "region": inputs.region,
        "versioning": "enabled",
        "encryption": "AES256",
        "object_ownership": "BucketOwnerEnforced",
        "public_access_block": dict.fromkeys(PUBLIC_ACCESS, True),
        "policy": tls_only_policy(facts.partition, inputs.bucket_name(key)),
        "lifecycle": lifecycle(inputs, key),
        "tags": inputs.tags,
    }


def tls_only_policy(partition: str, name: str) -> Properties:
    """Deny everything that does not come over TLS, whoever asks."""
    arn = f"arn:{partition}:s3:::{name}"
    return document(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "OnlyTLS",
                    "Effect": "Deny",
                    "Principal": "*",
                    "Action": "s3:*",
                    "Resource": [arn, f"{arn}/*"],
                    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
                }
            ],
        }
    )


def lifecycle(inputs: Inputs, key: str) -> Properties:
    """Rules by id, in the words of community.aws.s3_lifecycle."""
    rules: Properties = {
        "abort-incomplete-uploads": {
            "status": "enabled",
            "prefix": "",
            "abort_incomplete_multipart_upload_days": ABORT_UPLOADS_DAYS,
        }
    }
    if key == "logs":
        rules["expire-logs"] = {
            "status": "enabled",
            "prefix": "",
            "expiration_days": inputs.logs_expiration_days,
            "noncurrent_version_expiration_days": OLD_LOG_VERSION_DAYS,
        }
    return rules


def owned_names(cloud: Cloud) -> list[str]:
    """Our bucket names that exist in this account."""
    wanted = {cloud.inputs.bucket_name(key) for key in BUCKETS}
    listed = cloud.client("s3").list_buckets()["Buckets"]
    return sorted(wanted & {bucket["Name"] for bucket in listed})


def read(cloud: Cloud) -> list[Found]:
    """Our buckets, every property of each."""
    return concurrently(lambda name: _read_one(cloud, name), owned_names(cloud))


def _read_one(cloud: Cloud, name: str) -> Found:
    s3 = cloud.client("s3")
    readers: dict[str, Callable[[], Any]] = {
        "region": lambda: region_of(s3.get_bucket_location(Bucket=name)),
        "versioning": lambda: _versioning(s3.get_bucket_versioning(Bucket=name)),
        "encryption": lambda: _encryption(s3, name),
        "object_ownership": lambda: _ownership(s3, name),
        "public_access_block": lambda: _public_access(s3, name),
        "policy": lambda: _policy(s3, name),
        "lifecycle": lambda: _lifecycle(s3, name),
        "tags": lambda: _tags(s3, name),
        "holds": lambda: _holds(s3, name),
    }
    values = dict(zip(readers, concurrently(lambda call: call(), readers.values(), 4), strict=True))
    holds = values.pop("holds")
    return Found("bucket", name, name, values, holds=holds)


def region_of(answer: Mapping[str, Any]) -> str:
    """The region of a bucket; S3 has no word for its first one and an old word for another."""
    location = answer.get("LocationConstraint")
    return {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}.get(location, str(location))


def _versioning(answer: Mapping[str, Any]) -> str:
    return str(answer.get("Status", "disabled")).lower()


def _encryption(s3: Any, name: str) -> str | None:
    answer = absent(
        lambda: s3.get_bucket_encryption(Bucket=name),
        "ServerSideEncryptionConfigurationNotFoundError",
    )
    if answer is None:
        return None
    rule = answer["ServerSideEncryptionConfiguration"]["Rules"][0]
    return str(rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"])


def _ownership(s3: Any, name: str) -> str | None:
    answer = absent(
        lambda: s3.get_bucket_ownership_controls(Bucket=name), "OwnershipControlsNotFoundError"
    )
    return (
        None if answer is None else str(answer["OwnershipControls"]["Rules"][0]["ObjectOwnership"])
    )


def _public_access(s3: Any, name: str) -> Properties:
    answer = absent(
        lambda: s3.get_public_access_block(Bucket=name), "NoSuchPublicAccessBlockConfiguration"
    )
    block = {} if answer is None else answer["PublicAccessBlockConfiguration"]
    spelled = {option.replace("_", ""): option for option in PUBLIC_ACCESS}
    on = {spelled[field.lower()] for field, value in block.items() if value}
    return {option: option in on for option in PUBLIC_ACCESS}


def _policy(s3: Any, name: str) -> Properties | None:
    answer = absent(lambda: s3.get_bucket_policy(Bucket=name), "NoSuchBucketPolicy")
    return None if answer is None else document(answer["Policy"])


def _tags(s3: Any, name: str) -> dict[str, str]:
    answer = absent(lambda: s3.get_bucket_tagging(Bucket=name), "NoSuchTagSet")
    return {} if answer is None else tags_of(answer["TagSet"])


def _lifecycle(s3: Any, name: str) -> Properties:
    answer = absent(
        lambda: s3.get_bucket_lifecycle_configuration(Bucket=name), "NoSuchLifecycleConfiguration"
    )
    return {} if answer is None else {rule["ID"]: lifecycle_rule(rule) for rule in answer["Rules"]}


def lifecycle_rule(rule: Mapping[str, Any]) -> Properties:
    """One rule in the words of community.aws.s3_lifecycle; what has no word is under `other`."""
    rest = {key: value for key, value in rule.items() if key not in ("ID", "Status")}
    scope = rest.pop("Filter", {})
    words = (
        ("Expiration", "Days", "expiration_days"),
        (
            "NoncurrentVersionExpiration",
            "NoncurrentDays",
            "noncurrent_version_expiration_days",
        ),
        (
            "AbortIncompleteMultipartUpload",
            "DaysAfterInitiation",
            "abort_incomplete_multipart_upload_days",
        ),
    )
    result: Properties = {
        "status": rule["Status"].lower(),
        "prefix": rest.pop("Prefix", scope.get("Prefix", "")),
    }
    for field, inner, word in words:
        value = dict(rest.pop(field, {}))
        if inner in value:
            result[word] = value.pop(inner)
        if value:
            rest[field] = value
    if set(scope) - {"Prefix"}:
        rest["Filter"] = scope
    return result | ({"other": rest} if rest else {})


def _holds(s3: Any, name: str) -> str:
    """What teardown would lose. One page is enough to say "many"."""
    answer = s3.list_object_versions(Bucket=name, MaxKeys=1000)
    count = len(answer.get("Versions", [])) + len(answer.get("DeleteMarkers", []))
    if not count:
        return ""
    more = "more than " if answer.get("IsTruncated") else ""
    return f"holds {more}{count} object version{'s' if count > 1 else ''}"


KIND = Kind("bucket", "storage", desired, read, immutable=frozenset({"region"}))
