# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The objects in a bucket: count what a teardown would lose, and delete it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from ansible.module_utils.common.text.formatters import bytes_to_human

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule reports it, with what to install

from ....engine.cloud import Cloud, absent, error_code
from ....engine.lock import KEY
from ....engine.model import Found
from ....engine.sentences import EstateError
from ....inputs import LOGS
from .names import s3_in

#: How often to empty a bucket: objects may arrive meanwhile, such as S3's delayed access logs.
ROUNDS = 3


def holds(s3: Any, name: str) -> tuple[str, int]:
    """What a teardown would lose, as text and in bytes; "" for nothing. The lock does not count."""
    versions = markers = size = 0
    newest = None
    for page in _pages(s3, name):
        for item, is_marker in _items(page):
            if is_lock(name, item["Key"]):
                continue
            newest = max(newest or item["LastModified"], item["LastModified"])
            versions += not is_marker
            markers += is_marker
            size += item.get("Size", 0)
    if newest is None:
        return "", 0
    words = (
        f"holds {counted(versions, 'object version')}"
        + (f", {counted(markers, 'delete marker')}" if markers else "")
        + f", {bytes_to_human(size)}, newest {newest:%Y-%m-%d}"
    )
    return words, size


def has_lock(bucket: str) -> bool:
    """Whether this is the bucket of the deploy lock, the only one of ours with this name suffix."""
    return bucket.endswith(f"-{LOGS}")


def is_lock(bucket: str, key: str) -> bool:
    """Whether an object is the deploy lock."""
    return key == KEY and has_lock(bucket)


def counted(number: int, what: str) -> str:
    """A number with its noun: `1 thing`, `2 things`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def _pages(s3: Any, name: str, prefix: str = "") -> Iterator[Any]:
    paginator = s3.get_paginator("list_object_versions")
    yield from paginator.paginate(Bucket=name, Prefix=prefix)


def _items(page: Any) -> Iterator[tuple[Any, bool]]:
    for item in page.get("Versions", []):
        yield item, False
    for item in page.get("DeleteMarkers", []):
        yield item, True


def delete(cloud: Cloud, found: Found) -> None:
    """Delete a bucket, with its objects if the plan listed any (`found.holds`).

    If anything was added since, such as an object or another run's lock, the bucket stays.
    """
    s3 = s3_in(cloud, found.properties["region"])
    absent(lambda: _empty_and_delete(s3, found.name, everything=bool(found.holds)), "NoSuchBucket")


def _empty_and_delete(s3: Any, name: str, *, everything: bool) -> None:
    for _unused in range(ROUNDS if everything else 1):
        if everything:
            purge(s3, name)
            abort_uploads(s3, name)
        elif has_lock(name):
            purge(s3, name, KEY)
        if error_code(lambda: s3.delete_bucket(Bucket=name), "BucketNotEmpty") is None:
            return
    raise EstateError(
        f"Something came into the bucket {name} since it was read: another run or a service wrote "
        "to it. It stays until you run this again."
    )


def purge(s3: Any, name: str, prefix: str = "") -> None:
    """Remove every version and delete marker under a prefix, a page of 1000 at a time.

    The deploy lock is kept: ours was released, so it belongs to another run. A released lock leaves
    a delete marker if versioning was suspended; that is removed.
    """
    # S3 rejects this parameter for buckets without object lock.
    bypass = {"BypassGovernanceRetention": True} if lock_enabled(s3, name) else {}
    for page in _pages(s3, name, prefix):
        batch = [
            {"Key": item["Key"], "VersionId": item["VersionId"]}
            for item, is_marker in _items(page)
            if is_marker or not is_lock(name, item["Key"])
        ]
        if batch:
            answer = s3.delete_objects(
                Bucket=name, Delete={"Objects": batch, "Quiet": True}, **bypass
            )
            _refuse(name, answer.get("Errors", []))


def _refuse(name: str, errors: list[Any]) -> None:
    """Raise one error for the objects that S3 could not delete."""
    if errors:
        first = errors[0]
        message = (
            f"{counted(len(errors), 'object')} of {name} cannot be deleted, "
            f"the first is {first.get('Key')}: {first.get('Message')}"
        )
        answer: Any = {
            "Error": {"Code": str(first.get("Code")), "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": 200},
        }
        raise ClientError(answer, "DeleteObjects")


def abort_uploads(s3: Any, name: str) -> None:
    """Abort all incomplete multipart uploads."""
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=name):
        for upload in page.get("Uploads", []):
            target = {"Bucket": name, "Key": upload["Key"], "UploadId": upload["UploadId"]}
            absent(partial(s3.abort_multipart_upload, **target), "NoSuchUpload")


def lock_enabled(s3: Any, name: str) -> bool:
    """Whether object lock is enabled for the bucket."""
    answer = absent(
        lambda: s3.get_object_lock_configuration(Bucket=name),
        "ObjectLockConfigurationNotFoundError",
    )
    return answer is not None
