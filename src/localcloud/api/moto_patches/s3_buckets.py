"""S3 bucket fixes: configurations that moto drops, and refusals that AWS no longer has.

moto does not know request metrics at all: it treats the request as one that creates or deletes
the bucket. Bodies are parsed and serialized with botocore's S3 model.
"""

from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from json import loads
from typing import Any

import botocore.session
from botocore.parsers import RestXMLParser
from moto.core.responses import ActionResult, EmptyResult
from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket, S3Backend, get_canned_acl
from moto.s3.responses import S3Response

from localcloud.api.moto_patches.seams import Seam

SEAMS = (
    Seam(S3Response, "_bucket_response_get", "self, bucket_name, querystring"),
    Seam(S3Response, "_bucket_response_put", "self, request, bucket_name, querystring"),
    Seam(S3Response, "_bucket_response_delete", "self, bucket_name, querystring"),
    Seam(S3Response, "get_bucket_encryption", "self"),
    Seam(S3Response, "get_bucket_notification", "self"),
    Seam(S3Response, "get_bucket_replication", "self"),
    Seam(S3Response, "_replication_config_from_xml", "self, xml"),
    Seam(S3Backend, "put_bucket_replication", "self, bucket_name, replication"),
    Seam(
        S3Backend,
        "put_object_lock_configuration",
        "self, bucket_name, lock_enabled, mode, days, years",
    ),
    Seam(S3Backend, "get_object_lock_configuration", "self, bucket_name"),
    Seam(FakeBucket, "_log_permissions_enabled_policy", "target_bucket, target_prefix"),
    Seam(S3Backend, "log_incoming_request", "self, request, bucket_name"),
    Seam(S3Response, "all_buckets", "self"),
    Seam(S3Backend, "get_object_acl", "self, key"),
)

_METRICS = "localcloud_metrics"
_MODEL = botocore.session.get_session().get_service_model("s3")

Method = Callable[..., Any]


def apply() -> None:
    """Replace moto's methods with ours."""
    replacements = (
        _get,
        _put,
        _delete,
        _get_encryption,
        _get_notification,
        _get_replication,
        _replication_of_body,
        _put_replication,
        _put_object_lock,
        _get_object_lock,
        _may_write_logs,
        _log_later,
        _with_regions,
        _acl_of_every_object,
    )
    for seam, replacement in zip(SEAMS, replacements, strict=True):
        seam.replace(replacement)


def parsed(shape: str, body: bytes | str) -> dict[str, Any]:
    """An XML body, parsed by botocore as an S3 shape."""
    parser: Any = RestXMLParser()
    content = body.encode() if isinstance(body, str) else body
    tree = parser._parse_xml_string_to_dom(content)
    result: dict[str, Any] = parser._parse_shape(_MODEL.shape_for(shape), tree)
    return result


def _answer(response: Any, action: str, result: Mapping[str, Any]) -> Any:
    response.data["Action"] = action
    return response.serialized(ActionResult(result))


def _metrics(response: Any) -> dict[str, Any]:
    bucket = response.backend.get_bucket(response.bucket_name)
    configurations: dict[str, Any] = bucket.__dict__.setdefault(_METRICS, {})
    return configurations


