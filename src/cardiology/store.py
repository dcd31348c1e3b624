"""Objects in the environment's buckets: the one place for keys, checksums and S3 errors."""

import base64
import hashlib
import io
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import polars as pl
from botocore.exceptions import BotoCoreError, ClientError

from cardiology.errors import CardiologyError
from cardiology.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MISSING = {"404", "NoSuchKey", "NotFound"}
_TAKEN = {"412", "PreconditionFailed"}
# Another conditional request of the same key got in the way: nothing is known, so try again.
_CONFLICT = {"409", "ConditionalRequestConflict"}
CONFLICT_TRIES = 5
CONFLICT_SECONDS = 0.5


class AlreadyExistsError(CardiologyError):
    """An object that must never be overwritten is already there."""


class MissingObjectError(CardiologyError):
    """An object that was asked for is not there."""


class PandasFrame(Protocol):
    """What we ask of a pandas frame, without importing pandas."""

    def to_parquet(self, path: io.BytesIO, *, index: bool) -> object:
        """Write the frame as Parquet."""


@dataclass(frozen=True)
class StoredObject:
    """One object in a bucket: its key, the SHA-256 of its content in hex, its size in bytes."""

    key: str
    sha256: str
    size: int

    @classmethod
    def of(cls, key: str, data: bytes) -> "StoredObject":
        """Describe ``data`` as stored under ``key``."""
        return cls(key, hashlib.sha256(data).hexdigest(), len(data))

    def as_dict(self) -> dict[str, Any]:
        """Return the plain form that goes into manifests."""
        return {"key": self.key, "sha256": self.sha256, "bytes": self.size}


@contextmanager
def aws_errors(doing: str) -> Iterator[None]:
    """Turn any error of the AWS client into one sentence that says what was being done."""
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "unknown error")
        message = error.response.get("Error", {}).get("Message", "")
        raise CardiologyError(f"cannot {doing}: {code}: {message}".rstrip(": ")) from error
    except BotoCoreError as error:
        raise CardiologyError(f"cannot {doing}: {' '.join(str(error).split())}") from error


class S3Store:
    """Reads and writes by the buckets' short names (``processed_data``) of the settings."""

    def __init__(self, client: "S3Client", settings: Settings):
        self._client = client
        self._settings = settings

    def uri(self, bucket: str, key: str) -> str:
        """Return the s3:// address of an object."""
        return f"s3://{self._settings.bucket(bucket)}/{key}"

    def upload_dataframe(
        self, df: "pl.DataFrame | PandasFrame", bucket: str, name: str
    ) -> StoredObject:
        """Store a polars or pandas frame as Parquet under ``<name>.parquet``, replacing it.

        The index of a pandas frame is not stored. Raises CardiologyError.
        """
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)*", name) or ".." in name:
            raise CardiologyError(f"{name!r} cannot be the name of a table")
        return self.put(bucket, f"{name}.parquet", parquet_bytes(df))

    def put(self, bucket: str, key: str, data: bytes, *, new: bool = False) -> StoredObject:
        """Store bytes; S3 itself checks them against the SHA-256 that we send.

        With ``new``, raise AlreadyExistsError if the key exists: S3 decides that atomically
        (If-None-Match), so two writers can never both succeed.
        """
        stored = StoredObject.of(key, data)
        condition: dict[str, Any] = {"IfNoneMatch": "*"} if new else {}
        with aws_errors(f"write {self.uri(bucket, key)}"):
            try:
                self._put_object(
                    Bucket=self._settings.bucket(bucket),
                    Key=key,
                    Body=data,
                    ChecksumAlgorithm="SHA256",
                    ChecksumSHA256=base64.b64encode(bytes.fromhex(stored.sha256)).decode(),
                    Metadata={"sha256": stored.sha256},
                    **condition,
                )
            except ClientError as error:
                if new and error.response["Error"]["Code"] in _TAKEN:
                    raise AlreadyExistsError(f"{self.uri(bucket, key)} already exists") from error
                raise
        return stored

    def _put_object(self, **request: Any) -> None:
        for number in range(1, CONFLICT_TRIES + 1):
            try:
                self._client.put_object(**request)
                return
            except ClientError as error:
                conflict = error.response["Error"]["Code"] in _CONFLICT
                if not conflict or number == CONFLICT_TRIES:
                    raise
                time.sleep(CONFLICT_SECONDS * number)

    def put_json(self, bucket: str, key: str, document: Any) -> StoredObject:
        """Store a document as readable JSON, replacing what is there."""
        return self.put(bucket, key, json_bytes(document))

    def get(self, bucket: str, key: str, sha256: str | None = None) -> bytes:
        """Return an object's bytes; raise if it is absent or not what ``sha256`` promises."""
        uri = self.uri(bucket, key)
        with aws_errors(f"read {uri}"):
            try:
                answer = self._client.get_object(Bucket=self._settings.bucket(bucket), Key=key)
                data = answer["Body"].read()
            except ClientError as error:
                if error.response["Error"]["Code"] in _MISSING:
                    raise MissingObjectError(f"{uri} does not exist") from error
                raise
        if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
            raise CardiologyError(f"{uri} is corrupt: its SHA-256 is not the one in the manifest")
        return data

    def get_json(self, bucket: str, key: str) -> dict[str, Any]:
        """Return a stored JSON object; raise CardiologyError if it is none."""
        data = self.get(bucket, key)
        try:
            document = json.loads(data)
        except ValueError as error:
            raise CardiologyError(f"{self.uri(bucket, key)} is not valid JSON") from error
        if not isinstance(document, dict):
            raise CardiologyError(f"{self.uri(bucket, key)} does not hold a JSON object")
        return document

    def holds(self, bucket: str, key: str, sha256: str | None = None) -> bool:
        """Tell whether the object is there (and was stored with that SHA-256)."""
        with aws_errors(f"look for {self.uri(bucket, key)}"):
            try:
                head = self._client.head_object(Bucket=self._settings.bucket(bucket), Key=key)
            except ClientError as error:
                if error.response["Error"]["Code"] in _MISSING:
                    return False
                raise
        return sha256 is None or head["Metadata"].get("sha256") == sha256


def json_bytes(document: Any) -> bytes:
    """Return a document as readable JSON, the same bytes for the same document."""
    return (json.dumps(document, indent=2, sort_keys=True) + "\n").encode()


def parquet_bytes(df: "pl.DataFrame | PandasFrame") -> bytes:
    """Return a polars or pandas frame as the bytes of a Parquet file."""
    buffer = io.BytesIO()
    if isinstance(df, pl.DataFrame):
        df.write_parquet(buffer)
    elif hasattr(df, "to_parquet"):
        df.to_parquet(buffer, index=False)
    else:
        raise CardiologyError(f"a polars or pandas frame is needed, not {type(df).__name__}")
    return buffer.getvalue()
