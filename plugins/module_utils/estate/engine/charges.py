# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Billed quantities: the price of a kind is a rule that returns charges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from ..inputs import Inputs

HOURS_PER_MONTH = 730  # as AWS's own calculator counts


class Thing(Protocol):
    """A desired resource or an existing one."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def properties(self) -> dict[str, Any]:
        """Its properties, in normal form."""


@dataclass(frozen=True)
class Charge:
    """A quantity of one item of the price table."""

    item: str
    quantity: float
    region: str


@dataclass(frozen=True)
class Usage:
    """What a bill depends on besides the resources themselves."""

    inputs: Inputs
    #: Gigabytes stored, by bucket name, where known.
    stored_gb: Mapping[str, float] = field(default_factory=dict)

    def region(self, thing: Thing) -> str:
        """The region whose prices apply."""
        return str(thing.properties.get("region") or self.inputs.region)

    def hours(self, item: str, thing: Thing, count: float = 1) -> Charge:
        """The charge for a month of an item billed by the hour."""
        return Charge(item, HOURS_PER_MONTH * count, self.region(thing))


#: The charges of a month for all resources of one kind, while no training runs.
Rule = Callable[[Sequence[Any], Usage], list[Charge]]


def FREE(things: Sequence[Any], usage: Usage) -> list[Charge]:  # noqa: N802 (reads as a price)
    """The rule for kinds that AWS does not bill."""
    return []
