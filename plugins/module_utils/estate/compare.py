# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare what should exist with what does: pure functions over plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .model import UNKNOWN, Change, FieldChange, Found, Kind, Plan, Properties, Resource
from .normal import canonical, carries, translated

#: Whether tags are those that only this environment sets.
Ours = Callable[[dict[str, str]], bool]

ADOPTED = "exists already without our tags: will be adopted"
NOT_OURS = "has our name but not our tags"
NOT_WANTED = "ours but not wanted"
OF_RUNS = "made by a run: destroy.yml removes it"
FOR_OLDER_DATA = (
    "not wanted, but older data may need it to be read: "
    "destroy.yml with destroy_data deletes it, or you by hand"
)


def differences(before: Any, after: Any, path: str = "") -> list[FieldChange]:
    """Every field that differs, the deepest path that says it.

    Lists are compared as sets of values: their order carries no meaning in an estate.
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
    """Values by canonical text and occurrence, so that a duplicate counts as one of its own."""
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
    resources: Sequence[Resource], found: Sequence[Found], ours: Ours
) -> tuple[dict[str, Found], list[Found]]:
    """Pair what is wanted with what exists, by kind and name; the rest is unwanted.

    Of twins with one name the one with our tags stays, then the one that sorts first by id, so
    that every run picks the same. What has our tags and is in everything else but its tags what is
    wanted has only lost its name. Where several fit, the one is it that others use as such.
    """
    pool = sorted(found, key=lambda item: (item.kind, item.name, not carries(item, ours), item.id))
    paired: dict[str, Found] = {}
    for alike in (_untouched, _same_name, _same_but_for_tags):
        for resource in resources:
            if resource.address in paired:
                continue
            address_by_id = _addresses(paired)
            fitting = [
                item
                for item in pool
                if item.kind == resource.kind and alike(resource, item, address_by_id, ours)
            ]
            if len(fitting) > 1:
                in_use = [item for item in fitting if _used_for(resource, item, resources, found)]
                # Of several that lost their names, and that nothing uses, none can be told.
                fitting = in_use or ([] if alike is _same_but_for_tags else fitting)
            if fitting:
                paired[resource.address] = fitting[0]
                pool.remove(fitting[0])
    return paired, pool


def _used_for(
    resource: Resource, item: Found, resources: Sequence[Resource], found: Sequence[Found]
) -> bool:
    """Whether what should refer to a resource refers to this thing: who it is when names lie."""
    return any(
        mentions(wanted, resource.address) and mentions(there.properties.get(name), item.id)
        for user in resources
        for name, wanted in user.properties.items()
        for there in found
        if (there.kind, there.name) == (user.kind, user.name)
    )


def _untouched(
    resource: Resource, item: Found, address_by_id: Mapping[str, str], ours: Ours
) -> bool:
    """Before any other: so a thing that was given the name of another one does not displace it."""
    return _same_name(resource, item, address_by_id, ours) and _same_but_for_tags(
        resource, item, address_by_id, ours
    )


def _same_name(resource: Resource, item: Found, _ids: Mapping[str, str], _ours: Ours) -> bool:
    return item.name == resource.name


def _same_but_for_tags(
    resource: Resource, item: Found, address_by_id: Mapping[str, str], ours: Ours
) -> bool:
    if item.id == item.name or not ours(item.properties.get("tags", {})):
        return False
    here, there = (
        translated({k: v for k, v in p.items() if k != "tags"}, address_by_id)
        for p in (item.properties, resource.properties)
    )
    return not differences(here, there)


def _addresses(paired: Mapping[str, Found]) -> dict[str, str]:
    """Addresses by id. Kinds known by name only (id == name) refer to each other by name."""
    return {item.id: address for address, item in paired.items() if item.id != item.name}


def plan_present(
    kinds: Sequence[Kind],
    resources: Sequence[Resource],
    found: Sequence[Found],
    *,
    ours: Ours,
    prune: bool = False,
) -> Plan:
    """What must change so that everything wanted exists as wanted.

    With `prune`, what carries our tags and is not wanted goes, but for what runs made and what
    older data may need; otherwise it is told.
    """
    by_name = {kind.name: kind for kind in kinds}
    paired, unwanted = match(resources, found, ours)
    ids = {address: item.id for address, item in paired.items()}
    address_by_id = _addresses(paired)
    existing = {
        address: translated(item.properties, address_by_id) for address, item in paired.items()
    }
    # What is wanted may name an id as well where it can be computed, as an ARN can.
    wanted = [
        replace(resource, properties=translated(resource.properties, address_by_id))
        for resource in resources
    ]
    changes = [
        change
        for resource in wanted
        if (change := _change(by_name[resource.kind], resource, paired, existing, ours))
    ]
    changes += [_unwanted(by_name[item.kind], item, ours, prune=prune) for item in unwanted]
    return Plan(changes, ids, _by_address(changes, paired, unwanted))


def _change(
    kind: Kind,
    resource: Resource,
    paired: Mapping[str, Found],
    existing: Mapping[str, Properties],
    ours: Ours,
) -> Change | None:
    common = (kind.name, resource.key, resource.name, kind.family)
    if resource.address not in paired:
        fields = [FieldChange(k, None, v) for k, v in sorted(resource.properties.items())]
        return Change("create", *common, fields=fields)
    fields = differences(existing[resource.address], resource.properties)
    if not fields:
        return None
    fixed = any(change.path.split(".")[0] not in kind.setters for change in fields)
    item = paired[resource.address]
    return Change(
        "replace" if fixed else "update",
        *common,
        id=item.id,
        reason="" if carries(item, ours) else ADOPTED,
        fields=fields,
    )


def _unwanted(kind: Kind, item: Found, ours: Ours, *, prune: bool) -> Change:
    """What is there and not wanted: told, or with `prune` deleted where it is ours.

    What acts by itself must not do so any more once its input is off, `prune` or not.
    """
    if not carries(item, ours):
        return _other("unwanted", kind, item, NOT_OURS)
    if item.switched_off:
        return _other("delete", kind, item, item.switched_off)
    if kind.of_runs:
        return _other("unwanted", kind, item, OF_RUNS)
    if kind.opens_data:
        return _other("unwanted", kind, item, FOR_OLDER_DATA)
    return _other("delete" if prune else "unwanted", kind, item, NOT_WANTED)


def plan_absent(
    kinds: Sequence[Kind],
    resources: Sequence[Resource],
    found: Sequence[Found],
    *,
    ours: Ours,
    destroy_data: bool,
    beside: Sequence[str] = (),
) -> Plan:
    """What must go so that nothing of ours is left, except data that was not asked for.

    Ours is what carries our tags: somebody else's thing with our name stays. What may be needed to
    read data that stay (the keys of their region) stays with them. `beside` names more buckets with
    our tags, as of a former prefix: nobody knows what lies in them.
    """
    by_name = {kind.name: kind for kind in kinds}
    found = [item for item in found if not by_name[item.kind].of_account]
    paired, unwanted = match(resources, found, ours)
    key_of = {(item.kind, item.id): address.split("/")[1] for address, item in paired.items()}
    items = [*paired.values(), *unwanted]
    held = [item for item in items if item.holds and not (destroy_data and carries(item, ours))]
    changes = []
    for item in items:
        kind = by_name[item.kind]
        reason = item.holds if item in held else _needed_by(kind, item, held, beside)
        kept = reason if carries(item, ours) else NOT_OURS
        changes.append(
            _other(
                "keep" if kept else "delete",
                kind,
                item,
                kept or item.holds,
                key_of.get((item.kind, item.id), item.id),
            )
        )
    ids = {address: item.id for address, item in paired.items()}
    return Plan(changes, ids, _by_address(changes, paired, unwanted))


def _needed_by(kind: Kind, item: Found, held: Sequence[Found], beside: Sequence[str]) -> str:
    """Why a thing must stay although it holds nothing: data that stay may need it to be read.

    What their bucket says today is no proof: an object keeps the key that it was written with.
    """
    if not kind.opens_data:
        return ""
    here = [other.name for other in held if other.properties["region"] == item.properties["region"]]
    return f"objects in {', '.join(sorted([*here, *beside]))} may need it" if here or beside else ""


def mentions(value: Any, text: str) -> bool:
    """Whether a text stands anywhere in a value, whole."""
    if isinstance(value, Mapping):
        return any(mentions(inner, text) for inner in value.values())
    if isinstance(value, (list, tuple)):
        return any(mentions(inner, text) for inner in value)
    return bool(value == text)


def _by_address(
    changes: Sequence[Change], paired: Mapping[str, Found], unwanted: Sequence[Found]
) -> dict[str, Found]:
    """Everything found, by the address of its resource or of its change."""
    by_id = {(item.kind, item.id): item for item in [*paired.values(), *unwanted]}
    return dict(paired) | {
        change.address: by_id[change.kind, change.id] for change in changes if change.id
    }


def _other(action: str, kind: Kind, item: Found, reason: str, key: str = "") -> Change:
    return Change(
        action, kind.name, key or item.id, item.name, kind.family, id=item.id, reason=reason
    )
