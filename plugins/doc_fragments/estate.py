# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The options shared by `estate_plan` and `estate_apply`."""

from __future__ import annotations


class ModuleDocFragment:
    """`cardiology.cloud.estate`; `estate/commands/arguments.py` has the argument spec."""

    DOCUMENTATION = r"""
options:
  inputs:
    description:
      - The inputs of C(group_vars).
        C(ansible-doc -t role cardiology.cloud.estate) describes them.
    type: dict
    required: true
  state:
    description:
      - With V(present) the plan says what to create or change.
      - With V(absent) it says what to remove, and what is kept because it holds data.
    type: str
    choices: [present, absent]
    default: present
  destroy_data:
    description:
      - With O(state=absent), the exact bucket prefix whose objects may be destroyed.
        Anything else is an error.
    type: str
    default: ""
  prune:
    description:
      - With O(state=present), plan to delete what carries the tags of the environment and is not
        in the estate. Otherwise the plan lists it and keeps it.
    type: bool
    default: false
  new_key:
    description:
      - With O(state=present), create a new KMS key while the present one, which is in use, is
        scheduled for deletion. Otherwise such a plan is refused, since data would be lost.
    type: bool
    default: false
  expected:
    description:
      - A C(plan.document) of an earlier call. If this plan differs from it, the module fails and
        names the differences.
    type: dict
  caller_address_url:
    description:
      - A service that answers with the caller's own address in plain text.
      - Asked only when nothing else says who may connect.
    type: str
    default: https://checkip.amazonaws.com
  caller_cidr:
    description:
      - The answer of an earlier call, so that one run asks once and decides once.
        Empty means that there was none.
    type: str
"""
