"""Rules between the parts of a replication configuration.

Source: S3 API Reference, "ReplicationRule"; S3 User Guide, "Replication configuration".
"""

from collections.abc import Mapping
from typing import Any

from localcloud.api.errors import Refused

_REFER = "Please refer to S3 Developer Guide for more information."
_SCHEMA = f"for this version of Cross Region Replication configuration schema. {_REFER}"


def configuration(_response: Any, parameters: Mapping[str, Any]) -> None:
    """PutBucketReplication."""
    rules = parameters["ReplicationConfiguration"]["Rules"]
    names = [rule["ID"] for rule in rules if rule.get("ID")]
    if len(set(names)) < len(names):
        raise Refused(
            "InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule"
        )
    for rule in rules:
        _rule(rule)
    priorities = [rule["Priority"] for rule in rules if "Priority" in rule]
    if len(set(priorities)) < len(priorities):
        raise Refused("InvalidRequest", f"Found duplicate priorities. {_REFER}")


def _rule(rule: Mapping[str, Any]) -> None:
    if ("Filter" in rule) == ("Prefix" in rule):
        raise Refused("MalformedXML", "A rule must have a Filter or a Prefix, and not both.")
    for name in ("Priority", "DeleteMarkerReplication"):
        if "Filter" in rule and name not in rule:
            raise Refused("InvalidRequest", f"{name} must be specified {_SCHEMA}")
        if "Prefix" in rule and name in rule:
            raise Refused("InvalidRequest", f"{name} cannot be used {_SCHEMA}")
    _markers(rule)
    _destination(rule)


def _markers(rule: Mapping[str, Any]) -> None:
    by_tag = rule.get("Filter", {})
    tagged = "Tag" in by_tag or "Tags" in by_tag.get("And", {})
    if tagged and rule["DeleteMarkerReplication"].get("Status") == "Enabled":
        raise Refused(
            "InvalidRequest",
            f"Delete marker replication is not supported if any Tag filter is specified. {_REFER}",
        )


def _destination(rule: Mapping[str, Any]) -> None:
    destination = rule["Destination"]
    encrypted = rule.get("SourceSelectionCriteria", {}).get("SseKmsEncryptedObjects", {})
    key = destination.get("EncryptionConfiguration", {}).get("ReplicaKmsKeyID")
    if encrypted.get("Status") == "Enabled" and not key:
        raise Refused(
            "InvalidRequest",
            "Must specify ReplicaKmsKeyID if SseKmsEncryptedObjects tag is present",
        )
    if "ReplicationTime" in destination and "Metrics" not in destination:
        raise Refused("InvalidRequest", "Replication metrics are required for replication time")


RULES = {"PutBucketReplication": configuration}
