# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What all tasks share."""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import SOURCE_SUFFIXES, FileFinder, ModuleSpec, SourceFileLoader
from types import ModuleType

from ansible.plugins.loader import filter_loader

MODULE_UTILS = "ansible_collections.cardiology.cloud.plugins.module_utils"


class KeptBytecode(MetaPathFinder):
    """Finds our module utilities for Python's own loader, which keeps compiled code in a file.

    Ansible's loader compiles every module of a collection at every start.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Where a module is; None for what is not ours, which is left to Ansible."""
        if not path or not fullname.startswith(f"{MODULE_UTILS}."):
            return None
        return FileFinder(path[0], (SourceFileLoader, SOURCE_SUFFIXES)).find_spec(fullname)


def preload() -> None:
    """Import and read what our action plugins need, before any of them runs.

    Ansible runs each task in a fork of its process: what is done here is not done again in every
    task.
    """
    sys.meta_path.insert(0, KeptBytecode())
    # What is read here stays, so looking for garbage meanwhile finds nothing.
    gc.disable()
    # Without an SDK, the first task reports it, with what to install.
    with suppress(ImportError):
        import_module(f"{MODULE_UTILS}.connection").read_service_data()
        import_module(f"{MODULE_UTILS}.estate.commands.survey")
        import_module(f"{MODULE_UTILS}.estate.commands.results")
    # A worker that uses one filter would load Ansible's files of filters again.
    for _filter in filter_loader.all():
        pass
    # Garbage collection in a fork must not visit these objects, or their memory is copied.
    gc.freeze()
    gc.enable()
