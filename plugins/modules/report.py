#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action plugin `report`; nothing of it runs on a host."""

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Print lines that are meant for a person
version_added: 0.1.0
description:
  - Prints each line as it is, on the controller, without JSON around it.
  - On a terminal a line that begins with C(+), C(~), C(-), C(!) or C(=) is coloured.
options:
  lines:
    description: The lines.
    type: list
    elements: str
    required: true
attributes:
  check_mode:
    description: Prints in check mode as well; it never changes anything.
    support: full
author: cardiology.cloud contributors (@cardiology-cloud)
"""

EXAMPLES = r"""
- name: Show the plan
  cardiology.cloud.report:
    lines: "{{ estate_plan.report }}"
"""

RETURN = r"""# Nothing besides what every action returns."""
