"""Conditional writes of S3, decided one at a time, and the clock in its answers.

Stock moto looks and writes in two steps, so that of two requests at once both may win; on S3 the
condition and the write are one step. And moto run in-process gives answers without a Date.

Source of the rules: S3 User Guide, "How to prevent object overwrites with conditional writes".
"""

import threading
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

from flask import has_request_context
from moto.s3.responses import S3Response

from localcloud.moto_patches.seams import Seam

SEAMS = (
    Seam(S3Response, "put_object", "self"),
    Seam(S3Response, "delete_object", "self"),
    Seam(S3Response, "get_object", "self"),
)

_one_at_a_time = threading.Lock()


def apply() -> None:
    """Make conditional writes one step, and give the answers of objects a Date."""
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


def _dated(original: Callable[..., Any]) -> Callable[..., Any]:
    def dated(self: Any) -> Any:
        status, headers, body = original(self)
        if not has_request_context():  # a real server sets the Date by itself
            headers.setdefault("date", formatdate(usegmt=True))
        return status, headers, body

    return dated
