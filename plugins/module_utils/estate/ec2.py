# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the kinds of EC2 share: tags, waiting, errors that come in a list."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule says so, with what to install

from .cloud import Cloud, EstateError
from .model import Found, Target
from .normal import tag_list

#: Seconds between two looks at a thing that AWS is making or removing, and how many looks.
POLL_SECONDS = 5.0
LOOKS = 120


def tag_specification(kind: str, tags: Mapping[str, str]) -> list[dict[str, Any]]:
    """The argument TagSpecifications: so a thing is never there without its tags."""
    return [{"ResourceType": kind, "Tags": tag_list(tags)}]


def set_tags(cloud: Cloud, target: Target) -> None:
    """Bring the tags of an EC2 resource to what is wanted; those of AWS itself are not ours."""
    wanted, found = target.properties["tags"], target.found.get("tags", {})
    client = cloud.client("ec2")
    gone = [{"Key": key} for key in sorted(found) if key not in wanted]
    come = {key: value for key, value in wanted.items() if found.get(key) != value}
    if gone:
        client.delete_tags(Resources=[target.id], Tags=gone)
    if come:
        client.create_tags(Resources=[target.id], Tags=tag_list(come))


def with_lost_name(cloud: Cloud, found: list[Found], names: Collection[str]) -> list[Found]:
    """The same things; the one of ours that lost its tag `Name` has it back, where one is missing.

    Else a tag that somebody changed would be a thing to make once more. With several to choose
    from nothing is guessed.
    """
    missing = set(names) - {item.name for item in found}
    strays = [f for f in found if f.name not in names and cloud.ours(f.properties["tags"])]
    if len(missing) != 1 or len(strays) != 1:
        return found
    [name], [stray] = missing, strays
    return [replace(item, name=name) if item is stray else item for item in found]


def associated(state: Mapping[str, str]) -> bool:
    """Whether a network or a link is there, or about to be."""
    return state.get("State") not in ("disassociating", "disassociated", "failing", "failed")


def wait_until(done: Callable[[], bool], what: str) -> None:
    """Look until `done`; raises EstateError when it takes too long."""
    for look in range(LOOKS):
        if look:
            time.sleep(POLL_SECONDS)
        if done():
            return
    raise EstateError(f"AWS took longer than {LOOKS * POLL_SECONDS:.0f} s until {what}.")


def refuse_unsuccessful(
    items: Iterable[Mapping[str, Any]], operation: str, *gone_already: str
) -> None:
    """Raise the first error of an answer that lists its errors instead of being one."""
    for item in items:
        error = item["Error"]
        if error.get("Code") not in gone_already:
            metadata = {"HTTPStatusCode": 400}
            raise ClientError({"Error": dict(error), "ResponseMetadata": metadata}, operation)
