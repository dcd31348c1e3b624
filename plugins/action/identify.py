# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print which account, region and environment a run uses, before it does anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.plugin_utils.action import AwsAction
from ansible_collections.cardiology.cloud.plugins.plugin_utils.console import progress


class ActionModule(AwsAction):
    """`cardiology.cloud.identify`: changes nothing."""

    ARGUMENTS: ClassVar[Mapping[str, Any]] = {"environment": {"type": "str", "required": True}}

    def answer(
        self, cloud: Cloud, params: dict[str, Any], variables: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The account id and the ARN of the caller."""
        try:
            cloud.identify()
        finally:
            # Also after a failed call: the line shows which endpoint was called.
            progress(variables, headline(cloud, params))
        return {"account_id": cloud.account_id, "arn": cloud.arn}


def headline(cloud: Cloud, params: dict[str, Any]) -> str:
    """One line with cloud, profile, caller, account, region and environment."""
    parts = [
        f"cloud {cloud.endpoint or 'AWS'}",
        f"profile {cloud.profile}" if cloud.profile else "",
        caller(cloud.arn),
        f"account {cloud.account_id}" if cloud.account_id else "account unknown",
        f"region {params['region']}",
        f"environment {params['environment']}",
    ]
    text = ", ".join(part for part in parts if part)
    return text[0].upper() + text[1:]


def caller(arn: str) -> str:
    """The principal of an ARN, such as `role deployer` or `user alice`; "" for an empty ARN."""
    kind, _slash, name = arn.split(":", 5)[5].partition("/") if arn else ("", "", "")
    if kind == "assumed-role":
        return f"role {name.partition('/')[0]}"
    return f"{kind} {name}".strip() if kind != "root" else "the root user"
