# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find the file of an environment: group_vars/<env>.yml."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs.spelling import (
    closest,
    question,
)
from ansible_collections.cardiology.cloud.plugins.module_utils.estate.inputs.table import (
    RESERVED_ENVIRONMENTS,
)

#: The root of the collection. In a clone, its directory consists of links; this is the clone's own.
ROOT = Path(__file__).resolve().parents[2]
CLONE = (Path(__file__).parents[2] / "plugins").is_symlink()
SHIPPED = ROOT / "group_vars"

#: The endings of a file in group_vars.
ENDINGS = (".yml", ".yaml")


@dataclass(frozen=True)
class Environment:
    """The file of an environment."""

    path: Path
    #: True for the user's own file, which takes precedence over the inventory. A file of an
    #: installed collection only supplies defaults.
    own: bool


def search_path(places: Iterable[str]) -> list[Path]:
    """The group_vars directories next to inventory sources and playbooks, or in directories."""
    folders = [p if p.is_dir() else p.parent for p in map(Path, places) if p.exists()]
    return list(dict.fromkeys(folder / "group_vars" for folder in folders))


def find(
    env: str, own: Sequence[Path], shipped: Path = SHIPPED, *, clone: bool = CLONE
) -> Environment | None:
    """The file of an environment, the user's own first; None if there is none.

    In a clone, the collection's group_vars are the user's own. In an installed collection, they are
    defaults, even if Ansible finds them next to the playbook.
    """
    if env in RESERVED_ENVIRONMENTS:
        return None
    for folder in (*own, shipped):
        for ending in ENDINGS:
            path = folder / f"{env}{ending}"
            if path.is_file():
                defaults = folder == shipped or (not clone and same(folder, shipped))
                return Environment(path, own=not defaults)
    return None


def missing(env: str, own: Sequence[Path], shipped: Path = SHIPPED) -> str:
    """The error for an environment without a file."""
    names = {path.stem for folder in (*own, shipped) for path in folder.glob("*.y*ml")}
    folder = next((folder for folder in (*reversed(own), shipped) if folder.is_dir()), own[-1])
    meant = question(closest(env, names - set(RESERVED_ENVIRONMENTS)))
    return f"There is no environment {env!r}{meant} To add it, create {folder.resolve() / env}.yml."


def same(one: str | Path, other: Path) -> bool:
    """Whether two paths are the same directory, since a clone has links."""
    return Path(one).resolve() == other.resolve()
