# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tags: their normal form, resource ownership by tags, and how tags are set."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

#: A resource with our values for all of these belongs to this environment.
OWNER_TAGS = ("Project", "Environment", "ManagedBy")

#: Keys with this prefix belong to AWS and cannot be set or removed.
RESERVED = "aws:"

#: Services use different field names for the key and value of a tag.
KEYS = (("Key", "Value"), ("key", "value"), ("TagKey", "TagValue"))

#: Results of `owner`; any other result names the owner.
OURS = "ours"
NOBODY = ""

#: Returns the owner of a resource by its tags: OURS, NOBODY, or another owner's tags as text.
Owner = Callable[[Mapping[str, str]], str]


def tag_list(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as the list that most services expect."""
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]


def tags_of(
    listed: Iterable[Mapping[str, str]] | Mapping[str, str] | None,
    *,
    spelled: Collection[str] = (),
) -> dict[str, str]:
    """Tags as a plain mapping, without those of AWS.

    `spelled` are keys in the desired spelling, for IAM, which ignores case: `owner` and `Owner`
    are the same key.
    """
    pairs: list[tuple[str, str]] = (
        list(listed.items())
        if isinstance(listed, Mapping)
        else [_pair(tag) for tag in listed or ()]
    )
    words: dict[str, str] = {key.lower(): key for key in spelled}
    return {
        words.get(key.lower(), key): value for key, value in sorted(pairs) if not left_alone(key)
    }


def _pair(tag: Mapping[str, str]) -> tuple[str, str]:
    return next((tag[key], tag[value]) for key, value in KEYS if key in tag)


def left_alone(key: str) -> bool:
    """True for a tag that is never compared, set or removed."""
    return key.startswith(RESERVED)


def bring(
    found: Mapping[str, str],
    wanted: Mapping[str, str],
    *,
    untag: Callable[[list[str]], Any],
    tag: Callable[[dict[str, str]], Any],
) -> None:
    """Change the tags of a resource to the desired ones.

    Untag first: if a service ignores case in keys, the other order would remove a tag just set.
    """
    gone = sorted(found.keys() - wanted.keys())
    come = {key: value for key, value in sorted(wanted.items()) if found.get(key) != value}
    if gone:
        untag(gone)
    if come:
        tag(come)


def owner(tags: Mapping[str, str], ours: Mapping[str, str]) -> str:
    """OURS if all owner tags equal `ours`, NOBODY if none differs, else the owner tags as text.

    A resource with a missing owner tag has no owner and may be adopted. A different value means
    another owner, who would lose the resource.
    """
    if all(tags.get(key) == ours[key] for key in OWNER_TAGS):
        return OURS
    if all(tags.get(key, ours[key]) == ours[key] for key in OWNER_TAGS):
        return NOBODY
    return ", ".join(f"{key}={tags[key]}" for key in OWNER_TAGS if key in tags)


def owner_of(properties: Mapping[str, Any], owner: Owner) -> str:
    """The owner of an existing resource; kinds without tags are ours by their name."""
    return owner(properties["tags"]) if "tags" in properties else OURS
