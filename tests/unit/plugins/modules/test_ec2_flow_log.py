"""The module `ec2_flow_log` on moto: what it brings about, and that check mode changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    EstateError,
)
from ansible_collections.cardiology.cloud.plugins.modules import ec2_flow_log
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

PARAMS = {
    "name": "n",
    "state": "present",
    "log_group": "/group",
    "role_arn": "arn:aws:iam::123456789012:role/r",
    "traffic": "ALL",
    "interval": 600,
    "format": None,
    "tags": {"Project": "p"},
}
TAGS = {"Name": "n", "Project": "p"}


class Module:
    def __init__(self, check_mode: bool, **params: Any) -> None:
        self.params = PARAMS | params
        self.check_mode = check_mode


class Account:
    """A region with one VPC."""

    def __init__(self) -> None:
        def make_client(service: str, region: str, config: Mapping[str, Any]) -> Any:
            return boto3.client(service, region_name="us-west-2", config=Config(**config))

        self.cloud = Cloud(make_client)
        self.client = self.cloud.client("ec2")
        self.vpc_id = self.client.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]

    def ensure(self, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        module = Module(check_mode, **{"vpc_id": self.vpc_id, **params})
        return ec2_flow_log.ensure(module, self.cloud)  # type: ignore[arg-type]

    @property
    def logs(self) -> list[dict[str, Any]]:
        return list(self.client.describe_flow_logs()["FlowLogs"])


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield Account()


def tags(log: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in log["Tags"]}


def test_a_flow_log_is_made_once(account: Account) -> None:
    first, second = account.ensure(), account.ensure()

    [log] = account.logs
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["flow_log_id"] == second["flow_log_id"] == log["FlowLogId"]
    assert first["diff"]["before"] == {}
    assert (log["ResourceId"], log["LogGroupName"]) == (account.vpc_id, "/group")
    assert (log["TrafficType"], log["MaxAggregationInterval"]) == ("ALL", 600)
    assert log["DeliverLogsPermissionArn"] == PARAMS["role_arn"]
    assert tags(log) == TAGS


def test_other_tags_leave_it_in_place(account: Account) -> None:
    before = account.ensure()["flow_log_id"]

    result = account.ensure(tags={"Owner": "o"})

    [log] = account.logs
    assert result["changed"]
    assert log["FlowLogId"] == before == result["flow_log_id"]
    assert tags(log) == {"Name": "n", "Owner": "o"}


@pytest.mark.parametrize(
    "params",
    [
        {"traffic": "REJECT"},
        {"interval": 60},
        {"log_group": "/other"},
        {"role_arn": "arn:aws:iam::123456789012:role/other"},
        {"format": "${version}"},
    ],
)
def test_whatever_else_differs_makes_it_anew(account: Account, params: dict[str, Any]) -> None:
    before = account.ensure()["flow_log_id"]

    result = account.ensure(**params)

    [log] = account.logs
    assert result["changed"]
    assert log["FlowLogId"] == result["flow_log_id"] != before
    assert result["diff"]["before"] != result["diff"]["after"] == result["flow_log"]
    assert not account.ensure(**params)["changed"]


def test_it_is_deleted_and_stays_so(account: Account) -> None:
    account.ensure()
    account.ensure(name="other", log_group="/other")

    first, second = account.ensure(state="absent"), account.ensure(state="absent")

    assert [tags(log)["Name"] for log in account.logs] == ["other"]
    assert (first["changed"], second["changed"]) == (True, False)
    assert (first["flow_log_id"], first["flow_log"]) == ("", {})


@pytest.mark.parametrize("params", [{}, {"tags": {}}, {"traffic": "REJECT"}, {"state": "absent"}])
@pytest.mark.parametrize("there", [True, False])
def test_check_mode_says_so_and_changes_nothing(
    account: Account, there: bool, params: dict[str, Any]
) -> None:
    if there:
        account.ensure()
    before = account.logs

    foretold = account.ensure(check_mode=True, **params)

    assert account.logs == before
    done = account.ensure(**params)
    assert foretold["changed"] is done["changed"]
    assert foretold["diff"] == done["diff"]


def test_of_two_with_one_name_none_is_touched(account: Account) -> None:
    account.ensure()
    second = account.ensure(name="m", log_group="/other")["flow_log_id"]
    account.client.create_tags(Resources=[second], Tags=[{"Key": "Name", "Value": "n"}])

    with pytest.raises(EstateError, match="2 flow logs are named n"):
        account.ensure(state="absent")
    assert len(account.logs) == 2


def test_one_that_an_unanswered_request_made_is_it(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The client repeats a request that got no answer, and AWS says that it is there."""
    original = ec2_flow_log.flow_log.create

    def twice(cloud: Cloud, wanted: Any) -> str:
        original(cloud, wanted)
        return str(original(cloud, wanted))

    monkeypatch.setattr(ec2_flow_log.flow_log, "create", twice)

    result = account.ensure()

    assert [log["FlowLogId"] for log in account.logs] == [result["flow_log_id"]]


def test_one_that_somebody_else_made_is_an_error(account: Account) -> None:
    account.ensure()

    with pytest.raises(ClientError, match="AlreadyExists"):
        account.ensure(name="m")
