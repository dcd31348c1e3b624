"""The key pair on moto, and the key file on this machine."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.change import (
    differing,
    mend,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.cloud import Cloud
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.model import (
    UNKNOWN,
    Facts,
    Found,
    Resource,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.engine.sentences import (
    EstateError,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.kinds.compute import key_pair

Build = Callable[..., Found]


@pytest.fixture
def key_file(cloud: Cloud, tmp_path: Path) -> Path:
    path = tmp_path / "keys" / "key"
    cloud.inputs = replace(cloud.inputs, ssh_private_key_file=str(path))
    return path


def desired(cloud: Cloud, facts: Facts, path: Path) -> Resource:
    [resource] = key_pair.desired(
        cloud.inputs, replace(facts, public_key=key_pair.public_key(path))
    )
    return resource


@pytest.fixture
def found(cloud: Cloud, build: Build, facts: Facts, key_file: Path) -> Found:
    return build(cloud, key_pair.KIND, desired(cloud, facts, key_file))


def test_a_missing_key_file_is_made_and_imported(
    cloud: Cloud, found: Found, facts: Facts, key_file: Path
) -> None:
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert stat.S_IMODE(key_file.parent.stat().st_mode) == 0o700
    wanted = desired(cloud, facts, key_file)
    assert wanted.properties["public_key"].startswith("ssh-ed25519 ")
    assert differing(found, wanted) == set()


def test_a_key_file_that_is_there_stays_as_it_is(key_file: Path, cloud: Cloud) -> None:
    key_file.parent.mkdir(mode=0o755)
    key_pair.make_key_file(key_file, "first")
    before = key_file.read_bytes()

    key_pair.make_key_file(key_file, "second")

    assert key_file.read_bytes() == before
    assert stat.S_IMODE(key_file.parent.stat().st_mode) == 0o755


def test_a_key_file_that_cannot_be_made_is_one_sentence(tmp_path: Path, cloud: Cloud) -> None:
    # A name that is too long once ".pub" is added.
    with pytest.raises(EstateError, match=r"cannot be made: .*\.$"):
        key_pair.make_key_file(tmp_path / ("x" * 253), "name")


def test_a_file_that_is_no_key_is_one_sentence(
    cloud: Cloud, build: Build, facts: Facts, key_file: Path
) -> None:
    key_file.parent.mkdir()
    key_file.write_text("no key\n")
    wanted = desired(cloud, facts, key_file)
    assert wanted.properties["public_key"] == UNKNOWN

    with pytest.raises(EstateError, match="does not tell its public half"):
        build(cloud, key_pair.KIND, wanted)
    assert key_file.read_text() == "no key\n"


def test_another_key_takes_its_place(
    cloud: Cloud, found: Found, facts: Facts, key_file: Path
) -> None:
    key_file.unlink()
    key_pair.make_key_file(key_file.with_name("new"), "new")
    wanted = desired(cloud, facts, key_file.with_name("new"))
    assert differing(found, wanted) == {"public_key"}

    for _unused in range(2):
        mend(cloud, key_pair.KIND, wanted, found, {"public_key"})

        [mended] = key_pair.read(cloud)
        assert differing(mended, wanted) == set()


def test_tags_are_mended(cloud: Cloud, found: Found, facts: Facts, key_file: Path) -> None:
    ec2 = cloud.client("ec2")
    [pair] = ec2.describe_key_pairs()["KeyPairs"]
    ec2.create_tags(Resources=[pair["KeyPairId"]], Tags=[{"Key": "Rogue", "Value": "1"}])
    ec2.delete_tags(Resources=[pair["KeyPairId"]], Tags=[{"Key": "Project"}])
    wanted = desired(cloud, facts, key_file)
    [changed] = key_pair.read(cloud)
    assert differing(changed, wanted) == {"tags"}

    for _unused in range(2):
        mend(cloud, key_pair.KIND, wanted, changed, {"tags"})

        [mended] = key_pair.read(cloud)
        assert differing(mended, wanted) == set()


def test_the_pair_goes_and_the_file_stays(cloud: Cloud, found: Found, key_file: Path) -> None:
    for _unused in range(2):
        key_pair.delete(cloud, found)

        assert key_pair.read(cloud) == []
    assert key_file.is_file()
