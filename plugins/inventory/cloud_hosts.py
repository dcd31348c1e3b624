# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read an aws_ec2 inventory; a cloud that cannot be asked costs one line and no playbook."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cloud_hosts
short_description: Read an aws_ec2 inventory, where the cloud can be asked
version_added: 0.1.0
description:
  - Hands a file C(*aws_ec2.yml) to the plugin that it names, as P(ansible.builtin.auto#inventory)
    does.
  - When the cloud cannot be asked (no credentials, no answer) it says so in one line and goes on
    without those hosts. Playbooks that need none are not hindered, and those that need the cloud
    say themselves what is wrong and how to mend it.
author: cardiology.cloud contributors (@cardiology-cloud)
options: {}
"""

EXAMPLES = r"""
# ansible.cfg
# [inventory]
# enable_plugins = cardiology.cloud.cloud_hosts, host_list, auto, yaml, ini
"""

from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.inventory.auto import InventoryModule as AutoInventoryModule


class InventoryModule(AutoInventoryModule):
    """Same as `auto`, less its failures."""

    NAME = "cardiology.cloud.cloud_hosts"

    def verify_file(self, path: str) -> bool:
        """Only what aws_ec2 itself would read; any other file is for the plugins after this one."""
        return super().verify_file(path) and path.endswith(("aws_ec2.yml", "aws_ec2.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Read the hosts, or say in one line why there are none."""
        try:
            super().parse(inventory, loader, path, cache)
        except AnsibleError as error:
            self.display.warning(f"The inventory has no running hosts. {error}")
