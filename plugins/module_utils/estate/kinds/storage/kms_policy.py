# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The key policy of our KMS keys: IAM controls users and roles; listed services may use the key."""

from __future__ import annotations

from typing import Any

from ... import names
from ...engine.model import Facts, Properties
from ...inputs import Inputs
from .. import policies

ENCRYPT = ["kms:Decrypt", "kms:GenerateDataKey*"]


def policy(inputs: Inputs, facts: Facts, *, services: bool) -> Properties:
    """The whole policy; `services` is set for the home region's key only.

    S3 needs no statement, because it uses the key with the caller's permissions.
    """
    used = [_logs(inputs, facts), *_alarms(inputs, facts)] if services else []
    if services and inputs.cloudtrail:
        used += _trail(inputs, facts)
    return policies.policy(_account(facts), *used)


def _statement(sid: str, principal: dict[str, str], action: Any, condition: Any) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action}
    # In a key policy, "*" is the key itself.
    return statement | {"Resource": "*"} | ({"Condition": condition} if condition else {})


def _account(facts: Facts) -> dict[str, Any]:
    """Access through IAM; without it, nobody could change the policy again.

    It names no role, because AWS rejects a role that does not exist yet.
    """
    root = {"AWS": names.arn(facts, "iam", "", "root")}
    return _statement("IAMDecides", root, "kms:*", None)


def _logs(inputs: Inputs, facts: Facts) -> dict[str, Any]:
    """Allow CloudWatch Logs to use the key, for our log groups only."""
    group = names.log_group_arn(inputs, facts, names.log_group(inputs))
    return _statement(
        "LogGroups",
        {"Service": f"logs.{inputs.region}.amazonaws.com"},
        ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": [group, f"{group}/*"]}},
    )


def _alarms(inputs: Inputs, facts: Facts) -> list[dict[str, Any]]:
    """Allow CloudWatch and Budgets to use the key, to publish to our encrypted topic."""
    sources = {
        "Alarms": ("cloudwatch", names.alarm_arn(inputs, facts, "*")),
        "Budgets": ("budgets", names.arn(facts, "budgets", "", "*")),
    }
    return [
        _statement(
            sid,
            {"Service": f"{service}.amazonaws.com"},
            ENCRYPT,
            policies.for_us(facts, source),
        )
        for sid, (service, source) in sources.items()
    ]


def _trail(inputs: Inputs, facts: Facts) -> list[dict[str, Any]]:
    """Allow CloudTrail to encrypt our trail's log files."""
    principal = {"Service": "cloudtrail.amazonaws.com"}
    trails = names.arn(facts, "cloudtrail", "*", "trail/*")
    ours = {"StringEquals": {"aws:SourceArn": names.trail_arn(inputs, facts)}}
    context = {"StringLike": {"kms:EncryptionContext:aws:cloudtrail:arn": trails}}
    return [
        _statement("TrailEncrypts", principal, "kms:GenerateDataKey*", ours | context),
        _statement("TrailLooks", principal, "kms:DescribeKey", ours),
    ]
