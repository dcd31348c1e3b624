# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our KMS keys: one in the home region, one for the replicas.

The second is a key of its own and not a multi-Region replica of the first: S3 treats both alike and
encrypts again when it copies, and so no key material leaves its region.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says so, with what to install

from ..cloud import Cloud, absent, concurrently
from ..ec2 import wait_until
from ..failures import code_of, passes, perhaps_done
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Properties, Resource, Target
from ..normal import document, written
from .bucket_read import regions as bucket_regions
from .kms_policy import policy

#: The longest time that AWS keeps a deleted key, so that there is time to change one's mind.
DELETION_DAYS = 30
ROTATION_DAYS = 365
#: A key in one of these states encrypts nothing any more and cannot be found again by its alias.
GOING = ("PendingDeletion", "PendingReplicaDeletion")
GONE = ("NotFoundException", "KMSInvalidStateException")
#: What AWS may say of a key that was just made.
UNSEEN = ("AccessDeniedException", "NotFoundException")


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """The keys, where keys of one's own are chosen."""
    if not inputs.customer_managed_key:
        return []
    keys = [_resource(inputs, facts, "main")]
    return [*keys, _resource(inputs, facts, "replica")] if inputs.replica_region else keys


def _resource(inputs: Inputs, facts: Facts, key: str) -> Resource:
    main = key == "main"
    name = stems(inputs)[key]
    properties: Properties = {
        "region": inputs.region if main else inputs.replica_region,
        "description": f"{inputs.project} {inputs.environment}: "
        + ("data, logs and alarms" if main else "replicas of the data"),
        "enabled": True,
        "rotation_days": ROTATION_DAYS,
        "policy": policy(inputs, facts, services=main),
        "aliases": [f"alias/{name}"],
        # The name is a tag too: a key whose alias was never made is found by it.
        "tags": inputs.named_tags(name),
    }
    return Resource("kms_key", key, f"alias/{name}", properties)


def stems(inputs: Inputs) -> dict[str, str]:
    """The names of the keys without `alias/`, by key."""
    return {"main": inputs.stem, "replica": f"{inputs.stem}-replica"}


@dataclass
class _Key:
    """One key that may be ours."""

    id: str
    tags: dict[str, str]
    aliases: list[str] = field(default_factory=list)


def read(cloud: Cloud) -> list[Found]:
    """Our keys, in every region where they can be: those wanted now, and those of our buckets."""
    inputs = cloud.inputs
    wanted = {inputs.region, inputs.replica_region} - {""}
    everywhere = sorted(wanted | set(bucket_regions(cloud).values()))
    return [item for items in concurrently(lambda r: _read(cloud, r), everywhere) for item in items]


def _client(cloud: Cloud, region: str) -> Any:
    return cloud.client("kms", _other(cloud, region))


def _other(cloud: Cloud, region: str) -> str:
    return "" if region == cloud.inputs.region else region


def _read(cloud: Cloud, region: str) -> list[Found]:
    kms, names = _client(cloud, region), list(stems(cloud.inputs).values())
    keys = _keys(cloud, region)
    candidates = [
        key
        for key in keys
        if cloud.named_or_ours(key.tags, *names) or _alias_names(cloud) & set(key.aliases)
    ]
    found = concurrently(lambda key: _properties(kms, region, key), candidates)
    alive = [(key, item) for key, item in zip(candidates, found, strict=True) if item]
    return _named(cloud, alive)


def _keys(cloud: Cloud, region: str) -> list[_Key]:
    """The keys of a region that may be ours: those with our alias and those without any.

    Their tags are asked one by one, and AWS answers ten such questions a second: a key that only
    has other names, AWS's own among them, is left out.
    """
    away = _other(cloud, region)
    aliases: dict[str, list[str]] = {}
    for alias in cloud.pages("kms", "list_aliases", "Aliases", region=away):
        aliases.setdefault(alias.get("TargetKeyId", ""), []).append(alias["AliasName"])
    ids = [
        key["KeyId"]
        for key in cloud.pages("kms", "list_keys", "Keys", region=away)
        if key["KeyId"] not in aliases or _alias_names(cloud) & set(aliases[key["KeyId"]])
    ]
    tags = concurrently(lambda key_id: _tags(cloud, region, key_id), ids, 4)
    return [_Key(i, t, sorted(aliases.get(i, []))) for i, t in zip(ids, tags, strict=True)]


def _alias_names(cloud: Cloud) -> set[str]:
    return {f"alias/{name}" for name in stems(cloud.inputs).values()}


def _tags(cloud: Cloud, region: str, key_id: str) -> dict[str, str]:
    # A key whose policy does not let us look is not ours, and one may be gone since it was listed.
    tags = absent(
        lambda: cloud.pages(
            "kms", "list_resource_tags", "Tags", region=_other(cloud, region), KeyId=key_id
        ),
        "AccessDeniedException",
        "NotFoundException",
    )
    return {tag["TagKey"]: tag["TagValue"] for tag in tags or []}


def _properties(kms: Any, region: str, key: _Key) -> Found | None:
    """What is known of a key; None when it is deleted or about to be."""
    answer = absent(lambda: kms.describe_key(KeyId=key.id), "NotFoundException")
    if answer is None or answer["KeyMetadata"]["KeyState"] in GOING:
        return None
    about = answer["KeyMetadata"]
    stated = kms.get_key_policy(KeyId=key.id, PolicyName="default")["Policy"]
    properties = {
        "region": region,
        "description": about.get("Description", ""),
        "enabled": about["Enabled"],
        "rotation_days": _rotation(kms, key.id),
        "policy": document(stated),
        "aliases": key.aliases,
        "tags": dict(sorted(key.tags.items())),
    }
    return Found("kms_key", key.id, about["Arn"], properties)


