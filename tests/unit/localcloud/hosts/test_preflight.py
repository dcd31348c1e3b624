"""Whether a machine can run hosts: each obstacle is one true sentence with the way out."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from localcloud.errors import LocalCloudError
from localcloud.hosts import apt, preflight

ROOT = Path(__file__).parents[4]
DOCKER_DEFAULT = "00000000a80425fb"  # CapBnd of a container that docker starts without options


@pytest.fixture
def able(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine on which everything is as it should be."""
    monkeypatch.setattr(platform, "system", lambda: "Linux")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(preflight, "has_capability", lambda _status, _bit: True)
    monkeypatch.setattr(preflight.shutil, "which", lambda tool: f"/usr/bin/{tool}")
    monkeypatch.setattr(preflight, "debian_sources", lambda: apt.Sources("debian"))
    return monkeypatch


def test_a_machine_that_can_run_hosts(able: pytest.MonkeyPatch) -> None:
    assert preflight.problem() is None
    assert preflight.problem_before_setup() is None


def test_a_plain_user(able: pytest.MonkeyPatch) -> None:
    able.setattr(os, "geteuid", lambda: 1000)

    for sentence in (preflight.problem(), preflight.problem_before_setup()):
        assert str(sentence).startswith("hosts need root: run this as root, or do without hosts")
        assert "make demo HOSTS=none" in str(sentence)


def test_another_system(able: pytest.MonkeyPatch) -> None:
    able.setattr(platform, "system", lambda: "Darwin")

    assert str(preflight.problem()).startswith("hosts need Linux, this is Darwin")


def test_a_container_with_the_default_rights_of_docker(able: pytest.MonkeyPatch) -> None:
    from localcloud.hosts.profile import has_capability

    able.setattr(
        preflight,
        "has_capability",
        lambda _status, bit: has_capability(f"CapBnd:\t{DOCKER_DEFAULT}\n", bit),
    )

    sentence = str(preflight.problem_before_setup())

    assert sentence.startswith("hosts need CAP_NET_ADMIN and CAP_SYS_ADMIN, which root does not")
    assert "--privileged" in sentence


def test_ubuntu(able: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "os-release").write_text('PRETTY_NAME="Ubuntu 24.04.1 LTS"\nID=ubuntu\n')
    (tmp_path / "apt" / "sources.list.d").mkdir(parents=True)
    (tmp_path / "apt" / "sources.list.d" / "ubuntu.sources").write_text(
        "Types: deb\nURIs: http://archive.ubuntu.com/ubuntu\nSuites: noble\nComponents: main\n"
    )
    with pytest.raises(LocalCloudError) as raised:
        apt.debian_sources(tmp_path / "apt")
    able.setattr(preflight, "debian_sources", lambda: apt.debian_sources(tmp_path / "apt"))

    assert preflight.problem_before_setup() == str(raised.value)
    assert "no source of Debian (this is Ubuntu 24.04.1 LTS)" in str(raised.value)
    assert "make demo HOSTS=none" in str(raised.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user")
def test_runs_before_anything_is_installed() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", _AS_NOBODY],  # without anybody's packages
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr.startswith("hosts need root")
    assert done.stderr.count("\n") == 1


_AS_NOBODY = f"""
import os, sys
sys.path.insert(0, {str(ROOT / "src")!r})
sys.dont_write_bytecode = True
from localcloud.hosts import preflight
os.setuid(65534)
sys.exit(preflight.problem_before_setup())
"""
