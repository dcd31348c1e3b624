"""The local cloud's APIs in this process: moto with our patches, behind a real socket."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from werkzeug.serving import make_server

from localcloud.leases import Leases

Client = Callable[[str], Any]


@pytest.fixture(scope="session")
def endpoint(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    from localcloud.server import aws_application

    leases = Leases(tmp_path_factory.mktemp("leases"), "unit")
    server = make_server("127.0.0.1", 0, aws_application(leases), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()


@pytest.fixture
def client(endpoint: str) -> Client:
    """`client("ec2")` is a client for the cloud, whose state is empty."""
    session = boto3.Session("test", "test", region_name="us-west-2")
    import requests

    requests.post(f"{endpoint}/moto-api/reset", timeout=120).raise_for_status()
    # Some tests send values that botocore would refuse.
    config = Config(parameter_validation=False)
    return lambda service: session.client(service, endpoint_url=endpoint, config=config)
