# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What hosts and storage cost at list price: pure functions over the price table.

All amounts are USD. A price that the table has not is ``None``, never 0: whoever prints it says
that it is not known.
"""

from __future__ import annotations

from dataclasses import dataclass

from . import price_table as table

HOURS_PER_MONTH = 730  # as AWS's own calculator counts
HOURS_PER_WEEKEND = 60  # Friday 20:00 to Monday 08:00


@dataclass(frozen=True)
class HostPrice:
    """USD for one on-demand host: an hour of running, a month of lying there stopped."""

    running_hour: float
    stopped_month: float

    @property
    def forgotten_weekend(self) -> float:
        """USD for a host left running from Friday evening to Monday morning."""
        return self.running_hour * HOURS_PER_WEEKEND


def known_region(region: str) -> bool:
    """Whether the table's figures hold in this region."""
    return region in table.SAME_AS_US_EAST_1


def host_price(region: str, instance_type: str, volume_gb: int) -> HostPrice | None:
    """Price one on-demand host with a public address and a gp3 volume."""
    hour = table.INSTANCE_HOUR.get(instance_type)
    if hour is None or not known_region(region):
        return None
    volume_month = volume_gb * table.GP3_GB_MONTH
    running = hour + table.PUBLIC_IPV4_HOUR + volume_month / HOURS_PER_MONTH
    return HostPrice(running_hour=running, stopped_month=volume_month)


def standing_month(
    region: str, *, stored_bytes: int, stopped_volumes_gb: int, metrics: int
) -> float | None:
    """Price a month in which no host runs: stored objects, volumes kept, custom metrics."""
    if not known_region(region):
        return None
    return (
        stored_bytes / 1e9 * table.S3_GB_MONTH
        + stopped_volumes_gb * table.GP3_GB_MONTH
        + metrics * table.CUSTOM_METRIC_MONTH
    )


def usd(amount: float | None, digits: int = 2) -> str:
    """Write an amount for a person; an unknown price says so."""
    return "unknown (not in the price table)" if amount is None else f"${amount:,.{digits}f}"
