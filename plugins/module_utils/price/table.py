# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""List prices in USD, before tax and free tier, by region. All built-in prices are in this file.

Each figure has a source and the date of that source. None was read directly from AWS, because AWS's
price list was not reachable when the table was written. `playbooks/prices.yml` reads it and writes
a file whose figures override these.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ..estate.engine.sentences import EstateError


@dataclass(frozen=True)
class Figure:
    """One price."""

    usd: float
    #: Where it comes from, so that it can be checked.
    source: str
    #: The date of the source; None if no dated source was found.
    day: date | None


#: Figures by region and item.
Table = Mapping[str, Mapping[str, Figure]]


#: The unit of items billed by the hour.
HOURS = "hours"


@dataclass(frozen=True)
class Item:
    """An item of the table: its name on a bill, and the unit of its quantity."""

    name: str
    unit: str
    #: How many units the price is for.
    per: int = 1


#: The items. `instance:<type>` is an hour of on-demand Linux.
ITEMS = {
    "public_ipv4_hour": Item("Public IPv4 address", HOURS),
    "nat_gateway_hour": Item("NAT gateway", HOURS),
    "nat_gateway_gb": Item("NAT gateway data", "GB"),
    "endpoint_hour": Item("Interface endpoint", HOURS),  # in one zone
    "kms_key_month": Item("KMS key", "keys"),
    "kms_10k_requests": Item("KMS requests", "requests", 10_000),
    # After the first three in an account, which are free.
    "dashboard_month": Item("Dashboard", "dashboards"),
    "alarm_month": Item("Alarm", "metrics"),
    "query_alarm_month": Item("Alarm on a query", "metrics"),
    "metric_month": Item("Custom metric", "metrics"),  # prorated by the hour
    "log_ingest_gb": Item("Log ingestion", "GB"),
    "vended_log_gb": Item("Flow log ingestion", "GB"),
    "log_storage_gb_month": Item("Log storage", "GB"),
    "trail_100k_data_events": Item("CloudTrail data events", "events", 100_000),
    "trail_100k_insights": Item("CloudTrail Insights", "events", 100_000),
    "s3_gb_month": Item("S3 storage", "GB"),  # Standard
    "s3_1k_puts": Item("S3 writes and listings", "requests", 1_000),
    "s3_1k_gets": Item("S3 reads", "requests", 1_000),
    "gp3_gb_month": Item("EBS volume (gp3)", "GB"),  # with the included IOPS and throughput
}
INSTANCE = "instance:"


def item_of(key: str) -> Item:
    """An item by its key in the table."""
    if key.startswith(INSTANCE):
        return Item(f"EC2 host ({key.removeprefix(INSTANCE)})", HOURS)
    return ITEMS[key]


_LIST = "AWS price list files, quoted in a public cost study"
#: Sources by short name: description and date.
SOURCES: dict[str, tuple[str, str | None]] = {
    "list-use1": (f"{_LIST} of us-east-1", "2026-09-25"),
    "list-usw1": (f"{_LIST} of us-west-1, with SKUs", "2026-09-29"),
    "list-euw1": ("AWS price list file of eu-west-1, quoted in a public repository", "2026-10-02"),
    "bills": ("bills and price look-ups of this region in public repositories", "2026-09-09"),
    "pages": (
        "https://aws.amazon.com/<service>/pricing/, as public copies of 2026 have it",
        "2026-11-22",
    ),
    "unverified": ("not verified: commonly known of AWS's price pages, no dated copy found", None),
    "libcloud": ("Apache Libcloud 3.9.1 pricing.json: a copy of AWS's price list", "2025-03-02"),
    "sizes": ("another size of the family in libcloud: these prices go by size", "2025-03-02"),
}

#: The same in every region of the table, according to AWS's price pages.
_EVERYWHERE = {
    "public_ipv4_hour": (0.005, "pages"),
    "kms_key_month": (1.00, "pages"),
    "kms_10k_requests": (0.03, "pages"),
    "dashboard_month": (3.00, "pages"),
    "alarm_month": (0.10, "pages"),
    "query_alarm_month": (0.10, "unverified"),
    "metric_month": (0.30, "pages"),
    "trail_100k_data_events": (0.10, "pages"),
    "trail_100k_insights": (0.35, "pages"),
}

