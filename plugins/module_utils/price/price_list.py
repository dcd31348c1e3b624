# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""AWS's price list: the query for each item of the price table, and parsing of the responses.

A price is used only if the response is unambiguous: exactly one price in the first tier that is not
free. Otherwise the item is reported as missing, and the table keeps its price.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from .table import Figure

#: The price list API exists in few regions, each of which has all prices.
HOME = "us-east-1"


@dataclass(frozen=True)
class Query:
    """How to find an item: service, attributes to filter by, and usage type."""

    service: str
    #: The usage type, without the region prefix that most have.
    usage: str
    #: Units per item: for example, the price list has single requests, the table has 1,000.
    units: float = 1
    attributes: Mapping[str, str] = field(default_factory=dict)
    #: Billed once for all regions, so not filtered by region.
    world: bool = False


QUERIES = {
    "public_ipv4_hour": Query("AmazonVPC", "PublicIPv4:InUseAddress"),
    "nat_gateway_hour": Query(
        "AmazonEC2", "NatGateway-Hours", attributes={"productFamily": "NAT Gateway"}
    ),
    "nat_gateway_gb": Query(
        "AmazonEC2", "NatGateway-Bytes", attributes={"productFamily": "NAT Gateway"}
    ),
    "endpoint_hour": Query("AmazonVPC", "VpcEndpoint-Hours"),
    "kms_key_month": Query("awskms", "KMS-Keys"),
    "kms_10k_requests": Query("awskms", "KMS-Requests", 10_000),
    "dashboard_month": Query("AmazonCloudWatch", "DashboardsUsageHour", world=True),
    "alarm_month": Query("AmazonCloudWatch", "CW:AlarmMonitorUsage"),
    "query_alarm_month": Query("AmazonCloudWatch", "CW:MetricInsightAlarmUsage"),
    "metric_month": Query("AmazonCloudWatch", "CW:MetricMonitorUsage"),
    "log_ingest_gb": Query("AmazonCloudWatch", "DataProcessing-Bytes"),
    "vended_log_gb": Query("AmazonCloudWatch", "VendedLog-Bytes"),
    "log_storage_gb_month": Query("AmazonCloudWatch", "TimedStorage-ByteHrs"),
    "trail_100k_data_events": Query("AWSCloudTrail", "DataEventsRecorded", 100_000),
    "trail_100k_insights": Query("AWSCloudTrail", "InsightsEvents", 100_000),
    "s3_gb_month": Query("AmazonS3", "TimedStorage-ByteHrs"),
    "s3_1k_puts": Query("AmazonS3", "Requests-Tier1", 1000),
    "s3_1k_gets": Query("AmazonS3", "Requests-Tier2", 1000),
    "gp3_gb_month": Query("AmazonEC2", "EBS:VolumeUsage.gp3", attributes={"volumeApiName": "gp3"}),
}


def instance_query(instance_type: str) -> Query:
    """On-demand Linux with shared tenancy, without extra software."""
    return Query(
        "AmazonEC2",
        f"BoxUsage:{instance_type}",
        attributes={
            "instanceType": instance_type,
            "operatingSystem": "Linux",
            "tenancy": "Shared",
            "preInstalledSw": "NA",
            "capacitystatus": "Used",
        },
    )


def queries(instance_types: Iterable[str]) -> dict[str, Query]:
    """The queries by item of the price table."""
    return QUERIES | {f"instance:{kind}": instance_query(kind) for kind in instance_types}


def filters(query: Query, region: str) -> list[dict[str, str]]:
    """The filters for GetProducts; not by usage type, because its prefix varies."""
    wanted = {**query.attributes, **({} if query.world else {"regionCode": region})}
    return [
        {"Type": "TERM_MATCH", "Field": name, "Value": value}
        for name, value in sorted(wanted.items())
    ]


#: Calls GetProducts for a service with filters; returns JSON items, as text or parsed.
Ask = Callable[[str, list[dict[str, str]]], Iterable[Any]]


def refreshed(
    ask: Ask, region: str, instance_types: Iterable[str], today: date
) -> tuple[dict[str, Figure], list[str]]:
    """The figures of a region, and the items without an unambiguous price."""
    found: dict[str, Figure] = {}
    missing = []
    answers: dict[str, list[Any]] = {}
    for item, query in queries(instance_types).items():
        asked = filters(query, region)
        question = json.dumps([query.service, asked])
        if question not in answers:
            answers[question] = list(ask(query.service, asked))
        figure = figure_of(answers[question], query, today)
        if figure is None:
            missing.append(item)
        else:
            found[item] = figure
    return found, missing


def figure_of(items: Iterable[Any], query: Query, today: date) -> Figure | None:
    """The unambiguous price of an item, or None."""
    named = re.compile(rf"(?:[A-Za-z0-9-]+-)?{re.escape(query.usage)}")
    matching = []
    for raw in items:
        item = json.loads(raw) if isinstance(raw, str) else raw
        usage = item["product"].get("attributes", {}).get("usagetype", "")
        if named.fullmatch(usage) and not _of_another(usage, query.usage):
            matching.append((item, usage))
    prices = {price for item, _unused in matching if (price := first_price(item)) is not None}
    if len(prices) != 1:
        return None
    usages = ", ".join(sorted({usage for _unused, usage in matching}))
    return Figure(
        usd=round(prices.pop() * query.units, 10),
        source=f"AWS Price List API, {query.service} {usages}",
        day=today,
    )


def _of_another(usage: str, wanted: str) -> bool:
    """Whether the prefix of a usage type is more than a region, such as `EUC1-` or `us-west-1-`.

    For example, `USE1-Regional-X` is not the same as `X`.
    """
    prefix = usage.removesuffix(wanted).removesuffix("-")
    return bool(prefix) and not re.fullmatch(r"[A-Z]{2,4}\d*|[a-z]{2}(-[a-z]+)+-\d", prefix)


def first_price(item: Mapping[str, Any]) -> float | None:
    """The on-demand price in US dollars in the first tier that is not free."""
    tiers = [
        (float(tier.get("beginRange") or 0), float(tier["pricePerUnit"]["USD"]))
        for term in item.get("terms", {}).get("OnDemand", {}).values()
        for tier in term["priceDimensions"].values()
        if "USD" in tier["pricePerUnit"]
    ]
    return next((usd for _unused, usd in sorted(tiers) if usd > 0), None)
