# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What lies in a bucket: what teardown would lose, and how it goes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says so, with what to install

from ..cloud import Cloud, EstateError, absent, error_code
from ..inputs import LOGS
from ..lock import KEY
from ..model import Found
from .bucket_names import s3_in

#: Objects may arrive while a bucket is emptied: S3 delivers access logs hours later.
ROUNDS = 3
UNITS = ("B", "kB", "MB", "GB", "TB", "PB")


def holds(s3: Any, name: str) -> tuple[str, int]:
    """What teardown would lose, in words and bytes; "" for nothing. The deploy lock is no data."""
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
        + f", {readable(size)}, newest {newest:%Y-%m-%d}"
    )
    return words, size


def has_lock(bucket: str) -> bool:
    """Whether this is the bucket of the deploy lock: of ours one alone has a name that ends so."""
    return bucket.endswith(f"-{LOGS}")


def is_lock(bucket: str, key: str) -> bool:
    """Whether an object is the deploy lock."""
    return key == KEY and has_lock(bucket)


def counted(number: int, what: str) -> str:
    """`1 thing`, `2 things`."""
    return f"{number} {what}{'' if number == 1 else 's'}"


def readable(size: int) -> str:
    """Bytes for a person, in powers of ten as AWS bills them."""
    value, unit = float(size), 0
    while value >= 999.95 and unit < len(UNITS) - 1:
        value, unit = value / 1000, unit + 1
    return f"{value:.0f} {UNITS[unit]}" if unit == 0 else f"{value:.1f} {UNITS[unit]}"


def _pages(s3: Any, name: str, prefix: str = "") -> Iterator[Any]:
    paginator = s3.get_paginator("list_object_versions")
    yield from paginator.paginate(Bucket=name, Prefix=prefix)


def _items(page: Any) -> Iterator[tuple[Any, bool]]:
    for item in page.get("Versions", []):
        yield item, False
    for item in page.get("DeleteMarkers", []):
        yield item, True


def delete(cloud: Cloud, found: Found) -> None:
    """Delete a bucket, and what it holds where that was known when it was decided.

    What came since keeps the bucket: an object, or the lock of a run that began meanwhile.
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

    Not the deploy lock: our own was given back, so this is another run's. It leaves a delete marker
    where somebody suspended versioning.
    """
    # Without object lock S3 refuses the word for passing it.
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
    """What S3 could not delete, as one error."""
    if errors:
        first = errors[0]
        message = (
            f"{counted(len(errors), 'object')} of {name} cannot be deleted, "
            f"the first is {first.get('Key')}: {first.get('Message')}"
        )
        raise ClientError(
            {
                "Error": {"Code": str(first.get("Code")), "Message": message},
                "ResponseMetadata": {"HTTPStatusCode": 200},
            },
            "DeleteObjects",
        )


def abort_uploads(s3: Any, name: str) -> None:
    """End every upload that was never completed."""
    for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=name):
        for upload in page.get("Uploads", []):
            target = {"Bucket": name, "Key": upload["Key"], "UploadId": upload["UploadId"]}
            absent(lambda target=target: s3.abort_multipart_upload(**target), "NoSuchUpload")


def lock_enabled(s3: Any, name: str) -> bool:
    """Whether versions in the bucket can be locked at all."""
    answer = absent(
        lambda: s3.get_object_lock_configuration(Bucket=name),
        "ObjectLockConfigurationNotFoundError",
    )
    return answer is not None
