"""An account on moto, and the "processes" that deploy to it and tear it down."""

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
from ansible_collections.cardiology.cloud.plugins.module_utils.estate import converge as engine
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.change import Pace
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.lock import KEY
from botocore.client import ClientCreator
from botocore.config import Config
from moto import mock_aws
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.utils import method_names_from_class
from moto.s3.models import s3_backends

from localcloud.leases import Leases
from localcloud.moto_patches import apply_all

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
    """A client's class, which takes botocore most of the time of making a client."""
    if service not in _classes:
        _classes[service] = _make_class(creator, service, model)
    return _classes[service]


@cache
def _look_client(service: str, region: str) -> Any:
    """A client that meets no faults."""
    return _session().client(service, region_name=region)


class Process:
    """The clients of one process, and the faults that they meet.

    They outlive their account: botocore learns a service when it is used first, which takes longer
    than using it.
    """

    def __init__(self) -> None:
        self.faults = Faults()
        self._clients: dict[str, Any] = {}

    def client(self, service: str, region: str, config: Mapping[str, Any]) -> Any:
        """What `Cloud` makes its clients with."""
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
        """Go on with a copy of what was written to files."""
        shutil.copytree(self._folder, folder, dirs_exist_ok=True)
        self._folder = folder

    def run(self, state: str) -> dict[str, Any]:
        """Deploy ("present") or tear down ("absent")."""
        return engine.converge(Cloud(self.process.client), self._params(state), pace=AT_ONCE)

    def inventory(self) -> list[str]:
        """All that exists."""
        return inventory(_look_client, DEFAULT_ACCOUNT_ID)

    @staticmethod
    def let_the_lock_expire() -> None:
        """Make every lock older than its lease, by S3's clock."""
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
    """An empty account in which nobody waits."""
    apply_all(Leases(folder / "leases", "torture"))
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        patch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
        patch.setattr(ClientCreator, "_create_client_class", _class_once)
        # moto asks for them at every request.
        patch.setattr("moto.core.responses.method_names_from_class", _method_names)
        patch.setattr(engine, "VERIFY_WAITS", (0, 0))
        patch.setattr(
            "botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_a, **_k: 0
        )
        yield World(env, folder, process or Process())
