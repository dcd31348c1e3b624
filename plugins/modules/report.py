#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action plugin `report`, which runs on the controller only."""

from __future__ import annotations

DOCUMENTATION = r"""
module: report
short_description: Print report lines
version_added: 0.1.0
description:
  - Prints each line unchanged, on the controller, without JSON around it.
  - On a terminal, lines with a style, such as those of M(cardiology.cloud.estate_plan), are
    coloured.
options:
  lines:
    description:
      - The lines to print, as text or as the dictionaries that this collection's modules return.
    type: list
    elements: raw
    default: []
  data:
    description: Data that this report adds to the JSON document of C(-e output=json).
    type: dict
    default: {}
  interrupt:
    description:
      - Lines to print if the playbook is interrupted from now on. Empty means none. They apply
        until another report sets this option.
    type: list
    elements: str
attributes:
  check_mode:
    description: Prints in check mode too; never changes anything.
    support: full
author: cardiology.cloud contributors (@cardiology-cloud)
"""

EXAMPLES = r"""
- name: Show the plan
  cardiology.cloud.report:
    lines: "{{ estate_plan.report }}"
"""

RETURN = r"""# Nothing besides what every action returns."""
