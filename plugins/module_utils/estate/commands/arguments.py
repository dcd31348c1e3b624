# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Argument specs for planning and applying, documented in the doc fragment `estate`."""

from __future__ import annotations

from typing import Any

ARGUMENTS: dict[str, dict[str, Any]] = {
    "inputs": {"type": "dict", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "destroy_data": {"type": "str", "default": ""},
    "prune": {"type": "bool", "default": False},
    "new_key": {"type": "bool", "default": False},
    "expected": {"type": "dict"},
    "caller_address_url": {"type": "str", "default": "https://checkip.amazonaws.com"},
    "caller_cidr": {"type": "str"},
}

#: Includes the arguments that only planning takes.
PLAN_ARGUMENTS: dict[str, dict[str, Any]] = {
    **ARGUMENTS,
    "expected_file": {"type": "path"},
    "refuse": {"type": "bool", "default": True},
    "count_objects": {"type": "bool", "default": False},
}
