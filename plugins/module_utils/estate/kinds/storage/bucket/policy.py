# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Bucket policies: TLS only, our key only, and the services that write logs."""

from __future__ import annotations

from typing import Any

from ....engine.model import Facts, Properties
from ....inputs import DATA, LOGS, Inputs
from ....names import bucket_arn, trail_arn
from ...policies import for_us, only_tls
from ...policies import policy as as_policy
from .names import ACCESS_LOGS, TRAIL_LOGS, bucket_names, key_address

ALGORITHM_HEADER = "s3:x-amz-server-side-encryption"
KEY_HEADER = "s3:x-amz-server-side-encryption-aws-kms-key-id"


def policy(inputs: Inputs, facts: Facts, key: str) -> Properties:
    """The whole policy of one bucket."""
    arn = bucket_arn(facts, bucket_names(inputs)[key])
    statements = [only_tls("s3:*", arn, f"{arn}/*")]
    if inputs.customer_managed_key:
        statements.append(_only_our_key(arn, key, key_address(inputs, key)))
    if key == LOGS:
        statements.append(_access_logs(inputs, facts, arn))
        if inputs.cloudtrail:
            statements += _trail(inputs, facts, arn)
    return as_policy(*statements)


def _only_our_key(arn: str, bucket: str, kms_key: str) -> dict[str, Any]:
    """Deny requests for another encryption than ours.

    A request without encryption headers is allowed: the bucket's default applies. In the logs
    bucket, S3's own encryption is allowed too, but a request with a KMS key must use ours.
    """
    asked = KEY_HEADER if bucket == LOGS else ALGORITHM_HEADER
    return {
        "Sid": "OnlyOurKey",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:PutObject",
        "Resource": f"{arn}/*",
        "Condition": {"Null": {asked: "false"}, "StringNotEquals": {KEY_HEADER: kms_key}},
    }


def _access_logs(inputs: Inputs, facts: Facts, arn: str) -> dict[str, Any]:
    """Allow S3 to write access logs, from our data buckets only."""
    names = bucket_names(inputs)
    return {
        "Sid": "AccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"{arn}/{ACCESS_LOGS}*",
        "Condition": for_us(facts, *(bucket_arn(facts, names[key]) for key in DATA)),
    }


def _trail(inputs: Inputs, facts: Facts, arn: str) -> list[dict[str, Any]]:
    """Allow CloudTrail to write for our trail, as its documentation requires."""
    ours = {"aws:SourceArn": trail_arn(inputs, facts)}
    principal = {"Service": "cloudtrail.amazonaws.com"}
    return [
        {
            "Sid": "TrailAcl",
            "Effect": "Allow",
            "Principal": principal,
            "Action": "s3:GetBucketAcl",
            "Resource": arn,
            "Condition": {"StringEquals": ours},
        },
        {
            "Sid": "TrailLogs",
            "Effect": "Allow",
            "Principal": principal,
            "Action": "s3:PutObject",
            "Resource": f"{arn}/{TRAIL_LOGS}/AWSLogs/{facts.account_id}/*",
            "Condition": {
                "StringEquals": {**ours, "s3:x-amz-acl": "bucket-owner-full-control"},
            },
        },
    ]
