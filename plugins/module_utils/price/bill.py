# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A bill as a printable table: name, quantity, unit, month, and the total below a rule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..estate.text.line import Line, heading, line, warning
from . import table as price_table

OLD_AFTER_DAYS = 180
CENT = 0.005  # smaller amounts are printed as less than 0.01
REFRESH = "the playbook prices.yml"

#: Column widths; the table fits a terminal of 80 columns.
NAME, QUANTITY, UNIT, MONTH = 36, 11, 10, 11
WIDTH = NAME + 1 + QUANTITY + 2 + UNIT + MONTH
RULE = line(f"  {'-' * WIDTH}")


@dataclass(frozen=True)
class Row:
    """One row of a bill; `usd` is None if the price is unknown."""

    name: str
    quantity: float
    unit: str
    usd: float | None
    figure: price_table.Figure | None = None

    @property
    def data(self) -> dict[str, Any]:
        """The row as plain data."""
        return {
            "name": self.name,
            "quantity": self.quantity,
            "unit": self.unit,
            "usd": self.usd,
        }


def usd(amount: float | None, digits: int = 2) -> str:
    """An amount in US dollars, or a text for an unknown price."""
    return "unknown (not in the price table)" if amount is None else f"${amount:,.{digits}f}"


def table(rows: Iterable[Row]) -> list[Line]:
    """The header and the rows."""
    head = f"  {'Name':<{NAME}} {'Quantity':>{QUANTITY}}  {'Unit':<{UNIT}}{'Month':>{MONTH}}"
    return [line(head), *(_row(row) for row in rows)]


def _row(row: Row) -> Line:
    quantity = f"{row.quantity:,.2f}".rstrip("0").rstrip(".")
    if 0 < row.quantity < CENT:
        quantity = "<0.01"
    month = short_usd(row.usd)
    return line(f"  {row.name:<{NAME}} {quantity:>{QUANTITY}}  {row.unit:<{UNIT}}{month:>{MONTH}}")


def sum_line(name: str, amount: float | None, *, at_least: bool = False) -> Line:
    """A total, in the last column."""
    return line(
        f"  {name + (', at least' if at_least else ''):<{WIDTH - 12}}{short_usd(amount):>12}"
    )


def short_usd(amount: float | None) -> str:
    """An amount that fits a column."""
    if amount is None:
        return "unknown"
    return "<$0.01" if 0 < amount < CENT else usd(amount)


def title(region: str) -> Line:
    """The heading of a bill."""
    return heading(f"Cost ({region}, list prices in US dollars before tax and free tier)")


def baseline(rows: Sequence[Row], amount: float) -> list[Line]:
    """The monthly cost without training, with its total."""
    at_least = any(row.usd is None for row in rows)
    total = sum_line("Monthly baseline, no training", amount, at_least=at_least)
    return [*table(rows), RULE, total]


def hour_line(hour: float | None, parts: Sequence[Row]) -> Line:
    """The price of an hour of training, and its parts."""
    named = ", ".join(f"{part.name} {usd(part.usd, 4)}" for part in parts)
    return line(f"  An hour of training costs {usd(hour, 4)}: {named}.")


def provenance(rows: Iterable[Row], today: date) -> list[Line]:
    """How old and how reliable the prices are, and how to get newer ones."""
    used = {row.figure for row in rows if row.figure is not None}
    days = [(today - figure.day).days for figure in used if figure.day]
    undated = sum(figure.day is None for figure in used)
    complaint = price_table.complaint()
    result = [warning(f"  ! {complaint}")] if complaint else []
    if days:
        oldest = max(days)
        result.append(line(f"  The oldest price is {oldest} days old (sources: docs/cost.md)."))
        if oldest > OLD_AFTER_DAYS:
            text = f"  ! That is more than {OLD_AFTER_DAYS} days: {REFRESH} reads today's prices."
            result.append(warning(text))
    if undated:
        text = f"  ! Unverified prices: {undated} of {len(used)}; {REFRESH} reads today's prices."
        result.append(warning(text))
    return result


def no_prices(region: str) -> Line:
    """What to do in a region without prices."""
    return warning(
        f"Cost: no prices for {region}: {REFRESH} reads them, with region set to {region}."
    )
