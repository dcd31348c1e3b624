"""The one helper that ingestion, training host and dashboard share.

    aws = get_aws_helper()
    aws.s3.upload_dataframe(df, 'processed_data', 'cardiology_providers')
    aws.log_training_metrics('graphsage_model', epoch=10, loss=0.245, accuracy=0.89)
    aws.save_model_artifact('model.pth', 'graphsage_v1', '1.0.0')
    aws.flush()

Every call raises CardiologyError when it fails. Metrics and log events are buffered until
``flush``, the end of a ``with`` statement or the end of the program. Credentials and endpoint
come from boto3's own chain.
"""

import atexit
from pathlib import Path
from types import TracebackType

import boto3
from botocore.config import Config

from cardiology import registry
from cardiology.errors import CardiologyError
from cardiology.metrics import EventLog, MetricBuffer
from cardiology.settings import Settings, load_settings
from cardiology.store import S3Store, aws_errors


class AwsHelper:
    """S3, metrics and log events of one environment. Not for use by several threads at once."""

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
        **context: str | int,
    ) -> None:
        """Buffer one epoch: per-minute metrics by model, and a log event with every detail.

        ``accuracy`` is a share (0 to 1), ``seconds`` the epoch's duration; ``context`` (split,
        seed …) goes into the log event only, because each dimension value costs a metric.
        """
        dimensions = {"Model": model}
        self.metrics.add("TrainingLoss", loss, dimensions)
        self.metrics.add("TrainingAccuracy", accuracy, dimensions)
        if seconds is not None:
            self.metrics.add("EpochTime", seconds, dimensions, "Seconds")
        rounded = {"loss": round(loss, 6), "accuracy": round(accuracy, 6)}
        self.events.add("epoch", model=model, epoch=epoch, **rounded, **context)

    def save_model_artifact(
        self, path: str | Path, name: str, version: str, **facts: object
    ) -> registry.Artifact:
        """Publish a model file as ``version`` of ``name``; raise if that version exists.

        ``facts`` (JSON values) go into the manifest beside the file's SHA-256.
        """
        path = Path(path)
        try:
            data = path.read_bytes()
        except OSError as error:
            raise CardiologyError(f"cannot read model file {path}: {error.strerror}") from error
        return registry.publish(self.s3, name, version, {path.name: data}, facts)

    def flush(self) -> int:
        """Send buffered metrics and events; return the number of metric data sent."""
        sent = self.metrics.flush()
        self.events.flush()
        return sent

    def __enter__(self) -> "AwsHelper":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        atexit.unregister(self.flush)
        try:
            self.flush()
        except CardiologyError as second:
            # What went wrong first is what the reader must see.
            if error is None:
                raise
            error.add_note(str(second))


def get_aws_helper(settings: Settings | None = None, stream: str = "training/adhoc") -> AwsHelper:
    """Return the helper for ``settings`` (default: the settings file); events go to ``stream``."""
    settings = settings or load_settings()
    # Standard mode retries throttling and lost connections, which the default mode does less.
    config = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=10)
    with aws_errors("set up the AWS clients"):
        session = boto3.Session(region_name=settings.region)
        helper = AwsHelper(
            settings,
            S3Store(session.client("s3", config=config), settings),
            MetricBuffer(session.client("cloudwatch", config=config), settings.metrics_namespace),
            EventLog(session.client("logs", config=config), settings.log_group, stream),
        )
    # A script that forgets to flush still loses nothing.
    atexit.register(helper.flush)
    return helper
