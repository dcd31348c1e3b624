# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Report the cost of a run and the remaining budget before a host is launched. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .estate.text.line import Line, line, warning
from .price.bill import usd
from .status import budget_text


def report(
    inputs: Mapping[str, Any],
    hour: float | None,
    hours: float,
    budget: Mapping[str, float] | None,
) -> list[Line]:
    """Lines with instance type and market, price per hour and for `hours`, and the budget.

    `hour` is in US dollars, None if the price is unknown; `budget` as `status_info` returns it.
    """
    hosts = f"{inputs['training_count']} x {inputs['training_instance_type']}"
    host = f"  host      {hosts}, {inputs['training_market']}"
    last = line(f"  end       the host {end(inputs)}")
    if hour is None:
        return [line(f"{host}: the price is unknown (the playbook prices.yml reads it)"), last]
    most = hour * hours
    lines = [
        line(f"{host}: {usd(hour, 4)} an hour, {usd(most)} for the limit of {hours:g} hours"),
        line(f"  budget    {budget_text(budget)}"),
        last,
    ]
    if budget is not None and most > budget["limit"] - budget["actual"]:
        lines.append(warning("  ! A run that takes all its time costs more than is left."))
    return lines


def end(inputs: Mapping[str, Any]) -> str:
    """When the host powers off by itself: the end of a sentence that begins with the host."""
    hours, minutes = inputs["training_max_hours"], inputs["training_idle_minutes"]
    latest = f"{hours} hours after its start"
    if inputs["training_after"] == "keep" or not minutes:
        return f"powers off {latest}"
    return f"powers off after {minutes} idle minutes, at the latest {latest}"
