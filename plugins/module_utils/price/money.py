# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The cost of an environment at list prices: pure functions over the price table.

All amounts are in US dollars. A price that is not in the table is ``None``, never 0: it is printed
as unknown, and a sum without it as "at least".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from ..estate.engine.charges import HOURS_PER_MONTH, Charge
from . import bill, rules
from . import table as price_table
from .bill import Row, usd

if TYPE_CHECKING:
    from ..estate.inputs import Inputs
    from ..estate.text.line import Line

#: The spot price as a share of the on-demand price: an assumption, since the real price varies.
SPOT_SHARE = 0.4


@dataclass(frozen=True)
class Money:
    """The cost of an estate. Amounts exclude unknown prices, which are named in `unknown`."""

    lines: list[Line] = field(default_factory=list)
    #: A sentence for the first line of the plan, or empty.
    over_budget: str = ""
    #: None if the region has no prices; the next three also if the instance type has none.
    standing_month: float | None = None
    hour: float | None = None
    #: A host that nothing stops, until it powers off.
    longest: float | None = None
    month: float | None = None
    unknown: tuple[str, ...] = ()
    rows: tuple[Row, ...] = ()

    @property
    def data(self) -> dict[str, Any]:
        """The amounts as plain data."""
        return {
            "baseline": [row.data for row in self.rows],
            "standing_month": self.standing_month,
            "training_hour": self.hour,
            "longest": self.longest,
            "month": self.month,
            "unknown": list(self.unknown),
        }


def running_hour(
    region: str,
    instance_type: str,
    *,
    public_address: bool,
    table: price_table.Table | None = None,
) -> float | None:
    """The hourly price of one on-demand host, without its volume; None if it is unknown."""
    figures = (table or price_table.current()).get(region, {})
    wanted = [f"instance:{instance_type}", *["public_ipv4_hour"] * public_address]
    if not all(item in figures for item in wanted):
        return None
    return sum(figures[item].usd for item in wanted)


def standing_of(
    resources: Sequence[Any],
    inputs: Inputs,
    *,
    stored_gb: Mapping[str, float] | None = None,
    table: price_table.Table | None = None,
) -> list[Row]:
    """The monthly cost of desired or existing resources, without training.

    `stored_gb` is the size of each bucket by name; without it, the expected size is used.
    """
    charges = rules.charges(resources, inputs, stored_gb)
    return priced(charges, inputs.region, table or price_table.current())


def priced(charges: Iterable[Charge], home: str, table: price_table.Table) -> list[Row]:
    """One row for each item and region; `home` is the region that is not named in rows."""
    quantities: dict[tuple[str, str], float] = {}
    for charge in charges:
        key = (charge.item, charge.region)
        quantities[key] = quantities.get(key, 0) + charge.quantity
    return [_row(*key, quantity, home, table) for key, quantity in quantities.items()]


def _row(key: str, region: str, quantity: float, home: str, table: price_table.Table) -> Row:
    item, figure = price_table.item_of(key), table.get(region, {}).get(key)
    name = item.name if region == home else f"{item.name}, {region}"
    usd = None if figure is None else quantity * figure.usd
    return Row(name, quantity * item.per, item.unit, usd, figure)


def total(rows: Iterable[Row]) -> float:
    """The sum of the known amounts."""
    return sum(row.usd or 0.0 for row in rows)


def kept_disks(inputs: Inputs) -> list[Charge]:
    """The volumes of hosts that are kept after a run."""
    if inputs.training_after == "terminate":
        return []
    gb = inputs.training_count * inputs.training_volume_gb
    return [Charge("gp3_gb_month", gb, inputs.region)]


