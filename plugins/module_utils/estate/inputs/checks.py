# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks for the value of one input; each describes what it accepts and its Ansible type.

A check takes the name and the raw value, returns the value in its own type, and raises
`InputError` with one sentence per fault. Values from `-e` are strings, so strings are accepted
for every type.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

ON, OFF = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}

#: The shortest IPv4 prefix that counts as an allow-list.
WIDEST_ALLOWED = 8


class InputError(ValueError):
    """An invalid value; `sentences` has one sentence for each fault."""

    def __init__(self, *sentences: str) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


class Check(Protocol):
    """A check of the value of an input."""

    @property
    def must(self) -> str:
        """What a value must be, as the rest of a sentence after "must be"."""

    @property
    def option(self) -> dict[str, Any]:
        """The type, elements and choices of the input, as in an argument specification."""

    def __call__(self, name: str, value: Any) -> Any:
        """The value in its own type. Raises `InputError`."""


def refused(name: str, must: str, value: Any) -> InputError:
    """The standard error for an invalid value."""
    return InputError(f"{name} must be {must}, not {value!r}.")


@dataclass(frozen=True)
class Text:
    """A string that fully matches a regular expression."""

    pattern: str
    means: str
    optional: bool = False
    type: str = "str"

    @property
    def must(self) -> str:
        """What a value must be."""
        return f"{self.means}, or empty" if self.optional else self.means

    @property
    def option(self) -> dict[str, Any]:
        """Ansible's type."""
        return {"type": self.type}

    def __call__(self, name: str, value: Any) -> str:
        """The string; "" if it is optional and not given."""
        text = "" if value is None else str(value)
        if (text or not self.optional) and not re.fullmatch(self.pattern, text):
            raise refused(name, self.must, value)
        return text


@dataclass(frozen=True)
class Choice:
    """One of a few words."""

    words: tuple[str, ...]

    @property
    def must(self) -> str:
        """What a value must be."""
        return f"{', '.join(self.words[:-1])} or {self.words[-1]}"

    @property
    def option(self) -> dict[str, Any]:
        """Ansible's type."""
        return {"type": "str", "choices": list(self.words)}

    def __call__(self, name: str, value: Any) -> str:
        """The word."""
        if str(value) not in self.words:
            raise refused(name, self.must, value)
        return str(value)


@dataclass(frozen=True)
class Switch:
    """A Boolean, in any spelling that Ansible accepts."""

    must = "true or false"

    @property
    def option(self) -> dict[str, Any]:
        """Ansible's type."""
        return {"type": "bool"}

    def __call__(self, name: str, value: Any) -> bool:
        """The Boolean."""
        word = str(value).lower()
        if word not in ON | OFF:
            raise refused(name, self.must, value)
        return word in ON


@dataclass(frozen=True)
class Whole:
    """A whole number within bounds."""

    low: int
    high: int

    @property
    def must(self) -> str:
        """What a value must be."""
        return f"a whole number from {self.low} to {self.high}"

    @property
    def option(self) -> dict[str, Any]:
        """Ansible's type."""
        return {"type": "int"}

    def __call__(self, name: str, value: Any) -> int:
        """The number."""
        text = str(value)
        if not re.fullmatch(r"\d{1,10}", text) or not self.low <= int(text) <= self.high:
            raise refused(name, self.must, value)
        return int(text)


@dataclass(frozen=True)
class OneOf:
    """One of a few numbers."""

    numbers: tuple[int, ...]
    unit: str

    @property
    def must(self) -> str:
        """What a value must be."""
        return f"one of {', '.join(map(str, self.numbers))} {self.unit}"

    @property
    def option(self) -> dict[str, Any]:
        """Ansible's type."""
        return {"type": "int", "choices": list(self.numbers)}

    def __call__(self, name: str, value: Any) -> int:
        """The number."""
        if str(value) not in map(str, self.numbers):
            raise refused(name, self.must, value)
        return int(value)


@dataclass(frozen=True)
class Money:
    """An amount in US dollars within bounds, rounded to cents."""

    low: int
    high: int

    @property
    def must(self) -> str:
        """What a value must be."""
        return f"a number from {self.low} to {self.high}"

    @property
    def option(self) -> dict[str, Any]:
        """Ansible's type."""
        return {"type": "float"}

    def __call__(self, name: str, value: Any) -> float:
        """The amount."""
        try:
            amount = round(float(value), 2)
        except (TypeError, ValueError):
            amount = float("nan")
        if not self.low <= amount <= self.high:
            raise refused(name, self.must, value)
        return amount


