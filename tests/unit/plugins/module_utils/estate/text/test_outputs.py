"""What a person needs once an environment is deployed, and what is left when it is gone."""

from __future__ import annotations

from dataclasses import replace

from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Change,
    Plan,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.text import outputs, receipt
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.text.line import texts

AWS = "https://monitoring.us-west-2.amazonaws.com"
BUCKETS = {"raw_data": "p-raw", "logs": "p-logs"}


def test_outputs_name_buckets_log_group_dashboard_and_login(inputs: Inputs) -> None:
    values = outputs.outputs(inputs, BUCKETS, "/aws/p/dev", "p-dev-dashboard", AWS)

    assert texts(outputs.lines(values)) == [
        "",
        "Outputs",
        "  buckets    p-raw",
        "             p-logs",
        "  log group  /aws/p/dev",
        "  dashboard  https://us-west-2.console.aws.amazon.com/cloudwatch/home?region=us-west-2"
        "#dashboards/dashboard/p-dev-dashboard",
        "  log in     status.yml prints the ssh command of each running host",
    ]


def test_an_endpoint_without_a_console_gives_the_name_of_the_dashboard(inputs: Inputs) -> None:
    for endpoint in ("http://127.0.0.1:5700", "https://amazonaws.com.example.org"):
        values = outputs.outputs(inputs, BUCKETS, "g", "board", endpoint)
        assert values["dashboard"] == f"board (in CloudWatch at {endpoint})"


def test_where_ssh_is_closed_nobody_is_sent_to_log_in(inputs: Inputs) -> None:
    values = outputs.outputs(replace(inputs, ingress_ports=(8501,)), BUCKETS, "g", "board", AWS)

    assert values["log_in"].startswith("not possible")


def test_the_receipt_of_a_teardown_names_what_is_left_and_its_price() -> None:
    kept = Plan(
        [Change("keep", "net", "main", "n", "network", "n", "holds 2 object versions")], {}, {}
    )

    assert texts(receipt.lines(kept, "123", {"arn:aws:s3:::old": "s3"}, "$0.10")) == [
        "",
        "Left in account 123",
        "  = net main: n: holds 2 object versions",
        "The tagging API also lists these; it keeps deleted ones for a while:",
        "  ? s3: arn:aws:s3:::old",
        "It costs $0.10 a month at list prices.",
    ]


def test_the_receipt_of_a_complete_teardown_says_nothing_is_left() -> None:
    assert texts(receipt.lines(Plan([], {}, {}), "123", {}, "$0.00")) == [
        "",
        "Left in account 123",
        "  Nothing.",
    ]
