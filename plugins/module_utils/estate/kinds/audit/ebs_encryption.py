# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""EBS encryption by default, for the whole account in our region."""

from __future__ import annotations

from typing import Any

from ...engine.charges import FREE
from ...engine.cloud import Cloud
from ...engine.model import Facts, Found, Kind, Resource, Right, Target
from ...inputs import Inputs


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """Encryption by default, if `account_hardening` is on.

    The account's default key is left as it is, since it may have been chosen on purpose.
    """
    if not inputs.account_hardening:
        return []
    return [Resource("ebs_encryption", "account", "account", {"enabled": True})]


def enabled(ec2: Any) -> bool:
    """Whether new volumes are encrypted by default."""
    return bool(ec2.get_ebs_encryption_by_default()["EbsEncryptionByDefault"])


def set_enabled(ec2: Any, wanted: bool) -> None:
    """Turn encryption by default on or off."""
    if wanted:
        ec2.enable_ebs_encryption_by_default()
    else:
        ec2.disable_ebs_encryption_by_default()


def read(cloud: Cloud) -> list[Found]:
    """The setting, which every account has."""
    if not cloud.inputs.account_hardening:
        return []
    properties = {"enabled": enabled(cloud.client("ec2"))}
    return [Found("ebs_encryption", "account", "account", properties)]


def create(cloud: Cloud, resource: Resource) -> str:
    """Set the setting."""
    set_enabled(cloud.client("ec2"), resource.properties["enabled"])
    return resource.name


def _set(cloud: Cloud, target: Target) -> None:
    set_enabled(cloud.client("ec2"), target.properties["enabled"])


KIND = Kind(
    "ebs_encryption",
    "audit",
    desired,
    read,
    permissions=(
        Right("LookAtAccount", "GetEbsDefaultKmsKeyId GetEbsEncryptionByDefault"),
        Right(
            "HardenVolumes",
            """DisableEbsEncryptionByDefault EnableEbsEncryptionByDefault
            ModifyEbsDefaultKmsKeyId""",
        ),
    ),
    price=FREE,
    create=create,
    setters={"enabled": _set},
    created_with=frozenset({"enabled"}),
    of_account=True,
)
