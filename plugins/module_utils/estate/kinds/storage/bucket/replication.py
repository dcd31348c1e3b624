# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replication of one bucket: the desired rules, and conversion of AWS's document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ....engine.cloud import absent
from ....engine.model import Facts, Properties
from ....inputs import REPLICA, Inputs
from ....names import bucket_arn, role_arn
from .names import bucket_names

NONE = "ReplicationConfigurationNotFoundError"


def replication(inputs: Inputs, facts: Facts, key: str) -> Properties:
    """Replicate everything in a data bucket, including delete markers."""
    destination = bucket_arn(facts, bucket_names(inputs)[key + REPLICA])
    kms_key = "kms_key/replica" if inputs.customer_managed_key else ""
    return {
        "role": role_arn(inputs, facts, "replication"),
        "rules": {"everything": _rule(destination, kms_key)},
    }


def _rule(destination: str, replica_kms_key: str) -> Properties:
    """The rule in AWS's format, without its ID."""
    target: Properties = {"Bucket": destination, "Metrics": {"Status": "Enabled"}}
    result: Properties = {
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Enabled"},
        "Destination": target,
    }
    if replica_kms_key:
        # Without this, S3 does not replicate objects encrypted with a KMS key.
        target["EncryptionConfiguration"] = {"ReplicaKmsKeyID": replica_kms_key}
        result["SourceSelectionCriteria"] = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    return result


def normal(configuration: Mapping[str, Any]) -> Properties:
    """AWS's document with the rules by ID, and one form for "all objects"."""
    rules = {
        item["ID"]: {key: value for key, value in item.items() if key != "ID"}
        for item in configuration["Rules"]
    }
    for item in rules.values():
        if item.get("Filter") == {}:
            item["Filter"] = {"Prefix": ""}
    return {"role": configuration["Role"], "rules": rules}


def configuration(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """AWS's document for a normal form."""
    return {
        "Role": wanted["role"],
        "Rules": [{"ID": name, **item} for name, item in sorted(wanted["rules"].items())],
    }


def read(s3: Any, bucket: str) -> Properties | None:
    """The replication of a bucket, None if there is none."""
    answer = absent(lambda: s3.get_bucket_replication(Bucket=bucket), NONE)
    return None if answer is None else normal(answer["ReplicationConfiguration"])


def write(s3: Any, bucket: str, wanted: Mapping[str, Any] | None) -> None:
    """Replace the replication of a bucket, or remove it."""
    if wanted:
        s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=configuration(wanted))
    else:
        s3.delete_bucket_replication(Bucket=bucket)
