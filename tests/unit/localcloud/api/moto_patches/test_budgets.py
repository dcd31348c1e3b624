"""The operations that we add to moto's Budgets, against botocore's own model of the service."""

from typing import Any

import botocore.session
import pytest
from botocore.exceptions import ClientError

from localcloud.api.moto_patches.budgets import ACTION_FIELDS, COST_EXPLORER_OPERATIONS, OPERATIONS

ACCOUNT, NAME = "123456789012", "monthly"
MAIL = {"SubscriptionType": "EMAIL", "Address": "a@example.org"}
OTHER_MAIL = {"SubscriptionType": "EMAIL", "Address": "b@example.org"}
ARN = f"arn:aws:budgets::{ACCOUNT}:budget/{NAME}"


def budget(amount: str) -> dict[str, Any]:
    limit = {"Amount": amount, "Unit": "USD"}
    return {
        "BudgetName": NAME,
        "BudgetLimit": limit,
        "TimeUnit": "MONTHLY",
        "BudgetType": "COST",
    }


def notification(threshold: float, kind: str = "ACTUAL") -> dict[str, Any]:
    return {
        "NotificationType": kind,
        "ComparisonOperator": "GREATER_THAN",
        "Threshold": threshold,
        "ThresholdType": "PERCENTAGE",
    }


@pytest.fixture
def budgets(client: Any) -> Any:
    api = client("budgets")
    api.create_budget(
        AccountId=ACCOUNT,
        Budget=budget("25"),
        NotificationsWithSubscribers=[
            {"Notification": notification(80.0), "Subscribers": [MAIL]},
        ],
        ResourceTags=[{"Key": "Environment", "Value": "dev"}],
    )
    return api


@pytest.mark.parametrize(
    ("service", "operation"),
    [("budgets", name) for name in sorted(OPERATIONS)]
    + [("ce", name) for name in sorted(COST_EXPLORER_OPERATIONS)],
)
def test_operation_is_one_of_the_services(service: str, operation: str) -> None:
    model = botocore.session.get_session().get_service_model(service)
    names = {botocore.xform_name(name) for name in model.operation_names}

    assert operation in names


def test_the_filter_is_shown_only_when_asked_for(budgets: Any) -> None:
    expression = {"Tags": {"Key": "Project", "Values": ["p"]}}
    filtered = budget("25") | {"FilterExpression": expression}
    budgets.update_budget(AccountId=ACCOUNT, NewBudget=filtered)
    target = {"AccountId": ACCOUNT, "BudgetName": NAME}

    silent = budgets.describe_budget(**target)["Budget"]
    asked = budgets.describe_budget(**target, ShowFilterExpression=True)["Budget"]

    assert "FilterExpression" not in silent
    assert asked["FilterExpression"] == expression


def test_update_budget_replaces_the_definition_and_keeps_the_rest(budgets: Any) -> None:
    before = budgets.describe_budget(AccountId=ACCOUNT, BudgetName=NAME)["Budget"]

    budgets.update_budget(AccountId=ACCOUNT, NewBudget=budget("200"))

    after = budgets.describe_budget(AccountId=ACCOUNT, BudgetName=NAME)["Budget"]
    assert after["BudgetLimit"]["Amount"] == "200"
    assert after["TimePeriod"] == before["TimePeriod"]
    assert notifications(budgets) == [notification(80.0)]
    assert tags(budgets) == {"Environment": "dev"}


def notifications(budgets: Any) -> list[dict[str, Any]]:
    answer = budgets.describe_notifications_for_budget(AccountId=ACCOUNT, BudgetName=NAME)
    return list(answer["Notifications"])


def subscribers(budgets: Any, threshold: float = 80.0) -> list[dict[str, Any]]:
    answer = budgets.describe_subscribers_for_notification(
        AccountId=ACCOUNT, BudgetName=NAME, Notification=notification(threshold)
    )
    return list(answer["Subscribers"])


def tags(budgets: Any) -> dict[str, str]:
    answer = budgets.list_tags_for_resource(ResourceARN=ARN)
    return {tag["Key"]: tag["Value"] for tag in answer["ResourceTags"]}


def test_update_notification_keeps_its_subscribers(budgets: Any) -> None:
    budgets.update_notification(
        AccountId=ACCOUNT,
        BudgetName=NAME,
        OldNotification=notification(80.0),
        NewNotification=notification(90.0),
    )

    assert notifications(budgets) == [notification(90.0)]
    assert subscribers(budgets, 90.0) == [MAIL]


