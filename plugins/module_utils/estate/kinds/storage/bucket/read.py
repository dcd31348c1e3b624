# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read our buckets with all their properties, in the form of the desired ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ....engine.cloud import Cloud, absent, concurrently
from ....engine.model import Found, Properties
from ....engine.normal import document
from ....engine.tags import NOBODY, OURS, tags_of
from .names import bucket_names, s3_in
from .objects import holds
from .replication import read as read_replication

PUBLIC_ACCESS = {
    "block_public_acls": "BlockPublicAcls",
    "block_public_policy": "BlockPublicPolicy",
    "ignore_public_acls": "IgnorePublicAcls",
    "restrict_public_buckets": "RestrictPublicBuckets",
}
#: S3's default minimum object size for lifecycle transitions.
SMALL_OBJECTS = "all_storage_classes_128K"
#: Errors in a region without transfer acceleration, such as eu-north-1 or GovCloud.
NO_ACCELERATION = ("MethodNotAllowed", "UnsupportedArgument")


def owned(cloud: Cloud) -> dict[str, str]:
    """Our buckets that exist in this account, with their regions; "" if AWS returned none."""
    names = set(bucket_names(cloud.inputs).values())
    prefix = f"{cloud.inputs.s3_bucket_prefix}-{cloud.inputs.environment}-"
    listed = cloud.pages("s3", "list_buckets", "Buckets", Prefix=prefix)
    return {b["Name"]: b.get("BucketRegion", "") for b in listed if b["Name"] in names}


def owned_names(cloud: Cloud) -> list[str]:
    """The names of our buckets that exist in this account."""
    return sorted(owned(cloud))


def is_usable(cloud: Cloud, name: str) -> bool:
    """Whether a bucket with this name exists and is ours or has no owner tags."""
    region = owned(cloud).get(name)
    if region is None:
        return False
    tags = absent(lambda: _tags(s3_in(cloud, region), name), "NoSuchBucket")
    return cloud.owner(tags or {}) in (OURS, NOBODY)


def regions(cloud: Cloud) -> dict[str, str]:
    """Our buckets that exist in this account, with the region of each."""
    buckets = owned(cloud)
    unknown = [name for name, region in buckets.items() if not region]
    asked = concurrently(lambda name: _region(cloud, name), unknown)
    return buckets | dict(zip(unknown, asked, strict=True))


def _region(cloud: Cloud, name: str) -> str:
    answer = absent(lambda: cloud.client("s3").get_bucket_location(Bucket=name), "NoSuchBucket")
    return cloud.inputs.region if answer is None else region_of(answer)


def region_of(answer: Mapping[str, Any]) -> str:
    """The region of a bucket; S3 returns none for us-east-1, and may return EU for eu-west-1."""
    location = answer.get("LocationConstraint")
    return {None: "us-east-1", "": "us-east-1", "EU": "eu-west-1"}.get(location, str(location))


def read(cloud: Cloud) -> list[Found]:
    """Our buckets in all regions. S3 lists a bucket for a while after its deletion."""
    found = concurrently(
        lambda item: absent(lambda: _read_one(cloud, *item), "NoSuchBucket"),
        sorted(regions(cloud).items()),
    )
    return [item for item in found if item is not None]


def _read_one(cloud: Cloud, name: str, region: str) -> Found:
    s3 = s3_in(cloud, region)
    values = concurrently(lambda reader: reader(s3, name), READERS.values())
    properties = {k: v for k, v in zip(READERS, values, strict=True) if v is not None}
    words, size = holds(s3, name) if cloud.counts_objects else ("", 0)
    return Found("bucket", name, name, {"region": region, **properties}, words, size)


def _versioning(s3: Any, name: str) -> str:
    return str(s3.get_bucket_versioning(Bucket=name).get("Status", "Disabled"))


def _encryption(s3: Any, name: str) -> Properties | None:
    answer = absent(
        lambda: s3.get_bucket_encryption(Bucket=name),
        "ServerSideEncryptionConfigurationNotFoundError",
    )
    if answer is None:
        return None
    return encryption_rule(answer["ServerSideEncryptionConfiguration"]["Rules"][0])


def encryption_rule(rule: Mapping[str, Any]) -> Properties:
    """The default encryption; the bucket key is only relevant with KMS."""
    # A rule may contain only the blocked types.
    default = rule.get("ApplyServerSideEncryptionByDefault", {"SSEAlgorithm": "AES256"})
    result: Properties = {"algorithm": default["SSEAlgorithm"]}
    if default["SSEAlgorithm"] != "AES256":
        result["kms_key"] = default.get("KMSMasterKeyID", "aws/s3")
        result["bucket_key"] = rule.get("BucketKeyEnabled", False)
    blocked = rule.get("BlockedEncryptionTypes", {}).get("EncryptionType", [])
    return result | {"blocked": sorted(set(blocked) - {"NONE"})}


def _ownership(s3: Any, name: str) -> str | None:
    answer = absent(
        lambda: s3.get_bucket_ownership_controls(Bucket=name), "OwnershipControlsNotFoundError"
    )
    return answer and str(answer["OwnershipControls"]["Rules"][0]["ObjectOwnership"])


def _grants(s3: Any, name: str) -> list[Properties] | None:
    """ACL grants to anyone except the owner."""
    answer = s3.get_bucket_acl(Bucket=name)
    owner = answer["Owner"]["ID"]
    return [grant for grant in answer["Grants"] if grant["Grantee"].get("ID") != owner] or None


