# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The budget action that stops the deployer role from launching hosts when the budget is spent.

The action for `budget_action: stop_instances` is the kind `budget_stop`: it needs the ids of the
hosts, so it is managed together with them.
"""

from __future__ import annotations

from ... import names
from ...engine.charges import FREE
from ...engine.cloud import Cloud
from ...engine.model import Facts, Found, Kind, Resource, Right, Target
from ...inputs import Inputs
from . import actions as budget_actions
from .budget import told


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """A budget action that attaches the deny-launch policy, if `budget_action` asks for it."""
    if inputs.budget_action != "deny_launch":
        return []
    properties = {
        "budget": names.budget(inputs),
        "threshold": f"ACTUAL {inputs.budget_action_percent}",
        "deny": {
            "policy": inputs.named("deny_launch"),
            "roles": [inputs.deployer_role],
            "groups": [],
            "users": [],
        },
        "approval": "AUTOMATIC",
        "role": inputs.named("budget_action"),
        "subscribers": told(inputs, facts),
        "tags": inputs.tags,
        "other": {},
    }
    needs = (
        "budget/monthly",
        "managed_policy/deny_launch",
        "role/budget_action",
        "sns_topic/alarms",
    )
    return [Resource("budget_action", "monthly", names.budget(inputs), properties, needs)]


def read(cloud: Cloud) -> list[Found]:
    """All actions on our budget except those that stop hosts."""
    budget, off = names.budget(cloud.inputs), switched_off(cloud.inputs, "deny_launch")
    return [
        Found("budget_action", budget, action_id, properties, switched_off=off)
        for action_id, properties in budget_actions.actions_of(cloud, budget)
        if "stop" not in properties
    ]


def switched_off(inputs: Inputs, choice: str) -> str:
    """Why an action of this type must be deleted, since it would still act; "" if it is chosen."""
    return "" if inputs.budget_action == choice else f"budget_action is {inputs.budget_action}"


def create(cloud: Cloud, resource: Resource) -> str:
    """Create the action with its tags, in one call."""
    return budget_actions.create(cloud, resource.properties)


def update(cloud: Cloud, target: Target) -> None:
    """Update everything except the tags, in one call."""
    budget_actions.update(cloud, target.id, target.properties)


def retag(cloud: Cloud, target: Target) -> None:
    """Update the tags."""
    budget_actions.retag(cloud, target.id, target.found, target.properties)


def delete(cloud: Cloud, found: Found) -> None:
    """Delete the action; a policy that it attached stays attached."""
    budget_actions.delete(cloud, found.properties["budget"], found.id)


#: Temporary errors: a budget or role that Budgets does not know yet, or an action in progress. For
#: an unknown role, AWS returns the same code as for missing permissions.
SETTLES = frozenset({"AccessDeniedException", "NotFoundException", "ResourceLockedException"})

KIND = Kind(
    "budget_action",
    "budget",
    desired,
    read,
    permissions=(
        Right(
            "OurBudget",
            """CreateBudgetAction DeleteBudgetAction DescribeBudgetActionsForBudget
            ListTagsForResource TagResource UntagResource UpdateBudgetAction""",
        ),
    ),
    price=FREE,
    create=create,
    setters=dict.fromkeys(("threshold", "deny", "approval", "role", "subscribers"), update)
    | {"tags": retag},
    created_with=frozenset(
        {"budget", "threshold", "deny", "approval", "role", "subscribers", "tags", "other"}
    ),
    delete=delete,
    # The type of an action cannot be changed.
    replaceable=True,
    settles=SETTLES,
)
