# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The billed quantities of an estate: the sum over all kinds.

Charges that depend on usage use assumed quantities, which are shown on the bill.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..estate.engine.charges import Charge, Usage
from ..estate.inputs import Inputs
from ..estate.kinds import KINDS

#: The number of metrics that a run and its host publish, and that S3 publishes at most per bucket
#: with request metrics. CloudWatch bills them only for hours with data, so they are part of the
#: price of an hour of training.
RUN_METRICS = 15
BUCKET_METRICS = 16


def charges(
    things: Sequence[Any], inputs: Inputs, stored_gb: Mapping[str, float] | None = None
) -> list[Charge]:
    """All charges of a month without training.

    `stored_gb` is the actual size in GB by bucket name, where known.
    """
    usage = Usage(inputs, stored_gb or {})
    return [
        charge
        for kind in KINDS
        for charge in kind.price([thing for thing in things if thing.kind == kind.name], usage)
    ]


def metered_buckets(things: Sequence[Any]) -> int:
    """The number of buckets that publish request metrics."""
    return sum(bool(t.properties.get("request_metrics")) for t in things if t.kind == "bucket")
