# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Changing one resource: create it or find it again, mend properties, delete it.

Creation survives a lost reply: no creating request is repeated by itself. When nobody knows whether
it was carried out, the kind is read again; what is there by name is adopted and mended.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says so, with what to install

from .cloud import Cloud
from .compare import differences
from .failures import code_of, exists_already, passes, perhaps_done
from .model import UNKNOWN, Found, Kind, Resource, Setter, Target
from .normal import carries, translated

R = TypeVar("R")


@dataclass(frozen=True)
class Pace:
    """Seconds between one try and the next, and what must hold before each."""

    #: Before each look for a thing whose creation was not answered.
    looks: tuple[float, ...] = (0.2, 1, 2, 4)
    #: Before each repetition of a request that AWS refused for now.
    waits: tuple[float, ...] = (0.5, 1, 2, 3, 5, 8, 10, 10, 10, 10)
    #: Raises when nothing may be changed any more.
    check: Callable[[], None] = lambda: None


PACE = Pace()


def resolved(resource: Resource, ids: Mapping[str, str]) -> Resource:
    """The resource with its references as AWS ids."""
    return replace(resource, properties=translated(resource.properties, ids))


def patiently(call: Callable[[], R], kind: Kind, pace: Pace = PACE) -> R:
    """The answer of a call that AWS may refuse for now."""
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
    """Bring about a thing that the plan did not find; its id.

    `resource` is resolved. It is looked for whenever AWS says that it exists or says nothing.
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
            if found is not None:
                mend(cloud, kind, resource, found, differing(found, resource), pace)
                return found.id
            if there:
                raise
        else:
            settle(cloud, kind, resource, new_id, pace)
            return new_id
    raise ConnectionError(f"AWS does not answer whether {resource.name} was made")


def look(cloud: Cloud, kind: Kind, resource: Resource, pace: Pace = PACE) -> Found | None:
    """What exists by the name of a resource; asked for a while, since AWS tells it late."""
    for wait in pace.looks:
        time.sleep(wait)
        found = [item for item in kind.read(cloud) if item.name == resource.name]
        if found:
            return min(found, key=lambda item: (not carries(item, cloud.ours), item.id))
    return None


def differing(found: Found, resource: Resource) -> set[str]:
    """The properties that differ."""
    changes = differences(found.properties, resource.properties)
    return {change.path.split(".")[0] for change in changes}


def settle(cloud: Cloud, kind: Kind, resource: Resource, new_id: str, pace: Pace = PACE) -> None:
    """Give a thing that was just created the properties that creation does not."""
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
    """Bring these properties of an existing thing to what is wanted."""
    target = Target(found.id, found.name, resource.properties, found.properties)
    _set(cloud, kind, target, names, pace)


def _set(cloud: Cloud, kind: Kind, target: Target, names: Collection[str], pace: Pace) -> None:
    done: list[Any] = []
    # Tags first: who may change only what carries them, may change nothing else before.
    for name, setter in sorted(kind.setters.items(), key=lambda item: item[0] != "tags"):
        # One call of AWS may stand for several properties.
        if name in names and setter not in done:
            patiently(lambda setter=setter: _set_one(cloud, kind, target, setter), kind, pace)
            done.append(setter)


def _set_one(cloud: Cloud, kind: Kind, target: Target, setter: Setter) -> None:
    """Run a setter; again, with what is there now, where it finds its own work done.

    So it is when an answer got lost and the request was repeated: a rule or a route that is to be
    added exists already, or one that is to go is not found.
    """
    try:
        setter(cloud, target)
    except ClientError as error:
        if not exists_already(error) and "NotFound" not in code_of(error):
            raise
        found = next((item for item in kind.read(cloud) if item.id == target.id), None)
        if found is None:
            raise
        setter(cloud, replace(target, found=found.properties))


def remove(cloud: Cloud, kind: Kind, found: Found, pace: Pace = PACE) -> None:
    """Delete a thing, waiting for what still uses it."""
    patiently(lambda: kind.delete(cloud, found), kind, pace)