def _rotation(kms: Any, key_id: str) -> int:
    """Days from one rotation to the next, 0 for never."""
    answer = absent(
        lambda: kms.get_key_rotation_status(KeyId=key_id), "UnsupportedOperationException"
    )
    if not answer or not answer["KeyRotationEnabled"]:
        return 0
    return int(answer.get("RotationPeriodInDays", ROTATION_DAYS))


def _named(cloud: Cloud, keys: Iterable[tuple[_Key, Found]]) -> list[Found]:
    """Keys by alias or, where the alias was lost or never made, by the tag Name.

    Of several with one name it is ours that counts, and of those the one with the alias: it is
    what encrypts. The others of ours are told by their id.
    """
    taken: set[str] = set()
    result = []
    for key, item in sorted(
        keys, key=lambda pair: (not cloud.ours(pair[0].tags), not pair[0].aliases, pair[0].id)
    ):
        own = [f"alias/{key.tags.get('Name', '')}", *key.aliases]
        name = next((n for n in own if n in _alias_names(cloud) - taken), "")
        taken.add(name)
        if name or cloud.ours(key.tags):
            result.append(Found(item.kind, name or item.name, item.id, item.properties))
    return result


def create(cloud: Cloud, resource: Resource) -> str:
    """A key with its policy and tags; the alias comes after."""
    wanted = resource.properties
    kms = _client(cloud, wanted["region"])
    answer = kms.create_key(
        Description=wanted["description"],
        Policy=written(wanted["policy"]),
        Tags=_tag_list(wanted["tags"]),
    )
    key_id = answer["KeyMetadata"]["KeyId"]
    wait_until(lambda: _known(kms, key_id), f"the tags of the new key {resource.name} counted")
    return str(answer["KeyMetadata"]["Arn"])


def _known(kms: Any, key_id: str) -> bool:
    """Whether a new key can be seen. It may take AWS five minutes until its tags count for who may
    do so only by them (docs/security.md); until then the next run could not find it either.

    No failure that may pass leaves this function: the engine would make a second key.
    """
    try:
        kms.describe_key(KeyId=key_id)
    except (BotoCoreError, ClientError) as error:
        if code_of(error) in UNSEEN or passes(error) or perhaps_done(error):
            return False
        raise
    return True


def _of(cloud: Cloud, target: Target) -> tuple[Any, dict[str, str]]:
    """The client and the key as requests name it: the bare id."""
    return _client(cloud, target.id.split(":")[3]), {"KeyId": bare(target.id)}


def bare(arn: str) -> str:
    """The id in a key's ARN."""
    return arn.rpartition("/")[2]


def _tag_list(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in tags.items()]


def _set_description(cloud: Cloud, target: Target) -> None:
    kms, key = _of(cloud, target)
    kms.update_key_description(**key, Description=target.properties["description"])


def _set_enabled(cloud: Cloud, target: Target) -> None:
    kms, key = _of(cloud, target)
    (kms.enable_key if target.properties["enabled"] else kms.disable_key)(**key)


def _set_rotation(cloud: Cloud, target: Target) -> None:
    kms, key = _of(cloud, target)
    kms.enable_key_rotation(**key, RotationPeriodInDays=target.properties["rotation_days"])


def _set_policy(cloud: Cloud, target: Target) -> None:
    kms, key = _of(cloud, target)
    kms.put_key_policy(**key, PolicyName="default", Policy=written(target.properties["policy"]))


def _set_aliases(cloud: Cloud, target: Target) -> None:
    """Point our alias at the key, wherever it points now, and take others away."""
    kms, key = _of(cloud, target)
    region = _other(cloud, target.id.split(":")[3])
    listed = cloud.pages("kms", "list_aliases", "Aliases", region=region)
    points_at = {alias["AliasName"]: alias.get("TargetKeyId") for alias in listed}
    wanted = target.properties["aliases"]
    for name in wanted:
        if name not in points_at:
            kms.create_alias(AliasName=name, TargetKeyId=key["KeyId"])
        elif points_at[name] != key["KeyId"]:
            kms.update_alias(AliasName=name, TargetKeyId=key["KeyId"])
    for name, points_to in points_at.items():
        if points_to == key["KeyId"] and name not in wanted:
            kms.delete_alias(AliasName=name)


def _set_tags(cloud: Cloud, target: Target) -> None:
    kms, key = _of(cloud, target)
    wanted = target.properties["tags"]
    kms.tag_resource(**key, Tags=_tag_list(wanted))
    rogue = sorted(set(target.found.get("tags", {})) - set(wanted))
    if rogue:
        kms.untag_resource(**key, TagKeys=rogue)


def delete(cloud: Cloud, found: Found) -> None:
    """Take the aliases away, so that the names are free, and let AWS delete the key."""
    kms, key_id = _client(cloud, found.properties["region"]), bare(found.id)
    for name in found.properties["aliases"]:
        absent(lambda name=name: kms.delete_alias(AliasName=name), *GONE)
    absent(
        lambda: kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=DELETION_DAYS), *GONE
    )


KIND = Kind(
    "kms_key",
    "storage",
    desired,
    read,
    create=create,
    # A disabled key takes no change of its rotation.
    setters={
        "enabled": _set_enabled,
        "tags": _set_tags,
        "description": _set_description,
        "policy": _set_policy,
        "rotation_days": _set_rotation,
        "aliases": _set_aliases,
    },
    created_with=frozenset({"region", "description", "enabled", "policy", "tags"}),
    delete=delete,
    # A key that was just made is not known everywhere yet.
    settles=frozenset({"NotFoundException"}),
    opens_data=True,
)
