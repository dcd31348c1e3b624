"""DescribeTags uses EC2's names for resource types.

moto has its own names for some, so a client that filters by EC2's name finds no tags and sets
them again.
"""

from collections.abc import Callable
from typing import Any

from moto.ec2.models.tags import TagBackend

from localcloud.api.moto_patches.seams import Seam

SEAMS = (Seam(TagBackend, "describe_tags", "self, filters"),)

#: EC2's names, by moto's.
WORDS = {
    "dedicated_host": "dedicated-host",
    "flow-logs": "vpc-flow-log",
    "managed-prefix-list": "prefix-list",
    "nat-gateway": "natgateway",
    "reserved-instance": "reserved-instances",
    "spot-instance-request": "spot-instances-request",
    "vpc-elastic-ip": "elastic-ip",
}


def apply() -> None:
    """Replace moto's names with EC2's."""
    SEAMS[0].replace(_in_words_of_ec2)


def _in_words_of_ec2(original: Callable[..., Any]) -> Callable[..., Any]:
    theirs = {ec2: moto for moto, ec2 in WORDS.items()}

    def describe_tags(self: Any, filters: dict[str, list[str]] | None = None) -> Any:
        types = (filters or {}).get("resource-type")
        if filters and types:
            filters = {**filters, "resource-type": [theirs.get(word, word) for word in types]}
        found = original(self, filters)
        return [
            {**tag, "resource_type": WORDS.get(tag["resource_type"], tag["resource_type"])}
            for tag in found
        ]

    return describe_tags
