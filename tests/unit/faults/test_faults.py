"""Each fault as the client sees it, through the proxy and by hooks: the same."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ConnectionClosedError
from moto import mock_aws
from moto.server import ThreadedMotoServer

from ...faults import hooks
from ...faults.hooks import Faults, Killed
from ...faults.proxy import Proxy
from ...faults.script import Fault

ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1}, max_pool_connections=20)
REGION = "us-west-2"


class Way:
    """A way to moto with a script, and one without."""

    def __init__(self, script: Any, make: Any, direct: Any) -> None:
        self.script, self._make, self._direct = script, make, direct

    def client(self, service: str, **options: Any) -> Any:
        return self._make(service, options.get("config", ONCE))

    def direct(self, service: str) -> Any:
        return self._direct(service)


@pytest.fixture(scope="session")
def upstream() -> Iterator[str]:
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def proxy(upstream: str) -> Iterator[Proxy]:
    import requests

    requests.post(f"{upstream}/moto-api/reset", timeout=120).raise_for_status()
    with Proxy(upstream).serving() as served:
        yield served


@pytest.fixture(params=["proxy", "hooks"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)

    def make(service: str, config: Any = None, url: str | None = None) -> Any:
        return boto3.client(service, region_name=REGION, config=config, endpoint_url=url)

    if request.param == "proxy":
        proxy = request.getfixturevalue("proxy")
        upstream = request.getfixturevalue("upstream")
        yield Way(
            proxy,
            lambda service, config: make(service, config, proxy.url),
            lambda service: make(service, None, upstream),
        )
        return
    with mock_aws():
        faults = Faults()
        yield Way(faults, lambda service, config: faults.install(make(service, config)), make)


def calls(client: Any, service: str) -> None:
    if service == "ec2":
        client.create_vpc(CidrBlock="10.0.0.0/16")
    elif service == "s3":
        client.create_bucket(
            Bucket="faults", CreateBucketConfiguration={"LocationConstraint": REGION}
        )
    elif service == "iam":
        client.create_group(GroupName="g")
    else:
        client.create_log_group(logGroupName="g")


def exists(client: Any, service: str) -> bool:
    if service == "ec2":
        return any(vpc["CidrBlock"] == "10.0.0.0/16" for vpc in client.describe_vpcs()["Vpcs"])
    if service == "s3":
        return bool(client.list_buckets()["Buckets"])
    if service == "iam":
        return bool(client.list_groups()["Groups"])
    return bool(client.describe_log_groups()["logGroups"])


MAKERS = {
    "ec2": ("CreateVpc", "RequestLimitExceeded", 503, "InternalError"),
    "s3": ("CreateBucket", "SlowDown", 503, "InternalError"),
    "iam": ("CreateGroup", "Throttling", 400, "InternalFailure"),
    "logs": ("CreateLogGroup", "ThrottlingException", 400, "InternalServerException"),
}


@pytest.mark.parametrize("service", MAKERS)
def test_without_a_fault_a_call_is_carried_out_and_noted(way: Way, service: str) -> None:
    calls(way.client(service), service)

    [record] = way.script.log
    assert (record.number, record.call.action) == (1, MAKERS[service][0])
    assert (record.call.service, record.status, record.fault) == (service, 200, None)


@pytest.mark.parametrize("service", MAKERS)
def test_throttled_in_the_services_own_words(way: Way, service: str) -> None:
    action, code, status, _ = MAKERS[service]
    way.script.on(action, Fault.THROTTLE)

    with pytest.raises(ClientError) as refused:
        calls(way.client(service), service)
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert not exists(way.direct(service), service)


@pytest.mark.parametrize("service", MAKERS)
def test_throttled_once_botocore_repeats(way: Way, service: str) -> None:
    way.script.on(MAKERS[service][0], Fault.THROTTLE)
    twice = Config(retries={"mode": "standard", "total_max_attempts": 2})

    calls(way.client(service, config=twice), service)

    assert [record.fault for record in way.script.log] == [Fault.THROTTLE, None]
    assert exists(way.direct(service), service)


@pytest.mark.parametrize("service", MAKERS)
def test_a_server_error_changes_nothing(way: Way, service: str) -> None:
    action, _, _, code = MAKERS[service]
    way.script.on(action, Fault.FAIL)

    with pytest.raises(ClientError) as failed:
        calls(way.client(service), service)
    assert failed.value.response["Error"]["Code"] == code
    assert failed.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500
    assert not exists(way.direct(service), service)


@pytest.mark.parametrize("service", MAKERS)
def test_a_reset_changes_nothing_and_a_lost_reply_does(way: Way, service: str) -> None:
    action = MAKERS[service][0]
    way.script.on(action, Fault.RESET, 1).on(action, Fault.LOSE, 2)
    client = way.client(service)

    with pytest.raises(ConnectionClosedError):
        calls(client, service)
    assert not exists(way.direct(service), service)
    with pytest.raises(ConnectionClosedError):
        calls(client, service)
    assert exists(way.direct(service), service)
    assert [record.status for record in way.script.log] == [0, 200]


def test_a_fault_by_number_and_one_for_every_call(way: Way) -> None:
    way.script.at(2, Fault.FAIL).on("DescribeSubnets", Fault.THROTTLE, occurrence=0)
    ec2 = way.client("ec2")
    outcomes = []
    for call in (ec2.describe_vpcs, ec2.describe_vpcs, ec2.describe_subnets, ec2.describe_subnets):
        try:
            call()
            outcomes.append("")
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])

    assert outcomes == ["", "InternalError", "RequestLimitExceeded", "RequestLimitExceeded"]
    assert [record.number for record in way.script.hits] == [2, 3, 4]


def test_many_calls_at_once_are_each_noted_once(way: Way) -> None:
    ec2 = way.client("ec2")
    way.script.on("DescribeVpcs", Fault.THROTTLE, occurrence=7)

    def ask(_number: int) -> int:
        try:
            ec2.describe_vpcs()
        except ClientError:
            return 1
        return 0

    with ThreadPoolExecutor(12) as pool:
        refused = sum(pool.map(ask, range(40)))

    assert refused == 1
    assert sorted(record.occurrence for record in way.script.log) == list(range(1, 41))


def test_objects_pass_as_they_are(way: Way) -> None:
    s3 = way.client("s3")
    calls(s3, "s3")
    content = bytes(range(256)) * 5000
    s3.put_object(Bucket="faults", Key="a/b c", Body=content)

    assert s3.head_object(Bucket="faults", Key="a/b c")["ContentLength"] == len(content)
    assert s3.get_object(Bucket="faults", Key="a/b c")["Body"].read() == content
    with pytest.raises(ClientError, match="404"):
        s3.head_object(Bucket="faults", Key="none")
    assert {record.status for record in way.script.log} == {200, 404}


def test_a_list_that_changed_under_motos_walk_is_a_server_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def walk(**_request: Any) -> None:
        raise RuntimeError("dictionary changed size during iteration")

    with mock_aws():
        client = Faults().install(boto3.client("sns", region_name=REGION, config=ONCE))
        monkeypatch.setattr(hooks, "botocore_stubber", walk)
        with pytest.raises(ClientError) as caught:
            client.list_topics()

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 500


def test_a_call_that_moto_lacks_is_no_server_error() -> None:
    with mock_aws():
        client = Faults().install(boto3.client("ec2", region_name=REGION, config=ONCE))
        with pytest.raises(NotImplementedError):
            client.describe_fpga_images()


def test_a_killed_process_sends_nothing_more() -> None:
    with mock_aws():
        faults = Faults()
        ec2 = faults.install(
            boto3.client(
                "ec2", region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b"
            )
        )
        faults.on("CreateVpc", Fault.KILL)
        with pytest.raises(Killed):
            calls(ec2, "ec2")
        with pytest.raises(Killed):
            ec2.describe_vpcs()

        assert len(faults.log) == 1
        plain = boto3.client(
            "ec2", region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b"
        )
        assert exists(plain, "ec2")


def test_a_real_process_is_killed(
    proxy: Proxy, upstream: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    code = (
        "import boto3, sys\n"
        "sys.stdin.readline()\n"
        f"ec2 = boto3.client('ec2', region_name='{REGION}', endpoint_url='{proxy.url}')\n"
        "ec2.create_vpc(CidrBlock='10.0.0.0/16')\n"
        "ec2.create_internet_gateway()\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE)
    proxy.victim = child.pid
    proxy.on("CreateVpc", Fault.KILL)
    child.communicate(b"go\n", timeout=600)

    assert child.returncode == -9
    assert [record.call.action for record in proxy.log] == ["CreateVpc"]
    assert exists(boto3.client("ec2", region_name=REGION, endpoint_url=upstream), "ec2")


def test_the_proxy_leaves_no_thread_that_serves(upstream: str) -> None:
    before = threading.active_count()
    with Proxy(upstream).serving():
        pass
    assert threading.active_count() <= before
