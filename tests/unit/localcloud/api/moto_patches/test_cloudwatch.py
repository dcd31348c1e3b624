"""Alarms as AWS has them where moto has them otherwise."""

from typing import Any

ALARM = {
    "AlarmName": "a",
    "Namespace": "n",
    "MetricName": "m",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold",
}


def test_an_alarm_made_again_has_none_of_the_old_tags(client: Any) -> None:
    cloudwatch = client("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM, Tags=[{"Key": "Owner", "Value": "me"}])
    [alarm] = cloudwatch.describe_alarms()["MetricAlarms"]
    cloudwatch.delete_alarms(AlarmNames=["a"])
    cloudwatch.put_metric_alarm(**ALARM)

    assert cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"] == []
