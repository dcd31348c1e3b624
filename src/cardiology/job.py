"""One training run on a host: read run.json, train, publish, write result.json."""

import json
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiology import __version__, dataset, registry
from cardiology.aws import AwsHelper, get_aws_helper
from cardiology.errors import CardiologyError
from cardiology.features import LABEL
from cardiology.heartbeat import Heartbeat
from cardiology.rundir import Progress, RunSpec, read_spec, write_json
from cardiology.settings import load_settings
from cardiology.store import parquet_bytes

if TYPE_CHECKING:
    from cardiology.train import Step, TrainConfig

FLUSH_SECONDS = 5.0


def run_job(directory: Path, settings_path: Path | None = None) -> int:
    """Do the run of ``directory``, write its result.json and return the exit status."""
    started = time.monotonic()
    result: dict[str, Any] = {"run_id": directory.name, "status": "failed", "error": None}
    progress = Progress(directory, directory.name)
    try:
        with _sigterm_interrupts():
            spec = read_spec(directory)
            result["run_id"] = spec.run_id
            progress = Progress(directory, spec.run_id)
            with get_aws_helper(load_settings(settings_path), f"training/{spec.run_id}") as aws:
                result |= Run(spec, aws, progress).execute()
        result["status"] = "succeeded"
    except KeyboardInterrupt:
        result["error"] = "interrupted"
    except CardiologyError as error:
        result["error"] = str(error)
    except Exception as error:
        result["error"] = f"unexpected {type(error).__name__}: {error}"
        raise
    finally:
        result["seconds"] = round(time.monotonic() - started, 1)
        # The result first: it must exist by the time anyone can read the last phase.
        write_json(directory / "result.json", result)
        phase = "failed" if result["error"] else "done"
        progress.phase(phase, result["error"] or "the model is published")
        print(f"{phase}: {result['error'] or result['artifact']['uri']}", flush=True)
    return 0 if result["status"] == "succeeded" else 1


