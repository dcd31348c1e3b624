# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Change one resource: create it or find it again, update properties, delete it.

Creation survives a lost response: a create request is never retried automatically. When its
outcome is unknown, the kind is read again, and a resource found by name is adopted and updated,
unless it has another owner.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule reports it, with what to install

from .cloud import Cloud
from .compare import BELONGS, differences
from .failures import IN_USE, code_of, exists_already, passes, perhaps_done
from .model import UNKNOWN, Found, Kind, Resource, Setter, Target
from .normal import translated
from .sentences import EstateError, sentence
from .tags import NOBODY, OURS, owner_of

R = TypeVar("R")


@dataclass(frozen=True)
class Pace:
    """Seconds between attempts, and a check before each."""

    #: Before each look for a resource whose create request got no response.
    looks: tuple[float, ...] = (0.2, 1, 2, 4)
    #: Before each retry of a request that AWS refused temporarily.
    waits: tuple[float, ...] = (0.5, 1, 2, 3, 5, 8, 10, 10, 10, 10)
    #: Raises when nothing may be changed any longer.
    check: Callable[[], None] = lambda: None


PACE = Pace()


def resolved(resource: Resource, ids: Mapping[str, str]) -> Resource:
    """The resource with its references replaced by AWS ids."""
    return replace(resource, properties=translated(resource.properties, ids))


def patiently(call: Callable[[], R], kind: Kind, pace: Pace = PACE) -> R:
    """The result of a call, retried while AWS refuses it temporarily."""
    for wait in pace.waits:
        pace.check()
        try:
            return call()
        except (BotoCoreError, ClientError) as error:
            if not passes(error, kind.settles):
                raise
            time.sleep(wait)
    pace.check()
    return call()


def make(cloud: Cloud, kind: Kind, resource: Resource, pace: Pace = PACE) -> str:
    """Create a resource that the plan did not find; return its id.

    `resource` is resolved. If AWS reports that it exists, or does not answer, it is read by name.
    Raises EstateError when a resource with another owner has its name.
    """
    once = cloud.unrepeated()
    for _unused in range(len(pace.looks)):
        try:
            new_id = patiently(lambda: kind.create(once, resource), kind, pace)
        except (BotoCoreError, ClientError) as error:
            there = exists_already(error)
            if not there and not perhaps_done(error):
                raise
            found = look(cloud, kind, resource, pace)
            whose = NOBODY if found is None else owner_of(found.properties, cloud.owner)
            if found is not None and whose in (OURS, NOBODY):
                mend(cloud, kind, resource, found, differing(found, resource), pace)
                return found.id
            if there and found is not None:
                raise EstateError(
                    f"{kind.name} {resource.name} {BELONGS} ({whose}), so it is not adopted. "
                    + sentence(error)
                ) from error
            if there:
                raise
        else:
            settle(cloud, kind, resource, new_id, pace)
            return new_id
    raise ConnectionError(f"AWS does not answer whether {resource.name} was created")


def look(cloud: Cloud, kind: Kind, resource: Resource, pace: Pace = PACE) -> Found | None:
    """The existing resource with this name, preferably ours; retried, as AWS may list it late."""
    rank = {OURS: 0, NOBODY: 1}
    for wait in pace.looks:
        time.sleep(wait)
        found = [i for i in kind.there(cloud) if i.name == resource.name and not i.ends]
        if found:
            return min(
                found,
                key=lambda item: (rank.get(owner_of(item.properties, cloud.owner), 2), item.id),
            )
    return None


def differing(found: Found, resource: Resource) -> set[str]:
    """The names of the properties that differ."""
    changes = differences(found.properties, resource.properties)
    return {change.path.split(".")[0] for change in changes}


def settle(cloud: Cloud, kind: Kind, resource: Resource, new_id: str, pace: Pace = PACE) -> None:
    """Set the properties of a new resource that the create call did not set."""
    wanted = {
        name
        for name, value in resource.properties.items()
        if name not in kind.created_with and value not in (None, {}, [], "", UNKNOWN)
    }
    _set(cloud, kind, Target(new_id, resource.name, resource.properties), wanted, pace)


def mend(
    cloud: Cloud,
    kind: Kind,
    resource: Resource,
    found: Found,
    names: Collection[str],
    pace: Pace = PACE,
) -> None:
    """Set these properties of an existing resource to the desired values."""
    target = Target(found.id, found.name, resource.properties, found.properties)
    _set(cloud, kind, target, names, pace)


def _set(cloud: Cloud, kind: Kind, target: Target, names: Collection[str], pace: Pace) -> None:
    done: list[Any] = []
    # Tags first: an IAM policy may allow changes only to tagged resources.
    for name, setter in sorted(kind.setters.items(), key=lambda item: item[0] != "tags"):
        # One setter may serve several properties.
        if name in names and setter not in done:
            patiently(partial(_set_one, cloud, kind, target, setter), kind, pace)
            done.append(setter)


def _set_one(cloud: Cloud, kind: Kind, target: Target, setter: Setter) -> None:
    """Run a setter; if its change is already done, read the resource and run it once more.

    This happens when a response was lost and the request was retried: a rule or route to add
    already exists, or one to remove is not found.
    """
    try:
        setter(cloud, target)
    except ClientError as error:
        if not exists_already(error) and "NotFound" not in code_of(error):
            raise
        found = next((item for item in kind.there(cloud) if item.id == target.id), None)
        if found is None:
            raise
        setter(cloud, replace(target, found=found.properties))


def remove(cloud: Cloud, kind: Kind, found: Found, pace: Pace = PACE) -> None:
    """Delete a resource, waiting until nothing uses it.

    Raises EstateError with AWS's message and the remaining contents, if the kind can list them.
    """
    try:
        patiently(lambda: kind.delete(cloud, found), kind, pace)
    except ClientError as error:
        if not kind.contents or code_of(error) not in IN_USE:
            raise
        left = kind.contents(cloud, found)
        if not left:
            raise
        raise EstateError(f"{sentence(error)} Still there: {'; '.join(left)}.") from error
