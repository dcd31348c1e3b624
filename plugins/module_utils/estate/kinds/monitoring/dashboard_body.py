# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The body of the dashboard: pure data in CloudWatch's format.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...engine.model import Properties
from ...inputs import BUCKETS, DATA, Inputs
from ...names import log_group, metrics_namespace
from .alarm_definitions import DISK_PERCENT, REQUESTS, SILENCE

#: The width of CloudWatch's dashboard grid.
COLUMNS = 24

Widget = dict[str, Any]
Metrics = list[list[Any]]


def body(inputs: Inputs, alarm_arns: list[str]) -> Properties:
    """One day: alarms on top, then training, hosts, storage and cost."""
    rows = [
        (2, [_text(inputs)]),
        (4, [_alarms(alarm_arns)]),
        (6, [_loss(inputs), _accuracy(inputs), _epochs(inputs), _silence(inputs)]),
        (6, [_cpu(inputs), _memory(inputs), _disk(inputs), _network(inputs)]),
        (6, [_size(inputs), _requests(inputs), _errors(inputs), _spend()]),
    ]
    return {"start": "-P1D", "periodOverride": "inherit", "widgets": list(_placed(rows))}


def _placed(rows: Iterable[tuple[int, list[Widget]]]) -> Iterable[Widget]:
    """The widgets of each row side by side, with equal widths."""
    top = 0
    for height, widgets in rows:
        width = COLUMNS // len(widgets)
        for number, widget in enumerate(widgets):
            yield {"x": number * width, "y": top, "width": width, "height": height, **widget}
        top += height


def _text(inputs: Inputs) -> Widget:
    text = (
        f"# {inputs.project} · {inputs.environment}\n"
        "Made by `deploy.yml`, which also takes back what is changed here. "
        f"A run's learning curve is in the log group `{log_group(inputs)}`."
    )
    return {"type": "text", "properties": {"markdown": text}}


def _alarms(arns: list[str]) -> Widget:
    # The widget allows 100 alarms; we have about twenty.
    return {"type": "alarm", "properties": {"title": "Alarms", "alarms": sorted(arns)}}


def _graph(
    title: str,
    metrics: Metrics,
    region: str,
    *,
    stat: str = "Average",
    period: int = 60,
    unit: str = "",
    **more: Any,
) -> Widget:
    axis = {"label": unit, "showUnits": False, "min": 0} if unit else {"min": 0}
    properties = {
        "title": title,
        "metrics": metrics,
        "region": region,
        "view": "timeSeries",
        "stacked": False,
        "stat": stat,
        "period": period,
        "yAxis": {"left": axis},
        **more,
    }
    return {"type": "metric", "properties": properties}


def _search(schema: str, metric: str, stat: str, period: int, label: str = "") -> list[Any]:
    """All metrics of a name with any dimension values, since hosts and models change."""
    expression = f"SEARCH('{{{schema}}} MetricName=\"{metric}\"', '{stat}', {period})"
    return [{"expression": expression, "label": label, "id": f"m_{metric.lower()}"}]


def _any(inputs: Inputs, metric: str, stat: str = "Average") -> list[Any]:
    """The same for metrics of the CloudWatch agent, whose dimensions depend on its settings."""
    namespace = metrics_namespace(inputs)
    expression = f"SEARCH('Namespace=\"{namespace}\" MetricName=\"{metric}\"', '{stat}', 300)"
    return [{"expression": expression, "label": "", "id": f"m_{metric}"}]


def _by_model(inputs: Inputs, *metrics: str, stat: str = "Average") -> Metrics:
    namespace = metrics_namespace(inputs)
    return [_search(f'"{namespace}",Model', metric, stat, 60) for metric in metrics]


# --- training: metric names as in `src/cardiology/aws.py` and `job.py`


def _loss(inputs: Inputs) -> Widget:
    return _graph("Training loss", _by_model(inputs, "TrainingLoss"), inputs.region)