_US_EAST_1 = {
    "nat_gateway_hour": (0.045, "list-use1"),
    "nat_gateway_gb": (0.045, "list-use1"),
    "endpoint_hour": (0.01, "list-use1"),
    "log_ingest_gb": (0.50, "list-use1"),
    "vended_log_gb": (0.50, "unverified"),
    "log_storage_gb_month": (0.03, "list-use1"),
    "s3_gb_month": (0.023, "list-use1"),
    "s3_1k_puts": (0.005, "list-use1"),
    "s3_1k_gets": (0.0004, "list-use1"),
    "gp3_gb_month": (0.08, "list-use1"),
}

#: For regions with the prices of us-east-1 for all of these, according to AWS's price pages.
_LIKE_US_EAST_1 = {
    item: (usd, "unverified" if source == "unverified" else "pages")
    for item, (usd, source) in _US_EAST_1.items()
}

_US_INSTANCES = {
    "t3.small": (0.0208, "pages"),
    "t3.medium": (0.0416, "pages"),
    "t3.large": (0.0832, "pages"),
    "t3.xlarge": (0.1664, "pages"),
    "m5.large": (0.096, "pages"),
    "m5.xlarge": (0.192, "pages"),
    "m5.2xlarge": (0.384, "libcloud"),
    "c5.large": (0.085, "pages"),
    "c5.xlarge": (0.17, "pages"),
    "c5.2xlarge": (0.34, "pages"),
    "c5.4xlarge": (0.68, "pages"),
    "c5.9xlarge": (1.53, "libcloud"),
    "g4dn.xlarge": (0.526, "libcloud"),
}

_FIGURES: dict[str, tuple[dict[str, tuple[float, str]], dict[str, tuple[float, str]]]] = {
    "us-east-1": (_US_EAST_1, _US_INSTANCES),
    "us-east-2": (_LIKE_US_EAST_1, _US_INSTANCES),
    "us-west-2": (_LIKE_US_EAST_1, _US_INSTANCES),
    # Without NAT gateways and endpoints: no source has their price in this region.
    "us-west-1": (
        {
            "kms_10k_requests": (0.03, "list-usw1"),
            "alarm_month": (0.10, "list-usw1"),
            "metric_month": (0.30, "list-usw1"),
            "log_ingest_gb": (0.67, "list-usw1"),
            "vended_log_gb": (0.67, "unverified"),
            "log_storage_gb_month": (0.033, "list-usw1"),
            "s3_gb_month": (0.026, "list-usw1"),
            "s3_1k_puts": (0.0055, "list-usw1"),
            "s3_1k_gets": (0.00044, "unverified"),
            "gp3_gb_month": (0.096, "unverified"),
        },
        {
            "t3.small": (0.0248, "sizes"),
            "t3.medium": (0.0496, "sizes"),
            "t3.large": (0.0992, "sizes"),
            "t3.xlarge": (0.1984, "libcloud"),
            "m5.large": (0.112, "libcloud"),
            "m5.xlarge": (0.224, "libcloud"),
            "m5.2xlarge": (0.448, "libcloud"),
            "c5.large": (0.106, "libcloud"),
            "c5.xlarge": (0.212, "libcloud"),
            "c5.2xlarge": (0.424, "libcloud"),
            "c5.4xlarge": (0.848, "libcloud"),
            "c5.9xlarge": (1.908, "libcloud"),
            "g4dn.xlarge": (0.631, "libcloud"),
        },
    ),
    "eu-west-1": (
        {
            "nat_gateway_hour": (0.048, "list-euw1"),
            "nat_gateway_gb": (0.048, "list-euw1"),
            "endpoint_hour": (0.011, "bills"),
            "log_ingest_gb": (0.57, "unverified"),
            "vended_log_gb": (0.57, "unverified"),
            "log_storage_gb_month": (0.03, "unverified"),
            "s3_gb_month": (0.023, "unverified"),
            "s3_1k_puts": (0.005, "unverified"),
            "s3_1k_gets": (0.0004, "unverified"),
            "gp3_gb_month": (0.088, "bills"),
        },
        {
            "t3.small": (0.0228, "libcloud"),
            "t3.medium": (0.0456, "sizes"),
            "t3.large": (0.0912, "sizes"),
            "t3.xlarge": (0.1824, "sizes"),
            "m5.large": (0.107, "libcloud"),
            "m5.xlarge": (0.214, "libcloud"),
            "m5.2xlarge": (0.428, "libcloud"),
            "c5.large": (0.096, "libcloud"),
            "c5.xlarge": (0.192, "libcloud"),
            "c5.2xlarge": (0.384, "libcloud"),
            "c5.4xlarge": (0.768, "libcloud"),
            "c5.9xlarge": (1.728, "libcloud"),
            "g4dn.xlarge": (0.587, "libcloud"),
        },
    ),
    "eu-central-1": (
        {
            "nat_gateway_hour": (0.052, "bills"),
            "nat_gateway_gb": (0.052, "unverified"),
            "endpoint_hour": (0.012, "bills"),
            "log_ingest_gb": (0.63, "bills"),
            "vended_log_gb": (0.63, "unverified"),
            "log_storage_gb_month": (0.0324, "unverified"),
            "s3_gb_month": (0.0245, "bills"),
            "s3_1k_puts": (0.0054, "unverified"),
            "s3_1k_gets": (0.00043, "unverified"),
            "gp3_gb_month": (0.0952, "bills"),
        },
        {
            "t3.small": (0.024, "libcloud"),
            "t3.medium": (0.048, "libcloud"),
            "t3.large": (0.096, "libcloud"),
            "t3.xlarge": (0.192, "libcloud"),
            "m5.large": (0.115, "libcloud"),
            "m5.xlarge": (0.23, "libcloud"),
            "m5.2xlarge": (0.46, "libcloud"),
            "c5.large": (0.097, "libcloud"),
            "c5.xlarge": (0.194, "libcloud"),
            "c5.2xlarge": (0.388, "libcloud"),
            "c5.4xlarge": (0.776, "libcloud"),
            "c5.9xlarge": (1.746, "libcloud"),
        },
    ),
}


