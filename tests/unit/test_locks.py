"""The lock files: each names every file it allows by its hash, and no index."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted([*ROOT.glob("requirements/**/*.lock"), *ROOT.glob("roles/*/files/*.lock")])
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def entries(lock: Path) -> dict[str, list[str]]:
    """Requirement line (without hashes) -> its hashes."""
    found: dict[str, list[str]] = {}
    for line in lock.read_text().splitlines():
        if line.startswith("    --hash=sha256:"):
            found[next(reversed(found))].append(line)
        else:
            found[line.removesuffix(" \\")] = []
    return found


def names(lock: str) -> set[str]:
    return {line.partition("==")[0] for line in entries(ROOT / "requirements" / lock)}


def required(*groups: list[str]) -> set[str]:
    return {re.split(r"[\[<>=]", one)[0] for group in groups for one in group}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_is_pinned_to_one_version_with_hashes(lock: Path) -> None:
    for line, hashes in entries(lock).items():
        assert re.match(r"[a-z0-9-]+==[\w.+]+( ; .+)?$", line)
        assert hashes, line


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_no_lock_names_a_registry(lock: Path) -> None:
    assert "://" not in lock.read_text()
    assert not re.search(r"^--", lock.read_text(), re.MULTILINE)


def test_the_locks_cover_what_pyproject_requires() -> None:
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    extras = project["optional-dependencies"]
    assert required(project["dependencies"], extras["train"]) <= names("host.lock") | {"torch"}
    assert required(extras["ingest"], *groups.values()) <= names("control.lock")


def test_torch_is_locked_apart_as_the_cpu_build_that_pyproject_pins() -> None:
    (pin,) = (one for one in PROJECT["project"]["optional-dependencies"]["train"] if "==" in one)
    assert f"{pin}+cpu ; sys_platform == 'linux'" in entries(ROOT / "requirements/torch.lock")
    assert names("torch.lock") == {"torch"}
    assert not {name for name in names("host.lock") if re.match("torch$|nvidia|cuda|triton", name)}


def test_no_package_may_come_from_either_of_two_indexes() -> None:
    found = subprocess.run(
        [
            "git",
            "grep",
            "-lE",
            "extra-index-url|EXTRA_INDEX_URL|unsafe-best-match",
            "--",
            ":!tests",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.stdout.splitlines() == []
