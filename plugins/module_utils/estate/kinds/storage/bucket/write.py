# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Create a bucket, and set each of its properties."""

from __future__ import annotations

from typing import Any

from ....engine.cloud import Cloud
from ....engine.model import Properties, Resource, Setter, Target
from ....engine.normal import written
from ....engine.tags import tag_list
from .names import s3_in
from .objects import lock_enabled
from .read import PUBLIC_ACCESS, metrics, raw_tags
from .replication import write as write_replication

#: The region for which S3 accepts no LocationConstraint.
FIRST_REGION = "us-east-1"


def create(cloud: Cloud, resource: Resource) -> str:
    """Create a private bucket with its tags in one call, so that it never exists without them."""
    region = resource.properties["region"]
    where = {} if region == FIRST_REGION else {"LocationConstraint": region}
    s3_in(cloud, region).create_bucket(
        Bucket=resource.name,
        ObjectOwnership=resource.properties["object_ownership"],
        CreateBucketConfiguration={**where, "Tags": tag_list(resource.properties["tags"])},
    )
    return resource.name


def _s3(cloud: Cloud, target: Target) -> Any:
    return s3_in(cloud, target.properties["region"])


def _set_versioning(cloud: Cloud, target: Target) -> None:
    _s3(cloud, target).put_bucket_versioning(
        Bucket=target.id, VersioningConfiguration={"Status": target.properties["versioning"]}
    )


def _set_encryption(cloud: Cloud, target: Target) -> None:
    wanted = target.properties["encryption"]
    default = {"SSEAlgorithm": wanted["algorithm"]}
    if "kms_key" in wanted:
        default["KMSMasterKeyID"] = wanted["kms_key"]
    rule: Properties = {
        "ApplyServerSideEncryptionByDefault": default,
        "BucketKeyEnabled": wanted.get("bucket_key", False),
        "BlockedEncryptionTypes": {"EncryptionType": wanted["blocked"] or ["NONE"]},
    }
    _s3(cloud, target).put_bucket_encryption(
        Bucket=target.id, ServerSideEncryptionConfiguration={"Rules": [rule]}
    )


def _set_no_grants(cloud: Cloud, target: Target) -> None:
    _s3(cloud, target).put_bucket_acl(Bucket=target.id, ACL="private")


def _set_ownership(cloud: Cloud, target: Target) -> None:
    _s3(cloud, target).put_bucket_ownership_controls(
        Bucket=target.id,
        OwnershipControls={"Rules": [{"ObjectOwnership": target.properties["object_ownership"]}]},
    )


def _set_public_access(cloud: Cloud, target: Target) -> None:
    wanted = target.properties["public_access_block"]
    _s3(cloud, target).put_public_access_block(
        Bucket=target.id,
        PublicAccessBlockConfiguration={
            field: wanted[word] for word, field in PUBLIC_ACCESS.items()
        },
    )


def _set_policy(cloud: Cloud, target: Target) -> None:
    _s3(cloud, target).put_bucket_policy(
        Bucket=target.id, Policy=written(target.properties["policy"])
    )


def _set_lifecycle(cloud: Cloud, target: Target) -> None:
    rules = [{"ID": name, **rule} for name, rule in target.properties["lifecycle"].items()]
    _s3(cloud, target).put_bucket_lifecycle_configuration(
        Bucket=target.id, LifecycleConfiguration={"Rules": rules}
    )


def _set_logging(cloud: Cloud, target: Target) -> None:
    wanted = target.properties.get("logging")
    _s3(cloud, target).put_bucket_logging(
        Bucket=target.id, BucketLoggingStatus={"LoggingEnabled": wanted} if wanted else {}
    )


def _set_notifications(cloud: Cloud, target: Target) -> None:
    _s3(cloud, target).put_bucket_notification_configuration(
        Bucket=target.id,
        NotificationConfiguration=target.properties.get("notifications") or {},
    )


def _set_metrics(cloud: Cloud, target: Target) -> None:
    s3 = _s3(cloud, target)
    wanted = target.properties.get("request_metrics") or {}
    for name, scope in wanted.items():
        s3.put_bucket_metrics_configuration(
            Bucket=target.id,
            Id=name,
            MetricsConfiguration={"Id": name, **({"Filter": scope} if scope else {})},
        )
    for item in metrics(s3, target.id):
        if item["Id"] not in wanted:
            s3.delete_bucket_metrics_configuration(Bucket=target.id, Id=item["Id"])


def _set_object_lock(cloud: Cloud, target: Target) -> None:
    """Set or remove the default retention. Objects already locked stay locked until their date."""
    s3, wanted = _s3(cloud, target), target.properties.get("object_lock")
    if not wanted and not lock_enabled(s3, target.id):
        return
    rule = wanted and {"DefaultRetention": {k.capitalize(): v for k, v in wanted.items()}}
    s3.put_object_lock_configuration(
        Bucket=target.id,
        ObjectLockConfiguration={
            "ObjectLockEnabled": "Enabled",
            **({"Rule": rule} if rule else {}),
        },
    )


def _set_replication(cloud: Cloud, target: Target) -> None:
    write_replication(_s3(cloud, target), target.id, target.properties.get("replication"))


def _set_no_cors(cloud: Cloud, target: Target) -> None:
    _s3(cloud, target).delete_bucket_cors(Bucket=target.id)


def _set_no_website(cloud: Cloud, target: Target) -> None:
    _s3(cloud, target).delete_bucket_website(Bucket=target.id)


def _set_no_acceleration(cloud: Cloud, target: Target) -> None:
    _s3(cloud, target).put_bucket_accelerate_configuration(
        Bucket=target.id, AccelerateConfiguration={"Status": "Suspended"}
    )


def _set_tags(cloud: Cloud, target: Target) -> None:
    """Set the tags. S3 replaces all of them, so ignored tags are written back unchanged."""
    s3 = _s3(cloud, target)
    others = [tag for tag in raw_tags(s3, target.id) if cloud.left_alone(tag["Key"])]
    s3.put_bucket_tagging(
        Bucket=target.id, Tagging={"TagSet": [*tag_list(target.properties["tags"]), *others]}
    )


#: In this order: object lock and replication need versioning, and ownership can be enforced only
#: without ACL grants to others.
SETTERS: dict[str, Setter] = {
    "tags": _set_tags,
    "public_access_block": _set_public_access,
    "versioning": _set_versioning,
    "encryption": _set_encryption,
    "acl_grants": _set_no_grants,
    "object_ownership": _set_ownership,
    "policy": _set_policy,
    "lifecycle": _set_lifecycle,
    "logging": _set_logging,
    "notifications": _set_notifications,
    "request_metrics": _set_metrics,
    "object_lock": _set_object_lock,
    "replication": _set_replication,
    "cors": _set_no_cors,
    "website": _set_no_website,
    "acceleration": _set_no_acceleration,
}
