"""The paths beside the AWS APIs."""

import json
from typing import Any

import pytest

from localcloud.api.control import Control, for_guests
from localcloud.state import ServerInfo

INFO = ServerInfo(pid=7, port=5700, hosts="podman", started_at="now")


class Hosts:
    def __init__(self) -> None:
        self.was_reset = False

    def listing(self) -> list[dict[str, Any]]:
        return [{"id": "i-1"}]

    def spot_notice(self, instance_id: str, action: str, seconds: int) -> dict[str, str]:
        if instance_id != "i-1":
            raise KeyError(instance_id)
        if action == "explode":
            raise ValueError("action")
        return {"action": action, "time": str(seconds)}

    def reset(self) -> None:
        self.was_reset = True


def aws(_environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [])
    return [b"aws"]


def call(control: Any, method: str, path: str, query: str = "") -> tuple[str, bytes]:
    status: list[str] = []
    environ = {"REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": query}
    body = control(environ, lambda line, _headers: status.append(line))
    return status[0], b"".join(body)


def test_everything_else_is_awss() -> None:
    assert call(Control(aws, INFO, None), "GET", "/bucket/key") == ("200 OK", b"aws")


def test_status_says_what_runs() -> None:
    status, body = call(Control(aws, INFO, Hosts()), "GET", "/localcloud/status")

    assert status == "200 OK"
    assert json.loads(body)["pid"] == 7
    assert json.loads(body)["instances"] == [{"id": "i-1"}]


def test_a_spot_notice_is_two_minutes_by_default() -> None:
    control = Control(aws, INFO, Hosts())

    status, body = call(control, "POST", "/localcloud/spot-notice", "instance_id=i-1")

    assert (status, json.loads(body)) == ("200 OK", {"action": "terminate", "time": "120"})


def test_a_spot_notice_that_cannot_be_given() -> None:
    control, path = Control(aws, INFO, Hosts()), "/localcloud/spot-notice"

    assert call(control, "POST", path, "instance_id=i-2")[0].startswith("404")
    assert call(control, "POST", path)[0].startswith("404")
    assert call(control, "POST", path, "instance_id=i-1&action=explode")[0].startswith("400")
    assert call(Control(aws, INFO, None), "POST", path, "instance_id=i-1")[0].startswith("409")
    assert call(control, "GET", path, "instance_id=i-1")[0].startswith("404")


def test_a_reset_of_the_apis_removes_the_machines_first() -> None:
    hosts = Hosts()

    call(Control(aws, INFO, hosts), "POST", "/moto-api/reset")

    assert hosts.was_reset


@pytest.mark.parametrize(
    "path",
    ["/moto-api/reset", "//moto-api/reset", "/moto-api", "/localcloud/status", "/localcloud/x"],
)
def test_guests_cannot_reach_control_paths(path: str) -> None:
    status, body = call(for_guests(aws), "POST", path)

    assert status == "403 Forbidden"
    assert b"not for guests" in body


def test_guests_reach_aws_and_cannot_choose_their_account() -> None:
    seen: dict[str, Any] = {}

    def record(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        seen.update(environ)
        return aws(environ, start_response)

    environ = {"PATH_INFO": "/moto-api-data/key", "HTTP_X_MOTO_ACCOUNT_ID": "210987654321"}

    assert for_guests(record)(environ, lambda *_: None) == [b"aws"]
    assert seen == {"PATH_INFO": "/moto-api-data/key"}
