# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Replication of one bucket: what is wanted, and AWS's document in normal form and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..cloud import absent
from ..inputs import REPLICA, Inputs
from ..model import Facts, Properties
from ..names import bucket_arn, role_arn
from .bucket_names import bucket_names

NONE = "ReplicationConfigurationNotFoundError"


def replication(inputs: Inputs, facts: Facts, key: str) -> Properties:
    """Everything in a data bucket goes to its replica, delete markers included."""
    destination = bucket_arn(facts, bucket_names(inputs)[key + REPLICA])
    kms_key = "kms_key/replica" if inputs.customer_managed_key else ""
    return {
        "role": role_arn(inputs, facts, "replication"),
        "rules": {"everything": rule(destination, replica_kms_key=kms_key)},
    }


def rule(
    destination: str,
    *,
    replica_kms_key: str = "",
    priority: int = 1,
    prefix: str = "",
    status: str = "Enabled",
    delete_markers: bool = True,
    metrics: bool = True,
    storage_class: str = "",
) -> Properties:
    """One rule as AWS writes it, without its ID."""
    target: Properties = {"Bucket": destination}
    if storage_class:
        target["StorageClass"] = storage_class
    if metrics:
        target["Metrics"] = {"Status": "Enabled"}
    result: Properties = {
        "Priority": priority,
        "Status": status,
        "Filter": {"Prefix": prefix},
        "DeleteMarkerReplication": {"Status": "Enabled" if delete_markers else "Disabled"},
        "Destination": target,
    }
    if replica_kms_key:
        # Without the selection S3 leaves out what is encrypted with a KMS key.
        target["EncryptionConfiguration"] = {"ReplicaKmsKeyID": replica_kms_key}
        result["SourceSelectionCriteria"] = {"SseKmsEncryptedObjects": {"Status": "Enabled"}}
    return result


def normal(configuration: Mapping[str, Any]) -> Properties:
    """AWS's document with the rules by ID, and one spelling for "all objects"."""
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
    """The replication of a bucket, None where there is none."""
    answer = absent(lambda: s3.get_bucket_replication(Bucket=bucket), NONE)
    return None if answer is None else normal(answer["ReplicationConfiguration"])


def write(s3: Any, bucket: str, wanted: Mapping[str, Any] | None) -> None:
    """Replace the replication of a bucket, or end it."""
    if wanted:
        s3.put_bucket_replication(Bucket=bucket, ReplicationConfiguration=configuration(wanted))
    else:
        s3.delete_bucket_replication(Bucket=bucket)
