# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Read an aws_ec2 inventory; an unreachable cloud gives a one-line warning, not a failure."""

from __future__ import annotations

DOCUMENTATION = r"""
name: cloud_hosts
short_description: Read an aws_ec2 inventory if the cloud can be reached
version_added: 0.1.0
description:
  - Hands a file C(*aws_ec2.yml) to the plugin that it names, as P(ansible.builtin.auto#inventory)
    does.
  - When the cloud cannot be asked (no credentials, no answer) it says so in one line, within a
    minute, and continues without those hosts.
  - Asks nothing for the playbooks of this collection that work on the control machine alone.
    train.yml refreshes the inventory once its host runs.
author: cardiology.cloud contributors (@cardiology-cloud)
options: {}
"""

EXAMPLES = r"""
# ansible.cfg
# [inventory]
# enable_plugins = cardiology.cloud.cloud_hosts, host_list, auto, yaml, ini
"""

from collections.abc import Mapping
from typing import Any

from ansible import context
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.inventory.auto import InventoryModule as AutoInventoryModule
from ansible_collections.cardiology.cloud.plugins.plugin_utils import inputs
from ansible_collections.cardiology.cloud.plugins.plugin_utils.command import (
    own_playbook,
    typed_playbooks,
)

#: The control machine, and the group that train.yml fills itself once it has a host.
NOT_OF_EC2 = frozenset({"localhost", "training_run"})


class InventoryModule(AutoInventoryModule):
    """The `auto` plugin, with failures turned into warnings."""

    NAME = "cardiology.cloud.cloud_hosts"

    def verify_file(self, path: str) -> bool:
        """True only for files that aws_ec2 reads; other files are left to the next plugins."""
        return super().verify_file(path) and path.endswith(("aws_ec2.yml", "aws_ec2.yaml"))

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Read the hosts, or warn in one line why there are none."""
        try:
            if inputs.command_line_faults(loader):
                return  # the playbook rejects them in its first task, before AWS is called
        except AnsibleError as error:
            # Each of the next plugins would fail for the same reason, and Ansible print them all.
            raise SystemExit(f"Error: {inputs.unreadable(loader, error)}") from None
        # Without the cache, as when a playbook refreshes its inventory, always read the hosts.
        if cache and not hosts_are_needed(context.CLIARGS, loader):
            return
        try:
            check(loader.load_from_file(path, cache="none"))
            super().parse(inventory, loader, path, cache)
        except AnsibleError as error:
            self.display.warning(f"The inventory has no running hosts. {error}")


def hosts_are_needed(cliargs: Mapping[str, Any], loader: Any) -> bool:
    """False when all playbooks belong to this collection and run only on the control machine.

    Querying EC2 takes as long as Ansible's own start. Any other playbook may use the groups.
    """
    own = [own_playbook(name) for name in typed_playbooks(cliargs)]
    if not own or None in own or cliargs.get("subset"):
        return True
    # Not cached: Ansible would reuse these plays, whose templates are not marked as trusted.
    plays = [play for path in own for play in loader.load_from_file(str(path), cache="none")]
    hosts = {name for play in plays for name in str(play.get("hosts", "all")).split(":")}
    return not hosts <= NOT_OF_EC2


def check(settings: Mapping[str, Any]) -> None:
    """Raise AnsibleError with one sentence when the cloud cannot be reached.

    The aws_ec2 plugin itself would wait minutes for an endpoint and prompt for an MFA code.
    """
    # Imported here because they are slow to import, and a playbook without hosts needs none.
    from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec
    from ansible_collections.cardiology.cloud.plugins.module_utils.connection import cloud_for
    from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
        FAILURES,
        sentence,
    )

    spec = aws_argument_spec()
    plain = {
        name: value
        for name, value in settings.items()
        if name in spec and not (isinstance(value, str) and "{{" in value)
    }
    checked = ArgumentSpecValidator(spec).validate(plain).validated_parameters
    try:
        cloud_for({**checked, "region": checked.get("region") or "us-east-1"}).identify()
    except FAILURES as error:
        raise AnsibleError(sentence(error)) from None
