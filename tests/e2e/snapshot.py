"""Everything that exists in an account of the local cloud."""

from __future__ import annotations

from typing import Any

from ..inventory import things


def snapshot(account: Any) -> dict[str, list[Any]]:
    """Everything, by resource type."""
    return things(account.client, account.account_id)
