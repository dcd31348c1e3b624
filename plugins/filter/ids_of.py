# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the ids of new resources from the result of the task that created them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

DOCUMENTATION = r"""
name: ids_of
short_description: Read the ids of resources from the registered result of a loop
version_added: 0.1.0
author: cardiology.cloud contributors (@cardiology-cloud)
description:
  - Takes what a task registered that looped over the result of
    P(cardiology.cloud.of_kind#filter), and returns the id of each resource by its address.
positional: path
options:
  _input:
    description: The registered result. Items without the value, such as skipped ones, are left out.
    type: dict
    required: true
  path:
    description: Where a result has the id, with dots between the keys, such as V(vpc.id).
    type: str
    required: true
"""

EXAMPLES = r"""
- name: Create the VPC
  amazon.aws.ec2_vpc_net:
    name: "{{ item.name }}"
    cidr_block: "{{ item.properties.cidr }}"
  loop: "{{ estate.resources | cardiology.cloud.of_kind('vpc') }}"
  register: vpcs

- name: Show its id
  ansible.builtin.debug:
    var: (vpcs | cardiology.cloud.ids_of('vpc.id'))['vpc/main']
"""

RETURN = r"""
_value:
  description: Ids by address.
  type: dict
"""


def ids_of(registered: Mapping[str, Any], path: str) -> dict[str, str]:
    """The value at `path` in each result, by the address of the result's item."""
    found = {
        result["item"]["address"]: _at(result, path) for result in registered.get("results", [])
    }
    return {address: str(value) for address, value in found.items() if value}


def _at(value: Any, path: str) -> Any:
    for key in path.split("."):
        value = value.get(key) if isinstance(value, Mapping) else None
    return value


class FilterModule:
    """`cardiology.cloud.ids_of`."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter by its name."""
        return {"ids_of": ids_of}
