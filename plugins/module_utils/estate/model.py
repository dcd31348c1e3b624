# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The few shapes that every part of the estate shares."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .cloud import Cloud
    from .inputs import Inputs

Properties = dict[str, Any]

#: A value that only exists after apply (the public half of a key that is not made yet).
UNKNOWN = "(known after apply)"


@dataclass(frozen=True)
class Resource:
    """One thing that should exist. References in `properties` are addresses, never AWS ids."""

    kind: str
    key: str
    name: str
    properties: Properties
    #: Addresses that must exist first and that `properties` does not mention by itself.
    needs: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """`<kind>/<key>`, the name by which other resources refer to it."""
        return f"{self.kind}/{self.key}"


@dataclass(frozen=True)
class Found:
    """One thing that exists. References in `properties` are AWS ids as read."""

    kind: str
    name: str
    id: str
    properties: Properties
    #: Why teardown must not remove it ("holds 12 object versions"); empty when it may.
    holds: str = ""
    held_bytes: int = 0
    #: Why the next deploy removes it, also without `prune`: the input that asked for it is off, and
    #: it acts by itself.
    switched_off: str = ""


@dataclass(frozen=True)
class Facts:
    """What the account says before anything can be computed."""

    account_id: str
    partition: str
    zones: tuple[str, ...]
    #: The caller's own address as a CIDR, or "" where it is unknown or not wanted.
    caller_cidr: str = ""
    #: Public half of the caller's key file, "" when the file does not exist yet.
    public_key: str = ""


@dataclass(frozen=True)
class Target:
    """An existing thing that a setter changes."""

    id: str
    name: str
    #: All that is wanted of it, references resolved to AWS ids.
    properties: Properties
    #: What was read of it, in AWS ids; empty when it was just created.
    found: Properties = field(default_factory=dict)


#: Brings one property of an existing thing to what is wanted. Safe to repeat.
Setter = Callable[["Cloud", Target], None]


@dataclass(frozen=True)
class Kind:
    """One kind of resource: what is wanted of it, how to read what exists, how to change it."""

    name: str
    family: str
    desired: Callable[[Inputs, Facts], list[Resource]]
    read: Callable[[Cloud], list[Found]]
    #: Makes the thing with its tags and returns its id. It may make the bare thing only: the
    #: setters of every property that is not in `created_with` run after it. None where nothing
    #: of the kind is ever wanted. Runs without retries: `apply` looks before it repeats.
    create: Callable[[Cloud, Resource], str] | None = None
    #: By property how to mend it. A property without one cannot be changed in place.
    setters: Mapping[str, Setter] = field(default_factory=dict)
    #: Properties that `create` itself brings about.
    created_with: frozenset[str] = frozenset()
    #: Removes a thing with all that is in it, and waits until it is gone where others wait for
    #: that. Safe to repeat, and no error when it is gone already.
    delete: Callable[[Cloud, Found], None] | None = None
    #: True where deleting and making it again loses nothing: so a property without a setter is
    #: mended. Otherwise such a change is refused.
    replaceable: bool = False
    #: Codes of AWS errors that pass by themselves ("the role is not known here yet").
    settles: frozenset[str] = frozenset()
    #: Data of its `region` may not be readable without it, whatever their bucket says today: never
    #: pruned, and kept by a teardown that keeps data there.
    opens_data: bool = False
    #: A setting of the whole account: mended where it is wanted, and left alone by a teardown.
    of_account: bool = False
    #: Runs make and end these; no estate ever wants one, so prune leaves them alone.
    of_runs: bool = False


@dataclass(frozen=True)
class FieldChange:
    """One property that differs. None stands for "not there"."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Change:
    """One line of the plan: create, update, replace, delete, keep or unwanted."""

    action: str
    kind: str
    key: str
    name: str
    family: str
    id: str = ""
    reason: str = ""
    fields: list[FieldChange] = field(default_factory=list)

    @property
    def address(self) -> str:
        """`<kind>/<key>`."""
        return f"{self.kind}/{self.key}"


#: What a plan may hold that changes something.
WORK = ("create", "update", "replace", "delete")


@dataclass(frozen=True)
class Plan:
    """The changes, and what apply needs: ids by address, and what was found by address."""

    changes: list[Change]
    ids: Mapping[str, str]
    found: Mapping[str, Found]

    def of(self, *actions: str) -> list[Change]:
        """The changes with one of these actions, in plan order."""
        return [change for change in self.changes if change.action in actions]

    @property
    def empty(self) -> bool:
        """True when there is nothing to apply; kept and unwanted things are no work."""
        return not self.of(*WORK)
