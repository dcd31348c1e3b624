"""The results of planning and applying as plain data."""

from __future__ import annotations

from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands import results
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import Found


def test_s3_bills_binary_gigabytes() -> None:
    bucket = Found("bucket", "b", "b", {}, held_bytes=5 * 1024**3)

    assert results.stored_gb([bucket, Found("vpc", "v", "vpc-1", {})]) == {"b": 5.0}
