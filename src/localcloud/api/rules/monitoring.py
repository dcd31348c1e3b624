"""Rules of CloudWatch and CloudWatch Logs.

Source: CloudWatch API Reference, "PutMetricAlarm" and "PutMetricData"; CloudWatch Logs API
Reference, "PutRetentionPolicy". An alarm's topic need not exist: the CloudWatch User Guide says
that actions are not validated.
"""

from collections.abc import Mapping
from typing import Any

from localcloud.api.errors import Refused

_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
_SHORT_PERIODS = (10, 20, 30)
_HOUR, _DAY, _WEEK = 3600, 86400, 604800
_MISSING_DATA = ("breaching", "notBreaching", "ignore", "missing")
_METRICS_IN_A_REQUEST = 1000


def alarm(response: Any, parameters: Mapping[str, Any]) -> None:
    """PutMetricAlarm."""
    periods, datapoints = parameters.get("EvaluationPeriods"), parameters.get("DatapointsToAlarm")
    if periods is not None and datapoints is not None and datapoints > periods:
        raise Refused(
            "ValidationError",
            f"DatapointsToAlarm ({datapoints}) must be less than or equal to EvaluationPeriods "
            f"({periods})",
        )
    _period(parameters.get("Period"), periods or 1)
    treat = parameters.get("TreatMissingData", "missing")
    if treat not in _MISSING_DATA:
        raise Refused("ValidationError", f"Invalid value for TreatMissingData: {treat}")
    for name in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        for action in parameters.get(name, []):
            _action(action, response.region)


def _period(period: int | None, periods: int) -> None:
    if period is None:
        return
    if period not in _SHORT_PERIODS and period % 60:
        raise Refused("ValidationError", "Period must be 10, 20, 30 or a multiple of 60")
    longest = _DAY if period < _HOUR else _WEEK
    if period * periods > longest:
        raise Refused(
            "ValidationError",
            "Metrics cannot be checked across more than "
            f"{'a day' if longest == _DAY else 'seven days'} (EvaluationPeriods * Period must be "
            f"<= {longest}).",
        )


def _action(action: str, region: str) -> None:
    parts = action.split(":")
    if parts[0] != "arn" or len(parts) < 5:
        raise Refused("ValidationError", f"Invalid arn syntax: {action}")
    if parts[2] == "sns" and parts[3] != region:
        raise Refused(
            "ValidationError", f"Invalid region {parts[3]} specified. Only {region} is supported."
        )


def metric_data(_response: Any, parameters: Mapping[str, Any]) -> None:
    """PutMetricData."""
    if len(parameters.get("MetricData", [])) > _METRICS_IN_A_REQUEST:
        raise Refused(
            "InvalidParameterValue",
            f"The collection MetricData must not have a size greater than {_METRICS_IN_A_REQUEST}.",
        )
    if parameters["Namespace"].startswith("AWS/"):
        raise Refused("InvalidParameterValue", "The value AWS/ for parameter Namespace is invalid.")


def retention(_response: Any, parameters: Mapping[str, Any]) -> None:
    """PutRetentionPolicy."""
    days = parameters["retentionInDays"]
    if days not in _RETENTION_DAYS:
        raise Refused(
            "InvalidParameterException",
            f"1 validation error detected: Value '{days}' at 'retentionInDays' failed to satisfy "
            f"constraint: Member must satisfy enum value set: {list(_RETENTION_DAYS)}",
        )


METRICS = {"PutMetricAlarm": alarm, "PutMetricData": metric_data}
LOGS = {"PutRetentionPolicy": retention}
