# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action on the budget that stops hosts. AWS wants their ids, so it comes and goes with them.

`train.yml` keeps it (module `budget_stop_hosts`); no estate wants one. A deploy with another
`budget_action` removes it, and so does a teardown.
"""

from __future__ import annotations

from .. import budget_actions, names
from ..cloud import Cloud
from ..inputs import STOP_INSTANCES, Inputs
from ..model import Facts, Found, Kind, Resource
from . import budget_action


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """None: there may be no host to stop."""
    return []


def read(cloud: Cloud) -> list[Found]:
    """The actions on our budget that stop hosts."""
    budget = names.budget(cloud.inputs)
    off = budget_action.switched_off(cloud.inputs, STOP_INSTANCES)
    return [
        Found("budget_stop", budget, action_id, properties, switched_off=off)
        for action_id, properties in budget_actions.actions_of(cloud, budget)
        if "stop" in properties
    ]


KIND = Kind(
    "budget_stop",
    "budget",
    desired,
    read,
    delete=budget_action.delete,
    settles=budget_action.SETTLES,
    of_runs=True,
)
