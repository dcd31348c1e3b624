# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command to type next."""

from __future__ import annotations

DOCUMENTATION = r"""
name: next_command
short_description: The ansible-playbook command to type next
version_added: 0.1.0
description:
  - The command that was typed, with all its inputs and options, for another playbook of this
    collection or for the same one.
  - Leaves out C(--check) and saved plans. The values of inputs whose names look secret are hidden.
options:
  _terms:
    description:
      - The name of a playbook of this collection, such as V(deploy). Empty means the same one.
    type: list
    elements: str
author: cardiology.cloud contributors (@cardiology-cloud)
"""

EXAMPLES = r"""
- name: Refuse an environment that is not there
  ansible.builtin.fail:
    msg: "Run `{{ lookup('cardiology.cloud.next_command', 'deploy') }}` first."
"""

RETURN = r"""
_raw:
  description: One command for each playbook.
  type: list
  elements: str
"""

from typing import Any

from ansible.plugins.lookup import LookupBase
from ansible_collections.cardiology.cloud.plugins.plugin_utils.command import next_command


class LookupModule(LookupBase):
    """`lookup('cardiology.cloud.next_command', 'deploy')`."""

    def run(self, terms: list[str], variables: Any = None, **kwargs: Any) -> list[str]:
        """One command for each playbook."""
        return [next_command(str(term)) for term in terms]
