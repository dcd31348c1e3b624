"""S3 Block Public Access: blocked public policies and ACLs are refused.

Source: S3 User Guide, "Blocking public access to your Amazon S3 storage", with its definition of
"public", and "Controlling ownership of objects", Troubleshooting; S3 API Reference, "Access control
list (ACL) overview".
"""

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from moto.s3.models import OWNER
from moto.s3control.models import s3control_backends

from localcloud.api.errors import Refused

#: A condition on one of these, with a fixed value, makes a statement not public.
_NARROWING = frozenset(
    {
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorgid",
        "aws:principalorgpaths",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceip",
        "aws:sourceowner",
        "aws:sourcevpc",
        "aws:sourcevpce",
        "aws:userid",
        "s3:dataaccesspointaccount",
        "s3:dataaccesspointarn",
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
    }
)
_PUBLIC_ACLS = ("public-read", "public-read-write", "authenticated-read")
_GROUPS = "http://acs.amazonaws.com/groups/global/"


def policy(response: Any, parameters: Mapping[str, Any]) -> None:
    """PutBucketPolicy."""
    statements = _statements(parameters["Policy"])
    bucket = response.backend.get_bucket(parameters["Bucket"])
    for statement in statements:
        for resource in _list(statement.get("Resource", [])):
            name = str(resource).rpartition(":::")[2].partition("/")[0]
            if not fnmatchcase(bucket.name, name):
                raise Refused("MalformedPolicy", "Policy has invalid resource")
    if _blocked(response, bucket, "block_public_policy") and any(map(is_public, statements)):
        raise Refused(
            "AccessDenied",
            f"User is not authorized to perform: s3:PutBucketPolicy on resource: {bucket.arn} "
            "because public policies are prevented by the BlockPublicPolicy setting in S3 Block "
            "Public Access.",
        )


def acl(response: Any, parameters: Mapping[str, Any]) -> None:
    """Every request that may set an ACL."""
    canned, grants = parameters.get("ACL"), list(_grants(parameters))
    if not (canned or grants):
        return
    bucket = response.backend.get_bucket(parameters["Bucket"])
    public = canned in _PUBLIC_ACLS or any(_GROUPS in grant for grant in grants)
    if public and _blocked(response, bucket, "block_public_acls"):
        raise Refused(
            "AccessDenied",
            f"User is not authorized to set this ACL on resource: {bucket.arn} because public "
            "ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access.",
        )
    enforced = bucket.ownership_rule == "BucketOwnerEnforced"
    if enforced and (grants or canned != "bucket-owner-full-control"):
        raise Refused("AccessControlListNotSupported", "The bucket does not allow ACLs")


def ownership(response: Any, parameters: Mapping[str, Any]) -> None:
    """PutBucketOwnershipControls."""
    rules = parameters["OwnershipControls"]["Rules"]
    bucket = response.backend.get_bucket(parameters["Bucket"])
    granted = [one.id for grant in bucket.acl.grants for one in grant.grantees]
    enforced = any(rule["ObjectOwnership"] == "BucketOwnerEnforced" for rule in rules)
    if enforced and any(grantee != OWNER for grantee in granted):
        raise Refused(
            "InvalidBucketAclWithObjectOwnership",
            "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
        )


def is_public(statement: Mapping[str, Any]) -> bool:
    """Whether a policy statement grants access to more than a fixed set of callers."""
    principal = statement.get("Principal")
    named = principal.get("AWS") if isinstance(principal, Mapping) else principal
    if statement.get("Effect") != "Allow" or "*" not in _list(named):
        return False
    return not any(
        key.lower() in _NARROWING and all(_fixed(value) for value in _list(values))
        for test in statement.get("Condition", {}).values()
        for key, values in test.items()
    )


def _fixed(value: Any) -> bool:
    text = str(value)
    return not any(mark in text for mark in "*?") and not text.endswith("/0")


def _statements(document: str | bytes) -> list[Mapping[str, Any]]:
    try:
        found = _list(json.loads(document)["Statement"])
    except (ValueError, TypeError, KeyError):
        raise Refused(
            "MalformedPolicy", "Policies must be valid JSON and the first byte must be '{'"
        ) from None
    return [statement for statement in found if isinstance(statement, Mapping)]


def _grants(parameters: Mapping[str, Any]) -> Iterator[str]:
    for name, value in parameters.items():
        if name.startswith("Grant"):
            yield str(value)
    for grant in parameters.get("AccessControlPolicy", {}).get("Grants", []):
        yield str(grant.get("Grantee", {}).get("URI", ""))


def _blocked(response: Any, bucket: Any, setting: str) -> bool:
    """Whether the setting is on for the bucket or its account."""
    account = s3control_backends[bucket.account_id][bucket.partition].public_access_block
    return any(getattr(one, setting, False) for one in (bucket.public_access_block, account))


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


RULES = {
    "PutBucketOwnershipControls": ownership,
    "PutBucketPolicy": policy,
    **dict.fromkeys(
        ("PutBucketAcl", "PutObjectAcl", "PutObject", "CopyObject", "CreateMultipartUpload"), acl
    ),
}
