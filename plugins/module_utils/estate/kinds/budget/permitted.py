# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts without budgets: an organisation can reserve budgets for its management account."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

try:
    from botocore.exceptions import ClientError
except ImportError:
    pass  # AnsibleAWSModule reports it, with what to install

from ...engine.cloud import Cloud
from ...engine.sentences import EstateError, sentence

R = TypeVar("R")

#: AWS's term for a member account in its error message.
LINKED = "linked account"


def permitted(cloud: Cloud, call: Callable[[], R]) -> R | None:
    """The result of a call to AWS Budgets; None if access is denied and no budget is desired.

    If the account may not have a budget, raises EstateError that names the input to change.
    """
    try:
        return call()
    except ClientError as error:
        if not error.response["Error"]["Code"].startswith("AccessDenied"):
            raise
        if not cloud.inputs.has_budget:
            return None
        if LINKED not in str(error):
            raise
        raise EstateError(
            f"{sentence(error)} To go without a budget, set budget_limit_usd: 0."
        ) from error
