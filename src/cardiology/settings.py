"""The names of an environment's buckets, log group and metrics: from a file or from the account."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from cardiology.errors import CardiologyError, aws_errors

DEFAULT_PATH = Path("/etc/cardiology/settings.json")
BUCKETS = ("raw_data", "processed_data", "model_artifacts", "logs")
# Standard mode retries throttling and lost connections more than the default mode.
CLIENT_CONFIG = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=10)
_NO_FILE = f"there is no {DEFAULT_PATH} and CARDIOLOGY_SETTINGS is not set"


@dataclass(frozen=True)
class Settings:
    """Names only, never credentials: those come from boto3's default chain.

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
        if not isinstance(name, str) or name not in self.buckets:
            known = ", ".join(BUCKETS)
            raise CardiologyError(f"unknown bucket {name!r}: choose one of {known}")
        return self.buckets[name]


def load_settings(path: Path | None = None) -> Settings:
    """Return the settings of this machine's environment.

    They are read from ``path``, else from the file in CARDIOLOGY_SETTINGS, else from
    /etc/cardiology/settings.json (on training hosts). If that file does not exist, they come from
    ``account_settings()``. Raises CardiologyError.
    """
    named = path or os.environ.get("CARDIOLOGY_SETTINGS")
    path = Path(named or DEFAULT_PATH)
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        if not named:
            return account_settings()
        raise CardiologyError(f"cannot read settings file {path}: {error.strerror}") from error
    except OSError as error:
        raise CardiologyError(f"cannot read settings file {path}: {error.strerror}") from error
    except ValueError as error:
        raise CardiologyError(f"settings file {path} is not valid JSON: {error}") from error
    return _parse(document, path)


def account_settings() -> Settings:
    """Return the settings derived from environment variables, credentials and account.

    CARDIOLOGY_PROJECT, CARDIOLOGY_ENV and CARDIOLOGY_BUCKET_PREFIX have the same defaults as the
    playbooks' inputs project, env and s3_bucket_prefix; the region is boto3's. Raises
    CardiologyError without region or credentials, or if the environment is not deployed.
    """
    project = os.environ.get("CARDIOLOGY_PROJECT") or "cardiology-optimizer"
    environment = os.environ.get("CARDIOLOGY_ENV") or "dev"
    with aws_errors(f"find the environment's names ({_NO_FILE})"):
        session = boto3.Session()
        if not session.region_name:
            raise CardiologyError(f"no region: set AWS_REGION ({_NO_FILE})")
        prefix = os.environ.get("CARDIOLOGY_BUCKET_PREFIX")
        if not prefix:
            sts = session.client("sts", config=CLIENT_CONFIG)
            prefix = f"{project}-{sts.get_caller_identity()['Account']}"
        settings = Settings(
            project,
            environment,
            session.region_name,
            {name: f"{prefix}-{environment}-{name.replace('_', '-')}" for name in BUCKETS},
            log_group=f"/aws/{project}/{environment}",
            metrics_namespace=f"{project}/{environment}",
        )
        _check_deployed(session, settings)
    return settings


def _check_deployed(session: boto3.Session, settings: Settings) -> None:
    bucket = settings.bucket("processed_data")
    try:
        session.client("s3", config=CLIENT_CONFIG).head_bucket(Bucket=bucket)
    except ClientError as error:
        # A role that may write objects is not necessarily allowed to call HeadBucket.
        if error.response["Error"]["Code"] in ("403", "AccessDenied"):
            return
        if error.response["Error"]["Code"] not in ("404", "NoSuchBucket"):
            raise
        raise CardiologyError(
            f"environment {settings.environment} of project {settings.project} is not deployed in "
            f"this account: there is no bucket {bucket}. Set CARDIOLOGY_ENV, CARDIOLOGY_PROJECT "
            "or CARDIOLOGY_BUCKET_PREFIX to the playbooks' env, project or s3_bucket_prefix, or "
            "deploy it first"
        ) from error


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