def _accuracy(inputs: Inputs) -> Widget:
    tested = _search(f'"{metrics_namespace(inputs)}",Model,Split', "TestAccuracy", "Average", 60)
    metrics = [*_by_model(inputs, "TrainingAccuracy"), tested]
    return _graph("Accuracy", metrics, inputs.region, unit="share")


def _epochs(inputs: Inputs) -> Widget:
    return _graph(
        "Epoch time", _by_model(inputs, "EpochTime"), inputs.region, unit="seconds per epoch"
    )


def _silence(inputs: Inputs) -> Widget:
    limit = {"label": "alarm", "value": inputs.no_progress_minutes * 60, "color": "#d62728"}
    return _graph(
        "Since the run's last step",
        [[metrics_namespace(inputs), SILENCE]],
        inputs.region,
        stat="Maximum",
        unit="seconds",
        annotations={"horizontal": [limit]},
    )


# --- hosts


def _ec2(metric: str, stat: str = "Average") -> list[Any]:
    return _search("AWS/EC2,InstanceId", metric, stat, 300)


def _cpu(inputs: Inputs) -> Widget:
    return _graph("CPU", [_ec2("CPUUtilization")], inputs.region, period=300, unit="%")


def _memory(inputs: Inputs) -> Widget:
    return _graph("Memory", [_any(inputs, "mem_used_percent")], inputs.region, period=300, unit="%")


def _disk(inputs: Inputs) -> Widget:
    limit = {"label": "alarm", "value": DISK_PERCENT, "color": "#d62728"}
    return _graph(
        "Disk",
        [_any(inputs, "disk_used_percent", "Maximum")],
        inputs.region,
        period=300,
        unit="%",
        annotations={"horizontal": [limit]},
    )


def _network(inputs: Inputs) -> Widget:
    metrics = [_ec2("NetworkIn", "Sum"), _ec2("NetworkOut", "Sum")]
    return _graph("Network", metrics, inputs.region, stat="Sum", period=300, unit="bytes")


# --- storage


def _size(inputs: Inputs) -> Widget:
    """The size of each bucket over all storage classes; S3 reports it once a day."""
    metrics = [
        [
            {
                "expression": "SUM(SEARCH('{AWS/S3,BucketName,StorageType} "
                f'MetricName="BucketSizeBytes" BucketName="{inputs.bucket_name(key)}"\', '
                "'Average', 86400))",
                "label": inputs.bucket_name(key),
                "id": f"size_{key}",
            }
        ]
        for key in BUCKETS
    ]
    return _graph(
        "Stored", metrics, inputs.region, period=86400, unit="bytes", start="-P30D", end="P0D"
    )


def _of_buckets(inputs: Inputs, metric: str, label: str) -> Metrics:
    return [
        [
            *("AWS/S3", metric, "BucketName", inputs.bucket_name(key), "FilterId", REQUESTS),
            {"label": f"{key.replace('_', ' ')}{label}"},
        ]
        for key in DATA
    ]


def _requests(inputs: Inputs) -> Widget:
    return _graph(
        "S3 requests",
        _of_buckets(inputs, "AllRequests", ""),
        inputs.region,
        stat="Sum",
        period=300,
        unit="in 5 minutes",
    )


def _errors(inputs: Inputs) -> Widget:
    metrics = _of_buckets(inputs, "4xxErrors", " 4xx") + _of_buckets(inputs, "5xxErrors", " 5xx")
    return _graph("S3 errors", metrics, inputs.region, stat="Sum", period=300, unit="in 5 minutes")


# --- cost


def _spend() -> Widget:
    """AWS publishes this metric in one region only, for the whole account, a few times a day."""
    return _graph(
        "Spent this month, whole account",
        [["AWS/Billing", "EstimatedCharges", "Currency", "USD", {"label": "estimated charges"}]],
        "us-east-1",
        stat="Maximum",
        period=21600,
        unit="US dollars",
        start="-P30D",
        end="P0D",
    )
