#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Documentation of the action plugin `estate_environment`, which runs on the controller only."""

from __future__ import annotations

DOCUMENTATION = r"""
module: estate_environment
short_description: Reject unknown inputs and find the file of an environment
version_added: 0.1.0
description:
  - Fails if a name given with C(-e) is not an input of this collection, and suggests a similar one.
    The names in the environment's file are checked too.
  - In playbooks outside this collection, only names that look like a misspelled input are rejected.
  - Finds C(<env>.yml) in C(group_vars) next to the inventory, next to the playbook, or in the
    collection.
options:
  env:
    description: The name of the environment.
    type: str
    required: true
attributes:
  check_mode:
    description: Changes nothing.
    support: full
author: cardiology.cloud contributors (@cardiology-cloud)
"""

EXAMPLES = r"""
- name: Find the environment's file
  cardiology.cloud.estate_environment:
    env: "{{ env }}"
  register: environment_file
"""

RETURN = r"""
path:
  description: The path of the file.
  returned: success
  type: str
own:
  description: Whether the file is your own; a file of the collection only supplies defaults.
  returned: success
  type: bool
"""
