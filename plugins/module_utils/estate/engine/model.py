# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The data types shared by all parts of the estate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..inputs import Inputs
from .charges import Rule
from .cloud import Cloud

Properties = dict[str, Any]

#: A value that only exists after apply (such as the public key of a key that does not exist yet).
UNKNOWN = "(known after apply)"


@dataclass(frozen=True)
class Resource:
    """A desired resource. References in `properties` are addresses, never AWS ids."""

    kind: str
    key: str
    name: str
    properties: Properties
    #: Addresses of resources that must exist first and that `properties` does not mention.
    needs: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """`<kind>/<key>`, by which other resources refer to it."""
        return f"{self.kind}/{self.key}"


@dataclass(frozen=True)
class Found:
    """An existing resource. References in `properties` are AWS ids as read."""

    kind: str
    name: str
    id: str
    properties: Properties
    #: Why a teardown must not remove it ("holds 12 object versions"); empty if it may.
    holds: str = ""
    held_bytes: int = 0
    #: Why the next deploy removes it even without `prune`: it acts by itself, and its input is off.
    switched_off: str = ""
    #: When AWS deletes it ("AWS deletes it on 2026-12-29"); empty if no deletion is scheduled. If
    #: one is, it is never paired with a desired resource.
    ends: str = ""
    #: The command that cancels the scheduled deletion.
    rescue: str = ""


@dataclass(frozen=True)
class Facts:
    """Facts about the account, read before anything is computed."""

    account_id: str
    partition: str
    zones: tuple[str, ...]
    #: The caller's own address as a CIDR, or "" if it is unknown or not needed.
    caller_cidr: str = ""
    #: The ARN of `deployer_role`, or "" if none is needed.
    deployer_role_arn: str = ""
    #: The public key of the caller's key file, or "" if the file does not exist yet.
    public_key: str = ""
    #: ARNs of keys that are kept because older data may be encrypted with them.
    kept_keys: tuple[str, ...] = ()
    #: Chosen interface endpoints whose service does not support endpoint policies.
    without_policy: tuple[str, ...] = ()


@dataclass(frozen=True)
class Target:
    """An existing resource that a setter changes."""

    id: str
    name: str
    #: All desired properties, with references resolved to AWS ids.
    properties: Properties
    #: The properties as read, with AWS ids; empty for a resource just created.
    found: Properties = field(default_factory=dict)


#: Sets one property of an existing resource to the desired value. Safe to repeat.
Setter = Callable[[Cloud, Target], None]


@dataclass(frozen=True)
class Right:
    """AWS actions that the deployer needs for one kind of resource.

    `module_utils/deployer.py` defines the statement: service, resources and condition. For EC2,
    `resource` is the resource type as in ARNs.
    """

    statement: str
    actions: str
    resource: str = ""


def _not_created(_cloud: Cloud, resource: Resource) -> str:
    raise NotImplementedError(f"An estate never has a {resource.kind}: runs create them.")


def _not_deleted(_cloud: Cloud, found: Found) -> None:
    raise NotImplementedError(f"A {found.kind} is a setting of the account and is never deleted.")


@dataclass(frozen=True)
class Kind:
    """One kind of resource: the desired state, how to read the actual state, how to change it."""

    name: str
    family: str
    desired: Callable[[Inputs, Facts], list[Resource]]
    read: Callable[[Cloud], list[Found]]
    #: The IAM permissions that the deployer needs for it.
    permissions: tuple[Right, ...]
    #: Its monthly cost: a rule, or `FREE`.
    price: Rule
    #: Creates the resource with its tags and returns its id. It may set only part of it: the
    #: setters of all properties not in `created_with` run afterwards. Omitted if the estate never
    #: contains this kind. Runs without retries: `apply` looks for the resource before it repeats.
    create: Callable[[Cloud, Resource], str] = _not_created
    #: Setters by property. A property without one cannot be changed in place.
    setters: Mapping[str, Setter] = field(default_factory=dict)
    #: Properties that `create` itself sets.
    created_with: frozenset[str] = frozenset()
    #: Deletes the resource with its contents, and waits until it is gone if other deletions depend
    #: on that. Safe to repeat; no error if it is already gone.
    delete: Callable[[Cloud, Found], None] = _not_deleted
    #: What still uses a resource that AWS refuses to delete, one text each.
    contents: Callable[[Cloud, Found], list[str]] | None = None
    #: True if it can be deleted and created again without loss. A change to a property without a
    #: setter then replaces the resource; otherwise it is refused.
    replaceable: bool = False
    #: AWS error codes that are temporary for this kind ("the role is not known here yet").
    settles: frozenset[str] = frozenset()
    #: Data in its `region` may be unreadable without it, whatever the bucket's current settings:
    #: never pruned, and kept by a teardown that keeps data there.
    opens_data: bool = False
    #: An account-wide setting: corrected if desired, and left alone by a teardown.
    of_account: bool = False
    #: Created and removed by training runs; never in the estate, so `prune` leaves it alone.
    of_runs: bool = False

    def there(self, cloud: Cloud) -> list[Found]:
        """The existing resources of this kind, without ignored tags, which are never compared."""
        return [_without_left_alone(cloud, item) for item in self.read(cloud)]


def _without_left_alone(cloud: Cloud, item: Found) -> Found:
    present = item.properties.get("tags", {})
    tags = {key: value for key, value in present.items() if not cloud.left_alone(key)}
    if len(tags) == len(present):
        return item
    return replace(item, properties={**item.properties, "tags": tags})


@dataclass(frozen=True)
class FieldChange:
    """One property that differs. None means absent."""

    path: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Change:
    """One line of the plan.

    Actions that change something: create, update, replace, delete. Others: keep (with its reason),
    unwanted (has our tags; deleted only by `prune`), unmanaged (has our name but not our tags),
    ending (AWS deletes it soon) and conflict (a name is taken: the plan is refused).
    """

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


#: The actions that change something.
WORK = ("create", "update", "replace", "delete")


@dataclass(frozen=True)
class Plan:
    """The changes, plus what apply needs: ids and existing resources, both by address."""

    changes: list[Change]
    ids: Mapping[str, str]
    found: Mapping[str, Found]

    def of(self, *actions: str) -> list[Change]:
        """The changes with one of these actions, in plan order."""
        return [change for change in self.changes if change.action in actions]

    @property
    def empty(self) -> bool:
        """True if there is nothing to apply; kept and unwanted resources do not count."""
        return not self.of(*WORK)