def hour_of(resources: Sequence[Any], inputs: Inputs, table: price_table.Table) -> list[Row]:
    """The cost of an hour of training on top of the monthly baseline."""
    hosts, figures = inputs.training_count, table.get(inputs.region, {})
    spot = inputs.training_market == "spot"
    market = f"spot, assumed at {SPOT_SHARE:.0%} of on-demand" if spot else "on-demand"
    metrics = hosts * rules.RUN_METRICS + rules.metered_buckets(resources) * rules.BUCKET_METRICS

    def row(name: str, key: str, quantity: float) -> Row:
        figure = figures.get(key)
        usd = None if figure is None else quantity * figure.usd
        return Row(name, quantity, price_table.item_of(key).unit, usd, figure)

    rows = [
        row(
            f"{hosts} x {inputs.training_instance_type} {market}",
            f"{price_table.INSTANCE}{inputs.training_instance_type}",
            hosts * (SPOT_SHARE if spot else 1),
        ),
        row(f"up to {metrics} metrics", "metric_month", metrics / HOURS_PER_MONTH),
    ]
    if not inputs.hosts_are_private:
        rows.append(row("public IPv4", "public_ipv4_hour", hosts))
    if inputs.training_after == "terminate":
        gb = hosts * inputs.training_volume_gb
        rows.append(row("disk", "gp3_gb_month", gb / HOURS_PER_MONTH))
    return rows


def money(
    inputs: Inputs,
    resources: Sequence[Any],
    today: date,
    table: price_table.Table | None = None,
) -> Money:
    """The cost of an estate as shown in the plan, and whether it is over budget."""
    table = table or price_table.current()
    if inputs.region not in table:
        return Money(lines=[bill.no_prices(inputs.region)], unknown=(inputs.region,))
    charges = [*rules.charges(resources, inputs), *kept_disks(inputs)]
    rows = [row for row in priced(charges, inputs.region, table) if row.usd is None or row.usd > 0]
    hourly = hour_of(resources, inputs, table)
    standing = total(rows)
    hour = total(hourly) if all(row.usd is not None for row in hourly) else None
    month = None if hour is None else standing + hour * inputs.expected_training_hours
    unknown = tuple(row.name for row in [*rows, *hourly] if row.usd is None)
    result = Money(
        over_budget=_over_budget(inputs, standing, month, unknown),
        standing_month=standing,
        hour=hour,
        longest=None if hour is None else hour * inputs.training_max_hours,
        month=month,
        unknown=unknown,
        rows=tuple(rows),
    )
    lines = _block(inputs, result, hourly)
    return replace(result, lines=[*lines, *bill.provenance([*rows, *hourly], today)])


def _block(inputs: Inputs, money: Money, hourly: Sequence[Row]) -> list[Line]:
    hours = inputs.expected_training_hours
    training = None if money.hour is None else money.hour * hours
    return [
        bill.title(inputs.region),
        *bill.baseline(money.rows, money.standing_month or 0),
        bill.sum_line(f"{hours} hours of training", training),
        bill.RULE,
        bill.sum_line("Month as configured", money.month),
        *([_budget(inputs)] if inputs.has_budget else []),
        bill.sum_line(
            f"If a host runs until it powers off ({inputs.training_max_hours} h)", money.longest
        ),
        bill.hour_line(money.hour, hourly),
    ]


def _budget(inputs: Inputs) -> Line:
    return bill.sum_line("Budget (budget_limit_usd)", inputs.budget_limit_usd)


def _over_budget(
    inputs: Inputs, standing: float, month: float | None, unknown: Sequence[str]
) -> str:
    """Why the estate as configured exceeds its budget; "" if it does not."""
    limit = inputs.budget_limit_usd
    known = standing if month is None else month
    if not inputs.has_budget or round(known, 2) <= limit:
        return ""
    least = "at least " if unknown else "about "
    use = (
        "with no training at all"
        if standing > limit
        else f"with {inputs.expected_training_hours} hours of training"
    )
    return (
        f"Over budget: a month costs {least}{usd(known)} {use}, and budget_limit_usd is "
        f"{usd(limit)}. Raise it, or choose less."
    )
