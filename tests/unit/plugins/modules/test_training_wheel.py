"""A wheel is built once for each state of the sources."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest
from ansible_collections.cardiology.cloud.plugins.modules import training_wheel as module


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A checkout with one package."""
    root = tmp_path / "project"
    (root / "src/app").mkdir(parents=True)
    (root / "pyproject.toml").write_text("[project]\n")
    (root / "src/app/__init__.py").write_text("x = 1\n")
    return root


class TestTheDigest:
    def test_stays_the_same_while_nothing_changes(self, project: Path) -> None:
        before = module.source_digest(project)
        (project / "src/app/__pycache__").mkdir()
        (project / "src/app/__pycache__/x.cpython-311.pyc").write_bytes(b"compiled")
        (project / "notes.txt").write_text("not part of the wheel")
        assert module.source_digest(project) == before

    @pytest.mark.parametrize("name", ["pyproject.toml", "src/app/__init__.py", "README.md"])
    def test_changes_with_every_file_of_the_wheel(self, project: Path, name: str) -> None:
        before = module.source_digest(project)
        (project / name).write_text("changed\n")
        assert module.source_digest(project) != before

    def test_changes_with_content_of_the_same_length(self, project: Path) -> None:
        before = module.source_digest(project)
        (project / "src/app/__init__.py").write_text("x = 2\n")
        assert module.source_digest(project) != before

    def test_changes_with_a_file_s_name(self, project: Path) -> None:
        before = module.source_digest(project)
        (project / "src/app/__init__.py").rename(project / "src/app/other.py")
        assert module.source_digest(project) != before


def pip(monkeypatch: pytest.MonkeyPatch, returncode: int, stderr: str, wheel: bool) -> None:
    """Stand in for pip, which writes into the directory after --wheel-dir."""

    def run(command: list[str], **_options: object) -> SimpleNamespace:
        if wheel:
            directory = Path(command[command.index("--wheel-dir") + 1])
            (directory / "app-1-py3-none-any.whl").write_bytes(b"wheel")
        return SimpleNamespace(returncode=returncode, stderr=stderr)

    monkeypatch.setattr(module.subprocess, "run", run)


class TestBuilding:
    def test_leaves_the_wheel_and_nothing_else(
        self, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pip(monkeypatch, 0, "", wheel=True)
        cache = project / ".cache"
        wheel = module.build(project, cache, cache / "abc")
        assert wheel.read_bytes() == b"wheel"
        assert list(cache.rglob("*.whl")) == [cache / "abc/app-1-py3-none-any.whl"]
        assert list(cache.iterdir()) == [cache / "abc"]

    def test_that_fails_says_why_and_leaves_nothing(
        self, project: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pip(monkeypatch, 1, "noise\nERROR: no such backend\n", wheel=False)
        cache = project / ".cache"
        with pytest.raises(module.BuildError, match="ERROR: no such backend"):
            module.build(project, cache, cache / "abc")
        assert list(cache.iterdir()) == []
