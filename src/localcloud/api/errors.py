"""The error that our own checks raise to refuse a request."""

from moto.core.exceptions import ServiceException


class Refused(ServiceException):  # type: ignore[misc]
    """`Refused(code, message)`: moto serializes it for the request's protocol."""
