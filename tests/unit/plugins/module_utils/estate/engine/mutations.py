"""Other values for a property, made from the value itself and from what others of its kind have.

No list of properties is kept here: what an estate says is what is changed.
"""

from __future__ import annotations

import copy
import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import botocore.loaders

#: The services whose words an estate uses.
SERVICES = (
    *("s3", "ec2", "iam", "kms", "logs", "cloudwatch", "cloudtrail", "sns", "budgets"),
    "s3control",
)

Path = tuple[str, ...]


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Every value that is not a mapping, with the keys that lead to it; an empty mapping too."""
    if isinstance(value, Mapping) and value and not _is_document(value):
        for key, inner in value.items():
            yield from leaves(inner, (*path, key))
    else:
        yield path, value


def _is_document(value: Mapping[str, Any]) -> bool:
    return "Statement" in value


def replaced(value: Any, path: Path, new: Any) -> Any:
    """A copy of a value with another one at a path; DROPPED takes the last key away."""
    if not path:
        return copy.deepcopy(new)
    result = dict(value)
    if len(path) == 1 and new is DROPPED:
        del result[path[0]]
    else:
        result[path[0]] = replaced(value[path[0]], path[1:], new)
    return result


DROPPED = object()


def at(value: Any, path: Path) -> Any:
    """The value at a path, DROPPED where there is none."""
    for key in path:
        if not isinstance(value, Mapping) or key not in value:
            return DROPPED
        value = value[key]
    return value


def others(value: Any, siblings: Sequence[Any]) -> Iterator[Any]:
    """Values to try in place of one, likely ones first."""
    yield from (s for s in siblings if s is not DROPPED and s != value)
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, (int, float)):
        yield from (value + 1, value * 2, value - 1, value + 30, value + 60, 60)
    elif isinstance(value, str):
        yield from _texts(value)
    elif isinstance(value, list):
        yield from _lists(value)
    elif isinstance(value, Mapping) and _is_document(value):
        yield from _documents(value)
    yield DROPPED


#: AWS knows no other ids than those it gave.
ID = re.compile(r"[a-z]+-[0-9a-f]{17}")


def is_id(value: Any) -> bool:
    """Whether this is an id that EC2 gave."""
    return isinstance(value, str) and bool(ID.fullmatch(value))


def _texts(value: str) -> Iterator[str]:
    if is_id(value):
        return
    yield from _same_enums(value)
    yield from _networks(value)
    if re.search(r"\d", value):
        yield re.sub(r"\d+", lambda found: str(int(found[0]) + 1), value, count=1)
    yield value + "x"
    yield "x" + value
    yield value + "x/"  # a path


def _same_enums(value: str) -> list[str]:
    """What AWS knows besides a word of its own, from the smallest list that has it."""
    known = sorted((e for e in _enums() if value in e), key=len)
    return list(dict.fromkeys(word for enum in known for word in enum if word != value))[:12]


#: Enumerations of AWS's that its service models have as plain text.
ONLY_DOCUMENTED = (("breaching", "ignore", "missing", "notBreaching"),)


@cache
def _enums() -> set[tuple[str, ...]]:
    load = botocore.loaders.Loader().load_service_model
    return set(ONLY_DOCUMENTED) | {
        tuple(shape["enum"])
        for service in SERVICES
        for shape in load(service, "service-2")["shapes"].values()
        if shape["type"] == "string" and "enum" in shape
    }


def _networks(value: str) -> Iterator[str]:
    """The network beside one."""
    try:
        network = ipaddress.ip_network(value)
    except ValueError:
        return
    if network.prefixlen:
        yield str(
            ipaddress.ip_network((int(network[0]) ^ network.num_addresses, network.prefixlen))
        )
    else:
        yield "192.0.2.0/24"


def _lists(value: list[Any]) -> Iterator[list[Any]]:
    if value:
        yield value[1:]
        for new in others(value[0], ()):
            if new is not DROPPED:
                yield [new, *value[1:]]
                yield [*value, new]
        if isinstance(value[0], Mapping):
            for path, leaf in leaves(value[0]):
                for new in others(leaf, ()):
                    yield [replaced(value[0], path, new), *value[1:]]
    else:
        yield ["rogue"]


def _documents(value: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Policies that say a little more, or less."""
    first = value["Statement"][0]
    rogue = {**first, "Sid": "Rogue"}
    yield {**value, "Statement": [*value["Statement"], rogue]}
    if len(value["Statement"]) > 1:
        yield {**value, "Statement": value["Statement"][1:]}
    yield {**value, "Statement": [{**first, "Sid": "Renamed"}, *value["Statement"][1:]]}


def is_open(name: str, value: Any) -> bool:
    """Whether people choose the keys of a mapping: tags, and what holds rules, policies, targets.

    Where the values are of different sorts or plain words the keys are AWS's own.
    """
    if not isinstance(value, Mapping) or not value or _is_document(value):
        return False
    return name == "tags" or all(isinstance(inner, (Mapping, list)) for inner in value.values())


def additions(value: Mapping[str, Any]) -> Iterator[Any]:
    """One more entry, like another one."""
    last = sorted(value)[-1]
    words = last.split(" ")
    for key in ("rogue", *(" ".join([*words[:-1], new]) for new in _texts(words[-1]))):
        if key not in value:
            yield {**value, key: copy.deepcopy(value[last])}
