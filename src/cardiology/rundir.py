"""The run directory: the input of a training host, and the progress files that it writes."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cardiology import limits
from cardiology.errors import CardiologyError

# Often enough to follow live, rarely enough not to slow down epochs of 20 ms.
INTERVAL_SECONDS = 0.25


@dataclass(frozen=True)
class RunSpec:
    """The contents of run.json."""

    run_id: str
    model_name: str
    version: str
    dataset_version: str | None
    epochs: int
    seeds: tuple[int, ...]
    host: Mapping[str, Any] = field(default_factory=dict)
    #: The SHA-256 of the wheel that the code was installed from, if known.
    code_sha256: str | None = None


def read_spec(directory: Path) -> RunSpec:
    """Read ``run.json``; raise CardiologyError with the problem if it is invalid."""
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
    if faults := limits.faults(vars(spec)):
        raise CardiologyError(f"{path}: {'; '.join(faults)}")
    return spec


def write_json(path: Path, document: Any) -> None:
    """Replace ``path`` atomically: a reader sees either the old or the new document."""
    temporary = path.with_name(f".{path.name}.tmp")
    temporary.write_text(json.dumps(document) + "\n", encoding="utf-8")
    temporary.replace(path)


class Progress:
    """Writes ``progress.json``; a field that is not given keeps its last value."""

    def __init__(self, directory: Path, run_id: str):
        self._path = directory / "progress.json"
        self._written = 0.0
        self._state: dict[str, Any] = dict.fromkeys(
            ("split", "seed", "epoch", "epochs", "steps_total", "loss", "accuracy", "eta_seconds")
        )
        self._state |= {"run_id": run_id, "phase": "loading", "steps_done": 0, "message": ""}

    def phase(self, phase: str, message: str) -> None:
        """Enter a phase and write it at once."""
        self._state |= {"phase": phase, "message": message}
        self._write()

    def step(self, **fields: Any) -> None:
        """Record one step of work; written at most once per INTERVAL_SECONDS."""
        self._state |= fields
        if time.monotonic() - self._written >= INTERVAL_SECONDS:
            self._write()

    def _write(self) -> None:
        self._written = time.monotonic()
        write_json(self._path, self._state | {"updated_at": datetime.now(UTC).isoformat()})
