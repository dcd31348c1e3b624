"""Prices are sums over the table, and what the table has not is said to be unknown."""

import json
from datetime import date

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    EstateError,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.price import (
    money as price,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.price import (
    table as price_table,
)

REGIONS = ("us-east-1", "us-east-2", "us-west-1", "us-west-2", "eu-west-1", "eu-central-1")
BUILT_IN = price_table.built_in()


@pytest.fixture(autouse=True)
def _no_prices_of_this_machine(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


def test_a_running_host_costs_its_type_and_its_address():
    hour = price.running_hour("us-west-2", "t3.medium", public_address=False)
    assert hour == pytest.approx(0.0416)
    public = price.running_hour("us-west-2", "t3.medium", public_address=True)
    assert public == pytest.approx(0.0416 + 0.005)


@pytest.mark.parametrize(
    ("region", "instance_type"), [("us-west-2", "u-24tb1.metal"), ("eu-north-1", "t3.medium")]
)
def test_a_price_that_is_not_in_the_table_is_unknown(region, instance_type):
    assert price.running_hour(region, instance_type, public_address=False) is None
    assert "unknown" in price.usd(None)


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_of_the_table_has_every_item_or_says_so(region):
    missing = set(price_table.ITEMS) - set(BUILT_IN[region])
    nobody_says = {"nat_gateway_hour", "nat_gateway_gb", "endpoint_hour"}
    assert missing == (nobody_says if region == "us-west-1" else set())
    assert {"instance:t3.medium", "instance:c5.xlarge"} <= set(BUILT_IN[region])


def test_every_figure_is_a_price_with_a_source_that_is_not_of_the_future():
    for region, figures in BUILT_IN.items():
        for item, figure in figures.items():
            assert 0 < figure.usd < 100, (region, item)
            assert figure.source
            assert figure.day is None or figure.day <= date(2026, 11, 22)
            assert item in price_table.ITEMS or item.startswith("instance:")


def test_sizes_of_a_family_cost_by_their_size():
    for region in REGIONS:
        figures = BUILT_IN[region]
        small = figures["instance:t3.small"].usd
        assert figures["instance:t3.xlarge"].usd == pytest.approx(8 * small)
        assert figures["instance:c5.4xlarge"].usd == pytest.approx(
            8 * figures["instance:c5.large"].usd, rel=0.002
        )


def test_figures_read_from_aws_take_the_place_of_the_tables(tmp_path):
    mine = price_table.Figure(0.05, "AWS, SKU X", date(2027, 1, 2))
    file = price_table.user_file()
    file.parent.mkdir(parents=True)
    file.write_text(price_table.written({"us-west-2": {"nat_gateway_hour": mine}}))

    table = price_table.current()

    assert file.is_relative_to(tmp_path)
    assert table["us-west-2"]["nat_gateway_hour"] == mine
    assert table["us-west-2"]["gp3_gb_month"] == BUILT_IN["us-west-2"]["gp3_gb_month"]
    assert table["eu-west-1"] == BUILT_IN["eu-west-1"]


def test_a_file_that_holds_no_prices_is_named(tmp_path):
    file = tmp_path / "prices.json"
    for text in ('{"us-west-2": {"gp3_', '{"us-west-2": {"gp3_gb_month": {"usd": 1}}}', "[]"):
        file.write_text(text)
        with pytest.raises(EstateError, match=r"prices.json does not hold prices"):
            price_table.read(file)


def test_a_file_that_holds_no_prices_keeps_nobody_from_a_plan():
    file = price_table.user_file()
    file.parent.mkdir(parents=True)
    assert price_table.complaint() == ""
    file.write_text("{")

    assert price_table.current() == BUILT_IN
    assert price_table.complaint() == (
        f"{file} does not hold prices as playbooks/prices.yml writes them: remove it."
    )


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    file = tmp_path / "new" / "prices.json"
    table = {"us-west-2": {"nat_gateway_hour": price_table.Figure(0.05, "AWS", date(2027, 1, 2))}}
    price_table.write(file, table)
    monkeypatch.setattr(price_table, "written", lambda _table: "half" + chr(0xD800))

    with pytest.raises(UnicodeEncodeError):
        price_table.write(file, table)

    assert price_table.read(file) == table


def test_a_region_of_its_own_may_come_from_aws():
    mine = price_table.Figure(0.05, "AWS", date(2027, 1, 2))
    file = price_table.user_file()
    file.parent.mkdir(parents=True)
    file.write_text(price_table.written({"eu-north-1": {"nat_gateway_hour": mine}}))

    assert price_table.current()["eu-north-1"] == {"nat_gateway_hour": mine}
    assert json.loads(file.read_text())["eu-north-1"]["nat_gateway_hour"]["usd"] == 0.05
