# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where hosts write their log events."""

from __future__ import annotations

from ..cloud import Cloud
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Resource


def _name(inputs: Inputs) -> str:
    return f"/aws/{inputs.project}/{inputs.environment}"


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """One log group that forgets after `log_retention_days`.

    A KMS key is no part of it: amazon.aws.cloudwatchlogs_log_group cannot take one away.
    """
    properties = {
        "retention_days": inputs.log_retention_days,
        "tags": inputs.tags,
    }
    return [Resource("log_group", "main", _name(inputs), properties)]


def read(cloud: Cloud) -> list[Found]:
    """The log group with our name."""
    name = _name(cloud.inputs)
    groups = cloud.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix=name)
    # The prefix also finds `<name>-something`, which is not ours.
    return [
        Found(
            "log_group",
            name,
            name,
            {
                "retention_days": group.get("retentionInDays"),
                "tags": _tags(cloud, group["arn"]),
            },
        )
        for group in groups
        if group["logGroupName"] == name
    ]


def _tags(cloud: Cloud, arn: str) -> dict[str, str]:
    answer = cloud.client("logs").list_tags_for_resource(resourceArn=arn.removesuffix(":*"))
    return dict(sorted(answer.get("tags", {}).items()))


KIND = Kind("log_group", "monitoring", desired, read)
