# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Select the resources of one kind from the estate, with references resolved to ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.normal import (
    translated,
)

DOCUMENTATION = r"""
name: of_kind
short_description: Select the resources of one kind from the estate
version_added: 0.1.0
author: cardiology.cloud contributors (@cardiology-cloud)
description:
  - Returns the resources of one kind in the order of the estate, ready to be looped over.
  - Resources refer to each other by address (C(kind/key)). Each address that O(ids) knows is
    replaced by its id, anywhere in the properties.
positional: kind, ids
options:
  _input:
    description: RV(cardiology.cloud.estate_plan#module:estate.resources).
    type: dict
    required: true
  kind:
    description: The kind, such as V(subnet).
    type: str
    required: true
  ids:
    description: AWS ids by address. An address that is not in it stays an address.
    type: dict
    default: {}
"""

EXAMPLES = r"""
- name: Create the subnets
  amazon.aws.ec2_vpc_subnet:
    vpc_id: "{{ item.properties.vpc }}"
    cidr: "{{ item.properties.cidr }}"
  loop: "{{ estate.resources | cardiology.cloud.of_kind('subnet', {'vpc/main': vpc.vpc.id}) }}"
"""

RETURN = r"""
_value:
  description: The resources, each with C(address), C(kind), C(key), C(name) and C(properties).
  type: list
  elements: dict
"""


def of_kind(
    resources: Mapping[str, Mapping[str, Any]], kind: str, ids: Mapping[str, str] | None = None
) -> list[dict[str, Any]]:
    """The resources of one kind, with addresses replaced by their ids where known."""
    return [
        {
            **resource,
            "address": address,
            "properties": translated(resource["properties"], ids or {}),
        }
        for address, resource in resources.items()
        if resource["kind"] == kind
    ]


class FilterModule:
    """`cardiology.cloud.of_kind`."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        """The filter by its name."""
        return {"of_kind": of_kind}
