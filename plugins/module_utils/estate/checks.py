# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of single inputs. Each appends one clear sentence to `errors` and goes on."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from itertools import combinations, product
from typing import Any

#: What CloudWatch Logs offers.
RETENTION_DAYS = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
)  # fmt: skip

#: A bucket name holds 63 characters and the longest suffix is `-prod-model-artifacts-replica`.
MAX_BUCKET_PREFIX = 63 - len("-prod-model-artifacts-replica")
RESERVED_BUCKET_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")

ON, OFF = {"true", "yes", "on", "1"}, {"false", "no", "off", "0"}

#: Wider than this is no allow-list any more.
WIDEST_ALLOWED = {4: 8, 6: 32}


class Checks:
    """Reads values out of the raw inputs and collects what is wrong with them."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        self.raw = raw
        self.errors: list[str] = []

    def _fail(self, name: str, must: str) -> None:
        self.errors.append(f"{name} must be {must}, not {self.raw.get(name)!r}.")

    def pattern(self, name: str, regex: str, must: str) -> str:
        """A text that matches the whole regular expression."""
        value = str(self.raw.get(name) or "")
        if not re.fullmatch(regex, value):
            self._fail(name, must)
        return value

    def optional(self, name: str, regex: str, must: str) -> str:
        """A text that matches the whole regular expression, or "" for none."""
        value = str(self.raw.get(name) or "")
        if value and not re.fullmatch(regex, value):
            self._fail(name, f"{must}, or empty")
        return value

    def region(self, name: str, besides: str) -> str:
        """A second region, or "" for none."""
        value = self.optional(name, r"[a-z]{2}(-[a-z]+)+-\d", "another AWS region")
        if value and value == self.raw.get(besides):
            self.errors.append(f"{name} must be another region than {besides}, which is {value}.")
        return value

    def switch(self, name: str) -> bool:
        """On or off; the words count that Ansible takes for a truth value, as `-e` gives texts."""
        value = str(self.raw.get(name)).lower()
        if value not in ON | OFF:
            self._fail(name, "true or false")
        return value in ON

    def services(self, name: str) -> tuple[str, ...]:
        """AWS services by the last part of their endpoint's name, such as `logs` or `ecr.api`."""
        values = {str(value) for value in self.items(name)}
        for value in sorted(values):
            if not re.fullmatch(r"[a-z][a-z0-9.-]*", value):
                self.errors.append(f"{name} holds {value!r}, which is not a service such as logs.")
        return tuple(sorted(values))

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """One of a few words."""
        value = str(self.raw.get(name))
        if value not in choices:
            self._fail(name, f"{', '.join(choices[:-1])} or {choices[-1]}")
        return value

    def tag(self, name: str) -> str:
        """A text that every AWS service takes as the value of a tag."""
        return self.pattern(
            name, r"[\w .:/=+@-]{1,128}", "1 to 128 letters, digits, spaces or _.:/=+-@"
        )

    def cents(self, name: str, low: int, high: int) -> float:
        """An amount of money within bounds, in full cents; a numeric text counts, as `-e` gives."""
        try:
            value = round(float(self.raw.get(name, "")), 2)
        except (TypeError, ValueError):
            value = float("nan")
        if not low <= value <= high:
            self._fail(name, f"a number from {low} to {high}")
        return value

    def integer(self, name: str, low: int, high: int) -> int:
        """A whole number within bounds."""
        value = str(self.raw.get(name))
        if not re.fullmatch(r"\d{1,9}", value) or not low <= int(value) <= high:
            self._fail(name, f"a whole number from {low} to {high}")
            return low
        return int(value)

    def retention(self, name: str) -> int:
        """A retention that CloudWatch Logs offers."""
        value = str(self.raw.get(name))
        if value not in map(str, RETENTION_DAYS):
            self._fail(name, f"one of {', '.join(map(str, RETENTION_DAYS))} days")
            return RETENTION_DAYS[0]
        return int(value)

    def items(self, name: str) -> list[Any]:
        """A list; one text with commas counts, since `-e` gives texts."""
        value = self.raw.get(name)
        if isinstance(value, str):
            return [part.strip() for part in value.split(",") if part.strip()]
        if not isinstance(value, (list, tuple)):
            self._fail(name, "a list")
            return []
        return list(value)

    def emails(self, name: str) -> tuple[str, ...]:
        """Mail addresses, at most the ten that one notification of a budget may have."""
        values = [str(value) for value in self.items(name)]
        for value in values:
            if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
                self.errors.append(f"{name} holds {value!r}, which is not a mail address.")
        if len(values) > 10:
            self.errors.append(f"{name} may hold 10 addresses, AWS's limit, not {len(values)}.")
        return tuple(dict.fromkeys(values))

    def ports(self, name: str) -> tuple[int, ...]:
        """TCP ports, sorted."""
        ports = set()
        for value in self.items(name):
            if not re.fullmatch(r"\d{1,5}", str(value)) or not 0 < int(value) < 65536:
                self.errors.append(f"{name} holds {value!r}, which is not a TCP port.")
                continue
            ports.add(int(value))
        return tuple(sorted(ports))

    def bucket_prefix(self, name: str) -> str:
        """The beginning of the bucket names, or "" for the default. No dots: they break TLS."""
        value = str(self.raw.get(name) or "")
        if value and (
            not re.fullmatch(r"[a-z0-9][a-z0-9-]+[a-z0-9]", value)
            or len(value) > MAX_BUCKET_PREFIX
            or value.startswith(RESERVED_BUCKET_PREFIXES)
        ):
            self._fail(
                name,
                f"3 to {MAX_BUCKET_PREFIX} lower-case letters, digits and hyphens that begin and "
                "end with a letter or digit and do not begin with "
                f"{', '.join(RESERVED_BUCKET_PREFIXES)}",
            )
        return value

    def network(self, name: str) -> str:
        """The network of a VPC: IPv4, /16 to /28, written without host bits."""
        value = str(self.raw.get(name))
        network = _network(value)
        if network is None or network.version != 4 or not 16 <= network.prefixlen <= 28:
            self._fail(name, "an IPv4 network from /16 to /28 such as 10.20.0.0/16")
        return str(network or value)

    def subnets(self, name: str, vpc_cidr: str, count: int, besides: str = "") -> tuple[str, ...]:
        """`count` networks inside the VPC that do not overlap.

        With `besides`, the name of another such list, none at all will do, and no network may
        overlap with one of that list either.
        """
        values = [str(value) for value in self.items(name)]
        if len(values) != count and not (besides and not values):
            self.errors.append(
                f"{name} must hold {'no or ' if besides else ''}{count} networks, "
                f"not {len(values)}."
            )
        parsed = {value: _network(value) for value in values}
        vpc = _network(vpc_cidr)
        for value, network in parsed.items():
            if network is None or network.version != 4 or network.prefixlen > 28:
                self.errors.append(
                    f"{name} holds {value!r}, which is not an IPv4 network of /28 or wider."
                )
            elif isinstance(vpc, ipaddress.IPv4Network) and not network.subnet_of(vpc):
                self.errors.append(f"{name} {value} is not inside vpc_cidr {vpc_cidr}.")
        for first, second in combinations(values, 2):
            one, other = parsed[first], parsed[second]
            if one is not None and other is not None and one.overlaps(other):
                self.errors.append(f"{name} {first} and {second} overlap.")
        others = self.items(besides) if besides else []
        for value, other in product(values, map(str, others)):
            one, two = parsed[value], _network(other)
            if one is not None and two is not None and one.overlaps(two):
                self.errors.append(f"{name} {value} and {besides} {other} overlap.")
        return tuple(str(parsed[value] or value) for value in values)

    def allowed(self, name: str) -> tuple[str, ...]:
        """Networks that may connect: an allow-list, so never the world nor most of it."""
        values = {str(value): _network(str(value)) for value in self.items(name)}
        for value, network in values.items():
            if network is None:
                self.errors.append(
                    f"{name} holds {value!r}, which is not a network such as 203.0.113.7/32."
                )
            elif network.prefixlen < WIDEST_ALLOWED[network.version]:
                self.errors.append(
                    f"{name} holds {value}, which opens the hosts to the world: "
                    "name the networks that really need them."
                )
        return tuple(sorted({str(network) for network in values.values()}))


def _network(value: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """A network, whose text is as AWS writes it: an address alone is one too."""
    try:
        return ipaddress.ip_network(value)
    except ValueError:
        return None
