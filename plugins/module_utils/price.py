# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an environment costs at list price: pure functions over the price table.

All amounts are USD. A price that the table has not is ``None``, never 0: whoever prints it says
that it is not known, and a sum without it says "at least".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from . import price_rules as rules
from . import price_table
from .price_rules import HOURS_PER_MONTH, Charge

if TYPE_CHECKING:
    from .estate.inputs import Inputs

HOURS_PER_WEEKEND = 60  # Friday 20:00 to Monday 08:00
OLD_AFTER_DAYS = 180

#: What a spot host is taken to cost of the price on demand: an assumption, as the real one moves.
SPOT_SHARE = 0.4

REFRESH = "ansible-playbook playbooks/prices.yml"


@dataclass(frozen=True)
class Line:
    """One line of a bill; `usd` is None where a price is not known."""

    text: str
    usd: float | None
    figures: tuple[price_table.Figure, ...] = ()


@dataclass(frozen=True)
class Money:
    """What the plan says about money. Amounts leave out what is not known; `unknown` names it."""

    lines: list[str] = field(default_factory=list)
    #: A sentence for the first line of the plan, or empty.
    over_budget: str = ""
    #: None where nothing is known of the region; the rest also where the instance type is not.
    standing_month: float | None = None
    hour: float | None = None
    weekend: float | None = None
    month: float | None = None
    unknown: tuple[str, ...] = ()


def running_hour(
    region: str,
    instance_type: str,
    *,
    public_address: bool,
    table: price_table.Table | None = None,
) -> float | None:
    """What one on-demand host costs for each hour that it runs, besides its disk."""
    figures = (table or price_table.current()).get(region, {})
    wanted = [f"instance:{instance_type}", *["public_ipv4_hour"] * public_address]
    if not all(item in figures for item in wanted):
        return None
    return sum(figures[item].usd for item in wanted)


def usd(amount: float | None, digits: int = 2) -> str:
    """Write an amount for a person; an unknown price says so."""
    return "unknown (not in the price table)" if amount is None else f"${amount:,.{digits}f}"


def standing_of(
    resources: Sequence[Any],
    inputs: Inputs,
    *,
    stored_gb: Mapping[str, float] | None = None,
    table: price_table.Table | None = None,
) -> list[Line]:
    """What these cost in a month by themselves: resources of an estate, or things found.

    So it serves a plan, and the receipt of a teardown over what is left. `stored_gb` says by
    bucket name how much lies there; without it the expected volume is taken.
    """
    charges = rules.charges(resources, inputs, stored_gb)
    return priced(charges, table or price_table.current())


def priced(charges: Iterable[Charge], table: price_table.Table) -> list[Line]:
    """One line per text, with how many there are of it."""
    by_text: dict[str, list[Charge]] = {}
    for charge in charges:
        by_text.setdefault(charge.line, []).append(charge)
    return [_line(text, group, table) for text, group in by_text.items()]


def _line(text: str, group: list[Charge], table: price_table.Table) -> Line:
    count = max(Counter(charge.item for charge in group).values())
    found = [table.get(charge.region, {}).get(charge.item) for charge in group]
    known = tuple(figure for figure in found if figure is not None)
    amount = (
        sum(charge.quantity * figure.usd for charge, figure in zip(group, known, strict=True))
        if len(known) == len(group)
        else None
    )
    return Line(f"{count} x {text}" if count > 1 else text, amount, known)


def total(lines: Iterable[Line]) -> float:
    """The sum of what is known."""
    return sum(line.usd or 0.0 for line in lines)


def kept_disks(inputs: Inputs) -> list[Charge]:
    """Hosts that stay after a run keep their disks."""
    if inputs.training_after == "terminate":
        return []
    gb = inputs.training_count * inputs.training_volume_gb
    text = f"disk of the host that is kept after a run ({inputs.training_volume_gb} GB)"
    return [Charge(text, "gp3_gb_month", gb, inputs.region)]


def hour_of(resources: Sequence[Any], inputs: Inputs, table: price_table.Table) -> list[Line]:
    """What an hour of training costs beyond what stands there anyway."""
    hosts = inputs.training_count
    spot = inputs.training_market == "spot"
    market = f"spot, taken as {SPOT_SHARE:.0%} of on-demand" if spot else "on-demand"
    text = f"{hosts} x {inputs.training_instance_type} {market}"
    share = SPOT_SHARE if spot else 1
    metrics = hosts * rules.RUN_METRICS + rules.metered_buckets(resources) * rules.BUCKET_METRICS
    region = inputs.region
    charges = [
        Charge(text, f"instance:{inputs.training_instance_type}", hosts * share, region),
        Charge(f"{metrics} metrics at most", "metric_month", metrics / HOURS_PER_MONTH, region),
    ]
    if not inputs.hosts_are_private:
        charges.append(Charge("public IPv4", "public_ipv4_hour", hosts, region))
    if inputs.training_after == "terminate":
        gb = hosts * inputs.training_volume_gb
        charges.append(Charge("disk", "gp3_gb_month", gb / HOURS_PER_MONTH, region))
    return priced(charges, table)


