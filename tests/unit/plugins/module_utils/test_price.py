"""Prices are sums over the table, and what the table has not is said to be unknown."""

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils import price, price_table


def test_a_running_host_costs_instance_address_and_volume():
    host = price.host_price("us-west-2", "t3.medium", 30)
    assert host.running_hour == pytest.approx(0.0416 + 0.005 + 30 * 0.08 / 730)
    assert host.forgotten_weekend == pytest.approx(60 * host.running_hour)


def test_a_stopped_host_costs_its_volume():
    assert price.host_price("us-west-2", "t3.medium", 100).stopped_month == pytest.approx(8.0)


@pytest.mark.parametrize(
    ("region", "instance_type"), [("us-west-2", "u-24tb1.metal"), ("eu-west-1", "t3.medium")]
)
def test_a_price_that_is_not_in_the_table_is_unknown(region, instance_type):
    assert price.host_price(region, instance_type, 30) is None
    assert "unknown" in price.usd(None)


def test_a_quiet_month_costs_storage_volumes_and_metrics():
    month = price.standing_month(
        "us-west-2", stored_bytes=10_000_000_000, stopped_volumes_gb=30, metrics=4
    )
    assert month == pytest.approx(0.23 + 2.40 + 1.20)
    assert (
        price.standing_month("eu-west-1", stored_bytes=0, stopped_volumes_gb=0, metrics=0) is None
    )


def test_every_instance_price_is_an_hourly_price():
    assert all(0 < hour < 100 for hour in price_table.INSTANCE_HOUR.values())