def test_subscribers_are_added_changed_and_removed(budgets: Any) -> None:
    where = {
        "AccountId": ACCOUNT,
        "BudgetName": NAME,
        "Notification": notification(80.0),
    }
    budgets.create_subscriber(**where, Subscriber=OTHER_MAIL)
    assert subscribers(budgets) == [MAIL, OTHER_MAIL]

    changed = {**MAIL, "Address": "c@example.org"}
    budgets.update_subscriber(**where, OldSubscriber=MAIL, NewSubscriber=changed)
    assert subscribers(budgets) == [changed, OTHER_MAIL]

    budgets.delete_subscriber(**where, Subscriber=changed)
    assert subscribers(budgets) == [OTHER_MAIL]


def test_percentage_is_the_default_threshold_type(budgets: Any) -> None:
    short = {k: v for k, v in notification(80.0).items() if k != "ThresholdType"}

    answer = budgets.describe_subscribers_for_notification(
        AccountId=ACCOUNT, BudgetName=NAME, Notification=short
    )

    assert answer["Subscribers"] == [MAIL]


def test_tags_are_set_and_removed(budgets: Any) -> None:
    budgets.tag_resource(ResourceARN=ARN, ResourceTags=[{"Key": "Owner", "Value": "me"}])
    assert tags(budgets) == {"Environment": "dev", "Owner": "me"}

    budgets.untag_resource(ResourceARN=ARN, ResourceTagKeys=["Environment"])
    assert tags(budgets) == {"Owner": "me"}


def test_a_budget_made_again_has_none_of_the_old_tags(budgets: Any) -> None:
    budgets.delete_budget(AccountId=ACCOUNT, BudgetName=NAME)
    budgets.create_budget(AccountId=ACCOUNT, Budget=budget("1"))

    assert tags(budgets) == {}


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("update_budget", {"NewBudget": {**budget("1"), "BudgetName": "none"}}),
        ("describe_notifications_for_budget", {"BudgetName": "none"}),
        (
            "describe_subscribers_for_notification",
            {"BudgetName": NAME, "Notification": notification(1.0)},
        ),
        (
            "update_subscriber",
            {
                "BudgetName": NAME,
                "Notification": notification(80.0),
                "OldSubscriber": OTHER_MAIL,
                "NewSubscriber": MAIL,
            },
        ),
    ],
)
def test_what_is_not_there_is_not_found(
    budgets: Any, operation: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(ClientError) as caught:
        getattr(budgets, operation)(AccountId=ACCOUNT, **arguments)

    assert caught.value.response["Error"]["Code"] == "NotFoundException"


def test_a_second_notification_of_the_same_kind_is_a_duplicate(budgets: Any) -> None:
    budgets.create_notification(
        AccountId=ACCOUNT,
        BudgetName=NAME,
        Notification=notification(100.0, "FORECASTED"),
        Subscribers=[MAIL],
    )

    with pytest.raises(ClientError) as caught:
        budgets.update_notification(
            AccountId=ACCOUNT,
            BudgetName=NAME,
            OldNotification=notification(80.0),
            NewNotification=notification(100.0, "FORECASTED"),
        )

    assert caught.value.response["Error"]["Code"] == "DuplicateRecordException"


ROLE = f"arn:aws:iam::{ACCOUNT}:role/actions"
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/deny"
ACTION: dict[str, Any] = {
    "AccountId": ACCOUNT,
    "BudgetName": NAME,
    "NotificationType": "ACTUAL",
    "ActionType": "APPLY_IAM_POLICY",
    "ActionThreshold": {"ActionThresholdValue": 100.0, "ActionThresholdType": "PERCENTAGE"},
    "Definition": {"IamActionDefinition": {"PolicyArn": POLICY, "Roles": ["training"]}},
    "ExecutionRoleArn": ROLE,
    "ApprovalModel": "AUTOMATIC",
    "Subscribers": [MAIL],
}


def test_an_action_has_the_fields_of_the_services_model(budgets: Any) -> None:
    model = botocore.session.get_session().get_service_model("budgets")
    stored = {*ACTION_FIELDS, "ActionId", "BudgetName", "Status"}
    given = model.operation_model("CreateBudgetAction").input_shape.members

    assert stored == set(model.shape_for("Action").members)
    assert set(ACTION_FIELDS) == set(given) - {"AccountId", "BudgetName", "ResourceTags"}


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("describe_budget_action", {}),
        ("update_budget_action", {"ApprovalModel": "MANUAL"}),
        ("delete_budget_action", {}),
    ],
)
def test_an_answer_about_an_action_has_every_member_of_the_model(
    budgets: Any, operation: str, arguments: dict[str, Any]
) -> None:
    target = {"AccountId": ACCOUNT, "BudgetName": NAME}
    created = budgets.create_budget_action(**ACTION)
    model = budgets.meta.service_model

    answer = getattr(budgets, operation)(**target, ActionId=created["ActionId"], **arguments)

    shape = model.operation_model(budgets.meta.method_to_api_mapping[operation]).output_shape
    assert set(answer) - {"ResponseMetadata"} == set(shape.members)
    assert {"AccountId", "BudgetName", "ActionId"} == set(created) - {"ResponseMetadata"}


