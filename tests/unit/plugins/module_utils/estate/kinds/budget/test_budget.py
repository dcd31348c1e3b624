"""The budget and what AWS does by itself when it is spent: made, mended and removed on moto."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.change import (
    differing,
    mend,
    remove,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    Facts,
    Kind,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs import Inputs
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.budget import (
    actions as budget_actions,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.budget import (
    api as budget_api,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.budget import (
    budget,
    budget_action,
    budget_stop,
)

from localcloud.api.moto_patches import budgets as patches

from ...conftest import refresh

TOPIC = "arn:aws:sns:us-west-2:123456789012:cardiology-optimizer-prod-alarms"
TAG = {"Key": "Rogue", "Value": "x"}
HOST = "i-0123456789abcdef0"


@pytest.fixture(autouse=True)
def _patched() -> None:
    patches.apply()


def one(kind: Kind, inputs: Inputs, facts: Facts) -> Resource:
    [resource] = kind.desired(inputs, facts)
    return resource


@pytest.fixture
def monthly(prod_cloud: Cloud, build: Any, prod_inputs: Inputs, facts: Facts) -> Resource:
    """The budget, made."""
    resource = one(budget.KIND, prod_inputs, facts)
    build(prod_cloud, budget.KIND, resource)
    return resource


@pytest.fixture
def action(monthly: Resource, prod_cloud: Cloud, build: Any, facts: Facts) -> Resource:
    """The budget's action, made."""
    resource = one(budget_action.KIND, prod_cloud.inputs, facts)
    build(prod_cloud, budget_action.KIND, resource)
    return resource


def mended(cloud: Cloud, kind: Kind, resource: Resource) -> set[str]:
    """What differed, after it was mended; a second look must find nothing."""
    found = refresh(cloud, kind, resource)
    names = differing(found, resource)
    mend(cloud, kind, resource, found, names)
    assert refresh(cloud, kind, resource).properties == resource.properties
    return names


def test_mails_and_the_topic_are_told(prod_inputs: Inputs, facts: Facts) -> None:
    resource = one(budget.KIND, prod_inputs, facts)

    assert resource.needs == ("sns_topic/alarms",)
    assert resource.properties["notifications"] == {
        "ACTUAL 80": ["a@example.org", TOPIC],
        "FORECASTED 100": ["a@example.org", TOPIC],
    }


def test_without_an_address_the_topic_is_told(inputs: Inputs, facts: Facts) -> None:
    resource = one(budget.KIND, replace(inputs, budget_alert_emails=()), facts)

    [told] = resource.properties["notifications"]["ACTUAL 80"]
    assert told.endswith("-alarms")


def test_a_budget_is_made_as_it_is_wanted(prod_cloud: Cloud, monthly: Resource) -> None:
    assert refresh(prod_cloud, budget.KIND, monthly).properties == monthly.properties


def spoil_definition(**part: Any) -> Any:
    def spoil(client: Any, target: dict[str, str], wanted: dict[str, Any]) -> None:
        changed = budget_api.definition(target["BudgetName"], wanted) | part
        client.update_budget(AccountId=target["AccountId"], NewBudget=changed)

    return spoil


def spoil_subscriber(client: Any, target: dict[str, str], wanted: dict[str, Any]) -> None:
    where = {**target, "Notification": budget_api.notification_of("ACTUAL 80")}
    mail = {"SubscriptionType": "EMAIL", "Address": "a@example.org"}
    client.delete_subscriber(**where, Subscriber=mail)
    client.create_subscriber(**where, Subscriber=mail | {"Address": "thief@example.org"})


def spoil_notification(client: Any, target: dict[str, str], wanted: dict[str, Any]) -> None:
    gone = budget_api.notification_of("ACTUAL 80")
    client.delete_notification(**target, Notification=gone)
    client.create_notification(
        **target,
        Notification=gone | {"Threshold": 9999.0},
        Subscribers=[{"SubscriptionType": "EMAIL", "Address": "a@example.org"}],
    )


def spoil_tags(client: Any, target: dict[str, str], wanted: dict[str, Any]) -> None:
    resource = f"arn:aws:budgets::{target['AccountId']}:budget/{target['BudgetName']}"
    client.untag_resource(ResourceARN=resource, ResourceTagKeys=["Owner"])
    client.tag_resource(ResourceARN=resource, ResourceTags=[TAG])


@pytest.mark.parametrize(
    ("spoil", "name"),
    [
        (spoil_definition(BudgetLimit={"Amount": "9999", "Unit": "USD"}), "limit_usd"),
        (spoil_definition(TimeUnit="ANNUALLY"), "time_unit"),
        (
            spoil_definition(FilterExpression={"Tags": {"Key": "Project", "Values": ["other"]}}),
            "filter_tags",
        ),
        (spoil_definition(Metrics=["NetUnblendedCost"]), "other"),
        (spoil_definition(TimePeriod={"End": budget_api.NEVER.replace(year=2026)}), "other"),
        (spoil_definition(AutoAdjustData={"AutoAdjustType": "FORECAST"}), "other"),
        (spoil_subscriber, "notifications"),
        (spoil_notification, "notifications"),
        (spoil_tags, "tags"),
    ],
)
def test_what_was_changed_is_told_and_mended_in_place(
    prod_cloud: Cloud, monthly: Resource, spoil: Any, name: str
) -> None:
    client = prod_cloud.client("budgets")
    target = {"AccountId": prod_cloud.account_id, "BudgetName": monthly.name}

    spoil(client, target, monthly.properties)

    assert mended(prod_cloud, budget.KIND, monthly) == {name}


