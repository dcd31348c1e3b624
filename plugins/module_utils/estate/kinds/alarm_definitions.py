# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each alarm watches: pure data, in the words of `kinds/alarm.py`."""

from __future__ import annotations

from ..inputs import DATA, Inputs
from ..model import Properties
from ..names import metrics_namespace
from . import metric_filter
from .cis import CONTROLS

#: CloudWatch's usual name for the metrics configuration of a whole bucket. The data buckets have
#: one: only by it are requests counted.
REQUESTS = "EntireBucket"

#: What a run tells every minute while it goes on (`src/cardiology/heartbeat.py`).
SILENCE = "SecondsWithoutProgress"

DISK_PERCENT = 85

#: The end of a query of all hosts: an alarm on several series must sort them too.
EACH_HOST = "GROUP BY InstanceId ORDER BY MAX() DESC"

#: The one metric of an alarm without an expression; AWS allows no such id in an expression.
PLAIN = "metric only"


def definitions(inputs: Inputs) -> dict[str, Properties]:
    """By key what is particular about each alarm."""
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
    """A host that AWS finds broken.

    Hosts come and go, and an alarm on one metric needs the id of its host. A query follows them. It
    sees every instance of the account in this region: AWS tells no tag with this metric.
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
    """A disk that is nearly full, by what the CloudWatch agent of a host says."""
    namespace = metrics_namespace(inputs)
    query = f'SELECT MAX(disk_used_percent) FROM "{namespace}" {EACH_HOST}'  # noqa: S608 (no SQL)
    return _alarm(
        f"A disk of a host is more than {DISK_PERCENT} % full: a run that cannot write its "
        "checkpoint fails.",
        {"worst": {"expression": query, "period": 300, "watched": True}},
        threshold=DISK_PERCENT,
        periods=2,
    )


def _no_progress(inputs: Inputs) -> Properties:
    """A run that goes on and gets nowhere.

    That no metric comes says nothing: mostly nobody trains. So the run itself tells how long ago
    its last step was. Nothing to hear is no alarm: of a host that died the status check tells.
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
    """Errors of S3 itself, or so many of the callers' that no look for a missing object says it."""
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
    """Something at or above a threshold in each of so many periods; silence is no alarm."""
    return {
        "description": description,
        "metrics": metrics,
        "comparison": "GreaterThanOrEqualToThreshold",
        "threshold": float(threshold),
        "evaluation_periods": periods,
        "datapoints_to_alarm": periods,
        "missing_data": "notBreaching",
    }
