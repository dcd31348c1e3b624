"""The run directory: what the training host reads from and writes for whoever follows the run."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cardiology.errors import CardiologyError

# Often enough to follow by eye, seldom enough to cost nothing beside short epochs.
INTERVAL_SECONDS = 0.25


@dataclass(frozen=True)
class RunSpec:
    """What run.json asks for."""

    run_id: str
    model_name: str
    version: str
    dataset_version: str | None
    epochs: int
    seeds: tuple[int, ...]
    host: Mapping[str, Any] = field(default_factory=dict)
    #: The SHA-256 of the wheel that the code was installed from, where it is known.
    code_sha256: str | None = None


def read_spec(directory: Path) -> RunSpec:
    """Read ``run.json``; raise CardiologyError naming what is wrong with it."""
    path = directory / "run.json"
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CardiologyError(f"cannot read {path}: {error.strerror}") from error
    except ValueError as error:
        raise CardiologyError(f"{path} is not valid JSON: {error}") from error
    try:
        spec = RunSpec(
            **{key: str(document[key]) for key in ("run_id", "model_name", "version")},
            dataset_version=document.get("dataset_version") or None,
            epochs=int(document["epochs"]),
            seeds=tuple(int(seed) for seed in document["seeds"]),
            host=document.get("host") or {},
            code_sha256=document.get("code_sha256") or None,
        )
    except KeyError as error:
        raise CardiologyError(f"{path} lacks {error.args[0]}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise CardiologyError(f"{path} is not a run description: {error}") from error
    if spec.epochs < 1 or not spec.seeds:
        raise CardiologyError(f"{path} must ask for at least one epoch and one seed")
    return spec


def write_json(path: Path, document: Any) -> None:
    """Replace ``path`` atomically: a reader sees the old document or the new, never half of one."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(json.dumps(document) + "\n", encoding="utf-8")
    temporary.replace(path)


class Progress:
    """Keeps ``progress.json``; fields that are not given keep their last value."""

    def __init__(self, directory: Path, run_id: str):
        self._path = directory / "progress.json"
        self._written = 0.0
        self._state: dict[str, Any] = dict.fromkeys(
            ("split", "seed", "epoch", "epochs", "steps_total", "loss", "accuracy", "eta_seconds")
        )
        self._state |= {"run_id": run_id, "phase": "loading", "steps_done": 0, "message": ""}

    def phase(self, phase: str, message: str) -> None:
        """Enter a phase; written at once."""
        self._state |= {"phase": phase, "message": message}
        self._write()

    def step(self, **fields: Any) -> None:
        """Note one step of work; written if the last writing is some time ago."""
        self._state |= fields
        if time.monotonic() - self._written >= INTERVAL_SECONDS:
            self._write()

    def _write(self) -> None:
        self._written = time.monotonic()
        write_json(self._path, self._state | {"updated_at": datetime.now(UTC).isoformat()})
