# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our KMS keys: one in the home region, one for the replicas.

The second is a separate key, not a multi-Region replica of the first. S3 re-encrypts objects when
it copies them in either case, and with a separate key, no key material leaves its region.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule reports it, with what to install

from ...engine.charges import Charge, Usage
from ...engine.cloud import Cloud, absent, concurrently
from ...engine.failures import code_of, passes, perhaps_done
from ...engine.model import Facts, Found, Kind, Properties, Resource, Right, Target
from ...engine.normal import document, written
from ...engine.tags import bring, tags_of
from ...inputs import Inputs
from ..ec2 import wait_until
from .bucket.read import regions as bucket_regions
from .kms_policy import policy

#: The longest waiting period that AWS allows, during which the deletion can be cancelled.
DELETION_DAYS = 30
ROTATION_DAYS = 365
#: A key in one of these states can no longer be used, or found by its alias.
GOING = ("PendingDeletion", "PendingReplicaDeletion")
GONE = ("NotFoundException", "KMSInvalidStateException")
#: Errors that AWS may return for a key that was just created.
UNSEEN = ("AccessDeniedException", "NotFoundException")


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """The keys, if `customer_managed_key` is on."""
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
        # The Name tag identifies a key whose alias was never created.
        "tags": inputs.named_tags(name),
    }
    return Resource("kms_key", key, f"alias/{name}", properties)


def kept(cloud: Cloud, found: Iterable[Found]) -> tuple[str, ...]:
    """The ARNs of our keys kept for older data: usable, but not currently desired."""
    wanted = set(stems(cloud.inputs).values()) if cloud.inputs.customer_managed_key else set()
    if not cloud.inputs.replica_region:
        wanted.discard(stems(cloud.inputs)["replica"])
    return tuple(
        sorted(
            item.id
            for item in found
            if item.kind == "kms_key"
            and not item.ends
            and item.name.removeprefix("alias/") not in wanted
            and cloud.ours(item.properties["tags"])
        )
    )


def stems(inputs: Inputs) -> dict[str, str]:
    """The names of the keys without `alias/`, by key."""
    return {"main": inputs.stem, "replica": f"{inputs.stem}-replica"}


@dataclass
class _Key:
    """A key that may be ours."""

    id: str
    tags: dict[str, str]
    aliases: list[str] = field(default_factory=list)


