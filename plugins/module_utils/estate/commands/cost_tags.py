# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Check our cost allocation tags: until they are active, budgets with tag filters stay at 0."""

from __future__ import annotations

try:
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    pass  # AnsibleAWSModule reports it, with what to install

from ..engine.cloud import Cloud
from ..names import GLOBAL_REGION

#: The tags that the budget filters costs by.
FILTER_TAGS = ("Project", "Environment")


def inactive(cloud: Cloud) -> list[str] | None:
    """The keys that are not active as cost allocation tags; None if AWS refuses the call.

    Only the management account may call it, so a refusal is normal in a member account and is not
    a failure. A key that AWS has not seen in a bill yet is not active either.
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
    """The plan's note about inactive keys; empty if there are none."""
    if not keys:
        return ""
    tags = f"tag {keys[0]} is" if len(keys) == 1 else f"tags {' and '.join(keys)} are"
    return f"the budget counts nothing yet: the cost allocation {tags} not active (docs/cost.md)."
