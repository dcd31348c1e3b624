"""An account on moto, and the "processes" that deploy to it and tear it down."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate import converge as engine
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.change import Pace
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.lock import KEY
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.survey import look, prepare
from botocore.config import Config
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.s3.models import s3_backends

from localcloud.leases import Leases
from localcloud.moto_patches import apply_all

from ..faults.hooks import Faults
from ..inventory import inventory

AT_ONCE = Pace(looks=(0, 0, 0, 0), waits=(0,) * 10)
INPUTS = Path(__file__).parents[1] / "unit/plugins/module_utils/estate/conftest.py"


@cache
def _inputs() -> Any:
    """The inputs that the unit tests have too."""
    spec = importlib.util.spec_from_file_location("torture_inputs", INPUTS)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@cache
def _session() -> Any:
    return boto3.Session("testing", "testing", region_name="us-west-2")


class World:
    """One account, empty at first."""

    def __init__(self, env: str, folder: Path) -> None:
        raw = dict(_inputs().RAW) if env == "dev" else {**_inputs().RAW, **_inputs().PROD}
        self._raw = raw | {"ssh_private_key_file": str(folder / "key")}

    def run(self, state: str, faults: Faults | None = None) -> dict[str, Any]:
        """One process that deploys ("present") or tears down ("absent")."""
        return engine.converge(self._cloud(faults), self._params(state), pace=AT_ONCE)

    def empty(self, state: str) -> bool:
        """Whether a plan made now has nothing to do."""
        cloud = self._cloud(None)
        prepare(cloud, self._params(state))
        return look(cloud, self._params(state)).plan.empty

    def inventory(self) -> list[str]:
        """All that exists."""
        return inventory(lambda s, r: _session().client(s, region_name=r), DEFAULT_ACCOUNT_ID)

    @staticmethod
    def let_the_lock_expire() -> None:
        """Make every lock older than its lease, by S3's clock."""
        for bucket in s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.values():
            for key in bucket.keys.getlist(KEY, []):
                key.last_modified -= timedelta(seconds=120)

    def _params(self, state: str) -> Mapping[str, Any]:
        return {
            "inputs": self._raw,
            "state": state,
            "destroy_data": "",
            "prune": False,
            "expected": None,
            "caller_address_url": "",
            "caller_cidr": "",
        }

    def _cloud(self, faults: Faults | None) -> Cloud:
        def make_client(service: str, region: str, config: Mapping[str, Any]) -> Any:
            client = _session().client(
                service, region_name=region or "us-west-2", config=Config(**config)
            )
            return faults.install(client) if faults else client

        return Cloud(make_client)


@contextmanager
def world(env: str, folder: Path) -> Iterator[World]:
    """An empty account in which nobody waits."""
    apply_all(Leases(folder / "leases", "torture"))
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        patch.setattr(engine, "VERIFY_WAITS", (0, 0))
        patch.setattr(
            "botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_a, **_k: 0
        )
        yield World(env, folder)
