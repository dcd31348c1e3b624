# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What planning and applying are called with; the documentation fragment `estate` describes it."""

from __future__ import annotations

from typing import Any

ARGUMENTS: dict[str, dict[str, Any]] = {
    "inputs": {"type": "dict", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "destroy_data": {"type": "str", "default": ""},
    "prune": {"type": "bool", "default": False},
    "expected": {"type": "dict"},
    "caller_address_url": {"type": "str", "default": "https://checkip.amazonaws.com"},
    "caller_cidr": {"type": "str"},
}
