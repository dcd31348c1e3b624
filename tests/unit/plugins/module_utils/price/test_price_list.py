"""What AWS's price list says, in the shape in which GetProducts answers.

The shape is that of AWS's documentation; the prices are made up.
"""

import json
from datetime import date

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.price import (
    price_list,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.price import (
    table as price_table,
)

TODAY = date(2026, 11, 22)


def tier(usd, begin="0", end="Inf"):
    return {
        "unit": "Hrs",
        "description": f"${usd} per unit",
        "beginRange": begin,
        "endRange": end,
        "appliesTo": [],
        "rateCode": f"SKU.TERM.{begin}",
        "pricePerUnit": {"USD": str(usd)},
    }


def product(usage, *tiers, **attributes):
    """One item of PriceList: a text of JSON."""
    return json.dumps(
        {
            "product": {
                "sku": "ABCDEFGH12345678",
                "productFamily": "NAT Gateway",
                "attributes": {"regionCode": "eu-central-1", "usagetype": usage, **attributes},
            },
            "serviceCode": "AmazonEC2",
            "terms": {
                "OnDemand": {
                    "ABCDEFGH12345678.JRTCKXETXF": {
                        "priceDimensions": {one["rateCode"]: one for one in tiers},
                        "sku": "ABCDEFGH12345678",
                        "effectiveDate": "2026-11-01T00:00:00Z",
                        "termAttributes": {},
                    }
                },
                "Reserved": {"X": {"priceDimensions": {"Y": tier(0.001)}}},
            },
            "version": "20261101000000",
            "publicationDate": "2026-11-01T00:00:00Z",
        }
    )


NAT = price_list.QUERIES["nat_gateway_hour"]


@pytest.mark.parametrize(
    "usage", ["NatGateway-Hours", "EUC1-NatGateway-Hours", "EU-NatGateway-Hours"]
)
def test_a_price_is_found_by_its_usage_type_whatever_the_region_before_it(usage):
    other = [
        product("EUC1-NatGateway-Bytes", tier(9)),
        product("EUC1-RegionalNatGateway-Hours", tier(8)),
    ]

    figure = price_list.figure_of([*other, product(usage, tier(0.052))], NAT, TODAY)

    assert figure == price_table.Figure(0.052, f"AWS Price List API, AmazonEC2 {usage}", TODAY)


@pytest.mark.parametrize(
    "items",
    [
        [],
        [product("EUC1-NatGateway-Bytes", tier(9))],
        [product("EUC1-NatGateway-Prvd-NatGateway-Hours", tier(9))],
        # Two prices: which one is ours nobody knows.
        [product("EUC1-NatGateway-Hours", tier(1)), product("EUC1-NatGateway-Hours", tier(2))],
        [product("EUC1-NatGateway-Hours", tier(0))],
        [json.dumps({"product": {"attributes": {"usagetype": "EUC1-NatGateway-Hours"}}})],
    ],
)
def test_what_is_not_clear_is_not_taken(items):
    assert price_list.figure_of(items, NAT, TODAY) is None


def test_the_same_price_twice_is_one_price():
    items = [product("EUC1-NatGateway-Hours", tier(1)), product("EUC1-NatGateway-Hours", tier(1))]

    assert price_list.figure_of(items, NAT, TODAY).usd == 1


def test_the_first_tier_that_costs_anything_counts():
    free_first = product("DashboardsUsageHour", tier(2, "10"), tier(0, "0"), tier(3, "3"))

    figure = price_list.figure_of([free_first], price_list.QUERIES["dashboard_month"], TODAY)

    assert figure.usd == 3


@pytest.mark.parametrize(
    ("item", "usage", "each", "usd"),
    [
        ("kms_10k_requests", "us-west-1-KMS-Requests", 0.000003, 0.03),
        ("s3_1k_puts", "USW2-Requests-Tier1", 0.000005, 0.005),
        ("trail_100k_data_events", "USE1-DataEventsRecorded", 0.000001, 0.1),
        ("query_alarm_month", "EUC1-CW:MetricInsightAlarmUsage", 0.1, 0.1),
    ],
)
def test_prices_are_told_for_what_the_table_counts(item, usage, each, usd):
    figure = price_list.figure_of([product(usage, tier(each))], price_list.QUERIES[item], TODAY)

    assert figure.usd == usd


def test_every_item_of_the_table_can_be_asked_for():
    assert set(price_list.QUERIES) == set(price_table.ITEMS)


def test_a_host_is_asked_for_as_it_is_launched():
    query = price_list.instance_query("t3.medium")

    asked = {one["Field"]: one["Value"] for one in price_list.filters(query, "eu-west-1")}

    assert asked == {
        "regionCode": "eu-west-1",
        "instanceType": "t3.medium",
        "operatingSystem": "Linux",
        "tenancy": "Shared",
        "preInstalledSw": "NA",
        "capacitystatus": "Used",
    }


def test_a_region_is_read_with_few_questions_and_what_is_missing_is_told():
    asked = []

    def ask(service, filters):
        asked.append((service, json.dumps(filters)))
        if service == "AmazonVPC":
            return [product("EUC1-PublicIPv4:InUseAddress", tier(0.005))]
        return []

    found, missing = price_list.refreshed(ask, "eu-central-1", ["t3.medium"], TODAY)

    assert list(found) == ["public_ipv4_hour"]
    assert set(missing) == {*price_list.QUERIES, "instance:t3.medium"} - {"public_ipv4_hour"}
    assert len(asked) == len(set(asked)) < len(price_list.QUERIES)
