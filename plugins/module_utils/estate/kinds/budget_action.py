# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWS does by itself when the budget is spent: who deploys can launch no host any more.

With `budget_action: stop_instances` there is no such action here: AWS wants the ids of the hosts,
so it belongs to the hosts, and `budget_stop` is its kind.
"""

from __future__ import annotations

from .. import budget_actions, names
from ..cloud import Cloud
from ..inputs import Inputs
from ..model import Facts, Found, Kind, Resource, Target
from .budget import told


def desired(inputs: Inputs, facts: Facts) -> list[Resource]:
    """An action on the budget that attaches the policy against launches, where one is wanted."""
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
    """Every action on our budget but those that stop hosts."""
    budget, off = names.budget(cloud.inputs), switched_off(cloud.inputs, "deny_launch")
    return [
        Found("budget_action", budget, action_id, properties, switched_off=off)
        for action_id, properties in budget_actions.actions_of(cloud, budget)
        if "stop" not in properties
    ]


def switched_off(inputs: Inputs, choice: str) -> str:
    """Why an action of this choice must go, "" where it is chosen: in force, it would act."""
    return "" if inputs.budget_action == choice else f"budget_action is {inputs.budget_action}"


def create(cloud: Cloud, resource: Resource) -> str:
    """The action with its tags, in one call."""
    return budget_actions.create(cloud, resource.properties)


def update(cloud: Cloud, target: Target) -> None:
    """All of it but its tags, in one call."""
    budget_actions.update(cloud, target.id, target.properties)


def retag(cloud: Cloud, target: Target) -> None:
    """Its tags."""
    budget_actions.retag(cloud, target.properties["budget"], target.id, target.properties["tags"])


def delete(cloud: Cloud, found: Found) -> None:
    """The action; a policy that it attached stays attached."""
    budget_actions.delete(cloud, found.properties["budget"], found.id)


#: What passes by itself: a budget or a role that Budgets does not know yet, an action that is being
#: carried out. AWS says of the role what it says of a lack of rights.
SETTLES = frozenset({"AccessDeniedException", "NotFoundException", "ResourceLockedException"})

KIND = Kind(
    "budget_action",
    "budget",
    desired,
    read,
    create=create,
    setters=dict.fromkeys(("threshold", "deny", "approval", "role", "subscribers"), update)
    | {"tags": retag},
    created_with=frozenset(
        {"budget", "threshold", "deny", "approval", "role", "subscribers", "tags", "other"}
    ),
    delete=delete,
    # A type of action cannot change into another one.
    replaceable=True,
    settles=SETTLES,
)
