#!/usr/bin/python
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Build the project's wheel on the control machine when its sources have changed."""

from __future__ import annotations

DOCUMENTATION = r"""
module: training_wheel
short_description: Build a Python project's wheel when its sources have changed
description:
  - Builds the wheel with pip and the build backend installed in Ansible's environment, so that the
    build downloads nothing.
  - The wheel is cached under a digest of its sources, so an unchanged project is never built twice.
version_added: 0.1.0
author: cardiology.cloud contributors (@cardiology-cloud)
options:
  project_dir:
    description: Directory with C(pyproject.toml) and C(src).
    type: path
    required: true
  cache_dir:
    description: Directory that keeps the built wheels.
    type: path
    required: true
attributes:
  check_mode:
    description: Also builds in check mode, since it writes only to O(cache_dir).
    support: full
  diff_mode:
    description: There is nothing to compare.
    support: none
"""

EXAMPLES = r"""
- name: Build the wheel
  cardiology.cloud.training_wheel:
    project_dir: /srv/cardiology.cloud
    cache_dir: /srv/cardiology.cloud/.cache/wheels
  delegate_to: localhost
"""

RETURN = r"""
path:
  description: The path of the wheel.
  returned: success
  type: str
  sample: /srv/cardiology.cloud/.cache/wheels/3f1c2a9be011/cardiology_cloud-0.1.0-py3-none-any.whl
sha256:
  description: The wheel's SHA-256, in hex.
  returned: success
  type: str
"""

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule


class BuildError(Exception):
    """The wheel could not be built; the message says why."""


def source_files(project_dir: Path) -> Iterator[Path]:
    """Every file that goes into the wheel, in a fixed order."""
    for name in ("LICENSE", "README.md", "pyproject.toml"):
        if (project_dir / name).is_file():
            yield project_dir / name
    for path in sorted((project_dir / "src").rglob("*")):
        if path.is_file() and not {"__pycache__"} & set(path.parts) and path.suffix != ".pyc":
            yield path


def source_digest(project_dir: Path) -> str:
    """Twelve hex digits that change with any source file's name or content."""
    digest = hashlib.sha256()
    for path in source_files(project_dir):
        content = path.read_bytes()
        digest.update(f"{path.relative_to(project_dir)}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()[:12]


def find_wheel(directory: Path) -> Path | None:
    """The wheel in a directory, or None."""
    return next(iter(sorted(directory.glob("*.whl"))), None)


def build(project_dir: Path, cache_dir: Path, target: Path) -> Path:
    """Build in a temporary directory, then move into place, so that no wheel is incomplete."""
    cache_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache_dir) as work:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
        command += ["--no-build-isolation", "--wheel-dir", work, str(project_dir)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wheel = find_wheel(Path(work))
        if done.returncode or wheel is None:
            reason = (done.stderr.strip() or "pip made no wheel").splitlines()[-1]
            raise BuildError(f"The wheel of {project_dir} could not be built: {reason}")
        target.mkdir(exist_ok=True)
        return wheel.replace(target / wheel.name)


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "project_dir": {"type": "path", "required": True},
            "cache_dir": {"type": "path", "required": True},
        },
        supports_check_mode=True,
    )
    project_dir = Path(module.params["project_dir"])
    cache_dir = Path(module.params["cache_dir"])
    if not (project_dir / "pyproject.toml").is_file():
        module.fail_json(msg=f"{project_dir} holds no pyproject.toml: name the project's checkout.")
    try:
        target = cache_dir / source_digest(project_dir)
        cached = find_wheel(target)
        wheel = cached or build(project_dir, cache_dir, target)
        sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    except (BuildError, OSError) as error:
        module.fail_json(msg=str(error))
    module.exit_json(changed=cached is None, path=str(wheel), sha256=sha256)


if __name__ == "__main__":
    main()
