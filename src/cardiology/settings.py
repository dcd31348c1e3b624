"""Where this environment keeps its things: a frozen view of the JSON settings file."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardiology.errors import CardiologyError

DEFAULT_PATH = Path("/etc/cardiology/settings.json")
BUCKETS = ("raw_data", "processed_data", "model_artifacts", "logs")


@dataclass(frozen=True)
class Settings:
    """Names only, never credentials: those come from boto3's own chain.

    ``buckets`` maps each of ``BUCKETS`` to the real bucket name.
    """

    project: str
    environment: str
    region: str
    buckets: Mapping[str, str]
    log_group: str
    metrics_namespace: str

    def bucket(self, name: str) -> str:
        """Return the real name of a bucket; raise CardiologyError for an unknown one."""
        try:
            return self.buckets[name]
        except KeyError:
            known = ", ".join(BUCKETS)
            raise CardiologyError(f"unknown bucket {name!r}: choose one of {known}") from None


def load_settings(path: Path | None = None) -> Settings:
    """Read ``path``, else the file CARDIOLOGY_SETTINGS names, else /etc/cardiology/settings.json.

    Raises CardiologyError naming the file and what is wrong with it.
    """
    path = path or Path(os.environ.get("CARDIOLOGY_SETTINGS") or DEFAULT_PATH)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CardiologyError(f"cannot read settings file {path}: {error.strerror}") from error
    except ValueError as error:
        raise CardiologyError(f"settings file {path} is not valid JSON: {error}") from error
    return _parse(document, path)


def _parse(document: Any, path: Path) -> Settings:
    if not isinstance(document, dict):
        raise CardiologyError(f"settings file {path} must hold a JSON object")
    texts = ("project", "environment", "region", "log_group", "metrics_namespace")
    buckets = document.get("buckets")
    buckets = buckets if isinstance(buckets, dict) else {}
    missing = [key for key in texts if not _is_name(document.get(key))]
    missing += [f"buckets.{key}" for key in BUCKETS if not _is_name(buckets.get(key))]
    if missing:
        raise CardiologyError(f"settings file {path} lacks {', '.join(missing)}")
    return Settings(
        **{key: document[key] for key in texts}, buckets={key: buckets[key] for key in BUCKETS}
    )


def _is_name(value: object) -> bool:
    return isinstance(value, str) and bool(value)
