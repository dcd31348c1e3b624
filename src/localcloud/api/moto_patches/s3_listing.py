"""Paged ListObjectVersions, as on S3.

moto searches for the version that ended the last page. A client that deletes what a page lists,
which is how a bucket is emptied, then gets an empty page. moto also copies every version in the
bucket for every page, and drops one version if only a key marker is given.
"""

from collections.abc import Callable, Iterator
from typing import Any

from moto.s3.models import FakeDeleteMarker, S3Backend

from localcloud.api.moto_patches.seams import Seam

SEAMS = (
    Seam(
        S3Backend,
        "list_object_versions",
        "self, bucket_name, delimiter, key_marker, max_keys, prefix, version_id_marker",
    ),
)

Page = tuple[list[Any], list[str], list[Any], str | None, str | None]


def apply() -> None:
    """Replace moto's listing."""
    SEAMS[0].replace(_listed)


def _listed(_original: Callable[..., Any]) -> Callable[..., Any]:
    def list_object_versions(
        self: Any,
        bucket_name: str,
        delimiter: str | None = None,
        key_marker: str | None = None,
        max_keys: int | None = 1000,
        prefix: str = "",
        version_id_marker: str | None = None,
    ) -> Page:
        bucket = self.get_bucket(bucket_name)
        versions: list[Any] = []
        markers: list[Any] = []
        groups: list[str] = []
        last: tuple[str, str | None] = (key_marker or "", version_id_marker)
        for version in _after(bucket, prefix, key_marker, version_id_marker):
            group = _group(version.name, prefix, delimiter)
            if group and (group in groups or group == key_marker):
                continue
            if max_keys is not None and len(versions) + len(markers) + len(groups) >= max_keys:
                return versions, groups, markers, *last
            if group:
                groups.append(group)
                last = (group, None)
                continue
            (markers if isinstance(version, FakeDeleteMarker) else versions).append(version)
            last = (version.name, version.version_id or "null")
        return versions, groups, markers, None, None

    return list_object_versions


def _after(
    bucket: Any, prefix: str, key_marker: str | None, version_marker: str | None
) -> Iterator[Any]:
    """The versions after the markers: sorted by key, newest version of a key first."""
    names = sorted(name for name, _ in list(bucket.keys.iterlists()) if name.startswith(prefix))
    for name in names:
        if key_marker and (name < key_marker or (name == key_marker and not version_marker)):
            continue
        newest_first = list(reversed(bucket.keys.getlist(name, [])))
        for place, version in enumerate(newest_first):
            version.is_latest = place == 0
        if name == key_marker:
            newest_first = _older(newest_first, version_marker)
        yield from newest_first


def _older(versions: list[Any], marker: str | None) -> list[Any]:
    """The versions of a key after the marker; all of them if the marker's version is deleted."""
    ids = [version.version_id or "null" for version in versions]
    return versions[ids.index(marker) + 1 :] if marker in ids else versions


def _group(name: str, prefix: str, delimiter: str | None) -> str | None:
    """The common prefix that a key is listed under."""
    rest = name[len(prefix) :]
    if not delimiter or delimiter not in rest:
        return None
    return prefix + rest[: rest.index(delimiter) + len(delimiter)]
