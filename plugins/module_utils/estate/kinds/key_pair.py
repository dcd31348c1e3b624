# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The public half of the caller's SSH key, as EC2 gives it to new hosts."""

from __future__ import annotations

from ..cloud import Cloud
from ..inputs import Inputs
from ..model import UNKNOWN, Facts, Found, Kind, Resource
from ..normal import tags_of


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """The key of `ssh_private_key_file`, which apply makes where it is missing."""
    properties = {
        "public_key": facts.public_key or UNKNOWN,
        "tags": inputs.named_tags(inputs.stem),
    }
    return [Resource("key_pair", "main", inputs.stem, properties)]


def read(cloud: Cloud) -> list[Found]:
    """The key pairs with our name or tags."""
    result = []
    # Not paginated: EC2 answers with all of them.
    for pair in cloud.client("ec2").describe_key_pairs(IncludePublicKey=True)["KeyPairs"]:
        tags = tags_of(pair.get("Tags"))
        if pair["KeyName"] == cloud.inputs.stem or cloud.ours(tags):
            properties = {"public_key": without_comment(pair.get("PublicKey", "")), "tags": tags}
            result.append(Found("key_pair", pair["KeyName"], pair["KeyName"], properties))
    return result


def without_comment(public_key: str) -> str:
    """`<type> <base64>`: EC2 replaces the comment by the key's name."""
    return " ".join(public_key.split()[:2])


KIND = Kind("key_pair", "compute", desired, read)
