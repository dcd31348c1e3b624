"""The money of an estate: sums that were done by hand, and nothing unknown that passes for free."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.charges import FREE
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Found,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds import KINDS, resources
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.text.line import texts
from ansible_collections.cardiology.cloud.plugins.module_utils.price import (
    money as price,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.price import (
    table as price_table,
)

TODAY = date(2026, 11, 22)

#: Simple prices: what a test expects can be done in the head.
SIMPLE = dict.fromkeys(price_table.ITEMS, 1.0) | {
    "instance:t3.medium": 0.05,
    "instance:c5.xlarge": 0.2,
    "public_ipv4_hour": 0.005,
    "nat_gateway_hour": 0.05,
    "nat_gateway_gb": 0.04,
    "endpoint_hour": 0.01,
    "s3_gb_month": 0.02,
    "s3_1k_puts": 0.005,
    "s3_1k_gets": 0.0004,
    "gp3_gb_month": 0.1,
    "metric_month": 0.73,
    "alarm_month": 0.1,
    "query_alarm_month": 0.2,
}


def table(region: str = "us-west-2", **changes: float | None) -> dict[str, Any]:
    figures = {
        item: price_table.Figure(usd, "a test", TODAY)
        for item, usd in {**SIMPLE, **changes}.items()
        if usd is not None
    }
    return {region: figures, "us-east-2": figures}


def thing(kind: str, name: str = "x", **properties: Any) -> Resource:
    return Resource(kind, name, name, properties)


def printed(money: price.Money) -> str:
    return "\n".join([*texts(money.lines), ""])


METRIC = {"namespace": "n", "name": "m"}
PLAIN = thing("alarm", metrics={"m1": METRIC})
MATHS = thing("alarm", metrics={"e": {"expression": "a+b"}, "a": METRIC, "b": METRIC})
QUERY = thing("alarm", metrics={"q": {"expression": "SELECT MAX(x) FROM y"}})


@pytest.mark.parametrize(
    ("things", "usd"),
    [
        ([thing("vpc"), thing("subnet"), thing("role"), thing("budget_action")], 0),
        # 730 hours, and five GB through each.
        ([thing("nat_gateway")], 730 * 0.05 + 5 * 0.04),
        ([thing("nat_gateway"), thing("nat_gateway")], 2 * (730 * 0.05 + 5 * 0.04)),
        ([thing("elastic_ip")], 730 * 0.005),
        ([thing("vpc_endpoint", type="Gateway")], 0),
        ([thing("vpc_endpoint", type="Interface", subnets=["a", "b"])], 2 * 730 * 0.01),
        # A key and 20,000 requests.
        ([thing("kms_key", region="us-east-2")], 1 + 2),
        ([thing("dashboard")] * 3, 0),
        ([thing("dashboard")] * 5, 2),
        ([PLAIN], 0.1),
        ([MATHS], 0.2),
        ([QUERY], 0.2),
        ([thing("metric_filter")] * 2, 2 * 0.73),
        # Half a GB taken in and kept for 90 days.
        ([thing("log_group", "/aws/p/dev", retention_days=90)], 0.1 + 0.3),
        ([thing("log_group", "/aws/p/dev/cloudtrail", retention_days=30)], 1 + 1),
        ([thing("trail")], 2),
        ([thing("trail", insights=["ApiCallRateInsight"])], 2 + 2),
        ([thing("volume", size_gb=50)], 5),
        # In dev, with the disk of 30 GB that a run makes.
        ([thing("instance", type="t3.medium", state="stopped")], 3),
        ([thing("instance", type="t3.medium", state="running")], 3 + 730 * (0.05 + 0.005)),
    ],
)
def test_what_a_thing_costs_in_a_month(inputs: Inputs, things: list[Any], usd: float) -> None:
    rows = price.standing_of(things, inputs, table=table())

    assert price.total(rows) == pytest.approx(usd)


REQUESTS = 10 * 0.005 + 100 * 0.0004


def buckets(inputs: Inputs, *, replicas: bool) -> list[Resource]:
    data = [
        thing("bucket", inputs.bucket_name(key), region="us-west-2", request_metrics={"all": {}})
        for key in ("raw_data", "processed_data", "model_artifacts")
    ]
    copies = [thing("bucket", f"{item.name}-replica", region="us-east-2") for item in data]
    logs = thing("bucket", inputs.bucket_name("logs"), region="us-west-2")
    return [*data, logs, *(copies if replicas else [])]


def test_expected_data_count_once_in_each_region(inputs: Inputs) -> None:
    chosen = replace(inputs, expected_storage_gb=100)

    one = price.total(price.standing_of(buckets(inputs, replicas=False), chosen, table=table()))
    two = price.total(price.standing_of(buckets(inputs, replicas=True), chosen, table=table()))

    assert one == pytest.approx((100 + 1) * 0.02 + 4 * REQUESTS)
    assert two - one == pytest.approx(100 * 0.02 + 3 * REQUESTS)


def test_what_is_left_of_a_teardown_costs_what_really_lies_there(inputs: Inputs) -> None:
    name = inputs.bucket_name("raw_data")
    left = [Found("bucket", name, name, {"region": "us-west-2"}, holds="holds 3 object versions")]

    rows = price.standing_of(left, inputs, stored_gb={name: 500}, table=table())

    assert price.total(rows) == pytest.approx(500 * 0.02 + REQUESTS)


def test_nothing_left_costs_nothing(inputs: Inputs) -> None:
    assert price.standing_of([], inputs, table=table()) == []


def test_dev_by_hand(inputs: Inputs) -> None:
    money = price.money(inputs, buckets(inputs, replicas=False), TODAY, table())

    disk = 30 * 0.1
    # 15 metrics of a run and 16 of each metered bucket, at a tenth of a cent an hour each.
    hour = 0.05 + 0.005 + (15 + 3 * 16) * 0.001
    assert money.standing_month == pytest.approx((10 + 1) * 0.02 + 4 * REQUESTS + disk)
    assert money.hour == pytest.approx(hour)
    assert money.longest == pytest.approx(24 * hour)
    assert money.month == pytest.approx(money.standing_month + 40 * hour)
    assert money.over_budget == ""
    assert money.unknown == ()


def test_prod_by_hand(prod_inputs: Inputs) -> None:
    """Two NAT gateways with addresses, an endpoint in two zones, keys and data in two regions."""
    estate = [
        *buckets(prod_inputs, replicas=True),
        *[thing("nat_gateway"), thing("nat_gateway"), thing("elastic_ip"), thing("elastic_ip")],
        thing("vpc_endpoint", type="Interface", subnets=["a", "b"]),
        thing("kms_key", region="us-west-2"),
        thing("kms_key", region="us-east-2"),
        thing("dashboard"),
    ]

    money = price.money(prod_inputs, estate, TODAY, table())

    # 11 GB and 10 GB again; requests of 4 buckets and 3 replicas.
    data = 11 * 0.02 + 4 * REQUESTS + 10 * 0.02 + 3 * REQUESTS
    network = 2 * (36.5 + 0.2) + 2 * 3.65 + 14.6
    keys, disk = 2 * (1 + 2), 3.0
    assert money.standing_month == pytest.approx(data + network + keys + disk)
    # No public address: hosts are private.
    assert money.hour == pytest.approx(0.2 + 63 * 0.001)


@pytest.mark.parametrize(
    ("change", "hour"),
    [
        ({"training_count": 3}, 3 * (0.05 + 0.005 + 0.015)),
        ({"training_market": "spot"}, 0.4 * 0.05 + 0.005 + 0.015),
        # A disk that ends with its host is part of the hour.
        ({"training_after": "terminate"}, 0.05 + 0.005 + 0.015 + 30 * 0.1 / 730),
    ],
)
def test_an_hour_of_training(inputs: Inputs, change: dict[str, Any], hour: float) -> None:
    money = price.money(replace(inputs, **change), [], TODAY, table())

    assert money.hour == pytest.approx(hour)


def test_only_a_disk_that_is_kept_stands(inputs: Inputs) -> None:
    ended = price.money(replace(inputs, training_after="terminate"), [], TODAY, table())
    kept = price.money(replace(inputs, training_count=2), [], TODAY, table())

    assert ended.standing_month == 0
    assert kept.standing_month == pytest.approx(2 * 30 * 0.1)


@pytest.mark.parametrize(
    ("limit", "hours", "words"),
    [
        (25.0, 40, ""),
        (5.0, 40, "costs about $5.80 with 40 hours of training, and budget_limit_usd is $5.00"),
        (5.80, 40, ""),
        (2.0, 0, "costs about $3.00 with no training at all"),
    ],
)
def test_an_estate_that_does_not_fit_its_budget(
    inputs: Inputs, limit: float, hours: int, words: str
) -> None:
    chosen = replace(inputs, budget_limit_usd=limit, expected_training_hours=hours)

    told = price.money(chosen, [], TODAY, table()).over_budget

    assert (words in told) if words else told == ""


def test_a_price_that_is_not_known_is_never_nothing(inputs: Inputs) -> None:
    chosen = replace(inputs, training_instance_type="u-24tb1.metal", budget_limit_usd=1.0)

    money = price.money(chosen, [thing("nat_gateway")], TODAY, table(nat_gateway_hour=None))

    assert money.hour is money.longest is money.month is None
    assert len(money.unknown) == 2
    text = printed(money)
    assert re.search(r"NAT gateway +730  hours +unknown\n", text)
    assert re.search(r"Monthly baseline, no training, at least +\$3\.20\n", text)
    assert "costs at least $3.20" in money.over_budget


def test_a_region_without_prices_is_said_and_not_guessed(inputs: Inputs) -> None:
    money = price.money(replace(inputs, region="eu-north-1"), [thing("elastic_ip")], TODAY, table())

    [line] = texts(money.lines)
    assert "no prices for eu-north-1" in line
    assert "the playbook prices.yml reads them, with region set to eu-north-1" in line
    assert money.hour is None


@pytest.mark.parametrize(
    ("today", "words", "warned"),
    [
        (TODAY, "0 days old", False),
        (date(2027, 5, 21), "180 days old", False),
        (date(2027, 5, 22), "181 days old", True),
    ],
)
def test_the_age_of_prices(inputs: Inputs, today: date, words: str, warned: bool) -> None:
    text = printed(price.money(inputs, [], today, table()))

    assert words in text
    assert ("more than 180 days" in text) is warned


def test_only_figures_that_are_used_count_for_the_age(inputs: Inputs) -> None:
    prices = table()
    prices["us-west-2"]["endpoint_hour"] = price_table.Figure(1, "old", date(2020, 1, 1))

    assert "more than" not in printed(price.money(inputs, [], TODAY, prices))


def test_a_figure_without_a_dated_source_is_told(inputs: Inputs) -> None:
    prices = table()
    prices["us-west-2"]["gp3_gb_month"] = price_table.Figure(0.1, "hearsay", None)

    text = printed(price.money(inputs, [], TODAY, prices))

    assert "Unverified prices: 1 of 4; the playbook prices.yml reads" in text


def test_a_file_that_holds_no_prices_is_told(
    inputs: Inputs, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file = price_table.user_file()
    file.parent.mkdir()
    file.write_text("{")

    assert f"{file} does not hold prices" in printed(price.money(inputs, [], TODAY))


def test_an_item_has_one_row_with_the_sum_of_its_quantities(inputs: Inputs) -> None:
    rows = price.standing_of([thing("elastic_ip"), thing("elastic_ip")], inputs, table=table())

    assert [(row.name, row.quantity, row.unit) for row in rows] == [
        ("Public IPv4 address", 1460, "hours")
    ]


def test_prices_of_another_region_have_a_row_of_their_own(inputs: Inputs) -> None:
    keys = [thing("kms_key", region="us-west-2"), thing("kms_key", region="us-east-2")]

    rows = price.standing_of(keys, inputs, table=table())

    assert [(row.name, row.quantity) for row in rows] == [
        ("KMS key", 1),
        ("KMS requests", 20_000),
        ("KMS key, us-east-2", 1),
        ("KMS requests, us-east-2", 20_000),
    ]


def test_the_cost_is_a_table_with_its_total_under_a_rule(inputs: Inputs) -> None:
    lines = texts(price.money(inputs, [thing("nat_gateway")], TODAY, table()).lines)

    assert lines[:11] == [
        "Cost (us-west-2, list prices in US dollars before tax and free tier)",
        "  Name                                    Quantity  Unit            Month",
        "  NAT gateway                                  730  hours          $36.50",
        "  NAT gateway data                               5  GB              $0.20",
        "  EBS volume (gp3)                              30  GB              $3.00",
        "  -----------------------------------------------------------------------",
        "  Monthly baseline, no training                                    $39.70",
        "  40 hours of training                                              $2.80",
        "  -----------------------------------------------------------------------",
        "  Month as configured                                              $42.50",
        "  Budget (budget_limit_usd)                                        $25.00",
    ]
    assert " ".join(lines[11].split()) == "If a host runs until it powers off (24 h) $1.68"
    assert lines[12] == (
        "  An hour of training costs $0.0700: 1 x t3.medium on-demand $0.0500, "
        "up to 15 metrics $0.0150, public IPv4 $0.0050."
    )


def test_no_row_of_the_cost_is_wider_than_80_columns(prod_inputs: Inputs, facts: Facts) -> None:
    estate = resources(prod_inputs, facts)

    lines = texts(price.money(prod_inputs, estate, TODAY, price_table.built_in()).lines)

    table_rows = [line for line in lines if "costs" not in line]
    assert len(table_rows) > 20
    assert [line for line in table_rows if len(line) > 80] == []


def test_an_amount_below_a_cent_is_not_printed_as_nothing(inputs: Inputs) -> None:
    few = price.money(inputs, [thing("log_group", "/aws/p/dev", retention_days=1)], TODAY, table())

    assert re.search(r"Log storage +<0.01 +GB +<\$0\.01\n", printed(few))


@pytest.mark.parametrize("name", ["inputs", "prod_inputs"])
def test_the_whole_estate_has_a_price(
    name: str, request: pytest.FixtureRequest, facts: Facts
) -> None:
    chosen = request.getfixturevalue(name)
    estate = resources(chosen, facts)

    money = price.money(chosen, estate, TODAY, price_table.built_in())

    assert money.unknown == ()
    assert money.month is not None


def test_dev_fits_its_budget(inputs: Inputs, facts: Facts) -> None:
    """With its 40 hours of t3.medium, at the prices of the table."""
    money = price.money(inputs, resources(inputs, facts), TODAY, price_table.built_in())

    assert inputs.training_instance_type == "t3.medium"
    assert inputs.budget_limit_usd == 25
    assert money.over_budget == ""
    assert money.month is not None
    assert 5 < money.month < 20


def test_everything_that_costs_and_can_carry_tags_carries_those_of_the_budget(
    prod_inputs: Inputs, facts: Facts
) -> None:
    """Otherwise the budget would not see it. AWS has no tags for dashboards and metrics."""
    untagged = {"dashboard", "metric_filter"}
    billed = {kind.name for kind in KINDS if kind.price is not FREE}
    for resource in resources(prod_inputs, facts):
        if resource.kind in billed - untagged:
            tags = resource.properties["tags"]
            assert tags["Project"] == prod_inputs.project, resource.address
            assert tags["Environment"] == "prod", resource.address
