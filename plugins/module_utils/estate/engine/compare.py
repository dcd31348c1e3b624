# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare desired and actual resources: pure functions over plain data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .model import UNKNOWN, Change, FieldChange, Found, Kind, Plan, Properties, Resource
from .normal import canonical, translated
from .tags import NOBODY, OURS, Owner, owner_of

ADOPTED = "exists without our tags: will be adopted"
UNMANAGED = "unmanaged: has our name but not our tags"
UNWANTED = "carries our tags but is not wanted"
OF_RUNS = "kept for the next run; destroy.yml removes it"
FOR_OLDER_DATA = (
    "not wanted, but older data may be encrypted with it: it is kept and stays usable; "
    "destroy.yml with destroy_data deletes it"
)
BELONGS = "belongs to another environment"


def differences(before: Any, after: Any, path: str = "") -> list[FieldChange]:
    """Every field that differs, by its deepest path.

    Lists are compared without regard to order, which has no meaning in an estate.
    """
    if after == UNKNOWN:
        return []
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        before, after = _by_sid(before), _by_sid(after)
        return [
            change
            for key in sorted({*before, *after})
            for change in differences(before.get(key), after.get(key), _join(path, key))
        ]
    if isinstance(before, list) and isinstance(after, list):
        return _list_differences(before, after, path)
    return [] if before == after else [FieldChange(path, before, after)]


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _list_differences(before: list[Any], after: list[Any], path: str) -> list[FieldChange]:
    old, new = _counted(before), _counted(after)
    gone = [FieldChange(path, old[text], None) for text in old if text not in new]
    come = [FieldChange(path, None, new[text]) for text in new if text not in old]
    return gone + come


def _counted(values: Iterable[Any]) -> dict[tuple[str, int], Any]:
    """Values by canonical text and occurrence, so that duplicates are counted separately."""
    seen: dict[str, int] = {}
    result = {}
    for value in values:
        text = canonical(value)
        seen[text] = seen.get(text, 0) + 1
        result[text, seen[text]] = value
    return result