def read(cloud: Cloud) -> list[Found]:
    """Our keys in every possible region: the configured regions, and those of our buckets."""
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
    """The keys of a region that may be ours: those with our alias and those without any alias.

    Tags must be read key by key, and AWS allows ten such calls a second. So keys with only other
    aliases, including AWS managed keys, are left out.
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
    # A key whose policy denies us access is not ours, and a listed key may be gone.
    tags = absent(
        lambda: cloud.pages(
            "kms", "list_resource_tags", "Tags", region=_other(cloud, region), KeyId=key_id
        ),
        "AccessDeniedException",
        "NotFoundException",
    )
    return tags_of(tags)


def _properties(kms: Any, region: str, key: _Key) -> Found | None:
    """The key as found, None if there is none; for a key pending deletion, when it is deleted."""
    answer = absent(lambda: kms.describe_key(KeyId=key.id), "NotFoundException")
    if answer is None:
        return None
    about = answer["KeyMetadata"]
    if about["KeyState"] in GOING:
        return _going(region, key, about)
    stated = kms.get_key_policy(KeyId=key.id, PolicyName="default")["Policy"]
    properties = {
        "region": region,
        "description": about.get("Description", ""),
        "enabled": about["Enabled"],
        "rotation_days": _rotation(kms, key.id),
        "policy": document(stated),
        "aliases": key.aliases,
        "tags": key.tags,
    }
    return Found("kms_key", key.id, about["Arn"], properties)


def _going(region: str, key: _Key, about: Mapping[str, Any]) -> Found:
    """A key pending deletion, which is unusable unless the deletion is cancelled."""
    day = about.get("DeletionDate")
    return Found(
        "kms_key",
        key.id,
        about["Arn"],
        {"region": region, "aliases": key.aliases, "tags": key.tags},
        ends=f"AWS deletes it on {day:%Y-%m-%d}" if day else "AWS deletes it soon",
        rescue=f"aws kms cancel-key-deletion --region {region} --key-id {key.id}",
    )


def _rotation(kms: Any, key_id: str) -> int:
    """The rotation period in days, 0 for never."""
    answer = absent(
        lambda: kms.get_key_rotation_status(KeyId=key_id), "UnsupportedOperationException"
    )
    if not answer or not answer["KeyRotationEnabled"]:
        return 0
    return int(answer.get("RotationPeriodInDays", ROTATION_DAYS))


def _named(cloud: Cloud, keys: Iterable[tuple[_Key, Found]]) -> list[Found]:
    """Name keys by alias or, if the alias was lost or never created, by the tag Name.

    Of several with the same name, the name goes to one with our tags, then to one not pending
    deletion, then to the one with the alias, which encrypts. Our other keys are named by id; a key
    pending deletion may share the name of its successor.
    """
    taken: set[str] = set()
    result = []
    for key, item in sorted(
        keys,
        key=lambda pair: (
            not cloud.ours(pair[0].tags),
            bool(pair[1].ends),
            not pair[0].aliases,
            pair[0].id,
        ),
    ):
        own = [f"alias/{key.tags.get('Name', '')}", *key.aliases]
        name = next((n for n in own if n in _alias_names(cloud) - taken), "")
        taken.add(name)
        if name or cloud.ours(key.tags):
            result.append(replace(item, name=name or item.name))
    return result


def create(cloud: Cloud, resource: Resource) -> str:
    """Create a key with its policy and tags; the alias is set later."""
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
    """Whether a new key is visible.

    For a caller with access by tag only, AWS may take five minutes until the tags take effect
    (docs/security.md); until then, the next run could not find the key either.

    Temporary errors are not raised, because the engine would then create a second key.
    """
    try:
        kms.describe_key(KeyId=key_id)
    except (BotoCoreError, ClientError) as error:
        if code_of(error) in UNSEEN or passes(error) or perhaps_done(error):
            return False
        raise
    return True


def _of(cloud: Cloud, target: Target) -> tuple[Any, dict[str, str]]:
    """The client, and the key parameter of requests: the id without ARN."""
    return _client(cloud, target.id.split(":")[3]), {"KeyId": bare(target.id)}


def bare(arn: str) -> str:
    """The key id in a key ARN."""
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
    """Point our alias at the key, wherever it points now, and delete other aliases of the key."""
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
    bring(
        target.found.get("tags", {}),
        target.properties["tags"],
        untag=lambda keys: kms.untag_resource(**key, TagKeys=keys),
        tag=lambda tags: kms.tag_resource(**key, Tags=_tag_list(tags)),
    )


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the aliases, so that the names are free, and schedule the key for deletion."""
    kms, key_id = _client(cloud, found.properties["region"]), bare(found.id)
    for name in found.properties["aliases"]:
        absent(partial(kms.delete_alias, AliasName=name), *GONE)
    absent(
        lambda: kms.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=DELETION_DAYS), *GONE
    )


#: Requests per key and month, as assumed for the price.
KEY_REQUESTS = 20_000


def price(things: Sequence[Any], usage: Usage) -> list[Charge]:
    """The price per month and per request, in the region of each key."""
    quantities = {"kms_key_month": 1.0, "kms_10k_requests": KEY_REQUESTS / 10_000}
    return [
        Charge(item, quantity, usage.region(thing))
        for thing in things
        for item, quantity in quantities.items()
    ]


KIND = Kind(
    "kms_key",
    "storage",
    desired,
    read,
    permissions=(
        Right("ListKeys", "ListAliases ListKeys"),
        Right("MakeKeys", "CreateKey"),
        Right("TagNewKeys", "TagResource"),
        Right(
            "OurKeys",
            """CreateAlias DeleteAlias DescribeKey DisableKey EnableKey EnableKeyRotation
            GetKeyPolicy GetKeyRotationStatus ListResourceTags PutKeyPolicy
            ScheduleKeyDeletion TagResource UntagResource UpdateAlias UpdateKeyDescription""",
        ),
        Right("OurAliases", "CreateAlias DeleteAlias UpdateAlias"),
        Right("UseKeysThroughS3", "Decrypt GenerateDataKey"),
    ),
    price=price,
    create=create,
    # `enabled` first: the rotation of a disabled key cannot be changed.
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
    # A new key may not be visible everywhere yet.
    settles=frozenset({"NotFoundException"}),
    opens_data=True,
)
