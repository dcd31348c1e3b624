"""What the services other than S3 refuse beyond their models."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from ...conftest import Client

ACCOUNT = "123456789012"
ALARM = {
    "AlarmName": "alarm",
    "Namespace": "project",
    "MetricName": "metric",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanThreshold",
}
ALARMS = [
    ({"DatapointsToAlarm": 1}, ""),
    ({"DatapointsToAlarm": 3}, "ValidationError"),
    ({"Period": 65}, "ValidationError"),
    ({"Period": 300, "EvaluationPeriods": 288}, ""),
    ({"Period": 300, "EvaluationPeriods": 289}, "ValidationError"),
    ({"Period": 86400, "EvaluationPeriods": 7}, ""),
    ({"Period": 86400, "EvaluationPeriods": 8}, "ValidationError"),
    ({"TreatMissingData": "ignored"}, "ValidationError"),
    ({"AlarmActions": ["topic"]}, "ValidationError"),
    ({"OKActions": [f"arn:aws:sns:eu-west-1:{ACCOUNT}:topic"]}, "ValidationError"),
    # CloudWatch does not look whether an action exists.
    ({"AlarmActions": [f"arn:aws:sns:us-west-2:{ACCOUNT}:no-such-topic"]}, ""),
]


def code_of(call: Any, **parameters: Any) -> str:
    """The error code of a call, "" for none."""
    try:
        call(**parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


@pytest.mark.parametrize(("changes", "code"), ALARMS)
def test_an_alarm_that_cannot_be(client: Client, changes: dict[str, Any], code: str) -> None:
    assert code_of(client("cloudwatch").put_metric_alarm, **{**ALARM, **changes}) == code


def test_metric_data_of_one_request_are_at_most_1000(client: Client) -> None:
    data, put = [{"MetricName": "a", "Value": 1.0}], client("cloudwatch").put_metric_data

    assert code_of(put, Namespace="n", MetricData=data * 1000) == ""
    assert code_of(put, Namespace="n", MetricData=data * 1001) == "InvalidParameterValue"
    assert code_of(put, Namespace="AWS/EC2", MetricData=data) == "InvalidParameterValue"


def test_logs_are_kept_for_one_of_the_numbers_of_days(client: Client) -> None:
    logs = client("logs")
    logs.create_log_group(logGroupName="g")
    put = logs.put_retention_policy

    assert code_of(put, logGroupName="g", retentionInDays=30) == ""
    assert code_of(put, logGroupName="g", retentionInDays=31) == "InvalidParameterException"


BUDGET = {
    "BudgetName": "budget",
    "BudgetType": "COST",
    "TimeUnit": "MONTHLY",
    "BudgetLimit": {"Amount": "10", "Unit": "USD"},
}
NOTIFICATION = {
    "NotificationType": "ACTUAL",
    "ComparisonOperator": "GREATER_THAN",
    "Threshold": 80.0,
}


def mails(count: int) -> list[dict[str, str]]:
    return [{"SubscriptionType": "EMAIL", "Address": f"{n}@example.org"} for n in range(count)]


def test_a_notification_has_at_most_ten_mail_addresses(client: Client) -> None:
    budgets = client("budgets")
    budgets.create_budget(AccountId=ACCOUNT, Budget=BUDGET)
    where = {"AccountId": ACCOUNT, "BudgetName": "budget", "Notification": NOTIFICATION}
    create = budgets.create_notification
    one_more = {"SubscriptionType": "EMAIL", "Address": "more@example.org"}

    assert code_of(create, **where, Subscribers=mails(11)) == "CreationLimitExceededException"
    assert code_of(create, **where, Subscribers=mails(10)) == ""
    assert (
        code_of(budgets.create_subscriber, **where, Subscriber=one_more)
        == "CreationLimitExceededException"
    )


TAGS = {"Tags": {"Key": "Project", "Values": ["a"]}}
FILTERS = [
    ({"FilterExpression": TAGS, "Metrics": ["UnblendedCost"]}, ""),
    ({"CostFilters": {"Service": ["Amazon EC2"]}, "CostTypes": {"UseBlended": True}}, ""),
    ({"FilterExpression": TAGS, "CostFilters": {"Service": ["Amazon EC2"]}}, "Invalid"),
    ({"FilterExpression": TAGS, "CostTypes": {"UseBlended": True}}, "Invalid"),
]


@pytest.mark.parametrize(("filters", "code"), FILTERS)
def test_a_budget_has_one_form_of_filter(
    client: Client, filters: dict[str, Any], code: str
) -> None:
    create = client("budgets").create_budget

    expected = code and f"{code}ParameterException"
    assert code_of(create, AccountId=ACCOUNT, Budget={**BUDGET, **filters}) == expected


def test_the_sixth_elastic_address_is_refused(client: Client) -> None:
    ec2 = client("ec2")
    codes = [code_of(ec2.allocate_address, Domain="vpc") for _ in range(6)]

    assert codes == [*[""] * 5, "AddressLimitExceeded"]


MALFORMED = [
    ("describe_security_groups", {"GroupIds": ["sg-abc"]}, "InvalidGroupId.Malformed"),
    ("describe_instances", {"InstanceIds": ["i-abc"]}, "InvalidInstanceID.Malformed"),
    (
        "authorize_security_group_ingress",
        {
            "GroupId": "sg-0123456789abcdef0",
            "IpPermissions": [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": "sg-x"}]}],
        },
        "InvalidGroupId.Malformed",
    ),
    ("describe_security_groups", {"GroupIds": ["sg-0123456789abcdef0"]}, "InvalidGroup.NotFound"),
]


@pytest.mark.parametrize(("operation", "parameters", "code"), MALFORMED)
def test_an_id_of_a_wrong_form_is_malformed(
    client: Client, operation: str, parameters: dict[str, Any], code: str
) -> None:
    assert code_of(getattr(client("ec2"), operation), **parameters) == code
