# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The budget action that stops hosts. It needs their ids, so it is created and removed with them.

`train.yml` manages it (module `budget_stop_hosts`); it is never part of the estate. A deploy with
another `budget_action` removes it, as does a teardown.
"""

from __future__ import annotations

from ... import names
from ...engine.charges import FREE
from ...engine.cloud import Cloud
from ...engine.model import Facts, Found, Kind, Resource, Right
from ...inputs import STOP_INSTANCES, Inputs
from . import actions as budget_actions
from . import budget_action


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """Empty: there may be no host to stop."""
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
    permissions=(
        Right(
            "OurBudget",
            """CreateBudgetAction DeleteBudgetAction DescribeBudgetActionsForBudget
            UpdateBudgetAction""",
        ),
    ),
    price=FREE,
    delete=budget_action.delete,
    settles=budget_action.SETTLES,
    of_runs=True,
)
