# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether AWS counts costs by our tags: until then a budget with a tag filter sees nothing."""

from __future__ import annotations

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule says so, with what to install

from .cloud import Cloud
from .names import GLOBAL_REGION

#: The tags by which the budget finds our costs.
FILTER_TAGS = ("Project", "Environment")


def inactive(cloud: Cloud) -> list[str] | None:
    """The keys that are not active as cost allocation tags; None where AWS does not tell.

    Only the paying account may ask, so a refusal is the usual answer in a member account and no
    reason to fail. A key that AWS has not seen in a bill yet is not active either.
    """
    wanted = sorted(FILTER_TAGS)
    client = cloud.client("ce", GLOBAL_REGION)
    try:
        answer = client.list_cost_allocation_tags(TagKeys=wanted, Type="UserDefined")
    except (BotoCoreError, ClientError):
        return None
    active = {tag["TagKey"] for tag in answer["CostAllocationTags"] if tag["Status"] == "Active"}
    return [key for key in wanted if key not in active]


def note(keys: list[str] | None) -> str:
    """What a plan says about keys that are not active; empty where there is nothing to say."""
    if not keys:
        return ""
    tags = f"tag {keys[0]} is" if len(keys) == 1 else f"tags {' and '.join(keys)} are"
    return f"the budget counts nothing yet: the cost allocation {tags} not active (docs/cost.md)."