@dataclass(frozen=True)
class Tags:
    """Tags by key, as a mapping or as a string such as `DataClass=phi,Team=heart`.

    `reserved` are keys that this project sets itself. Case is ignored, as IAM does.
    """

    reserved: tuple[str, ...]
    most: int

    @property
    def must(self) -> str:
        """What a value must be."""
        return f"at most {self.most} tags, as a mapping or as text such as Team=heart,Stage=pilot"

    @property
    def option(self) -> dict[str, Any]:
        """Ansible's type."""
        return {"type": "dict"}

    def __call__(self, name: str, value: Any) -> tuple[tuple[str, str], ...]:
        """Keys and values, sorted."""
        if isinstance(value, str):
            value = dict((*part.split("=", 1), "")[:2] for part in items(name, value))
        if not isinstance(value, Mapping) or len(value) > self.most:
            raise refused(name, self.must, value)
        tags = {str(key): "" if text is None else str(text) for key, text in value.items()}
        faults = [f"{name} {fault}" for fault in self._faults(tags)]
        if faults:
            raise InputError(*faults)
        return tuple(sorted(tags.items()))

    def _faults(self, tags: Mapping[str, str]) -> Iterator[str]:
        seen = {key.lower(): "is set by this project" for key in self.reserved}
        for key, text in tags.items():
            if key.lower().startswith("aws:"):
                yield f"holds {key!r}: AWS reserves keys that begin with aws:."
            elif not re.fullmatch(r"[\w .:/=+@-]{1,128}", key):
                yield f"holds {key!r}, which is not a tag key that every AWS service accepts."
            elif key.lower() in seen:
                yield f"holds {key!r}, which {seen[key.lower()]} (AWS IAM ignores case)."
            if not re.fullmatch(r"[\w .:/=+@-]{0,256}", text):
                yield f"holds {key!r} with a value that not every AWS service accepts: {text!r}."
            seen[key.lower()] = "is there twice"


@dataclass(frozen=True)
class Network:
    """The network of a VPC: IPv4, /16 to /28, without host bits."""

    must = "an IPv4 network from /16 to /28 such as 10.20.0.0/16"

    @property
    def option(self) -> dict[str, Any]:
        """Ansible's type."""
        return {"type": "str"}

    def __call__(self, name: str, value: Any) -> str:
        """The network in AWS's notation."""
        network = network_of(str(value))
        if not isinstance(network, ipaddress.IPv4Network) or not 16 <= network.prefixlen <= 28:
            raise refused(name, self.must, value)
        return str(network)


def items(name: str, value: Any) -> list[Any]:
    """The list as given; a string is split at commas, with or without brackets."""
    if isinstance(value, str):
        inner = value.strip().removeprefix("[").removesuffix("]")
        parts = (part.strip().strip("'\"") for part in inner.split(","))
        return [part for part in parts if part]
    if not isinstance(value, (list, tuple)):
        raise refused(name, "a list", value)
    return list(value)


@dataclass(frozen=True)
class ListOf:
    """A list whose members are parsed by `read`, which raises ValueError with the fault."""

    read: Callable[[str], Any]
    means: str
    elements: str = "str"
    least: int = 0
    most: int | None = None
    #: The reason for the limit, for the error message.
    limit: str = ""
    #: Whether the list is sorted, because its order has no meaning.
    sort: bool = True

    @property
    def must(self) -> str:
        """What a value must be."""
        return f"a list of {self._count} {self.means}".replace("  ", " ")

    @property
    def _count(self) -> str:
        if self.most is None:
            return ""
        if self.least == self.most:
            return str(self.most)
        return f"{self.least} to {self.most}" if self.least else f"at most {self.most}"

    @property
    def option(self) -> dict[str, Any]:
        """Ansible's type."""
        return {"type": "list", "elements": self.elements}

    def __call__(self, name: str, value: Any) -> tuple[Any, ...]:
        """The members without duplicates."""
        given = items(name, value)
        members, faults = [], []
        for item in given:
            try:
                members.append(self.read(str(item)))
            except ValueError as error:
                faults.append(f"{name} holds {item!r}, {error}.")
        if self.most is not None and not self.least <= len(given) <= self.most:
            faults.append(
                f"{name} must hold {self._count} {self.means}{self.limit}, not {len(given)}."
            )
        if faults:
            raise InputError(*faults)
        unique = list(dict.fromkeys(members))
        return tuple(sorted(unique) if self.sort else unique)


def matching(pattern: str, fault: str) -> Callable[[str], str]:
    """A parser for a member that must fully match a regular expression."""

    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(fault)
        return text

    return read


def port(text: str) -> int:
    """A TCP port."""
    if not re.fullmatch(r"\d{1,5}", text) or not 0 < int(text) < 65536:
        raise ValueError("which is not a TCP port")
    return int(text)


def seed(text: str) -> int:
    """The seed of a random generator, 32 bits."""
    if not re.fullmatch(r"\d{1,10}", text) or int(text) >= 2**32:
        raise ValueError("which is not a whole number from 0 to 4294967295")
    return int(text)


def subnet(text: str) -> str:
    """A network that AWS accepts for a subnet."""
    network = network_of(text)
    if not isinstance(network, ipaddress.IPv4Network) or network.prefixlen > 28:
        raise ValueError("which is not an IPv4 network of /28 or wider")
    return str(network)


def allowed(text: str) -> str:
    """A network allowed to connect: never the whole internet or a large part of it."""
    network = network_of(text)
    if network is None:
        raise ValueError("which is not a network such as 203.0.113.7/32")
    if network.prefixlen == 0 or (network.version == 4 and network.prefixlen < WIDEST_ALLOWED):
        raise ValueError(
            "which opens the hosts to the world: name the networks that really need them"
        )
    if network.version == 6:
        raise ValueError(
            "which is IPv6, and the VPC has IPv4 only, so it would let nobody in: "
            "give the IPv4 network"
        )
    return str(network)


def network_of(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """A network, which prints in AWS's notation, or None; a single address is one too."""
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None


def overlapping(networks: Sequence[str], others: Sequence[str]) -> list[tuple[str, str]]:
    """The pairs of networks, one from each list, that overlap."""
    return [
        (one, two)
        for one in networks
        for two in others
        if ipaddress.ip_network(one).overlaps(ipaddress.ip_network(two))
    ]
