"""What the machine is decides how a guest starts; each answer is detected."""

from pathlib import Path

import pytest

from localcloud.hosts.profile import (
    HostProfile,
    has_capability,
    pip_configuration,
    wheel_directories,
)

HYBRID_POOR = HostProfile(unified_cgroups=False, may_raise_limits=False, has_runc=True)
MODERN = HostProfile(unified_cgroups=True, may_raise_limits=True, has_runc=True)


def test_hybrid_cgroups_need_runc() -> None:
    assert 'runtime="runc"' in HYBRID_POOR.containers_conf()
    assert "runtime" not in MODERN.containers_conf()


def test_limits_are_lowered_only_where_they_must_be() -> None:
    assert "default_ulimits" in HYBRID_POOR.containers_conf()
    assert "default_ulimits" not in MODERN.containers_conf()


@pytest.mark.parametrize(
    ("mask", "held"), [("000001ffffffffff", True), ("000001fffeffffff", False)]
)
def test_cap_sys_resource_is_read_from_the_bounding_set(mask: str, held: bool) -> None:
    status = f"Name:\tx\nCapEff:\t000001ffffffffff\nCapBnd:\t{mask}\n"

    assert has_capability(status, 24) is held


def test_only_existing_local_directories_are_shown(tmp_path: Path) -> None:
    links = f"{tmp_path} file://{tmp_path} https://example.org/wheels {tmp_path}/none relative"

    assert wheel_directories({"PIP_FIND_LINKS": links}) == [tmp_path, tmp_path]
    assert wheel_directories({}) == []


def test_pip_in_the_guest_trusts_the_systems_cas(tmp_path: Path) -> None:
    text = pip_configuration({"PIP_FIND_LINKS": str(tmp_path)})

    assert "cert = /etc/ssl/certs/ca-certificates.crt" in text
    assert f"find-links = {tmp_path}" in text
    assert "find-links" not in pip_configuration({})
