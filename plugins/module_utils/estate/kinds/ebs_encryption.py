# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether new EBS volumes are encrypted unasked, in the whole account, in our region."""

from __future__ import annotations

from typing import Any

from ..cloud import Cloud
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Resource, Target


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """Encryption by default, where `account_hardening` says that it is ours to choose.

    With which key is not: whoever chose one for the account had a reason.
    """
    if not inputs.account_hardening:
        return []
    return [Resource("ebs_encryption", "account", "account", {"enabled": True})]


def enabled(ec2: Any) -> bool:
    """Whether new volumes are encrypted unasked."""
    return bool(ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"])


def set_enabled(ec2: Any, wanted: bool) -> None:
    """Switch it."""
    if wanted:
        ec2.enable_ebs_encryption_by_default()
    else:
        ec2.disable_ebs_encryption_by_default()


def read(cloud: Cloud) -> list[Found]:
    """The setting; every account has it."""
    if not cloud.inputs.account_hardening:
        return []
    properties = {"enabled": enabled(cloud.client("ec2"))}
    return [Found("ebs_encryption", "account", "account", properties)]


def create(cloud: Cloud, resource: Resource) -> str:
    """Set it."""
    set_enabled(cloud.client("ec2"), resource.properties["enabled"])
    return resource.name


def _set(cloud: Cloud, target: Target) -> None:
    set_enabled(cloud.client("ec2"), target.properties["enabled"])


KIND = Kind(
    "ebs_encryption",
    "audit",
    desired,
    read,
    create=create,
    setters={"enabled": _set},
    created_with=frozenset({"enabled"}),
    of_account=True,
)
