# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The monthly price of the buckets: storage and requests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ....engine.charges import Charge, Usage
from ....inputs import DATA, LOGS

#: Requests to each bucket per month, and the size of the logs, as assumed for the price.
PUTS, GETS = 10_000, 100_000
LOGS_GB = 1


def price(things: Sequence[Any], usage: Usage) -> list[Charge]:
    """The price per gigabyte and per request, in the region of each bucket."""
    gb = _sizes(things, usage)
    result = []
    for thing in things:
        region = usage.region(thing)
        result.append(Charge("s3_gb_month", gb[thing.name], region))
        result.append(Charge("s3_1k_puts", PUTS / 1000, region))
        result.append(Charge("s3_1k_gets", GETS / 1000, region))
    return result


def _sizes(things: Sequence[Any], usage: Usage) -> dict[str, float]:
    """Gigabytes by bucket name: the known size, else the expected one, the same for replicas."""
    inputs = usage.inputs
    logs = inputs.bucket_name(LOGS)
    data = {inputs.bucket_name(key) for key in DATA}
    first = [thing for thing in things if thing.name in data]
    share = inputs.expected_storage_gb / len(first or things or [1])
    return {
        thing.name: usage.stored_gb.get(thing.name, LOGS_GB if thing.name == logs else share)
        for thing in things
    }
