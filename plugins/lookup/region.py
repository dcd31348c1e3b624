# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Choose the region, for both the playbooks and the inventory."""

from __future__ import annotations

DOCUMENTATION = r"""
name: region
short_description: The AWS region of the inputs, the environment variables or the profile
version_added: 0.1.0
description:
  - Returns the region given with C(-e region=), else the one in C(group_vars/<env>.yml) or
    C(group_vars/all.yml), else E(AWS_REGION), else E(AWS_DEFAULT_REGION), else the region of the
    profile in C(~/.aws/config), else V(us-west-2).
author: cardiology.cloud contributors (@cardiology-cloud)
options:
  _terms:
    description: None.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Show the region
  ansible.builtin.debug:
    msg: "{{ lookup('cardiology.cloud.region') }}"
"""

RETURN = r"""
_raw:
  description: The region.
  type: list
  elements: str
"""

from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.lookup import LookupBase
from ansible_collections.cardiology.cloud.plugins.plugin_utils.region import chosen


class LookupModule(LookupBase):
    """`lookup('cardiology.cloud.region')`."""

    def run(
        self, terms: list[str], variables: dict[str, Any] | None = None, **kwargs: Any
    ) -> list[str]:
        """A list of one region."""
        return [chosen(self._loader or DataLoader())]
