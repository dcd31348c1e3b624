# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Names and ARNs that follow from the inputs and the account: known before the things exist.

Pure functions. A name that is only `<project>-<env>-<key>` is `Inputs.named`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from .inputs import Inputs

#: Where AWS answers for services without a region, and for the money.
GLOBAL_REGION = "us-east-1"

#: The ends of the names of our log groups, by key.
LOG_GROUPS = {"main": "", "flow_logs": "/flow-logs", "trail": "/cloudtrail"}


class Account(Protocol):
    """What says whose a thing is: `Facts`, and `Cloud` once it is identified."""

    @property
    def account_id(self) -> str:
        """Twelve digits."""

    @property
    def partition(self) -> str:
        """`aws`, or that of China or the government."""


def arn(account: Account, service: str, region: str, resource: str) -> str:
    """The ARN of a thing of the account; without a region for a global one."""
    return f"arn:{account.partition}:{service}:{region}:{account.account_id}:{resource}"


def bucket_arn(account: Account, bucket: str) -> str:
    """A bucket as policies name it."""
    return f"arn:{account.partition}:s3:::{bucket}"


def iam_arn(account: Account, what: str, name: str) -> str:
    """A role or a managed policy."""
    return arn(account, "iam", "", f"{what}/{name}")


def role_arn(inputs: Inputs, account: Account, key: str) -> str:
    """One of our roles."""
    return iam_arn(account, "role", inputs.named(key))


def trail_arn(inputs: Inputs, account: Account) -> str:
    """The trail."""
    return arn(account, "cloudtrail", inputs.region, f"trail/{inputs.stem}")


def topic(inputs: Inputs) -> str:
    """The topic that alarms and the budget publish to."""
    return inputs.named("alarms")


def topic_arn(inputs: Inputs, account: Account) -> str:
    """The topic's ARN."""
    return arn(account, "sns", inputs.region, topic(inputs))


def alarm_arn(inputs: Inputs, account: Account, alarm: str) -> str:
    """An alarm by its name."""
    return arn(account, "cloudwatch", inputs.region, f"alarm:{alarm}")


def budget(inputs: Inputs) -> str:
    """The monthly budget."""
    return inputs.named("monthly")


def log_group(inputs: Inputs, key: str = "main") -> str:
    """The log group `main`, `flow_logs` or `trail`."""
    return f"/aws/{inputs.project}/{inputs.environment}{LOG_GROUPS[key]}"


def log_group_arn(inputs: Inputs, account: Account, group: str) -> str:
    """A log group by its name, without the `:*` that stands for its streams."""
    return arn(account, "logs", inputs.region, f"log-group:{group}")


def metrics_namespace(inputs: Inputs) -> str:
    """Where runs and the CloudWatch agent of our hosts write; the host's role knows no other."""
    return f"{inputs.project}/{inputs.environment}"