def _public_access(s3: Any, name: str) -> Properties:
    answer = absent(
        lambda: s3.get_public_access_block(Bucket=name), "NoSuchPublicAccessBlockConfiguration"
    )
    block = {} if answer is None else answer["PublicAccessBlockConfiguration"]
    return {word: bool(block.get(field)) for word, field in PUBLIC_ACCESS.items()}


def _policy(s3: Any, name: str) -> Properties | None:
    answer = absent(lambda: s3.get_bucket_policy(Bucket=name), "NoSuchBucketPolicy")
    return answer and document(answer["Policy"])


def _lifecycle(s3: Any, name: str) -> Properties | None:
    answer = absent(
        lambda: s3.get_bucket_lifecycle_configuration(Bucket=name), "NoSuchLifecycleConfiguration"
    )
    return answer and lifecycle_rules(answer)


def lifecycle_rules(answer: Mapping[str, Any]) -> Properties:
    """The rules by ID, in AWS's format, with one form for "all objects"."""
    rules: Properties = {rule["ID"]: lifecycle_rule(rule) for rule in answer["Rules"]}
    smallest = answer.get("TransitionDefaultMinimumObjectSize", SMALL_OBJECTS)
    return rules if smallest == SMALL_OBJECTS else rules | {"(smallest object)": smallest}


def lifecycle_rule(rule: Mapping[str, Any]) -> Properties:
    """One rule without its ID. The prefix may be outside the filter, or omitted if empty."""
    result = {key: value for key, value in rule.items() if key not in ("ID", "Prefix")}
    scope = rule.get("Filter") or {"Prefix": rule.get("Prefix", "")}
    return result | {"Filter": scope}


def _logging(s3: Any, name: str) -> Properties | None:
    target = s3.get_bucket_logging(Bucket=name).get("LoggingEnabled")
    if not target:
        return None
    # SimplePrefix is S3's default.
    simple: Properties = {"TargetObjectKeyFormat": {"SimplePrefix": {}}}
    return {k: v for k, v in target.items() if {k: v} != simple}


def _notifications(s3: Any, name: str) -> Properties | None:
    answer = s3.get_bucket_notification_configuration(Bucket=name)
    targets = {k: v for k, v in answer.items() if k != "ResponseMetadata" and v != []}
    return targets or None


def _metrics(s3: Any, name: str) -> Properties | None:
    return {item["Id"]: item.get("Filter", {}) for item in metrics(s3, name)} or None


def metrics(s3: Any, name: str) -> list[Any]:
    """All request metrics configurations; boto3 has no paginator for them."""
    answer = s3.list_bucket_metrics_configurations(Bucket=name)
    items = list(answer.get("MetricsConfigurationList", []))
    while answer.get("IsTruncated"):
        answer = s3.list_bucket_metrics_configurations(
            Bucket=name, ContinuationToken=answer["NextContinuationToken"]
        )
        items += answer.get("MetricsConfigurationList", [])
    return items


def _object_lock(s3: Any, name: str) -> Properties | None:
    """The default retention.

    Object lock without a default retention counts as none: S3 cannot disable it, and new objects
    are not locked.
    """
    answer = absent(
        lambda: s3.get_object_lock_configuration(Bucket=name),
        "ObjectLockConfigurationNotFoundError",
    )
    rule = (answer or {}).get("ObjectLockConfiguration", {}).get("Rule")
    return rule and {k.lower(): v for k, v in rule["DefaultRetention"].items() if v}


def _cors(s3: Any, name: str) -> list[Any] | None:
    answer = absent(lambda: s3.get_bucket_cors(Bucket=name), "NoSuchCORSConfiguration")
    return answer and answer["CORSRules"]


def _website(s3: Any, name: str) -> Properties | None:
    answer = absent(lambda: s3.get_bucket_website(Bucket=name), "NoSuchWebsiteConfiguration")
    return answer and {k: v for k, v in answer.items() if k != "ResponseMetadata"}


def _acceleration(s3: Any, name: str) -> str | None:
    """Suspended is the same as never enabled, and as a region without acceleration."""
    answer = absent(lambda: s3.get_bucket_accelerate_configuration(Bucket=name), *NO_ACCELERATION)
    return "Enabled" if answer and answer.get("Status") == "Enabled" else None


def raw_tags(s3: Any, name: str) -> list[dict[str, str]]:
    """All tags of a bucket, including AWS's own."""
    answer = absent(lambda: s3.get_bucket_tagging(Bucket=name), "NoSuchTagSet")
    return [] if answer is None else list(answer["TagSet"])


def _tags(s3: Any, name: str) -> dict[str, str]:
    return tags_of(raw_tags(s3, name))


#: Readers by property. A property that is None is left out.
READERS: dict[str, Callable[[Any, str], Any]] = {
    "versioning": _versioning,
    "encryption": _encryption,
    "acl_grants": _grants,
    "object_ownership": _ownership,
    "public_access_block": _public_access,
    "policy": _policy,
    "lifecycle": _lifecycle,
    "logging": _logging,
    "notifications": _notifications,
    "request_metrics": _metrics,
    "object_lock": _object_lock,
    "replication": read_replication,
    "cors": _cors,
    "website": _website,
    "acceleration": _acceleration,
    "tags": _tags,
}
