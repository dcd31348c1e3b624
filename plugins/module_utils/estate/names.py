# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names and ARNs derived from the inputs and the account, known before the resources exist.

Pure functions. A name that is only `<project>-<env>-<key>` is `Inputs.named`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .inputs import Inputs

#: The endpoint region of global services and billing.
GLOBAL_REGION = "us-east-1"

#: Suffixes of our log group names, by key.
LOG_GROUPS = {"main": "", "flow_logs": "/flow-logs", "trail": "/cloudtrail"}


class Account(Protocol):
    """Account id and partition: `Facts`, and `Cloud` once it is identified."""

    @property
    def account_id(self) -> str:
        """Twelve digits."""

    @property
    def partition(self) -> str:
        """`aws`, or the partition of China or GovCloud."""


def arn(account: Account, service: str, region: str, resource: str) -> str:
    """The ARN of a resource in the account; `region` is "" for a global resource."""
    return f"arn:{account.partition}:{service}:{region}:{account.account_id}:{resource}"


def bucket_arn(account: Account, bucket: str) -> str:
    """The ARN of a bucket."""
    return f"arn:{account.partition}:s3:::{bucket}"


def iam_arn(account: Account, what: str, name: str) -> str:
    """The ARN of a role or a managed policy; `what` is `role` or `policy`."""
    return arn(account, "iam", "", f"{what}/{name}")


def role_arn(inputs: Inputs, account: Account, key: str) -> str:
    """The ARN of one of our roles, by key."""
    return iam_arn(account, "role", inputs.named(key))


def trail_arn(inputs: Inputs, account: Account) -> str:
    """The ARN of the trail."""
    return arn(account, "cloudtrail", inputs.region, f"trail/{inputs.stem}")


def topic(inputs: Inputs) -> str:
    """The name of the topic that alarms and the budget publish to."""
    return inputs.named("alarms")


def topic_arn(inputs: Inputs, account: Account) -> str:
    """The ARN of that topic."""
    return arn(account, "sns", inputs.region, topic(inputs))


def alarm_arn(inputs: Inputs, account: Account, alarm: str) -> str:
    """The ARN of an alarm, by name."""
    return arn(account, "cloudwatch", inputs.region, f"alarm:{alarm}")


def budget(inputs: Inputs) -> str:
    """The name of the monthly budget."""
    return inputs.named("monthly")


def log_group(inputs: Inputs, key: str = "main") -> str:
    """The name of the log group `main`, `flow_logs` or `trail`."""
    return f"/aws/{inputs.project}/{inputs.environment}{LOG_GROUPS[key]}"


def log_group_arn(inputs: Inputs, account: Account, group: str) -> str:
    """The ARN of a log group, by name, without the `:*` suffix for its streams."""
    return arn(account, "logs", inputs.region, f"log-group:{group}")


def metrics_namespace(inputs: Inputs) -> str:
    """The metrics namespace of runs and the CloudWatch agent; the host's role allows no other."""
    return f"{inputs.project}/{inputs.environment}"
