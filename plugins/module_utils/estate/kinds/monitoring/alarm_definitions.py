# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The definition of each alarm: pure data, as properties of the kind `alarm`."""

from __future__ import annotations

from ...engine.model import Properties
from ...inputs import DATA, Inputs
from ...names import metrics_namespace
from . import metric_filter
from .cis import CONTROLS

#: CloudWatch's usual name for the metrics configuration of a whole bucket. The data buckets have
#: one, since S3 counts requests only with it.
REQUESTS = "EntireBucket"

#: The metric that a run publishes every minute (`src/cardiology/heartbeat.py`).
SILENCE = "SecondsWithoutProgress"

DISK_PERCENT = 85

#: The end of a query over all hosts: an alarm on several series must also sort them.
EACH_HOST = "GROUP BY InstanceId ORDER BY MAX() DESC"

#: The id of the only metric of an alarm without an expression; not a valid id in an expression.
PLAIN = "metric only"


def definitions(inputs: Inputs) -> dict[str, Properties]:
    """The properties specific to each alarm, by key."""
    alarms = {
        "status_check": _status_check(),
        "disk": _disk(inputs),
        "no_progress": _no_progress(inputs),
        **{f"s3_errors_{key}": _s3_errors(inputs, key) for key in DATA},
    }
    if inputs.cloudtrail:
        alarms |= {key: _cis(inputs, key) for key in CONTROLS}
    return alarms


def _status_check() -> Properties:
    """A host fails EC2's status checks.

    An alarm on one metric would need a host's id, and hosts change; a query covers them all. It
    covers every instance of the account in this region, because this metric has no tags.
    """
    query = f'SELECT MAX(StatusCheckFailed) FROM SCHEMA("AWS/EC2", InstanceId) {EACH_HOST}'  # noqa: S608 (no SQL)
    return _alarm(
        "A host fails the status checks of EC2: stop it and start it again, which moves it to "
        "other hardware.",
        {"worst": {"expression": query, "period": 60, "watched": True}},
        threshold=1,
        periods=5,
    )


def _disk(inputs: Inputs) -> Properties:
    """A host's disk is nearly full, as reported by its CloudWatch agent."""
    namespace = metrics_namespace(inputs)
    query = f'SELECT MAX(disk_used_percent) FROM "{namespace}" {EACH_HOST}'  # noqa: S608 (no SQL)
    return _alarm(
        f"A disk of a host is more than {DISK_PERCENT} % full: a run that cannot write fails.",
        {"worst": {"expression": query, "period": 300, "watched": True}},
        threshold=DISK_PERCENT,
        periods=2,
    )


def _no_progress(inputs: Inputs) -> Properties:
    """A run is active but makes no progress.

    A missing metric proves nothing: most of the time there is no training. So the run itself
    reports the time since its last step. Missing data is no alarm: the status check covers a host
    that died.
    """
    minutes = inputs.no_progress_minutes
    return _alarm(
        f"A training run goes on and has finished no step for {minutes} minutes: look at its log, "
        "or stop its host, which costs money.",
        {PLAIN: _metric(metrics_namespace(inputs), SILENCE, {}, "Maximum", 60)},
        threshold=minutes * 60,
        periods=1,
    )


def _s3_errors(inputs: Inputs, key: str) -> Properties:
    """S3 server errors, or more client errors than looking for missing objects would cause."""
    bucket = inputs.bucket_name(key)
    dimensions = {"BucketName": bucket, "FilterId": REQUESTS}
    return _alarm(
        f"S3 answers with errors for {bucket}: any of its own (5xx), or more than 10 of the "
        "callers' (4xx) in five minutes, twice in a row.",
        {
            "errors": {
                "expression": "IF(FILL(server, 0) > 0 OR FILL(client, 0) > 10, 1, 0)",
                "watched": True,
            },
            "client": _metric("AWS/S3", "4xxErrors", dimensions, "Sum", 300) | {"watched": False},
            "server": _metric("AWS/S3", "5xxErrors", dimensions, "Sum", 300) | {"watched": False},
        },
        threshold=1,
        periods=2,
    )


def _cis(inputs: Inputs, key: str) -> Properties:
    control = CONTROLS[key]
    return _alarm(
        f"{control.text} (CIS {control.number}): the trail says who did it, from where.",
        {PLAIN: _metric(metric_filter.namespace(inputs), control.metric, {}, "Sum", 300)},
        threshold=1,
        periods=1,
    )


def _metric(
    namespace: str, name: str, dimensions: dict[str, str], statistic: str, period: int
) -> Properties:
    return {
        "namespace": namespace,
        "name": name,
        "dimensions": dimensions,
        "statistic": statistic,
        "period": period,
    }


def _alarm(description: str, metrics: Properties, *, threshold: float, periods: int) -> Properties:
    """An alarm at or above a threshold in each of `periods`; missing data is no alarm."""
    return {
        "description": description,
        "metrics": metrics,
        "comparison": "GreaterThanOrEqualToThreshold",
        "threshold": float(threshold),
        "evaluation_periods": periods,
        "datapoints_to_alarm": periods,
        "missing_data": "notBreaching",
    }
