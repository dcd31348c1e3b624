"""Atomic conditional writes for S3, and the Date header in its responses.

Stock moto checks and writes in two steps, so that two concurrent requests may both succeed; on S3
the condition and the write are one step. moto run in-process also sends no Date header.

Source of the rules: S3 User Guide, "How to prevent object overwrites with conditional writes".
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from email.utils import formatdate
from typing import Any

from flask import has_request_context
from moto.s3.responses import S3Response

from localcloud.api.moto_patches.seams import Seam

SEAMS = (
    Seam(S3Response, "put_object", "self"),
    Seam(S3Response, "delete_object", "self"),
    Seam(S3Response, "get_object", "self"),
)

_one_at_a_time = threading.Lock()


def apply() -> None:
    """Make conditional writes atomic, and add a Date to object responses."""
    write, delete, read = SEAMS
    write.replace(lambda original: _dated(_in_one_step(original)))
    delete.replace(_in_one_step)
    read.replace(_dated)


def _in_one_step(original: Callable[..., Any]) -> Callable[..., Any]:
    def conditional(self: Any) -> Any:
        if self.headers.get("If-Match") or self.headers.get("If-None-Match"):
            with _one_at_a_time:
                return original(self)
        return original(self)

    return conditional


def _read(original: Callable[..., Any], response: Any, tries: int = 5) -> Any:
    """Read, with retries: moto closes an object that another request replaces meanwhile."""
    for _unused in range(tries - 1):
        with suppress(ValueError):
            return original(response)
    return original(response)


def _dated(original: Callable[..., Any]) -> Callable[..., Any]:
    def dated(self: Any) -> Any:
        status, headers, body = _read(original, self)
        if not has_request_context():  # a real server sets the Date itself
            headers.setdefault("date", formatdate(usegmt=True))
        return status, headers, body

    return dated