def test_a_budget_goes_with_its_actions_and_going_twice_is_fine(
    prod_cloud: Cloud, action: Resource
) -> None:
    [found] = budget.read(prod_cloud)

    remove(prod_cloud, budget.KIND, found)
    remove(prod_cloud, budget.KIND, found)

    assert budget.read(prod_cloud) == []
    assert budget_action.read(prod_cloud) == []


@pytest.mark.parametrize("choice", ["none", "stop_instances"])
def test_only_deny_launch_is_part_of_the_estate(inputs: Inputs, facts: Facts, choice: str) -> None:
    chosen = replace(inputs, budget_action=choice)

    assert budget_action.desired(chosen, facts) == []
    assert budget_stop.desired(chosen, facts) == []


def test_an_action_is_made_as_it_is_wanted(prod_cloud: Cloud, action: Resource) -> None:
    found = refresh(prod_cloud, budget_action.KIND, action)

    assert found.properties == action.properties
    [raw] = prod_cloud.client("budgets").describe_budget_actions_for_budget(
        AccountId=prod_cloud.account_id, BudgetName=action.name
    )["Actions"]
    assert raw["ExecutionRoleArn"] == (
        "arn:aws:iam::123456789012:role/cardiology-optimizer-prod-budget-action"
    )
    assert raw["Definition"]["IamActionDefinition"] == {
        "PolicyArn": "arn:aws:iam::123456789012:policy/cardiology-optimizer-prod-deny-launch",
        "Roles": ["deployer"],
    }


FOREIGN = "arn:aws:iam::999999999999:policy/x"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("threshold", "FORECASTED 100"),
        ("threshold", "ACTUAL 5 ABSOLUTE_VALUE"),
        ("deny", {"policy": FOREIGN, "roles": ["r"], "groups": ["g"], "users": ["u"]}),
        ("approval", "MANUAL"),
        ("role", "other"),
        ("subscribers", ["thief@example.org"]),
    ],
)
def test_what_was_changed_of_an_action_is_told_and_mended_in_place(
    prod_cloud: Cloud, action: Resource, name: str, value: Any
) -> None:
    found = refresh(prod_cloud, budget_action.KIND, action)
    budget_actions.update(prod_cloud, found.id, action.properties | {name: value})
    assert refresh(prod_cloud, budget_action.KIND, action).properties[name] == value

    assert mended(prod_cloud, budget_action.KIND, action) == {name}
    assert refresh(prod_cloud, budget_action.KIND, action).id == found.id


def test_tags_of_an_action_are_mended(prod_cloud: Cloud, action: Resource) -> None:
    found = refresh(prod_cloud, budget_action.KIND, action)
    resource = budget_actions.action_arn(prod_cloud, action.name, found.id)
    prod_cloud.client("budgets").tag_resource(ResourceARN=resource, ResourceTags=[TAG])

    assert mended(prod_cloud, budget_action.KIND, action) == {"tags"}


def test_an_action_goes_and_going_twice_is_fine(prod_cloud: Cloud, action: Resource) -> None:
    found = refresh(prod_cloud, budget_action.KIND, action)

    remove(prod_cloud, budget_action.KIND, found)
    remove(prod_cloud, budget_action.KIND, found)

    assert budget_action.read(prod_cloud) == []


def test_an_action_that_stops_hosts_is_of_runs(prod_cloud: Cloud, action: Resource) -> None:
    stop = {"region": "us-west-2", "hosts": [HOST]}
    wanted = {k: v for k, v in action.properties.items() if k != "deny"} | {"stop": stop}

    budget_actions.create(prod_cloud, wanted)

    [found] = budget_stop.read(prod_cloud)
    assert found.properties == wanted
    assert len(budget_action.read(prod_cloud)) == 1
    remove(prod_cloud, budget_stop.KIND, found)
    assert budget_stop.read(prod_cloud) == []


@pytest.mark.parametrize("choice", ["none", "deny_launch", "stop_instances"])
def test_an_action_says_that_its_input_is_off(
    prod_cloud: Cloud, action: Resource, choice: str
) -> None:
    stop = {"region": "us-west-2", "hosts": [HOST]}
    wanted = {k: v for k, v in action.properties.items() if k != "deny"} | {"stop": stop}
    budget_actions.create(prod_cloud, wanted)
    prod_cloud.inputs = replace(prod_cloud.inputs, budget_action=choice)

    [denies], [stops] = budget_action.read(prod_cloud), budget_stop.read(prod_cloud)

    off = f"budget_action is {choice}"
    assert denies.switched_off == ("" if choice == "deny_launch" else off)
    assert stops.switched_off == ("" if choice == "stop_instances" else off)


def test_an_action_of_a_kind_that_we_have_no_word_for_is_not_hidden(
    prod_cloud: Cloud, action: Resource
) -> None:
    scp = {"ScpActionDefinition": {"PolicyId": "p-examplepolicy", "TargetIds": ["123456789012"]}}
    found = refresh(prod_cloud, budget_action.KIND, action)
    prod_cloud.client("budgets").update_budget_action(
        AccountId=prod_cloud.account_id,
        BudgetName=action.name,
        ActionId=found.id,
        Definition=scp,
    )

    [strange] = budget_action.read(prod_cloud)

    assert strange.properties["other"] == scp
    # No setter for it: it is replaced, and nothing is lost by that.
    assert "other" not in budget_action.KIND.setters
    assert budget_action.KIND.replaceable