def test_an_action_is_made_changed_and_removed(budgets: Any) -> None:
    target = {"AccountId": ACCOUNT, "BudgetName": NAME}
    action_id = budgets.create_budget_action(**ACTION)["ActionId"]
    [made] = budgets.describe_budget_actions_for_budget(**target)["Actions"]
    assert made == {k: v for k, v in ACTION.items() if k != "AccountId"} | {
        "ActionId": action_id,
        "Status": "STANDBY",
    }

    changed = budgets.update_budget_action(**target, ActionId=action_id, Subscribers=[OTHER_MAIL])
    assert changed["OldAction"]["Subscribers"] == [MAIL]
    assert changed["NewAction"] == made | {"Subscribers": [OTHER_MAIL]}

    budgets.delete_budget_action(**target, ActionId=action_id)
    assert budgets.describe_budget_actions_for_budget(**target)["Actions"] == []


def test_the_same_action_twice_is_a_duplicate(budgets: Any) -> None:
    budgets.create_budget_action(**ACTION)

    with pytest.raises(ClientError) as caught:
        budgets.create_budget_action(**ACTION)

    assert caught.value.response["Error"]["Code"] == "DuplicateRecordException"


def test_an_action_that_is_not_there_is_not_found(budgets: Any) -> None:
    missing = "00000000-0000-0000-0000-000000000000"
    with pytest.raises(ClientError) as caught:
        budgets.delete_budget_action(AccountId=ACCOUNT, BudgetName=NAME, ActionId=missing)
    assert caught.value.response["Error"]["Code"] == "NotFoundException"

    with pytest.raises(ClientError) as caught:
        budgets.list_tags_for_resource(ResourceARN=f"{ARN}/action/{missing}")
    assert caught.value.response["Error"]["Code"] == "NotFoundException"


def test_an_action_has_tags_of_its_own_and_ends_with_its_budget(budgets: Any) -> None:
    tagged = ACTION | {"ResourceTags": [{"Key": "Owner", "Value": "me"}]}
    action_id = budgets.create_budget_action(**tagged)["ActionId"]
    resource = f"{ARN}/action/{action_id}"
    assert budgets.list_tags_for_resource(ResourceARN=resource)["ResourceTags"] == [
        {"Key": "Owner", "Value": "me"}
    ]
    assert tags(budgets) == {"Environment": "dev"}

    budgets.delete_budget(AccountId=ACCOUNT, BudgetName=NAME)
    budgets.create_budget(AccountId=ACCOUNT, Budget=budget("1"))
    answer = budgets.describe_budget_actions_for_budget(AccountId=ACCOUNT, BudgetName=NAME)
    assert answer["Actions"] == []


def test_cost_allocation_tags_are_switched_on_and_off(client: Any) -> None:
    ce = client("ce")

    def active() -> list[str]:
        listed = ce.list_cost_allocation_tags(Status="Active", TagKeys=["Project", "Owner"])
        return [tag["TagKey"] for tag in listed["CostAllocationTags"]]

    assert active() == []
    for status, keys in (("Active", ["Project"]), ("Inactive", [])):
        ce.update_cost_allocation_tags_status(
            CostAllocationTagsStatus=[{"TagKey": "Project", "Status": status}]
        )
        assert active() == keys
