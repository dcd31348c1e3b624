"""The module `ec2_ebs_encryption` on moto: what it brings about, and check mode."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import boto3
import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.modules import ec2_ebs_encryption
from botocore.config import Config
from moto import mock_aws

from localcloud.api.moto_patches import ec2_encryption


class Module:
    def __init__(self, check_mode: bool, **params: Any) -> None:
        self.params = {"state": "enabled", "kms_key_id": None} | params
        self.check_mode = check_mode


class Account:
    """A region with a key of its own."""

    def __init__(self) -> None:
        def make_client(service: str, region: str, config: Mapping[str, Any]) -> Any:
            return boto3.client(service, region_name="us-west-2", config=Config(**config))

        self.cloud = Cloud(make_client)
        self.client = self.cloud.client("ec2")
        self.key = self.cloud.client("kms").create_key()["KeyMetadata"]["Arn"]

    def ensure(self, check_mode: bool = False, **params: Any) -> dict[str, Any]:
        return ec2_ebs_encryption.ensure(Module(check_mode, **params), self.cloud)  # type: ignore[arg-type]

    @property
    def setting(self) -> tuple[bool, str]:
        return (
            self.client.get_ebs_encryption_by_default()["EbsEncryptionByDefault"],
            self.client.get_ebs_default_kms_key_id()["KmsKeyId"],
        )


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    ec2_encryption.apply()
    with mock_aws():
        yield Account()


def test_it_is_switched_on_once_and_the_key_stays(account: Account) -> None:
    _unused, key = account.setting
    first, second = account.ensure(), account.ensure()

    assert account.setting == (True, key)
    assert (first["changed"], second["changed"]) == (True, False)
    assert (first["diff"]["before"]["enabled"], first["diff"]["after"]["enabled"]) == (False, True)


def test_it_is_switched_off(account: Account) -> None:
    account.ensure()

    assert account.ensure(state="disabled")["changed"]
    assert account.setting[0] is False
    assert not account.ensure(state="disabled")["changed"]


def test_another_key_is_set_once(account: Account) -> None:
    first, second = (account.ensure(kms_key_id=account.key) for _time in range(2))

    assert account.setting == (True, account.key)
    assert (first["changed"], second["changed"]) == (True, False)
    assert first["ebs_encryption"]["kms_key"] == account.key


def test_a_key_is_known_by_its_id_too(account: Account) -> None:
    account.ensure(kms_key_id=account.key)

    assert not account.ensure(kms_key_id=account.key.split("/")[1])["changed"]


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [
        ("arn:aws:kms:r:1:key/abc", "arn:aws:kms:r:1:key/abc", True),
        ("arn:aws:kms:r:1:key/abc", "abc", True),
        ("arn:aws:kms:r:1:key/abc", "bc", False),
        ("arn:aws:kms:r:1:alias/aws/ebs", "alias/aws/ebs", True),
        ("alias/aws/ebs", "arn:aws:kms:r:1:key/abc", False),
    ],
)
def test_names_of_one_key(found: str, wanted: str, same: bool) -> None:
    assert ec2_ebs_encryption.is_key(found, wanted) is same


@pytest.mark.parametrize("state", ["enabled", "disabled"])
@pytest.mark.parametrize("there", [True, False])
def test_check_mode_says_so_and_changes_nothing(account: Account, there: bool, state: str) -> None:
    if there:
        account.ensure()
    before = account.setting

    foretold = account.ensure(check_mode=True, state=state, kms_key_id=account.key)

    assert account.setting == before
    assert foretold == account.ensure(state=state, kms_key_id=account.key)
