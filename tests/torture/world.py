"""A moto account, and the "processes" that deploy to it and tear it down."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands import (
    converge as engine,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.commands import (
    preflight,
    survey,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.change import Pace
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.lock import KEY
from botocore.client import ClientCreator
from botocore.config import Config
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.utils import method_names_from_class
from moto.s3.models import s3_backends

from localcloud.api.moto_patches import apply_all
from localcloud.leases import Leases

from ..faults.hooks import Faults
from ..inventory import inventory
from ..unit.plugins.module_utils.estate.conftest import PROD, RAW

AT_ONCE = Pace(looks=(0, 0, 0, 0), waits=(0,) * 10)


@cache
def _session() -> Any:
    return boto3.Session("testing", "testing", region_name="us-west-2")


_classes: dict[str, type] = {}
_make_class = ClientCreator._create_client_class


def _class_once(creator: ClientCreator, service: str, model: Any) -> type:
    """A client's class, cached: building it is most of the cost of creating a client."""
    if service not in _classes:
        _classes[service] = _make_class(creator, service, model)
    return _classes[service]


@cache
def _look_client(service: str, region: str) -> Any:
    """A client without faults."""
    return _session().client(service, region_name=region)


class Process:
    """The clients of one process, and their faults.

    They outlive their account: botocore loads a service model at its first use, which takes longer
    than the calls.
    """

    def __init__(self) -> None:
        self.faults = Faults()
        self._clients: dict[str, Any] = {}

    def client(self, service: str, region: str, config: Mapping[str, Any]) -> Any:
        """The client factory for `Cloud`."""
        key = f"{service} {region} {sorted(config.items())}"
        if key not in self._clients:
            client = _session().client(
                service, region_name=region or "us-west-2", config=Config(**config)
            )
            self._clients[key] = self.faults.install(client)
        return self._clients[key]


class World:
    """One account, empty at first."""

    def __init__(self, env: str, folder: Path, process: Process) -> None:
        self._inputs = RAW if env == "dev" else {**RAW, **PROD}
        self._folder = folder
        self.process = process

    def move_to(self, folder: Path) -> None:
        """Continue with a copy of the files."""
        shutil.copytree(self._folder, folder, dirs_exist_ok=True)
        self._folder = folder

    def run(
        self, state: str, inputs: Mapping[str, Any] | None = None, **params: Any
    ) -> dict[str, Any]:
        """Deploy ("present") or tear down ("absent"), with the given inputs if there are any."""
        given = {**self._params(state), **params}
        given["inputs"] = {**given["inputs"], **(inputs or {})}
        return engine.converge(Cloud(self.process.client), given, pace=AT_ONCE)

    def plan(self, state: str) -> dict[str, Any]:
        """What a deploy or teardown would change, as `run` takes it in `expected`."""
        return survey.planned(Cloud(self.process.client), self._params(state)).document

    def inventory(self) -> list[str]:
        """Everything that exists."""
        return inventory(_look_client, DEFAULT_ACCOUNT_ID)

    @staticmethod
    def let_the_lock_expire() -> None:
        """Make every lock older than its lease, according to S3's clock."""
        for bucket in s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.values():
            for key in bucket.keys.getlist(KEY, []):
                key.last_modified -= timedelta(seconds=120)

    def _params(self, state: str) -> Mapping[str, Any]:
        return {
            "inputs": self._inputs | {"ssh_private_key_file": str(self._folder / "key")},
            "state": state,
            "destroy_data": "",
            "prune": False,
            "expected": None,
            "caller_address_url": "",
            "caller_cidr": "",
        }


_method_names = cache(method_names_from_class)


@contextmanager
def world(env: str, folder: Path, process: Process | None = None) -> Iterator[World]:
    """An empty account in which calls do not wait."""
    apply_all(Leases(folder / "leases", "torture"))
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        patch.setattr(ClientCreator, "_create_client_class", _class_once)
        # moto computes them at every request.
        patch.setattr("moto.core.responses.method_names_from_class", _method_names)
        patch.setattr(engine, "VERIFY_WAITS", (0, 0))
        # prod's inputs name an existing role and boundary, which do not exist in this account.
        patch.setattr(preflight, "_role_errors", lambda _cloud: [])
        patch.setattr(preflight, "_boundary_errors", lambda _cloud: [])
        patch.setattr(
            "botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_a, **_k: 0
        )
        yield World(env, folder, process or Process())
