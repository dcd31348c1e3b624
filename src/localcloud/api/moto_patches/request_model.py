"""Check every request against its service's model before moto handles it.

A violation gets the service's own error. `_EXEMPT` lists, with reasons, what is not checked:
values that moto already refuses with AWS's error, and constraints that AWS does not enforce.
"""

import logging
from collections.abc import Callable
from typing import Any

from moto.core.parse import PROTOCOL_PARSERS, RequestParserError
from moto.core.request import determine_request_protocol
from moto.core.responses import ActionResult, BaseResponse
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from moto.s3.exceptions import S3ClientError
from moto.s3.responses import S3Response
from werkzeug.exceptions import NotFound

from localcloud.api import rules
from localcloud.api.errors import Refused
from localcloud.api.moto_patches.seams import Seam
from localcloud.api.validation import Violation, violations

log = logging.getLogger("localcloud")

SEAMS = (
    Seam(BaseResponse, "call_action", "self"),
    Seam(S3Response, "_bucket_response", "self, request, full_url"),
    Seam(S3Response, "_key_response", "self, request, full_url"),
)

#: Shapes that are not checked, by service.
_EXEMPT: dict[str, frozenset[str]] = {
    "ec2": frozenset(
        {
            # moto has the types of all regions, and EC2's own error for an unknown one.
            "InstanceType",
            # The pattern is only approximate: a dot matches any character, and octets may
            # exceed 255.
            "IpAddress",
        }
    ),
    "s3": frozenset(
        {
            # moto has S3's own errors for these: InvalidLocationConstraint,
            # InvalidStorageClass and similar.
            "BucketLocationConstraint",
            "StorageClass",
            "Event",
            # S3 ignores the case of the algorithm's name.
            "ChecksumAlgorithm",
        }
    ),
    # ReceiveMessage also takes the names of attributes of messages here.
    "sqs": frozenset({"QueueAttributeName"}),
}

#: Error codes of the services that have their own.
_CODES = {
    "logs": "InvalidParameterException",
    "resourcegroupstaggingapi": "InvalidParameterException",
    "sns": "InvalidParameter",
}


def apply() -> None:
    """Check requests of every service; S3 has its own entry points."""
    action, bucket, key = SEAMS
    action.replace(_checked)
    bucket.replace(_checked_s3)
    key.replace(_checked_s3)


def _checked(original: Callable[..., Any]) -> Callable[..., Any]:
    def call_action(self: Any) -> Any:
        try:
            _check(self)
        except Refused as refused:
            status, headers, body = self.serialized(ActionResult(refused))
            headers, body = self._enrich_response({**headers, "status": status}, body)
            return status, headers, body
        return original(self)

    return call_action


def _checked_s3(original: Callable[..., Any]) -> Callable[..., Any]:
    def response(self: Any, request: Any, full_url: str) -> Any:
        try:
            _check(self)
        except RequestParserError:
            raise S3ClientError("MalformedXML", _MALFORMED) from None
        except Refused as refused:
            raise S3ClientError(refused.code, refused.message) from None
        return original(self, request, full_url)

    return response


_MALFORMED = (
    "The XML you provided was not well-formed or did not validate against our published schema"
)


def _check(response: Any) -> None:
    """Raise Refused if AWS would refuse the request; an unreadable request is left to moto."""
    request, service = response.normalized_request, response.boto3_service_name
    try:
        model = get_service_model(service)
        protocol = determine_request_protocol(model, request.content_type)
        operation, uri = get_service_router(service).match(request)
        parser = PROTOCOL_PARSERS[protocol](operation)
        parameters = parser.parse(
            {
                "method": request.method,
                "values": request.values,
                "headers": request.headers,
                "body": response.body if service == "s3" else request.data,
                "url_path": request.path,
                "url_params": uri,
            }
        )
    except (NotFound, NotImplementedError, KeyError):
        return
    except (ValueError, TypeError, AttributeError) as error:
        log.info("a request of %s cannot be read by its model: %s", service, error)
        return
    shape = operation.input_shape
    exempt = _EXEMPT.get(service, frozenset())
    found = violations(shape, parameters, exempt) if shape else []
    if found:
        raise Refused(*_error(service, operation, found))
    rules.check(service, operation.name, response, parameters)


def _error(service: str, operation: Any, found: list[Violation]) -> tuple[str, str]:
    """`(code, message)` as the service returns them."""
    first = found[0]
    if service == "s3":
        return _s3_error(first)
    if service == "ec2":
        return _ec2_error(operation.name, first)
    protocol = get_service_model(service).protocol
    code = _CODES.get(service, "ValidationError" if protocol == "query" else "ValidationException")
    declared = {shape.name for shape in operation.error_shapes}
    # The newer operations of a service may declare another code than the older ones.
    if code not in declared and "ValidationException" in declared:
        code = "ValidationException"
    count = f"{len(found)} validation error{'s' if len(found) > 1 else ''} detected: "
    return code, count + "; ".join(map(str, found))


def _ec2_error(operation: str, violation: Violation) -> tuple[str, str]:
    """EC2 names a missing parameter, some by another name than its model."""
    if not violation.missing:
        return (
            "InvalidParameterValue",
            f"Value ({violation.value}) for parameter {violation.path} is invalid. "
            f"{violation.constraint}",
        )
    if operation == "TerminateInstances":
        return "InvalidParameterCombination", "No instances specified"
    name = "resourceIdSet" if operation in ("CreateTags", "DeleteTags") else violation.path
    return "MissingParameter", f"The request must contain the parameter {name}"


def _s3_error(violation: Violation) -> tuple[str, str]:
    """S3 has different errors for its XML document and for the rest of the request."""
    if violation.location:
        return "InvalidArgument", str(violation)
    if violation.missing and "." not in violation.path:
        return "MissingRequestBodyError", "Request Body is empty"
    document = violation.path.partition(".")[0]
    return "MalformedACLError" if document == "accessControlPolicy" else "MalformedXML", _MALFORMED
