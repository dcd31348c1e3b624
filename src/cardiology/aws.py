"""The AWS helper for ingestion, training hosts and notebooks.

    aws = get_aws_helper()
    aws.s3.upload_dataframe(df, 'processed_data', 'cardiology_providers')
    aws.log_training_metrics('graphsage_model', epoch=10, loss=0.245, accuracy=0.89)
    aws.save_model_artifact('model.pth', 'graphsage_v1', '1.0.0')
    aws.flush()

A call that fails raises CardiologyError before anything is stored or buffered. Metrics and log
events are buffered until ``flush``, the end of a ``with`` statement or the end of the program.
Credentials and endpoint come from boto3's default chain.
"""

import atexit
import sys
from pathlib import Path
from types import TracebackType

import boto3

from cardiology import registry
from cardiology.errors import CardiologyError, aws_errors
from cardiology.metrics import EventLog, MetricBuffer, check_metric
from cardiology.plain import number, whole_number
from cardiology.settings import CLIENT_CONFIG, Settings, load_settings
from cardiology.store import S3Store


class AwsHelper:
    """S3, metrics and log events of one environment. Not thread-safe."""

    def __init__(self, settings: Settings, s3: S3Store, metrics: MetricBuffer, events: EventLog):
        self.settings = settings
        self.s3 = s3
        self.metrics = metrics
        self.events = events

    def log_training_metrics(
        self,
        model: str,
        *,
        epoch: int,
        loss: float,
        accuracy: float,
        seconds: float | None = None,
        **context: object,
    ) -> None:
        """Buffer one epoch: per-minute metrics by model, and a log event with every detail.

        ``accuracy`` is a share (0 to 1), ``seconds`` the epoch's duration; ``context`` (split,
        seed …) goes into the log event only, because each dimension value is a billed metric.
        Numbers may be numpy or torch values. A number that is not finite is not sent as a metric
        and is null in the log event. If this raises CardiologyError, the call buffers nothing.
        """
        values = {"TrainingLoss": number("loss", loss), "TrainingAccuracy": _share(accuracy)}
        if seconds is not None:
            values["EpochTime"] = number("seconds", seconds)
        dimensions = {"Model": model}
        check_metric("TrainingLoss", dimensions, "None")
        self.events.add(
            "epoch",
            model=model,
            epoch=whole_number("epoch", epoch),
            loss=round(values["TrainingLoss"], 6),
            accuracy=round(values["TrainingAccuracy"], 6),
            **context,
        )
        for name, value in values.items():
            self.metrics.add(name, value, dimensions, "Seconds" if name == "EpochTime" else "None")

    def save_model_artifact(
        self, path: str | Path, name: str, version: str, **facts: object
    ) -> registry.Artifact:
        """Publish a model file as ``version`` of ``name``; raise if that version exists.

        ``facts`` go into the manifest next to the file's SHA-256: JSON values, or numpy and torch
        equivalents. Raises CardiologyError before anything is stored.
        """
        try:
            path = Path(path)
            data = path.read_bytes()
        except (OSError, TypeError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise CardiologyError(f"cannot read model file {path}: {reason}") from error
        return registry.publish(self.s3, name, version, {path.name: data}, facts)

    def flush(self) -> int:
        """Send buffered metrics and events; return the number of metric data sent.

        If the metrics cannot be sent, the events are still sent before the error is raised.
        Unsent data stays buffered.
        """
        try:
            return self.metrics.flush()
        finally:
            self.events.flush()

    def flush_at_exit(self) -> None:
        """Flush at the end of the program, where an error can only be printed."""
        try:
            self.flush()
        except CardiologyError as error:
            print(f"cardiology: metrics or log events were lost: {error}", file=sys.stderr)

    def __enter__(self) -> "AwsHelper":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.flush()
        except CardiologyError as second:
            # Reported here, so the program does not retry and report it again at exit.
            atexit.unregister(self.flush_at_exit)
            # The first error is the one that the user must see.
            if error is None:
                raise
            error.add_note(str(second))


def _share(accuracy: object) -> float:
    share = number("accuracy", accuracy)
    if share < 0 or share > 1:  # NaN is neither
        raise CardiologyError(f"accuracy is a share between 0 and 1, not {share:g}")
    return share


def get_aws_helper(settings: Settings | None = None, stream: str = "training/adhoc") -> AwsHelper:
    """Return the helper for ``settings`` (default: ``load_settings()``); events go to ``stream``.

    Raises CardiologyError if the environment, its region or the credentials are unknown.
    """
    settings = settings or load_settings()
    with aws_errors("set up the AWS clients"):
        session = boto3.Session(region_name=settings.region)
        helper = AwsHelper(
            settings,
            S3Store(session.client("s3", config=CLIENT_CONFIG), settings),
            MetricBuffer(
                session.client("cloudwatch", config=CLIENT_CONFIG), settings.metrics_namespace
            ),
            EventLog(session.client("logs", config=CLIENT_CONFIG), settings.log_group, stream),
        )
    # So a script that never flushes loses no data.
    atexit.register(helper.flush_at_exit)
    return helper
