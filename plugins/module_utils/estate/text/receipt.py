# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is left after a teardown."""

from __future__ import annotations

from collections.abc import Mapping

from ..engine.model import Plan
from .line import BLANK, Line, heading, line
from .report import change_lines


def lines(plan: Plan, account_id: str, others: Mapping[str, str], cost: str) -> list[Line]:
    """Lines for what still exists, `others` of the tagging API (service by ARN), and the cost."""
    left = plan.of("keep", "delete", "unmanaged")
    result = [BLANK, heading(f"Left in account {account_id}")]
    result += [text for change in left for text in change_lines(change, full=False)]
    if not left:
        result.append(line("  Nothing."))
    if ending := plan.of("ending"):
        result.append(line("AWS deletes these by itself:"))
        result += [text for change in ending for text in change_lines(change, full=False)]
    if others:
        result.append(line("The tagging API also lists these; it keeps deleted ones for a while:"))
        result += [line(f"  ? {service}: {arn}", hang=4) for arn, service in others.items()]
    if left:
        result.append(line(f"It costs {cost} a month at list prices."))
    return result