def _by_sid(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """A policy document with its statements by Sid, so that a diff names the statement."""
    if not isinstance(value.get("Statement"), list):
        return value
    named: dict[str, Any] = {"Version": value.get("Version")}
    for number, statement in enumerate(sorted(value["Statement"], key=canonical), start=1):
        body = {k: v for k, v in statement.items() if k != "Sid"}
        sid = statement.get("Sid") or f"(no Sid, {number})"
        named[sid if sid not in named else f"{sid} ({number})"] = body
    return named


def match(
    resources: Sequence[Resource], found: Sequence[Found], owner: Owner
) -> tuple[dict[str, Found], list[Found]]:
    """Pair desired with existing resources, by kind and name; also return the rest.

    A resource that has another owner or is about to be deleted is never paired. Of several with the
    same name, one with our tags comes first, then the lowest id, so that every run picks the same.
    A resource with our tags that matches in everything but its tags has only lost its name. If
    several match, the one that other resources use is taken.
    """
    ranked = {OURS: 0, NOBODY: 1}
    pool = sorted(
        (item for item in found if _usable(item, owner)),
        key=lambda item: (item.kind, item.name, ranked[_owner(item, owner)], item.id),
    )
    paired: dict[str, Found] = {}
    for alike in (_untouched, _same_name, _same_but_for_tags):
        for resource in resources:
            if resource.address in paired:
                continue
            address_by_id = _addresses(paired)
            fitting = [
                item
                for item in pool
                if item.kind == resource.kind and alike(resource, item, address_by_id, owner)
            ]
            if len(fitting) > 1:
                in_use = [item for item in fitting if _used_for(resource, item, resources, found)]
                # Of several unused resources without their names, none can be identified.
                fitting = in_use or ([] if alike is _same_but_for_tags else fitting)
            if fitting:
                paired[resource.address] = fitting[0]
                pool.remove(fitting[0])
    others = [item for item in found if not _usable(item, owner)]
    return paired, [*pool, *sorted(others, key=lambda item: (item.kind, item.name, item.id))]


def _owner(item: Found, owner: Owner) -> str:
    return owner_of(item.properties, owner)


def _usable(item: Found, owner: Owner) -> bool:
    return not item.ends and _owner(item, owner) in (OURS, NOBODY)


def _used_for(
    resource: Resource, item: Found, resources: Sequence[Resource], found: Sequence[Found]
) -> bool:
    """Whether a resource that should refer to `resource` refers to `item`; names may be wrong."""
    return any(
        mentions(wanted, resource.address) and mentions(there.properties.get(name), item.id)
        for user in resources
        for name, wanted in user.properties.items()
        for there in found
        if (there.kind, there.name) == (user.kind, user.name)
    )


def _untouched(
    resource: Resource, item: Found, address_by_id: Mapping[str, str], owner: Owner
) -> bool:
    """Tried first, so that an item renamed to another one's name does not displace it."""
    return _same_name(resource, item, address_by_id, owner) and _same_but_for_tags(
        resource, item, address_by_id, owner
    )


def _same_name(resource: Resource, item: Found, _ids: Mapping[str, str], _owner: Owner) -> bool:
    return item.name == resource.name


def _same_but_for_tags(
    resource: Resource, item: Found, address_by_id: Mapping[str, str], owner: Owner
) -> bool:
    if item.id == item.name or owner(item.properties.get("tags", {})) != OURS:
        return False
    here, there = (
        translated({k: v for k, v in p.items() if k != "tags"}, address_by_id)
        for p in (item.properties, resource.properties)
    )
    return not differences(here, there)


def _addresses(paired: Mapping[str, Found]) -> dict[str, str]:
    """Addresses by id. Kinds without ids (id == name) refer to each other by name."""
    return {item.id: address for address, item in paired.items() if item.id != item.name}


def plan_present(
    kinds: Sequence[Kind],
    resources: Sequence[Resource],
    found: Sequence[Found],
    *,
    owner: Owner,
    prune: bool = False,
    renew: bool = False,
) -> Plan:
    """The changes that bring the actual resources to the desired state.

    With `prune`, undesired resources with our tags are deleted, except those created by training
    runs and those that older data may need; otherwise they are only listed. With `renew`, a
    resource that AWS is about to delete although it is in use is replaced by a new one.
    """
    by_name = {kind.name: kind for kind in kinds}
    paired, rest = match(resources, found, owner)
    ids = {address: item.id for address, item in paired.items()}
    address_by_id = _addresses(paired)
    existing = {
        address: translated(item.properties, address_by_id) for address, item in paired.items()
    }
    # A desired resource may also contain a computed id, such as an ARN.
    wanted = [
        replace(resource, properties=translated(resource.properties, address_by_id))
        for resource in resources
    ]
    changes, in_the_way = [], []
    for resource in wanted:
        kind = by_name[resource.kind]
        item = paired.get(resource.address)
        if item is not None:
            changes += _difference(kind, resource, item, existing[resource.address], owner)
            continue
        conflict = _conflict(kind, resource, rest, found, owner, renew=renew)
        changes.append(conflict or _creation(kind, resource))
        in_the_way += [conflict.id] if conflict else []
    spare = [item for item in rest if item.id not in in_the_way]
    changes += [_spare(by_name[item.kind], item, found, owner, prune=prune) for item in spare]
    return Plan(changes, ids, _by_address(changes, paired, rest))


def _creation(kind: Kind, resource: Resource) -> Change:
    fields = [FieldChange(k, None, v) for k, v in sorted(resource.properties.items())]
    return Change("create", kind.name, resource.key, resource.name, kind.family, fields=fields)


def _difference(
    kind: Kind, resource: Resource, item: Found, existing: Properties, owner: Owner
) -> list[Change]:
    fields = differences(existing, resource.properties)
    if not fields:
        return []
    fixed = any(change.path.split(".")[0] not in kind.setters for change in fields)
    change = Change(
        "replace" if fixed else "update",
        kind.name,
        resource.key,
        resource.name,
        kind.family,
        id=item.id,
        reason="" if _owner(item, owner) == OURS else ADOPTED,
        fields=fields,
    )
    return [change]


def _conflict(
    kind: Kind,
    resource: Resource,
    rest: Sequence[Found],
    found: Sequence[Found],
    owner: Owner,
    *,
    renew: bool,
) -> Change | None:
    """Why a missing resource cannot be created: its name is taken, or its deletion is pending."""
    for item in rest:
        if (item.kind, item.name) != (resource.kind, resource.name):
            continue
        whose = _owner(item, owner)
        if whose not in (OURS, NOBODY):
            reason = f"{BELONGS} ({whose}): it is neither adopted nor deleted"
        elif item.ends and not renew and _users(item, found):
            reason = ending(kind, item, found)
        else:
            continue
        return _other("conflict", kind, item, reason, resource.key)
    return None


def ending(kind: Kind, item: Found, found: Sequence[Found]) -> str:
    """When AWS deletes a resource, what is lost with it, and how to keep it."""
    users = ", ".join(f"{user.kind} {user.name}" for user in _users(item, found))
    used = f", and it is in use by {users}" if users else ""
    lost = " From then on, nobody can read what is encrypted with it." if kind.opens_data else ""
    return f"{item.ends}{used}.{lost} To keep it: {item.rescue}"


def _users(item: Found, found: Sequence[Found]) -> list[Found]:
    """The resources in the same region that refer to a resource whose deletion is pending."""
    region = item.properties.get("region")
    return [
        other
        for other in found
        if not other.ends
        and other.properties.get("region", region) == region
        and mentions(other.properties, item.id)
    ]


def _spare(kind: Kind, item: Found, found: Sequence[Found], owner: Owner, *, prune: bool) -> Change:
    """The change for an undesired resource: listed, or with `prune` deleted if it has our tags.

    A resource that acts by itself is deleted once its input is off, with or without `prune`.
    """
    if whose := _unmanaged(item, owner):
        return _other("unmanaged", kind, item, whose)
    if item.ends:
        return _other("ending", kind, item, ending(kind, item, found))
    if item.switched_off:
        return _other("delete", kind, item, item.switched_off)
    if kind.of_runs:
        return _other("keep", kind, item, OF_RUNS)
    if kind.opens_data:
        return _other("keep", kind, item, FOR_OLDER_DATA)
    return _other("delete" if prune else "unwanted", kind, item, UNWANTED)


def _unmanaged(item: Found, owner: Owner) -> str:
    """Why a resource is unmanaged; "" if it has our tags."""
    whose = _owner(item, owner)
    if whose == OURS:
        return ""
    return f"{BELONGS} ({whose})" if whose else UNMANAGED


def plan_absent(
    kinds: Sequence[Kind],
    resources: Sequence[Resource],
    found: Sequence[Found],
    *,
    owner: Owner,
    destroy_data: bool,
    beside: Sequence[str] = (),
) -> Plan:
    """The deletions that remove everything of ours, except data unless `destroy_data` is set.

    Only resources with our tags are deleted: one with our name but other tags, or none, stays.
    Keys stay if data in their region stay. `beside` lists more buckets with our tags, for example
    from a former prefix, whose contents are unknown.
    """
    by_name = {kind.name: kind for kind in kinds}
    found = [item for item in found if not by_name[item.kind].of_account]
    paired, rest = match(resources, found, owner)
    key_of = {(item.kind, item.id): address.split("/")[1] for address, item in paired.items()}
    items = [*paired.values(), *rest]
    held = [
        item for item in items if item.holds and not (destroy_data and _owner(item, owner) == OURS)
    ]
    changes = []
    for item in items:
        kind = by_name[item.kind]
        key = key_of.get((item.kind, item.id), item.id)
        reason = item.holds if item in held else _needed_by(kind, item, held, beside)
        if whose := _unmanaged(item, owner):
            changes.append(_other("unmanaged", kind, item, whose, key))
        elif item.ends:
            changes.append(_other("ending", kind, item, ending(kind, item, held), key))
        else:
            action = "keep" if reason else "delete"
            changes.append(_other(action, kind, item, reason or item.holds, key))
    ids = {address: item.id for address, item in paired.items()}
    return Plan(changes, ids, _by_address(changes, paired, rest))


def _needed_by(kind: Kind, item: Found, held: Sequence[Found], beside: Sequence[str]) -> str:
    """Why a key must stay although it holds no data: it may be needed to read data that stay.

    The bucket's current setting proves nothing: an object keeps the key that it was written with.
    """
    if not kind.opens_data:
        return ""
    here = [other.name for other in held if other.properties["region"] == item.properties["region"]]
    return f"objects in {', '.join(sorted([*here, *beside]))} may need it" if here or beside else ""


def mentions(value: Any, text: str) -> bool:
    """Whether any value inside `value` equals `text`."""
    if isinstance(value, Mapping):
        return any(mentions(inner, text) for inner in value.values())
    if isinstance(value, (list, tuple)):
        return any(mentions(inner, text) for inner in value)
    return bool(value == text)


def _by_address(
    changes: Sequence[Change], paired: Mapping[str, Found], rest: Sequence[Found]
) -> dict[str, Found]:
    """All existing resources, by the address of the resource or of its change."""
    by_id = {(item.kind, item.id): item for item in [*paired.values(), *rest]}
    return dict(paired) | {
        change.address: by_id[change.kind, change.id] for change in changes if change.id
    }


def _other(action: str, kind: Kind, item: Found, reason: str, key: str = "") -> Change:
    return Change(
        action, kind.name, key or item.id, item.name, kind.family, id=item.id, reason=reason
    )
