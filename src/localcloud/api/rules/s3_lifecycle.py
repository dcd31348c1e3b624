"""Rules between the parts of a lifecycle configuration.

Source: S3 User Guide, "Lifecycle configuration elements" and "Transitioning objects".
"""

from collections.abc import Mapping
from typing import Any

from localcloud.api.errors import Refused

_ACTIONS = (
    "Expiration",
    "Transitions",
    "NoncurrentVersionTransitions",
    "NoncurrentVersionExpiration",
    "AbortIncompleteMultipartUpload",
)
_MALFORMED = (
    "The XML you provided was not well-formed or did not validate against our published schema"
)
_ID_LENGTH = 255
#: Classes with a minimum object age for a transition to them, and a minimum stay.
_INFREQUENT = ("STANDARD_IA", "ONEZONE_IA")
_INFREQUENT_DAYS = 30


def configuration(_response: Any, parameters: Mapping[str, Any]) -> None:
    """PutBucketLifecycleConfiguration."""
    rules = parameters.get("LifecycleConfiguration", {}).get("Rules", [])
    names = [rule["ID"] for rule in rules if rule.get("ID")]
    if len(set(names)) < len(names):
        raise Refused(
            "InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule"
        )
    if any(len(name) > _ID_LENGTH for name in names):
        raise Refused(
            "InvalidArgument", f"ID length should not exceed allowed limit of {_ID_LENGTH}"
        )
    for rule in rules:
        _rule(rule)


def _rule(rule: Mapping[str, Any]) -> None:
    if ("Filter" in rule) == ("Prefix" in rule):
        raise Refused("MalformedXML", _MALFORMED)
    if not any(rule.get(action) for action in _ACTIONS):
        raise Refused("InvalidRequest", "At least one action needs to be specified in a rule")
    _expiration(rule)
    _transitions(rule.get("Transitions", []), "Days", "Transition")
    _transitions(
        rule.get("NoncurrentVersionTransitions", []),
        "NoncurrentDays",
        "NoncurrentVersionTransition",
    )
    _order(rule)


def _expiration(rule: Mapping[str, Any]) -> None:
    expiration = rule.get("Expiration", {})
    if len(expiration) > 1:
        raise Refused("MalformedXML", _MALFORMED)
    current = expiration.get("Days", 1)
    noncurrent = rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays", 1)
    abort = rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation", 1)
    for days, name, action in (
        (current, "Days", "Expiration"),
        (noncurrent, "NoncurrentDays", "NoncurrentVersionExpiration"),
        (abort, "DaysAfterInitiation", "AbortIncompleteMultipartUpload"),
    ):
        if days < 1:
            raise Refused(
                "InvalidArgument", f"'{name}' for {action} action must be a positive integer"
            )
    if _tagged(rule) and "ExpiredObjectDeleteMarker" in expiration:
        raise Refused("InvalidRequest", "ExpiredObjectDeleteMarker cannot be specified with tags.")
    if _tagged(rule) and "AbortIncompleteMultipartUpload" in rule:
        raise Refused(
            "InvalidRequest", "AbortIncompleteMultipartUpload cannot be specified with Tags."
        )


def _tagged(rule: Mapping[str, Any]) -> bool:
    chosen = rule.get("Filter", {})
    return "Tag" in chosen or "Tags" in chosen.get("And", {})


def _transitions(transitions: list[Mapping[str, Any]], name: str, action: str) -> None:
    for transition in transitions:
        storage, days = transition.get("StorageClass"), transition.get(name)
        if storage in _INFREQUENT and days is not None and days < _INFREQUENT_DAYS:
            raise Refused(
                "InvalidArgument",
                f"'{name}' in {action} action must be greater than or equal to "
                f"{_INFREQUENT_DAYS} for storageClass '{storage}'",
            )


def _order(rule: Mapping[str, Any]) -> None:
    """An object cannot expire before its transition."""
    expires = rule.get("Expiration", {}).get("Days")
    moves = [one["Days"] for one in rule.get("Transitions", []) if "Days" in one]
    if expires is not None and moves and expires <= max(moves):
        raise Refused(
            "InvalidArgument",
            "'Days' in the Expiration action must be greater than 'Days' in the Transition action",
        )


RULES = {"PutBucketLifecycleConfiguration": configuration}
