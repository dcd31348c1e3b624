"""Published models, each in ``models/<name>/<version>/`` in the bucket model-artifacts.

The manifest is written last: a version without one is not published. No object is ever
overwritten: S3 refuses a second write to the same key.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cardiology.errors import CardiologyError
from cardiology.store import AlreadyExistsError, S3Store, StoredObject, json_bytes

BUCKET = "model_artifacts"
MANIFEST = "manifest.json"
_OWN_FACTS = ("model", "version", "files")


@dataclass(frozen=True)
class Artifact:
    """A published version: its s3:// folder and its files, the manifest last."""

    uri: str
    files: tuple[StoredObject, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the dict for result.json."""
        return {"uri": self.uri, "files": [file.as_dict() for file in self.files]}


def check_free(store: S3Store, name: str, version: str) -> None:
    """Raise CardiologyError if the name is invalid or the version is already published."""
    if store.holds(BUCKET, _prefix(name, version) + MANIFEST):
        raise _taken(name, version)


def publish(
    store: S3Store, name: str, version: str, files: Mapping[str, bytes], facts: Mapping[str, Any]
) -> Artifact:
    """Publish ``files`` (file name → bytes) and a manifest with ``facts`` and their SHA-256.

    An interrupted upload can be finished by the same call with the same bytes. Raises
    CardiologyError if the version exists or holds other bytes, and, before anything is stored, if
    ``facts`` or a file name are invalid.
    """
    prefix = _prefix(name, version)
    manifest = _manifest(prefix, name, version, files, facts)
    check_free(store, name, version)
    stored = [_add(store, prefix + file, data, name, version) for file, data in files.items()]
    try:
        last = _put_new(store, prefix + MANIFEST, manifest)
    except AlreadyExistsError as error:
        raise _taken(name, version) from error
    return Artifact(store.uri(BUCKET, prefix), (*stored, last))


def load(store: S3Store, name: str, version: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    """Return a version's manifest and its files (file name → bytes), each verified."""
    prefix = _prefix(name, version)
    manifest = store.get_json(BUCKET, prefix + MANIFEST)
    try:
        listed = [(str(item["key"]), str(item["sha256"])) for item in manifest["files"]]
    except (KeyError, TypeError) as error:
        uri = store.uri(BUCKET, prefix + MANIFEST)
        raise CardiologyError(f"{uri} is not the manifest of a published model") from error
    return manifest, {
        key.removeprefix(prefix): store.get(BUCKET, key, sha256) for key, sha256 in listed
    }


def _manifest(
    prefix: str, name: str, version: str, files: Mapping[str, bytes], facts: Mapping[str, Any]
) -> bytes:
    for file in files:
        if file == MANIFEST or not file.isprintable() or "/" in file or not file:
            raise CardiologyError(f"{file!r} cannot be the name of a model file")
    taken = [fact for fact in facts if fact in _OWN_FACTS]
    if taken:
        raise CardiologyError(f"{taken[0]} is in every manifest: choose another name for the fact")
    stored = [StoredObject.of(prefix + file, data).as_dict() for file, data in files.items()]
    return json_bytes({"model": name, "version": version, **facts, "files": stored})


def _add(store: S3Store, key: str, data: bytes, name: str, version: str) -> StoredObject:
    try:
        return _put_new(store, key, data)
    except AlreadyExistsError as error:
        raise CardiologyError(
            f"version {version} of model {name} holds another upload that was never finished: "
            "choose a new version"
        ) from error


def _put_new(store: S3Store, key: str, data: bytes) -> StoredObject:
    """Store a new object; raise AlreadyExistsError if the key holds other bytes.

    S3 also reports that the key exists if the reply to this write was lost and botocore retried.
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
        if not isinstance(value, str) or not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._+-]*", value):
            raise CardiologyError(
                f"{value!r} cannot be a {what}: use text of letters, digits and . _ + -"
            )
    return f"models/{name}/{version}/"