def _figure(usd: float, source: str) -> Figure:
    text, day = SOURCES[source]
    return Figure(usd, text, date.fromisoformat(day) if day else None)


def built_in() -> dict[str, dict[str, Figure]]:
    """The table in this file."""
    return {
        region: {
            name: _figure(*figure)
            for name, figure in {
                **_EVERYWHERE,
                **items,
                **{f"instance:{kind}": figure for kind, figure in instances.items()},
            }.items()
        }
        for region, (items, instances) in _FIGURES.items()
    }


def user_file() -> Path:
    """The file with the figures read from AWS on this machine."""
    home = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(home) / "cardiology.cloud" / "prices.json"


def current(path: Path | None = None) -> Table:
    """The table, overridden by the figures in the user's file.

    A broken price file must not prevent stopping or removing what costs money: it is ignored, and
    `complaint` reports it.
    """
    result = built_in()
    with suppress(EstateError):
        for region, figures in read(path or user_file()).items():
            result[region] = {**result.get(region, {}), **figures}
    return result


def complaint(path: Path | None = None) -> str:
    """What is wrong with the user's file, or ""."""
    try:
        read(path or user_file())
    except EstateError as error:
        return str(error)
    return ""


def read(path: Path) -> dict[str, dict[str, Figure]]:
    """The figures in a file; empty if there is no such file."""
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return {
            region: {
                item: Figure(float(one["usd"]), one["source"], date.fromisoformat(one["day"]))
                for item, one in figures.items()
            }
            for region, figures in raw.items()
        }
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise EstateError(
            f"{path} does not hold prices as playbooks/prices.yml writes them: remove it."
        ) from error


def write(path: Path, table: Table) -> None:
    """Write a file for `read`, atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f"{path.name}.{os.getpid()}")
    new.write_text(written(table), encoding="utf-8")
    new.replace(path)


def written(table: Table) -> str:
    """A table as the text of a file for `read`."""
    return json.dumps(
        {
            region: {
                item: {"usd": one.usd, "source": one.source, "day": str(one.day)}
                for item, one in sorted(figures.items())
            }
            for region, figures in sorted(table.items())
        },
        indent=2,
    )
