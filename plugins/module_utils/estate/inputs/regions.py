# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS regions, read from botocore's data without a call to AWS."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .checks import InputError
from .spelling import closest, question

try:
    from botocore.exceptions import DataNotFoundError
    from botocore.loaders import Loader
except ImportError:
    pass  # AnsibleAWSModule reports it, with what to install


@lru_cache(maxsize=1)
def regions() -> frozenset[str]:
    """All regions of all partitions; empty if botocore has no such data."""
    try:
        partitions = Loader().load_data("partitions")["partitions"]
    except DataNotFoundError:
        return frozenset()
    names = {region for partition in partitions for region in partition["regions"]}
    return frozenset(name for name in names if not name.endswith("-global"))


#: The value of `replica_region` that selects `neighbour`.
AUTO = "auto"

#: Regions by data protection jurisdiction, the preferred one for replicas first. A region not
#: listed here is the only one in its country, or too new.
JURISDICTIONS: dict[str, tuple[str, ...]] = {
    "the United States": ("us-east-2", "us-west-2", "us-east-1", "us-west-1"),
    "the European Union": (
        *("eu-west-1", "eu-central-1", "eu-north-1", "eu-west-3", "eu-south-1", "eu-south-2"),
    ),
    "the United Kingdom": ("eu-west-2",),
    "Switzerland": ("eu-central-2",),
    "Canada": ("ca-central-1", "ca-west-1"),
    "Japan": ("ap-northeast-1", "ap-northeast-3"),
    "Australia": ("ap-southeast-2", "ap-southeast-4"),
    "India": ("ap-south-1", "ap-south-2"),
}


def jurisdiction(region: str) -> str:
    """The jurisdiction of a region; the region itself if it is not listed."""
    return next((law for law, here in JURISDICTIONS.items() if region in here), region)


def neighbour(region: str) -> str:
    """Another region in the same jurisdiction, or "" if there is none."""
    here = JURISDICTIONS.get(jurisdiction(region), ())
    return next((other for other in here if other != region), "")


@dataclass(frozen=True)
class Region:
    """An existing region, or one of `words`."""

    optional: bool = False
    words: tuple[str, ...] = ()

    @property
    def must(self) -> str:
        """What a value must be."""
        words = "".join(f", {word}" for word in self.words)
        return f"an AWS region such as us-west-2{words}" + (", or empty" * self.optional)

    @property
    def option(self) -> dict[str, Any]:
        """Ansible's type."""
        return {"type": "str"}

    def __call__(self, name: str, value: Any) -> str:
        """The region; "" if it is optional and not given."""
        text = "" if value is None else str(value)
        if text in self.words or (not text and self.optional):
            return text
        known = regions()
        if not text or (known and text not in known):
            meant = question(closest(text, known))
            raise InputError(f"{name} must be an AWS region, not {text!r}{meant}")
        return text