def money(
    inputs: Inputs,
    resources: Sequence[Any],
    today: date,
    table: price_table.Table | None = None,
) -> Money:
    """The money of an estate: the closing block of the plan, and its first line if it must be."""
    table = table or price_table.current()
    if inputs.region not in table:
        return Money(lines=[_no_prices(inputs.region)], unknown=(inputs.region,))
    charges = [*rules.charges(resources, inputs), *kept_disks(inputs)]
    standing = [line for line in priced(charges, table) if line.usd is None or line.usd > 0]
    hourly = hour_of(resources, inputs, table)
    standing_usd = total(standing)
    hour = total(hourly) if all(line.usd is not None for line in hourly) else None
    month = None if hour is None else standing_usd + hour * inputs.expected_training_hours
    unknown = tuple(line.text for line in [*standing, *hourly] if line.usd is None)
    result = Money(
        over_budget=_over_budget(inputs, standing_usd, month, unknown),
        standing_month=standing_usd,
        hour=hour,
        weekend=None if hour is None else hour * HOURS_PER_WEEKEND,
        month=month,
        unknown=unknown,
    )
    result.lines.extend(
        [
            f"Money ({inputs.region}, list prices in US dollars before tax and free tier)",
            *(f"  {_column(line.usd)}  {line.text}" for line in standing),
            f"  {_column(standing_usd)}  a month in which nobody trains{_at_least(standing)}",
            *_use(inputs, result, hourly),
            *_provenance([*standing, *hourly], today),
        ]
    )
    return result


def _use(inputs: Inputs, money: Money, hourly: Sequence[Line]) -> list[str]:
    parts = ", ".join(f"{line.text} {usd(line.usd, 4)}" for line in hourly)
    budget = usd(inputs.budget_limit_usd)
    hours = inputs.expected_training_hours
    return [
        f"  {_column(money.hour, 4)}  an hour of training ({parts})",
        f"  {_column(money.weekend)}  hosts forgotten for a weekend, {HOURS_PER_WEEKEND} hours",
        f"  {_column(money.month)}  a month with {hours} hours of training; the budget is {budget}",
    ]


def _column(amount: float | None, digits: int = 2) -> str:
    return f"{'unknown' if amount is None else usd(amount, digits):>10}"


def _at_least(lines: Iterable[Line]) -> str:
    return ", at least" if any(line.usd is None for line in lines) else ""


def _over_budget(
    inputs: Inputs, standing: float, month: float | None, unknown: Sequence[str]
) -> str:
    """Why the estate as configured does not fit its budget."""
    limit = inputs.budget_limit_usd
    known = standing if month is None else month
    if round(known, 2) <= limit:
        return ""
    least = "at least " if unknown else "about "
    use = (
        "with no training at all"
        if standing > limit
        else (f"with {inputs.expected_training_hours} hours of training")
    )
    return (
        f"As configured a month costs {least}{usd(known)} {use}, and budget_limit_usd is "
        f"{usd(limit)}: raise it, or choose less."
    )


def _provenance(lines: Iterable[Line], today: date) -> list[str]:
    """How old the figures are and how sure, and how to get better ones."""
    used = {figure for line in lines for figure in line.figures}
    days = [(today - figure.day).days for figure in used if figure.day]
    undated = sum(figure.day is None for figure in used)
    complaint = price_table.complaint()
    result = [f"  ! {complaint}"] if complaint else []
    if days:
        oldest = max(days)
        result.append(
            f"  prices: the oldest figure is {oldest} days old (docs/cost.md has sources)"
        )
        if oldest > OLD_AFTER_DAYS:
            result.append(f"  ! older than {OLD_AFTER_DAYS} days: {REFRESH} reads today's from AWS")
    if undated:
        result.append(f"  ! {undated} of {len(used)} figures could not be verified: {REFRESH}")
    return result


def _no_prices(region: str) -> str:
    return f"Money: the price table has nothing for {region}; {REFRESH} -e region={region} reads it"
