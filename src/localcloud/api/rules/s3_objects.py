"""Digests, key and metadata of an S3 request.

Source: S3 API Reference, "Error responses"; S3 User Guide, "Checking object integrity" and
"Naming Amazon S3 objects".
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping
from typing import Any

from localcloud.api.errors import Refused

_KEY_BYTES = 1024
_METADATA_BYTES = 2048

#: Checksum functions by the suffix of the header's name. CRC32C and CRC64NVME would need a
#: library, so they are accepted unchecked.
_CHECKSUMS: dict[str, Callable[[bytes], bytes]] = {
    "crc32": lambda body: binascii.crc32(body).to_bytes(4, "big"),
    "sha1": lambda body: hashlib.sha1(body, usedforsecurity=False).digest(),
    "sha256": lambda body: hashlib.sha256(body).digest(),
}


def every(response: Any, parameters: Mapping[str, Any]) -> None:
    """The rules for every request."""
    if len(str(parameters.get("Key", "")).encode()) > _KEY_BYTES:
        raise Refused("KeyTooLongError", "Your key is too long")
    metadata = parameters.get("Metadata") or {}
    if sum(len(f"{name}{value}".encode()) for name, value in metadata.items()) > _METADATA_BYTES:
        raise Refused(
            "MetadataTooLarge", "Your metadata headers exceed the maximum allowed metadata size"
        )
    _check_md5(response)
    if "MultipartUpload" not in parameters:
        _check_checksums(response)


def _check_md5(response: Any) -> None:
    sent = response.headers.get("Content-MD5")
    if sent is None:
        return
    if len(_decoded(sent)) != hashlib.md5(usedforsecurity=False).digest_size:
        raise Refused("InvalidDigest", "The Content-MD5 you specified was invalid.")
    if hashlib.md5(response.body or b"", usedforsecurity=False).digest() != _decoded(sent):
        raise Refused("BadDigest", "The Content-MD5 you specified did not match what we received.")


def _check_checksums(response: Any) -> None:
    for name, compute in _CHECKSUMS.items():
        header = f"x-amz-checksum-{name}"
        sent = response.headers.get(header) or _trailer(response, header)
        if sent is None:
            continue
        computed = compute(response.body or b"")
        if len(_decoded(sent)) != len(computed):
            raise Refused("InvalidRequest", f"Value for {header} header is invalid.")
        if _decoded(sent) != computed:
            raise Refused(
                "BadDigest",
                f"The {name.upper()} you specified did not match the calculated checksum.",
            )


def _trailer(response: Any, header: str) -> str | None:
    """A checksum that is sent after a chunked body."""
    if response.headers.get("x-amz-trailer") != header:
        return None
    found = re.search(rb"\r\n" + header.encode() + rb":([^\r\n]+)\r\n", response.raw_body[-300:])
    return found[1].decode().strip() if found else None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


RULES = {"": every}
