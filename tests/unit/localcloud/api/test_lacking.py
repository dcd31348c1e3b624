"""What moto lacks."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ..conftest import Client

LACKING = [
    # JSON, query and EC2's own (test_enforcement.py has S3's), and a service that is not there.
    ("iam", "generate_service_last_accessed_details", {"Arn": "arn:aws:iam::123456789012:role/a"}),
    ("rds", "describe_certificates", {}),
    ("ec2", "describe_client_vpn_endpoints", {}),
    ("cloudtrail", "lookup_events", {}),
    ("pricing", "describe_services", {}),
]


@pytest.mark.parametrize(("service", "operation", "parameters"), LACKING)
def test_is_refused_once_and_by_name(
    client: Client,
    service: str,
    operation: str,
    parameters: dict[str, Any],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)

    with pytest.raises(ClientError, match=f"cannot do this of {service}: .*not been") as raised:
        getattr(client(service), operation)(**parameters)

    answer = raised.value.response
    assert answer["Error"]["Code"] == "NotImplemented"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert answer["ResponseMetadata"]["RetryAttempts"] == 0
    # `localcloud down` points to the log where something failed, and here nothing did.
    assert [record.levelname for record in caplog.records if "cannot" in record.message] == ["INFO"]
    assert not [record for record in caplog.records if record.levelno >= logging.ERROR]
