"""Objects in the environment's buckets, with their keys, checksums and S3's errors."""

import base64
import hashlib
import io
import json
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import polars as pl
from botocore.exceptions import ClientError

from cardiology.errors import CardiologyError, aws_errors
from cardiology.plain import jsonable
from cardiology.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_MISSING = {"404", "NoSuchKey", "NotFound"}
_TAKEN = {"412", "PreconditionFailed"}
# Another conditional request for the same key was in progress, so the result is unknown: retry.
_CONFLICT = {"409", "ConditionalRequestConflict"}
CONFLICT_TRIES = 5
CONFLICT_SECONDS = 0.5
MAX_KEY_BYTES = 1_024


class AlreadyExistsError(CardiologyError):
    """An object that must never be overwritten already exists."""


class MissingObjectError(CardiologyError):
    """The requested object does not exist."""


class PandasFrame(Protocol):
    """The part of a pandas frame that is used; avoids importing pandas."""

    def to_parquet(self, path: io.BytesIO, *, index: bool) -> object:
        """Write the frame as Parquet."""


class ArrowTable(Protocol):
    """Anything that exports its columns to Arrow, such as pyarrow.Table."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the columns as an Arrow stream."""


Frame = pl.DataFrame | pl.LazyFrame | PandasFrame | ArrowTable


@dataclass(frozen=True)
class StoredObject:
    """One object in a bucket: its key, SHA-256 (hex) and size in bytes."""

    key: str
    sha256: str
    size: int

    @classmethod
    def of(cls, key: str, data: bytes) -> "StoredObject":
        """Describe ``data`` as stored under ``key``."""
        return cls(key, hashlib.sha256(data).hexdigest(), len(data))

    def as_dict(self) -> dict[str, Any]:
        """Return the dict for manifests."""
        return {"key": self.key, "sha256": self.sha256, "bytes": self.size}


class S3Store:
    """Reads and writes objects; buckets are given by their short names (``raw_data``)."""

    def __init__(self, client: "S3Client", settings: Settings):
        self._client = client
        self._settings = settings

    def uri(self, bucket: str, key: str) -> str:
        """Return the s3:// address of an object or folder."""
        return f"s3://{self._settings.bucket(bucket)}/{key}"

    def _object(self, bucket: str, key: str) -> str:
        """Return the address of an object; raise CardiologyError for a key that S3 refuses."""
        size = len(key.encode(errors="replace")) if isinstance(key, str) else 0
        if not 0 < size <= MAX_KEY_BYTES:
            raise CardiologyError(f"{key!r} cannot be a key: use 1 to {MAX_KEY_BYTES} bytes")
        return self.uri(bucket, key)

    def upload_dataframe(self, df: Frame, bucket: str, name: str) -> StoredObject:
        """Store a polars, pandas or pyarrow frame as Parquet, replacing an existing object.

        The key is ``<name>.parquet``, even if ``name`` already ends in .parquet. The index of a
        pandas frame is not stored. Raises CardiologyError before anything is stored.
        """
        stem = name.removesuffix(".parquet") if isinstance(name, str) else ""
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)*", stem) or ".." in stem:
            raise CardiologyError(
                f"{name!r} cannot be the name of a table: use letters, digits, _ . - and, "
                "between folders, /"
            )
        self._object(bucket, f"{stem}.parquet")
        return self.put(bucket, f"{stem}.parquet", parquet_bytes(df))

    def put(self, bucket: str, key: str, data: bytes, *, new: bool = False) -> StoredObject:
        """Store bytes; S3 verifies them against the SHA-256 in the request.

        With ``new``, raise AlreadyExistsError if the key exists: S3 checks this atomically
        (If-None-Match), so two writers can never both succeed.
        """
        if not isinstance(data, bytes):
            raise CardiologyError(f"an object's content must be bytes, not {type(data).__name__}")
        stored = StoredObject.of(key, data)
        condition: dict[str, Any] = {"IfNoneMatch": "*"} if new else {}
        with aws_errors(f"write {self._object(bucket, key)}"):
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
        """Store a document as readable JSON, replacing an existing object."""
        return self.put(bucket, key, json_bytes(document))

    def get(self, bucket: str, key: str, sha256: str | None = None) -> bytes:
        """Return an object's bytes; raise if it does not exist or does not match ``sha256``."""
        uri = self._object(bucket, key)
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
        """Return a stored JSON object; raise CardiologyError if it is not one."""
        data = self.get(bucket, key)
        try:
            document = json.loads(data)
        except ValueError as error:
            raise CardiologyError(f"{self.uri(bucket, key)} is not valid JSON") from error
        if not isinstance(document, dict):
            raise CardiologyError(f"{self.uri(bucket, key)} does not hold a JSON object")
        return document

    def holds(self, bucket: str, key: str, sha256: str | None = None) -> bool:
        """Return whether the object exists (and was stored with this SHA-256)."""
        with aws_errors(f"look for {self._object(bucket, key)}"):
            try:
                head = self._client.head_object(Bucket=self._settings.bucket(bucket), Key=key)
            except ClientError as error:
                if error.response["Error"]["Code"] in _MISSING:
                    return False
                raise
        return sha256 is None or head["Metadata"].get("sha256") == sha256


def json_bytes(document: Any) -> bytes:
    """Return a document as readable JSON, the same bytes for the same document.

    Accepts what ``plain.jsonable`` accepts; raises CardiologyError for anything else.
    """
    plain = jsonable("document", document)
    return (json.dumps(plain, indent=2, sort_keys=True, allow_nan=False) + "\n").encode()


def parquet_bytes(df: Frame) -> bytes:
    """Return a frame as the bytes of a Parquet file; raise CardiologyError if that fails."""
    buffer = io.BytesIO()
    try:
        _write_parquet(df, buffer)
    except CardiologyError:
        raise
    except Exception as error:  # each frame library and pandas engine has its own
        reason = " ".join(str(error).split()) or type(error).__name__
        raise CardiologyError(f"this frame cannot be written as Parquet: {reason}") from error
    return buffer.getvalue()


def _write_parquet(df: Frame, buffer: io.BytesIO) -> None:
    if isinstance(df, pl.LazyFrame):
        df = df.collect()
    if isinstance(df, pl.DataFrame):
        df.write_parquet(buffer)
    elif hasattr(df, "to_parquet"):
        df.to_parquet(buffer, index=False)
    elif hasattr(df, "__arrow_c_stream__"):
        pl.DataFrame(df).write_parquet(buffer)
    else:
        raise CardiologyError(
            f"a frame of polars, pandas or pyarrow is needed, not {type(df).__name__}"
        )
