"""Published models: ``models/<name>/<version>/`` in model-artifacts, written once, for ever.

The manifest is written last: a version without one was never published. No object is ever
overwritten: S3 refuses a second write of the same key.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cardiology.errors import CardiologyError
from cardiology.store import AlreadyExistsError, S3Store, StoredObject, json_bytes

BUCKET = "model_artifacts"
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Artifact:
    """A published version: its s3:// folder and its files, the manifest last."""

    uri: str
    files: tuple[StoredObject, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the plain form that goes into result.json."""
        return {"uri": self.uri, "files": [file.as_dict() for file in self.files]}


def check_free(store: S3Store, name: str, version: str) -> None:
    """Raise CardiologyError if the name is unusable or the version published: before training."""
    if store.holds(BUCKET, _prefix(name, version) + MANIFEST):
        raise _taken(name, version)


def publish(
    store: S3Store, name: str, version: str, files: Mapping[str, bytes], facts: Mapping[str, Any]
) -> Artifact:
    """Publish ``files`` (file name → bytes) and a manifest with ``facts`` and their SHA-256.

    An upload that was cut off may be finished with the same bytes, by the same call.
    Raises CardiologyError if the version exists, or holds other bytes.
    """
    prefix = _prefix(name, version)
    check_free(store, name, version)
    stored = [_add(store, prefix + file, data, name, version) for file, data in files.items()]
    manifest = {
        "model": name,
        "version": version,
        **facts,
        "files": [item.as_dict() for item in stored],
    }
    try:
        last = _put_new(store, prefix + MANIFEST, json_bytes(manifest))
    except AlreadyExistsError as error:
        raise _taken(name, version) from error
    return Artifact(store.uri(BUCKET, prefix), (*stored, last))


def load(store: S3Store, name: str, version: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return a version's manifest and its files (file name → bytes), each checked."""
    prefix = _prefix(name, version)
    manifest = store.get_json(BUCKET, prefix + MANIFEST)
    files = {
        item["key"].removeprefix(prefix): store.get(BUCKET, item["key"], item["sha256"])
        for item in manifest["files"]
    }
    return manifest, files


def _add(store: S3Store, key: str, data: bytes, name: str, version: str) -> StoredObject:
    try:
        return _put_new(store, key, data)
    except AlreadyExistsError as error:
        raise CardiologyError(
            f"version {version} of model {name} holds another upload that was never finished: "
            "choose a new version"
        ) from error


def _put_new(store: S3Store, key: str, data: bytes) -> StoredObject:
    """Store a new object; raise AlreadyExistsError where others are there than these bytes.

    S3 also says that the key exists when the answer to our own write was lost and botocore has
    sent it again.
    """
    try:
        return store.put(BUCKET, key, data, new=True)
    except AlreadyExistsError:
        if store.get(BUCKET, key) != data:
            raise
        return StoredObject.of(key, data)


def _taken(name: str, version: str) -> CardiologyError:
    return AlreadyExistsError(
        f"version {version} of model {name} already exists and is never overwritten: "
        "choose a new version"
    )


def _prefix(name: str, version: str) -> str:
    for what, value in (("model name", name), ("version", version)):
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", value):
            raise CardiologyError(f"{value!r} cannot be a {what}: use letters, digits and . _ + -")
    return f"models/{name}/{version}/"