def _get(original: Method) -> Method:
    def _bucket_response_get(self: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
        if "metrics" not in querystring:
            return original(self, bucket_name, querystring)
        everything = _metrics(self)
        if "id" not in querystring:
            found = {"IsTruncated": False, "MetricsConfigurationList": list(everything.values())}
            return _answer(self, "ListBucketMetricsConfigurations", found)
        one = {"MetricsConfiguration": _known(everything, querystring)}
        return _answer(self, "GetBucketMetricsConfiguration", one)

    return _bucket_response_get


def _known(configurations: dict[str, Any], querystring: dict[str, Any]) -> Any:
    name = querystring["id"][0]
    if name not in configurations:
        raise S3ClientError("NoSuchConfiguration", "The specified configuration does not exist.")
    return configurations[name]


def _put(original: Method) -> Method:
    def _bucket_response_put(
        self: Any, request: Any, bucket_name: str, querystring: dict[str, Any]
    ) -> Any:
        if "metrics" in querystring:
            wanted = parsed("MetricsConfiguration", self.body)
            _metrics(self)[querystring["id"][0]] = wanted
            return ""
        answer = original(self, request, bucket_name, querystring)
        if not querystring and self.body:
            # CreateBucket accepts tags since 2025.
            tags = parsed("CreateBucketConfiguration", self.body).get("Tags", [])
            by_key = {tag["Key"]: tag["Value"] for tag in tags}
            self.backend.put_bucket_tagging(bucket_name, by_key)
        return answer

    return _bucket_response_put


def _delete(original: Method) -> Method:
    def _bucket_response_delete(self: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
        if "metrics" not in querystring:
            return original(self, bucket_name, querystring)
        _known(_metrics(self), querystring)
        del _metrics(self)[querystring["id"][0]]
        self.data["Action"] = "DeleteBucketMetricsConfiguration"
        return self.serialized(EmptyResult())

    return _bucket_response_delete


def _get_encryption(original: Method) -> Method:
    """Return the blocked encryption types: moto stores but does not return them."""

    def get_bucket_encryption(self: Any) -> Any:
        configuration = self.backend.get_bucket_encryption(self.bucket_name)
        blocked = configuration and configuration["Rule"].get("BlockedEncryptionTypes")
        answer = original(self)
        if not blocked:
            return answer
        types = blocked["EncryptionType"]
        shown = parsed("ServerSideEncryptionConfiguration", answer[2])
        shown["Rules"][0]["BlockedEncryptionTypes"] = {
            "EncryptionType": types if isinstance(types, list) else [types]
        }
        result = {"ServerSideEncryptionConfiguration": shown}
        return _answer(self, "GetBucketEncryption", result)

    return get_bucket_encryption


def _get_notification(original: Method) -> Method:
    """Return the EventBridge setting: moto applies but does not return it."""

    def get_bucket_notification(self: Any) -> Any:
        configuration = self.backend.get_bucket_notification_configuration(self.bucket_name)
        answer = original(self)
        if configuration is None or configuration.event_bridge is None:
            return answer
        shown = parsed("NotificationConfiguration", answer[2])
        result = {**shown, "EventBridgeConfiguration": {}}
        return _answer(self, "GetBucketNotificationConfiguration", result)

    return get_bucket_notification


def _replication_of_body(_original: Method) -> Method:
    """The whole document, in the format of the response."""

    def _replication_config_from_xml(self: Any, xml: str) -> dict[str, Any]:
        document = parsed("ReplicationConfiguration", xml)
        return {"Role": document["Role"], "Rule": document["Rules"]}

    return _replication_config_from_xml


def _get_replication(original: Method) -> Method:
    """Return complete rules: moto returns only parts of them."""

    def get_bucket_replication(self: Any) -> Any:
        document = self.backend.get_bucket_replication(self.bucket_name)
        if not document:
            return original(self)
        whole = {"Role": document["Role"], "Rules": document["Rule"]}
        return _answer(self, "GetBucketReplication", {"ReplicationConfiguration": whole})

    return get_bucket_replication


def _put_replication(original: Method) -> Method:
    """Check the destination, as AWS does: it must exist and have versioning enabled."""

    def put_bucket_replication(self: Any, bucket_name: str, replication: dict[str, Any]) -> Any:
        for rule in replication["Rule"]:
            name = rule["Destination"]["Bucket"].rpartition(":")[2]
            if name not in self.buckets or not self.buckets[name].is_versioned:
                raise S3ClientError(
                    "InvalidRequest",
                    "Destination bucket must exist and must have versioning enabled.",
                )
        return original(self, bucket_name, replication)

    return put_bucket_replication


def _put_object_lock(original: Method) -> Method:
    """Allow Object Lock on existing buckets, as AWS does since 2023; moto refuses it."""

    def put_object_lock_configuration(
        self: Any,
        bucket_name: str,
        lock_enabled: bool,
        mode: str | None = None,
        days: int | None = None,
        years: int | None = None,
    ) -> None:
        bucket = self.get_bucket(bucket_name)
        if not bucket.is_versioned or not bucket.keys.item_size():
            original(self, bucket_name, lock_enabled, mode, days, years)
            return
        bucket.object_lock_enabled = bucket.object_lock_enabled or lock_enabled
        bucket.default_lock_mode = mode
        bucket.default_lock_days, bucket.default_lock_years = days, years

    return put_object_lock_configuration


def _get_object_lock(original: Method) -> Method:
    """Return either days or years, as S3 does; moto adds a 0 for the other one."""

    def get_object_lock_configuration(self: Any, bucket_name: str) -> Any:
        enabled, mode, days, years = original(self, bucket_name)
        return enabled, mode, days or None, years or None

    return get_object_lock_configuration


def _may_write_logs(_original: Method) -> Method:
    """Whether a bucket's policy allows S3 to write logs under a prefix; moto supports neither
    policies whose elements are lists nor the principal `*`."""

    def _log_permissions_enabled_policy(
        self: Any, target_bucket: Any, target_prefix: str | None
    ) -> bool:
        if not target_bucket.policy:
            return False
        wanted = f"{target_bucket.arn}/{target_prefix or ''}"
        return any(
            statement["Effect"] == "Allow"
            and "logging.s3.amazonaws.com" in _services(statement)
            and "s3:PutObject" in _list(statement.get("Action"))
            and any(fnmatchcase(wanted, r) for r in _list(statement.get("Resource")))
            for statement in _list(loads(target_bucket.policy)["Statement"])
        )

    return _log_permissions_enabled_policy


def _log_later(_original: Method) -> Method:
    """AWS delivers access logs hours later, many requests per object. moto writes one object
    per request before it answers, so that reading one bucket fills another."""

    def log_incoming_request(self: Any, request: Any, bucket_name: str) -> None:
        """Do nothing: the logs are never delivered here."""

    return log_incoming_request


def _with_regions(original: Method) -> Method:
    """Return each bucket's region if the request has a parameter, as AWS does."""

    def all_buckets(self: Any) -> Any:
        answer = original(self)
        if not any(self._get_param(name) for name in ("prefix", "bucket-region", "max-buckets")):
            return answer
        listed = parsed("ListBucketsOutput", answer[2])
        for bucket in listed["Buckets"]:
            bucket["BucketRegion"] = self.backend.get_bucket(bucket["Name"]).region_name
        return _answer(self, "ListBuckets", listed)

    return all_buckets


def _acl_of_every_object(original: Method) -> Method:
    """Return the owner's ACL for multipart uploads too, as on AWS; moto gives them none."""

    def get_object_acl(self: Any, key: Any) -> Any:
        return original(self, key) or get_canned_acl("private")

    return get_object_acl


def _services(statement: Mapping[str, Any]) -> list[Any]:
    principal = statement.get("Principal")
    return _list(principal.get("Service")) if isinstance(principal, dict) else []


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
