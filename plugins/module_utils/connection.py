# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cloud of a module: its credentials, its region, one session for all clients."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .estate.cloud import Cloud

if TYPE_CHECKING:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule


def cloud_of(module: AnsibleAWSModule) -> Cloud:
    """The account and region that the module's parameters and the environment name."""

    def make_client(service: str, region: str, config: Mapping[str, Any]) -> Any:
        elsewhere = {"region": region} if region else {}
        own = module.params.get("aws_config") or {}
        return module.client(service, aws_config={**config, **own}, **elsewhere)

    return Cloud(make_client)