class Run:
    """The steps of one run and their shared state."""

    def __init__(self, spec: RunSpec, aws: AwsHelper, progress: Progress):
        self._spec = spec
        self._aws = aws
        self._progress = progress
        self._heartbeat = Heartbeat(aws.metrics)
        self._sent = 0
        self._flushed = self._began = time.monotonic()

    def execute(self) -> dict[str, Any]:
        """Load, train, evaluate and publish; return the fields of a successful result.

        Whatever ends it early is also recorded in the run's log stream.
        """
        try:
            with self._heartbeat:
                return self._steps()
        except BaseException as error:
            self._aws.events.add("failed", error=str(error) or type(error).__name__)
            raise

    def _steps(self) -> dict[str, Any]:
        spec = self._spec
        self._aws.events.add(
            "started",
            model=spec.model_name,
            host=dict(spec.host),
            epochs=spec.epochs,
            seeds=list(spec.seeds),
        )
        self._say("loading", "looking for the dataset")
        registry.check_free(self._aws.s3, spec.model_name, spec.version)
        data = dataset.load(self._aws.s3, spec.dataset_version)
        self._say("loading", f"dataset {data.version} ({data.kind}); starting torch")
        # Imported here: ingestion shares this package and must not need torch.
        from cardiology import graph, ranking, train

        config = train.TrainConfig(epochs=spec.epochs, seeds=spec.seeds)
        counties = graph.build_graph(data.tables)
        self._say("training", f"{counties.size} counties, {len(spec.seeds)} seeds, both splits")
        self._began = time.monotonic()
        trials = train.run(counties, config, self._on_step)
        self._say("evaluating", "ranking the counties")
        metrics = train.summarise(trials)
        bundle = trials[0].fit.bundle
        probabilities = bundle.predict(counties.features, counties.adjacency)
        ranked = ranking.rank_counties(data.tables, probabilities, trials[0].split.train)
        files = {
            "model.pt": bundle.to_bytes(),
            "metrics.json": _metrics_file(metrics, train.learning_curves(trials), config, data),
            "ranking.parquet": parquet_bytes(ranked),
        }
        self._report(metrics)
        artifact = self._publish(files, data)
        return {
            "source": data.kind,
            "dataset_version": data.version,
            "metrics": metrics,
            "artifact": artifact.as_dict(),
            "metrics_published": self._sent,
        }

    def _on_step(self, step: "Step") -> None:
        self._heartbeat.beat()
        elapsed = time.monotonic() - self._began
        self._progress.step(
            split=step.split,
            seed=step.seed,
            epoch=step.epoch.number,
            epochs=self._spec.epochs,
            steps_done=step.done,
            steps_total=step.total,
            loss=round(step.epoch.loss, 4),
            accuracy=round(step.epoch.accuracy, 4),
            eta_seconds=round(elapsed / step.done * (step.total - step.done), 1),
        )
        self._aws.log_training_metrics(
            self._spec.model_name,
            epoch=step.epoch.number,
            loss=step.epoch.loss,
            accuracy=step.epoch.accuracy,
            seconds=step.epoch.seconds,
            split=step.split,
            seed=step.seed,
            step=step.done,
            steps=step.total,
        )
        if step.epoch.number == 1:
            print(f"split {step.split}, seed {step.seed}", flush=True)
        if time.monotonic() - self._flushed >= FLUSH_SECONDS:
            self._flush_or_keep()

    def _report(self, metrics: Mapping[str, Any]) -> None:
        """Send one value per split and model, for comparing runs on a dashboard."""
        for split, models in metrics.items():
            for model, figures in models.items():
                name = self._spec.model_name if model == "graphsage" else model
                dimensions = {"Model": name, "Split": split}
                self._aws.metrics.add("TestAccuracy", figures["mean"], dimensions)
                self._aws.events.add("test", split=split, model=model, **figures)
                print(f"{split}: {model} {figures['mean']:.3f} (sd {figures['sd']:.3f})")
        seconds = time.monotonic() - self._began
        self._aws.metrics.add("TrainingTime", seconds, {"Model": self._spec.model_name}, "Seconds")

    def _publish(self, files: Mapping[str, bytes], data: dataset.Dataset) -> registry.Artifact:
        spec = self._spec
        self._say("uploading", f"publishing version {spec.version} of {spec.model_name}")
        # Everything is sent before the manifest is written: after that the run has succeeded, even
        # if a later step fails.
        self._flush()
        facts = {
            "run_id": spec.run_id,
            "code_version": __version__,
            "code_sha256": spec.code_sha256,
            "dataset_version": data.version,
            "source": data.kind,
            "host": dict(spec.host),
            "parameters": {"epochs": spec.epochs, "seeds": list(spec.seeds)},
            # Includes not_covered: the areas that this model knows nothing about.
            "data": dict(data.facts),
        }
        return registry.publish(self._aws.s3, spec.model_name, spec.version, files, facts)

    def _say(self, phase: str, message: str) -> None:
        self._heartbeat.beat()
        self._progress.phase(phase, message)
        self._aws.events.add("phase", phase=phase, message=message)
        # At once: `status.yml` shows a run's progress from its events.
        self._flush_or_keep()
        print(f"{phase}: {message}", flush=True)

    def _flush_or_keep(self) -> None:
        """Send what is buffered. What CloudWatch does not take now is sent with the next flush."""
        try:
            self._flush()
        except CardiologyError as error:
            print(f"not sent yet: {error}", flush=True)

    def _flush(self) -> None:
        self._flushed = time.monotonic()
        self._sent += self._aws.flush()


def _metrics_file(
    metrics: Mapping[str, Any], curves: list[Any], config: "TrainConfig", data: dataset.Dataset
) -> bytes:
    document = {
        "source": data.kind,
        "dataset_version": data.version,
        "counties": data.tables.counties.height,
        "counties_with_rate": data.tables.counties[LABEL].count(),
        "edges": data.tables.edges.height,
        "parameters": vars(config),
        "accuracy": metrics,
        "learning_curves": curves,
    }
    return (json.dumps(document, indent=1) + "\n").encode()


@contextmanager
def _sigterm_interrupts() -> Iterator[None]:
    """Treat systemd's SIGTERM like Ctrl-C while the run lasts."""

    def interrupt(_number: int, _frame: object) -> None:
        # A second signal must not interrupt the writing of the result.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
